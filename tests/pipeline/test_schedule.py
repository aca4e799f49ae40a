from datetime import UTC, datetime, timedelta

import pytest

from dedupe.errors import ConfigurationError
from dedupe.fetchers.fetcher import Mode
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.schedule import mode_of, within_hours


def source(provider="whippy", **options) -> SourceSettings:
    return SourceSettings("crm", provider, options=options)


@pytest.mark.parametrize(
    ("hours", "hour", "allowed"),
    [("22-6", 23, True), ("22-6", 5, True), ("22-6", 6, False), ("9-17", 9, True), ("9-17", 17, False)],
)
def test_a_source_is_walked_in_its_hours(hours, hour, allowed):
    assert within_hours(source(hours=hours), datetime(2026, 1, 1, hour, tzinfo=UTC)) is allowed


def test_hours_that_are_none_are_a_mistake_in_the_configuration():
    with pytest.raises(ConfigurationError, match="hours"):
        within_hours(source(hours="night"), datetime.now(UTC))


@pytest.mark.parametrize(
    ("provider", "options", "days", "mode"),
    [
        ("whippy", {}, None, Mode.FULL),
        ("whippy", {}, 1, Mode.CHANGED),
        ("whippy", {}, 8, Mode.FULL),
        ("whippy", {"full_walk": "always"}, 0, Mode.FULL),
        ("digital99", {}, 0, Mode.FULL),
        ("digital99", {"full_walk": "weekly"}, 1, Mode.NEWEST),
        ("openmrp", {"full_walk": "weekly"}, 1, Mode.FULL),
    ],
)
def test_a_full_walk_is_made_when_it_is_due_or_nothing_else_is_possible(provider, options, days, mode):
    own = source(provider, **options)
    moment = None if days is None else (datetime.now(UTC) - timedelta(days=days)).isoformat()
    assert mode_of(own, fetcher_for(own), {"full_at": moment}) is mode


def test_an_unknown_rhythm_is_a_mistake_in_the_configuration():
    own = source(full_walk="monthly")
    with pytest.raises(ConfigurationError, match="full_walk"):
        mode_of(own, fetcher_for(own), {})
