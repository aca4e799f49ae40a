"""Nights in proportion: which run a night is, and that its report says why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, text, update

from dedupe.errors import IndexUnusable, LockHeld
from dedupe.matching.model.default import default_model
from dedupe.model import ValueVerdict
from dedupe.pipeline import reach, run_choice
from dedupe.pipeline.live_run import LIVE_LOCK, merge_now
from dedupe.pipeline.merging import merge
from dedupe.storage import match_models, tables
from dedupe.storage.database import Database
from tests.house import House, contact

JO = contact("crm:1", name="Jo Doe", email="jo@x.org")
JO_TOO = contact("mail:1", name="Jo Doe", email="jo@x.org")
SAM, SAM_NOW = (contact("crm:2", name="Sam Roe", email=f"sam@{place}.org") for place in ("x", "y"))


@pytest.fixture
def house(database: Database, monkeypatch: pytest.MonkeyPatch) -> House:
    """A night over three contacts; however few there are, one that changes is little."""
    monkeypatch.setattr(run_choice, "MOST_CHANGED", 0.5)
    monkeypatch.setattr(run_choice, "MOST_DRIFT", 0.5)
    house = House(database)
    with database.begin() as connection:
        model = match_models.save(connection, "shipped", "shipped", default_model().to_json())
        match_models.activate(connection, model)
    house.collected(JO, JO_TOO, SAM)
    house.merges()
    return house


def test_little_news_makes_an_incremental_night(house: House) -> None:
    house.collected(SAM_NOW)
    night = house.merges(looks=True)
    assert (night.mode, night.status) == ("incremental", "published")
    assert "1 changes since run" in night.why
    assert house.record_of("crm:2")["emails"] == ["sam@y.org"]
    assert night.golden["golden_contacts"] == 2
    assert (night.golden["changed"], night.golden["unchanged"]) == (1, 1)
    assert night.source_contacts == {"crm": 2, "mail": 1}
    assert house.merges(looks=True).mode == "quiet"


def test_an_incremental_night_looks_at_whom_the_news_concerns_alone(house: House) -> None:
    runs = select(tables.golden_contacts.c.run_id, func.count()).group_by(tables.golden_contacts.c.run_id)
    house.collected(SAM_NOW)
    night = house.merges(looks=True)
    with house.database.begin() as connection:
        by_run = {str(run): count for run, count in connection.execute(runs)}
    assert by_run.pop(night.run_id) == 1
    assert list(by_run.values()) == [1]


def test_much_news_makes_a_full_night(house: House) -> None:
    house.collected(*(contact(f"crm:{number}", name=f"Zoe Q{number}") for number in range(5, 9)))
    night = house.merges(looks=True)
    assert (night.mode, night.status) == ("full", "published")
    assert "4 changes in 3 contacts" in night.why


def test_drift_makes_a_full_night(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_choice, "MOST_DRIFT", 0.2)
    house.collected(SAM_NOW)
    assert house.merges(looks=True).mode == "incremental"
    house.collected(SAM)
    night = house.merges(looks=True)
    assert (night.mode, "33% of all contacts changed" in night.why) == ("full", True)


def test_a_full_night_comes_every_week(house: House) -> None:
    runs = tables.merge_runs
    with house.database.begin() as connection:
        connection.execute(update(runs).values(started_at=datetime.now(UTC) - timedelta(days=8)))
    house.collected(SAM_NOW)
    night = house.merges(looks=True)
    assert (night.mode, "more than 7 days ago" in night.why) == ("full", True)


def test_what_may_concern_everybody_makes_a_full_night(house: House) -> None:
    house.judged("email", "jo@x.org", ValueVerdict.SHARED)
    night = house.merges(looks=True)
    assert (night.mode, "may concern every contact" in night.why) == ("full", True)
    assert house.golden_of("crm:1") != house.golden_of("mail:1")


def test_a_damaged_index_is_made_anew_and_that_is_said(house: House) -> None:
    with house.database.begin() as connection:
        connection.execute(text("UPDATE dedupe.match_index_keys SET content = set_byte(content, 5, 77)"))
    house.collected(SAM_NOW)
    night = house.merges(looks=True)
    assert (night.mode, night.status, "damaged" in night.why) == ("full", "published", True)
    house.collected(SAM)
    assert house.merges(looks=True).mode == "incremental"


def test_a_block_that_has_grown_too_large_makes_a_full_night(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reach, "GROWN_TO", 3)  # all four have an address at x.org
    house.collected(contact("mail:2", name="Joe Doe", email="jo@x.org"))
    night = house.merges(looks=True)
    assert "grown to 4 contacts" in night.why
    assert night.mode == "full"


def test_a_planned_incremental_night_writes_nothing(house: House) -> None:
    house.collected(SAM_NOW)
    before = house.state()
    planned = house.merges(looks=True, plan=True)
    assert (planned.mode, planned.status, house.state()) == ("incremental", "planned", before)
    assert house.publishes(planned.run_id).status == "published"
    assert house.record_of("crm:2")["emails"] == ["sam@y.org"]


def test_a_killed_incremental_night_leaves_what_was_served(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = house.state()
    house.collected(SAM_NOW)
    with monkeypatch.context() as patch:
        patch.setattr("dedupe.pipeline.incremental.settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            house.merges(looks=True)
    after = {name: rows for name, rows in house.state().items() if name != "contacts"}
    assert after == {name: rows for name, rows in before.items() if name != "contacts"}
    assert house.merges(looks=True).mode == "incremental"
    assert house.record_of("crm:2")["emails"] == ["sam@y.org"]


def test_who_comes_back_as_another_leaves_the_heir_its_place(house: House) -> None:
    was = house.golden_of("crm:1")
    house.vanished("crm:1")
    house.merges(looks=True)
    assert house.golden_of("mail:1") == was
    house.collected(contact("crm:1", name="Una Grey", email="una@z.org"))
    assert house.merges(looks=True).mode == "incremental"
    before = house.golden_of("crm:1"), house.golden_of("mail:1")
    with house.database.begin() as connection:
        heirs = connection.execute(select(tables.golden_heirs)).all()
    house.merges(anew=False)
    with house.database.begin() as connection:
        assert connection.execute(select(tables.golden_heirs)).all() == heirs
    assert (house.golden_of("crm:1"), house.golden_of("mail:1")) == before
    assert before[0] == was != before[1]


def test_what_was_just_stored_is_merged_at_once(house: House) -> None:
    house.collected(contact("mail:2", name="Sam Roe", email="sam@x.org"))
    done = merge_now(house.database, house.settings, house.engine).report
    assert done is not None
    assert (done.mode, house.golden_of("mail:2")) == ("incremental", house.golden_of("crm:2"))
    assert house.merges(looks=True).mode == "quiet"


def test_what_a_night_had_seen_that_was_killed_does_not_wait_for_the_next_one(house: House) -> None:
    def killed(stage: str) -> None:
        if stage == "match, cluster, merge":
            assert merge_now(house.database, house.settings, house.engine).report is None, "it is the night's"
            _killed()

    house.collected(SAM_NOW)
    with pytest.raises(KeyboardInterrupt):
        merge(house.database, house.settings, house.engine, full=True, tell=killed)
    assert merge_now(house.database, house.settings, house.engine).report is not None
    assert house.record_of("crm:2")["emails"] == ["sam@y.org"]


def test_a_door_never_waits_for_a_full_run(house: House) -> None:
    house.judged("email", "jo@x.org", ValueVerdict.SHARED)
    with pytest.raises(IndexUnusable, match="next night"):
        merge_now(house.database, house.settings, house.engine)
    with house.database.lock(LIVE_LOCK), pytest.raises(LockHeld):
        merge_now(house.database, house.settings, house.engine)


def _killed(*_: object) -> None:
    raise KeyboardInterrupt
