"""What a source tells of single contacts is stored by the rules of a walk, and the newest state wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from dedupe.errors import LockHeld
from dedupe.fetchers.live_change import LiveChange
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline import live_changes
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.erasure import erase
from dedupe.simulators.server.http import SimulatedRequest
from dedupe.storage import sources, told_changes
from dedupe.storage.database import Database
from dedupe.storage.storing_turns import take_turn
from tests.fetchers.providers.answering_provider import answering
from tests.pipeline.collecting_house import QUICK, count
from tests.pipeline.telling_house import DESK, FORMS, TellingHouse, event, gone, row


@pytest.fixture
def house(database: Database) -> TellingHouse:
    return TellingHouse(database)


def walked(database: Database, source: str, started_at: datetime) -> None:
    """A complete full walk of the source began at that moment."""
    with database.begin() as connection:
        known = sources.by_name(connection, source)
        assert known is not None
        sources.save(connection, known.id, checkpoint={"full_at": started_at.isoformat()})


def test_a_contact_is_new_then_changed_then_the_same(house):
    assert house.told("forms", row("1", name="Ann Lee")) == ["new"]
    assert house.told("forms", row("1", name="Ann Lee", email="ann@x.org")) == ["changed"]
    assert house.told("forms", row("1", email="ann@x.org", name="Ann Lee")) == ["same"]
    assert house.held("forms") == {"1": {"name": "Ann Lee", "email": "ann@x.org"}}


def test_a_deleted_contact_gets_a_tombstone_and_comes_back_under_its_seed(house, database):
    house.told("forms", row("1", name="Ann Lee"))
    assert house.told("forms", gone("1")) == ["deleted"]
    assert house.held("forms") == {}
    assert house.told("forms", gone("1")) == ["absent"]
    assert house.told("forms", row("1", name="Ann Lee")) == ["revived"]
    assert count(database, "source_contacts") == 1


def test_broken_rows_are_refused_with_their_reason_and_the_others_taken(house, database):
    verdicts = house.tells(
        "forms",
        row("1", name="Ann"),
        row(None, name="Nobody"),
        row("\0", name="Nul"),
        LiveChange("2", "no object"),
        row("3", deep=_deep(80)),
        row("4", name="Bo"),
    )
    assert [one.outcome.value for one in verdicts] == ["new", *["refused"] * 4, "new"]
    assert all(one.reason for one in verdicts[1:5])
    assert sorted(house.held("forms")) == ["1", "4"]
    assert count(database, "quarantine") == 4


def _deep(levels: int) -> object:
    return [] if levels == 0 else [_deep(levels - 1)]


def test_what_comes_late_does_not_win(house):
    house.told("forms", row("1", hours=2, name="Ann Lee"))
    assert house.told("forms", row("1", hours=1, name="Ann")) == ["outdated"]
    assert house.told("forms", gone("1", hours=1)) == ["outdated"]
    assert house.told("forms", gone("1", hours=3), row("1", hours=2.5, name="Zoe")) == ["deleted", "outdated"]
    assert house.held("forms") == {}


def test_what_confirms_a_state_is_remembered(house):
    house.told("forms", row("1", hours=1, name="Ann"))
    assert house.told("forms", row("1", hours=3, name="Ann")) == ["same"]
    assert house.told("forms", row("1", hours=2, name="Zoe")) == ["outdated"]


def test_a_clock_that_is_ahead_keeps_nothing_out(house):
    ahead = datetime.now(UTC) + timedelta(days=400)
    house.told("forms", LiveChange("1", {"name": "Ann"}, as_of=ahead))
    assert house.told("forms", row("1", name="Ann Lee")) == ["changed"]


def test_a_source_whose_contacts_show_a_time_goes_by_it(house):
    def told(updated: str, name: str) -> object:
        return house.told("sales", LiveChange("c", {"id": "c", "first_name": name, "updated_at": updated}))

    assert told("2026-03-01T12:00:00.000Z", "Ann") == ["new"]
    assert told("2026-03-01T11:00:00.000Z", "Old") == ["outdated"]
    assert told("2026-03-01T12:00:00.000Z", "Anna") == ["changed"]


def test_an_event_from_before_a_complete_walk_is_outdated(house, database):
    house.told("forms", row("1", hours=1, name="Ann"))
    walked(database, "forms", datetime(2026, 3, 1, 16, tzinfo=UTC))
    assert (
        house.told("forms", row("1", hours=3, name="Zoe"), row("2", hours=3, name="Bo")) == ["outdated"] * 2
    )
    assert house.told("forms", row("1", hours=5, name="Anna")) == ["changed"]


def test_an_event_keeps_what_only_a_walk_knows(house):
    inboxes = [{"source_id": "15551234567", "inbox": {"channel_type": "Channel::Whatsapp"}}]
    whole = {"id": 7, "name": "Ann", "email": None, "created_at": 1767225600, "contact_inboxes": inboxes}
    house.told("desk", LiveChange("7", whole, as_of=None))
    assert house.told("desk", event({"id": 7, "name": "Ann Lee", "email": "ann@x.org"})) == ["changed"]
    assert house.held("desk")["7"] == {**whole, "name": "Ann Lee", "email": "ann@x.org"}
    assert house.told("desk", event({"id": 7, "name": "Ann Lee"})) == ["same"]


def test_content_under_another_id_than_it_shows_is_refused(house):
    assert house.told("desk", LiveChange("8", {"id": 7, "name": "Ann"})) == ["refused"]
    assert house.held("desk") == {}


def test_an_erased_person_is_not_stored(database):
    house = TellingHouse(database, key=b"k" * 32)
    house.told("forms", row("1", name="Ann", email="ann@x.org"), row("2", name="Bo", email="bo@x.org"))
    _read(database)
    erase(database, NormalizeSettings(fallback_region="US"), b"k" * 32, ["ann@x.org"])
    told = house.told("forms", row("1", name="Ann"), row("9", email="Ann@x.org"), row("2", name="Bob"))
    assert told == ["new", "erased", "changed"] or told == ["erased", "erased", "changed"]
    assert "9" not in house.held("forms")


def _read(database: Database) -> None:
    collect(database, [], NormalizeSettings(fallback_region="US"), CollectOptions(erasure_key=b"k" * 32))


def test_what_is_never_stored_is_dropped(database):
    house = TellingHouse(database, replace(FORMS, never_store=("note",)))
    house.told("forms", row("1", name="Ann", note="secret"))
    assert house.held("forms") == {"1": {"name": "Ann"}}


def test_more_deletions_in_a_day_than_a_night_may_bury_are_refused(house):
    house.told("forms", *(row(str(n), name=f"Ann {n}") for n in range(20)))
    assert house.told("forms", gone("1"), gone("2")) == ["deleted", "deleted"]
    verdicts = house.tells("forms", gone("3"), gone("4"), row("5", name="Bo"))
    assert [one.outcome.value for one in verdicts] == ["refused", "refused", "changed"]
    assert "max_gone" in str(verdicts[0].reason)


def test_who_would_wait_for_a_long_import_is_told_to_come_again(house, database, monkeypatch):
    house.told("forms", row("1", name="Ann"))
    monkeypatch.setattr(live_changes, "TURN_WITHIN", 0.05)
    with database.begin() as connection:
        source = sources.by_name(connection, "forms")
        assert source is not None
        take_turn(connection, source.id)
        with pytest.raises(LockHeld):
            house.tells("forms", row("2", name="Bo"))


def test_news_waits_until_it_is_merged(house, database):
    house.told("forms", row("1", name="Ann"), row("2", name="Bo"), gone("3"))
    house.told("forms", row("2", name="Bo"))
    with database.begin() as connection:
        assert told_changes.backlog(connection).contacts == 2
        told_changes.settle(connection, datetime.now(UTC) + timedelta(seconds=1))
        assert told_changes.backlog(connection) == (0, None)
    house.told("forms", row("2", name="Bo"))
    with database.begin() as connection:
        assert told_changes.backlog(connection).contacts == 0


def test_a_walk_gives_way_to_what_was_told_after_its_page_was_asked_for(house, database):
    people = [{"id": n, "name": f"Ann {n}", "email": f"a{n}@x.org", "created_at": n} for n in range(1, 4)]

    def page(request: SimulatedRequest) -> object:
        """The first page tells of changes that it doesn't hold, while it is under way."""
        number = int(request.parameter("page") or 1)
        rows = people if number == 1 else []
        if number == 1:
            house.told("desk", LiveChange("2", {**people[1], "name": "Told meanwhile"}))
            house.told("desk", LiveChange("9", {"id": 9, "name": "New meanwhile", "created_at": 9}))
        return {"meta": {"count": 3, "current_page": number}, "payload": rows}

    with answering(page) as provider:
        own = replace(DESK, base_url=provider.url, options=QUICK)
        collect(database, [own], NormalizeSettings(), CollectOptions())
    held = house.held("desk")
    assert held["2"]["name"] == "Told meanwhile"
    assert sorted(held) == ["1", "2", "3", "9"]


MOMENTS = st.integers(0, 5)
TOLD = st.tuples(st.sampled_from("ab"), MOMENTS, st.sampled_from(["Ann", "Bo", None]))


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(TOLD, min_size=1, max_size=8, unique_by=lambda one: one[:2]), data=st.data())
def test_in_whatever_order_and_parts_they_come_the_newest_state_of_each_stays(database, told, data):
    with database.begin() as connection:
        connection.execute(text("TRUNCATE dedupe.sources CASCADE"))
    house = TellingHouse(database)
    changes = [
        gone(key, hours=at) if name is None else row(key, hours=at, name=name) for key, at, name in told
    ]
    cut = data.draw(st.integers(0, len(changes)))
    for part in (changes[:cut], changes[cut:]):
        house.told("forms", *part)
    newest = {key: name for key, _, name in sorted(told, key=lambda one: one[1])}
    held = {key: payload["name"] for key, payload in house.held("forms").items()}
    assert held == {key: name for key, name in newest.items() if name is not None}
