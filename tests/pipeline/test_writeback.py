"""The golden id stands at the provider, once, where nothing else stood; nobody takes it for news."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from dedupe.errors import LockHeld
from dedupe.fetchers.live_change import LiveChange
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.webhooks.events import changes_of
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.simulators.providers.chatwoot import ChatwootSimulator
from dedupe.storage import writebacks
from dedupe.storage.database import Database
from dedupe.wiring.live import LiveIntake
from tests.pipeline.text_search import held
from tests.pipeline.writing_house import FIELDS, WritingHouse, writing_house


@pytest.fixture
def house(database: Database) -> Iterator[WritingHouse]:
    """Of the provider with most to mind: a change moves its time, and a value is unique."""
    with writing_house(database, "whippy") as made:
        yield made


@pytest.fixture(params=FIELDS)
def each(request: pytest.FixtureRequest, database: Database) -> Iterator[WritingHouse]:
    with writing_house(database, request.param) as made:
        yield made


def test_every_golden_id_is_written_once_and_a_walk_afterwards_finds_no_news(each):
    golden, versions = each.golden(), each.count("source_contact_versions")
    done = each.applies()
    assert done.failure is None
    there = {key: value for key, value in each.there().items() if value is not None}
    holders = {key: golden[key] for key in there}
    assert there == holders
    assert len(there) == done.written
    assert done.written + done.duplicates == len(golden)
    again = each.applies()
    assert (again.written, again.requests) == (0, 0)
    walked = each.walks()
    assert (walked.new, walked.changed, walked.same) == (0, 0, walked.fetched)
    assert each.count("source_contact_versions") == versions
    assert each.merges() == "unchanged"


def test_a_value_that_is_not_ours_is_left_and_told_unless_the_configuration_allows_it(house):
    key = house.alone()[0]
    sets(house, key, "theirs-17")
    house.night()
    assert house.actions()[key] == "conflict"
    assert house.applies().conflicts == 1
    assert house.there()[key] == "theirs-17"
    house.configures(overwrite=True)
    assert house.actions()[key] == "overwrite"
    assert house.applies().written == 1
    assert house.there()[key] == house.golden()[key]


def test_a_value_that_came_after_the_last_walk_is_left_too(house):
    key = house.alone()[0]
    sets(house, key, "theirs-17")
    assert house.applies().conflicts == 1
    assert house.there()[key] == "theirs-17"
    assert house.applies().requests == 0  # it is known by now
    sets(house, key, None)
    assert house.applies(again=True).written == 1
    assert house.there()[key] == house.golden()[key]


def test_a_new_golden_id_takes_the_place_of_the_former_one(house):
    house.applies()
    key = next(key for key, value in house.there().items() if value is not None)
    moved = house.moved(key)
    assert house.planned().get("update") == 1
    done = house.applies()
    assert (done.updated, done.failed) == (1, 0)
    assert house.there()[key] == str(moved)
    assert house.walks().changed == 0


def test_what_we_wrote_into_a_contact_without_golden_contact_is_cleared_and_nothing_else(house):
    house.applies()
    ours, theirs = [key for key, value in house.there().items() if value is not None][:2]
    sets(house, theirs, "theirs-17")
    house.unlinked(ours, theirs)
    assert house.applies().cleared == 1
    assert house.there()[ours] is None
    assert house.there()[theirs] == "theirs-17"


@pytest.mark.long
def test_a_contact_that_is_gone_at_the_provider_costs_one_question(house):
    key = house.alone()[0]
    house.simulator.delete(key)
    done = house.applies()
    assert (done.gone, done.failed) == (1, 0)
    assert key not in {row["external_id"] for row in house.rows()}


def test_withdrawn_write_back_takes_back_what_it_wrote(each):
    written = each.applies().written
    each.configures(withdraw=True)
    assert each.planned() == {"clear": written}
    assert each.applies().cleared == written
    assert set(each.there().values()) == {None}
    assert each.walks().changed == 0
    assert each.applies().requests == 0


def test_a_dry_run_reads_and_writes_nothing(house):
    done = house.applies(dry_run=True)
    assert done.written > 0
    assert house.simulator.counts["writes"] == 0
    assert house.rows() == []


@pytest.mark.long
def test_a_limit_leaves_the_rest_for_the_next_apply(house):
    first = house.applies(limit=3)
    assert (first.written, first.left > 0) == (3, True)
    house.applies()
    assert house.simulator.counts["writes"] == house.applied()


@pytest.mark.long
def test_nobody_may_change_contacts(house):
    house.simulator.faults.set(["writes-refused"])
    done = house.applies()
    assert done.failure == "CredentialsRefused"
    house.simulator.faults.set([])
    assert house.applies().written == house.applied()


def test_answers_that_are_lost_repeat_nothing(each):
    each.simulator.faults.set(["answers-lost=2", "failing-after=3"])
    done = each.applies()
    assert (done.failure, done.failed, done.repeated) == (None, 0, 0)
    assert done.confirmed > 0
    assert each.simulator.counts["writes"] == each.applied() == done.written


def test_what_was_not_taken_is_sent_again_after_the_contact_was_read(house):
    house.simulator.faults.set(["failing=3", "dropped=5"])
    done = house.applies()
    assert done.failure is None
    house.simulator.faults.set([])
    house.applies()
    assert house.simulator.counts["writes"] == house.applied()
    assert house.right()


@pytest.mark.long
def test_a_provider_that_is_down_ends_an_apply_soon_and_the_next_one_goes_on(house):
    house.simulator.faults.set(["unavailable"])
    done = house.applies()
    assert (done.failure, done.failed) == ("SourceUnavailable", 5)
    house.simulator.faults.set([])
    assert house.applies().failure is None
    assert house.right()


def test_an_apply_that_was_killed_goes_on_without_writing_twice(house):
    """Killed between the note and the request, and between the request and the note behind it."""
    for place in ("before", "after"):
        with pytest.raises(KeyboardInterrupt), house.killed(place, 4):
            house.applies()
    done = house.applies()
    assert done.failure is None
    assert house.right()
    assert house.simulator.counts["writes"] == house.applied()
    assert house.walks().changed == 0


def test_a_walk_between_the_write_and_its_note_finds_no_news(house):
    with pytest.raises(KeyboardInterrupt), house.killed("after", 3):
        house.applies()
    assert {row["state"] for row in house.rows()} == {"written", "writing"}
    assert house.walks().changed == 0


@pytest.mark.long
def test_two_applies_at_once_are_one(house):
    with (
        house.database.lock(f"writeback {house.name}"),
        pytest.raises(LockHeld, match="held by"),
    ):
        house.applies()
    assert house.simulator.counts["writes"] == 0


@pytest.mark.long
def test_an_apply_beside_a_walk_makes_no_news(house):
    house.simulator.faults.set(["slow=0.01"])
    with ThreadPoolExecutor(1) as threads:
        writing = threads.submit(house.applies)
        changed = 0
        while not writing.done():
            changed += house.walks().changed
        assert writing.result().failure is None
    assert (changed, house.walks().changed) == (0, 0)
    assert house.right()


@pytest.mark.long
def test_another_field_is_written_and_the_former_one_cleared(database):
    with writing_house(database, "digital99") as house:
        written = house.applies().written
        house.configures(field="custom_attributes.customer")
        done = house.applies()
        assert (done.failure, done.written, done.cleared) == (None, written, written)
        attributes = [one["custom_attributes"] for one in house.simulator.contacts()]
        assert all("golden_id" not in held and "customer" in held for held in attributes)


def test_attributes_of_others_stay_and_a_provider_that_drops_them_is_stopped_at_once(database):
    with writing_house(database, "digital99") as house:
        for number, key in enumerate(house.simulator.ids()):
            house.simulator.edit(key, custom_attributes={"plan": "gold", "number": number})
        before = attributes(house)
        house.simulator.faults.set(["attributes-replaced"])
        done = house.applies()
        assert done.failure == "ContractChanged"
        assert "replaces = true" in str(done.reason)
        assert attributes(house) == before
        house.configures(replaces=True)
        assert house.applies().failure is None
        assert (attributes(house), house.right()) == (before, True)
        house.configures(replaces=True, withdraw=True)
        house.applies()
        assert (attributes(house), set(house.there().values())) == (before, {None})


def test_of_two_contacts_of_one_person_one_holds_a_unique_id_until_it_is_gone(database):
    with writing_house(database, "whippy") as house:
        first, second = house.alone()[:2]
        house.joined(first, second)
        golden = house.golden()[first]
        assert house.actions()[second] == "duplicate"
        house.applies()
        assert [house.there()[key] for key in (first, second)] == [golden, None]
        house.simulator.delete(first)
        house.gone(first)
        house.applies()
        assert house.there()[second] == golden


def test_two_contacts_that_change_places_free_their_unique_ids_first(database):
    with writing_house(database, "whippy") as house:
        house.applies()
        first, second = house.alone()[:2]
        was = house.there()
        house.swapped(first, second)
        done = house.applies()
        assert (done.failure, done.refused) == (None, 0)
        assert (house.there()[first], house.there()[second]) == (was[second], was[first])


def test_a_unique_id_that_somebody_else_holds_is_refused_and_told(database):
    with writing_house(database, "whippy") as house:
        key = house.alone()[0]
        unknown = house.simulator.insert()
        house.simulator.edit(unknown, external_id=house.golden()[key])
        done = house.applies()
        assert done.refused == 1
        assert house.actions()[key] == "refused"
        assert house.applies().requests == 0


def test_the_event_of_our_own_write_is_no_news(database):
    with writing_house(database, "digital99") as house:
        desk = house.simulator
        assert isinstance(desk, ChatwootSimulator)
        desk.subscribe("http://127.0.0.1:9/", "secret")
        written = house.applies().written
        events = [event.body for event in desk.events]
        fetcher = fetcher_for(house.own)
        changes = [one for body in events for one in changes_of(fetcher, body, datetime.now(UTC))]
        assert len(changes) == written
        assert told(house, changes) == {"same"}
        assert house.merges() == "unchanged"


def test_a_source_that_tells_whole_contacts_with_their_times_tells_no_news_of_our_writes(house):
    house.applies()
    key = next(key for key, value in house.there().items() if value is not None)
    assert told(house, [LiveChange(key, house.simulator.get(key))]) == {"same"}
    house.simulator.edit(key, language="eo")
    assert told(house, [LiveChange(key, house.simulator.get(key))]) == {"changed"}


@pytest.mark.parametrize(("seconds", "news"), [(0.4, False), (5, True)])
def test_a_time_that_is_only_rounded_is_the_time_of_our_write(house, seconds, news):
    house.applies()
    with house.database.begin() as connection:
        earlier = text(
            "UPDATE dedupe.writebacks SET changed_at = changed_at - make_interval(secs => :seconds)"
        )
        connection.execute(earlier, {"seconds": seconds})
    assert bool(house.walks().changed) == news


def test_golden_ids_are_never_evidence(database):
    """Two contacts that bear one golden id, as a copy of an account would show them, are not joined by it."""
    with writing_house(database, "whippy") as house:
        together = len(set(house.golden().values()))
        house.applies()
        house.simulator.faults.set([])
        one = next(value for value in house.there().values() if value)
        for key in list(house.golden())[:6]:
            house.simulator.edit(key, external_id=one, language="eo")
        assert house.walks().changed == 6
        house.merges()
        assert len(set(house.golden().values())) == together
        with house.database.connect() as connection:
            kept = connection.execute(text("SELECT content::text FROM dedupe.contacts")).scalars()
            assert not [content for content in kept if one in content]


def test_beginning_to_write_back_changes_nobody(each):
    """Hashing goes by the configuration: with a new section nobody is stored again or merged anew."""
    each.own = replace(each.own, writeback=None)
    each.walks()
    assert each.merges() in ("published", "unchanged")
    events, versions = each.count("golden_events"), each.count("source_contact_versions")
    each.configures()
    assert each.walks().changed == 0
    each.merges()
    assert (each.count("golden_events"), each.count("source_contact_versions")) == (events, versions)


def test_of_somebody_erased_the_golden_id_is_cleared_and_then_nothing_is_kept(each):
    each.applies()
    key = next(key for key, value in each.there().items() if value is not None)
    done = each.erases(key)
    assert done.written_back == 1
    assert [row["external_id"] for row in each.rows() if row["external_id"]] == [key]
    assert each.applies().cleared == 1
    assert each.there()[key] is None
    assert [row for row in each.rows() if row["external_id"]] == []


def test_what_is_kept_of_somebody_erased_goes_in_time_though_the_provider_takes_no_write(house):
    house.applies()
    assert house.erases(house.alone()[0]).written_back == 1
    before = datetime.now(UTC)
    house.simulator.faults.set(["writes-refused"])
    house.applies()
    with house.database.begin() as connection:
        assert writebacks.purge_erased(connection, before) == 1


def test_an_erasure_amid_an_apply_leaves_nothing_at_the_provider(house):
    """Nobody is written once they are erased, and what was being written is cleared by the next apply."""
    key = house.alone()[-1]
    with house.erasing_at(key):
        house.applies()
    assert house.applies().failure is None
    assert house.there()[key] is None
    assert held(house.database, key) == set()


@pytest.mark.long
def test_logs_and_reports_hold_no_value_of_anybody(house, caplog):
    house.simulator.faults.set(["failing=4", "answers-lost=3"])
    with caplog.at_level("DEBUG"):
        told = str(house.applies().content()) + caplog.text
    for one in house.simulator.contacts():
        for value in (one.get("email"), one.get("phone"), one.get("phone_number")):
            assert not value or value not in told


def told(house: WritingHouse, changes: list[LiveChange]) -> set[str]:
    """What became of changes that the source told by itself."""
    intake = LiveIntake({house.name: house.own}, NormalizeSettings())
    with house.database.begin() as connection:
        return {one.outcome.value for one in intake.store(connection, house.name, changes)}


def sets(house: WritingHouse, key: str, value: str | None) -> None:
    """Somebody else sets the field."""
    outer, _, inner = FIELDS[house.own.provider].partition(".")
    if not inner:
        house.simulator.edit(key, **{outer: value})
        return
    before = (house.simulator.get(key) or {})[outer]
    left = {name: one for name, one in before.items() if name != inner}
    house.simulator.edit(key, **{outer: left if value is None else {**left, inner: value}})


def attributes(house: WritingHouse) -> dict[str, dict[str, object]]:
    """external id → custom attributes, without ours."""
    return {
        str(one["id"]): {k: v for k, v in one["custom_attributes"].items() if k != "golden_id"}
        for one in house.simulator.contacts()
    }


@pytest.mark.long
def test_a_provider_that_finds_nobody_by_id_is_not_written_to(database):
    with writing_house(database, "livedesk") as house:
        house.simulator.faults.set(["no-one-by-id"])
        done = house.applies()
        assert done.failure == "ContractChanged"
        assert "found by its id" in str(done.reason)
