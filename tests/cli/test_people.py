"""What a person types to look golden contacts up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from dedupe.cli.people import parsed_moment
from dedupe.errors import InputError

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-03-01", NOON - timedelta(hours=12)),
        ("2026-03-01T12:00", NOON),
        ("2026-03-01 12:00:00", NOON),
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01 12:00 UTC", NOON),  # as history prints it
        ("2026-03-01T13:00:00.000+01:00", NOON.astimezone(timezone(timedelta(hours=1)))),
    ],
)
def test_a_moment_is_read_as_iso_8601_writes_it(typed: str, meant: datetime) -> None:
    assert parsed_moment(typed) == meant


@pytest.mark.parametrize("typed", ["yesterday", "01.03.2026", "", "2026-13-01"])
def test_what_is_no_moment_is_refused_with_a_pattern(typed: str) -> None:
    with pytest.raises(InputError, match="write it as 2026-03-01"):
        parsed_moment(typed)
