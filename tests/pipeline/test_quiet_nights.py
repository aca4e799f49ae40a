"""A night without news says so and merges nothing; whatever changes anything is news."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from dedupe.config import Settings
from dedupe.golden.gate import GateLimits
from dedupe.model import Verdict
from dedupe.pipeline import full_run
from dedupe.pipeline.collecting import CollectOptions
from dedupe.pipeline.merge_inputs import merge_contacts
from dedupe.storage import match_models, merge_runs
from dedupe.storage.server_address import ServerAddress
from dedupe.wiring import nights, rooms
from tests.house import House, contact

JO, JO_TOO, SAM = (
    contact("crm:1", name="Jo Doe", email="jo@x.org"),
    contact("mail:1", name="Jo Doe", email="jo@x.org"),
    contact("crm:2", name="Sam Roe", email="sam@x.org"),
)


@pytest.fixture
def house(database) -> House:
    made = House(database)
    made.collected(JO, JO_TOO, SAM)
    made.merges()
    return made


def decides(house: House) -> None:
    house.decided("crm:1", "crm:2", Verdict.DIFFERENT)


def takes_back(house: House) -> None:
    decision = house.decided("crm:1", "crm:2", Verdict.DIFFERENT)
    house.merges()
    house.revoked(decision)


def renames(house: House) -> None:
    with house.database.begin() as connection:
        connection.execute(text("UPDATE dedupe.sources SET name = 'zoho' WHERE name = 'crm'"))


def another_model(house: House) -> None:
    with house.database.begin() as connection:
        content = match_models.get(connection, match_models.listed(connection)[0].id).content
        match_models.activate(connection, match_models.save(connection, "other", "trained", content))


NEWS = {
    "a new contact": lambda house: house.collected(contact("crm:3", name="Di Poe")),
    "a changed contact": lambda house: house.collected(contact("crm:2", name="Sam Rowe", email="sam@x.org")),
    "a contact that is gone": lambda house: house.vanished("crm:2"),
    "a decision": decides,
    "a decision taken back": takes_back,
    "a source renamed": renames,
    "another model": another_model,
    "derived tables dropped": House.forgets_all_but_facts,
}


def test_a_night_without_news_says_so_and_writes_nothing(house: House) -> None:
    before, full = house.state(), house.merges()
    quiet = house.merges(looks=True)
    assert (quiet.status, quiet.rows_written, quiet.stages) == ("unchanged", 0, [])
    assert full.run_id in quiet.why
    assert quiet.why in quiet.in_words()
    assert (quiet.golden, quiet.digest, quiet.links) == (full.golden, full.digest, full.links)
    assert house.state() == before
    with house.database.connect() as connection:
        last = merge_runs.last_published(connection)
    assert last is not None
    assert (str(last.id), last.gate) == (quiet.run_id, full.gate), "the next night compares itself with it"


@pytest.mark.parametrize("news", NEWS.values(), ids=NEWS.keys())
def test_whatever_changes_anything_is_news_for_one_night(house: House, news) -> None:
    assert house.merges(looks=True).mode == "quiet"
    news(house)
    assert house.merges(looks=True).mode == "full"
    assert house.merges(looks=True).mode == "quiet"


def test_another_configuration_is_news_and_other_limits_of_the_gate_are_none(house: House) -> None:
    assert house.merges(looks=True, configuration_hash="other").mode == "full"
    assert (
        house.merges(looks=True, configuration_hash="other", limits=GateLimits(max_share_gone=0.5)).mode
        == "quiet"
    )


def test_where_the_server_is_is_no_news(house: House, tmp_path: Path) -> None:
    house.merges(looks=True, server=ServerAddress(variable="DEDUPE_DATABASE"))
    assert house.merges(looks=True, server=ServerAddress(folder=tmp_path)).mode == "quiet"


def test_what_is_only_planned_or_held_back_stays_news(house: House) -> None:
    house.collected(contact("crm:3", name="Di Poe"))
    assert house.merges(looks=True, plan=True).status == "planned"
    assert house.merges(looks=True).status == "published"


def test_what_comes_while_a_night_merges_is_news_for_the_next(house: House, monkeypatch) -> None:
    def meanwhile(inputs, settings, engine):
        if not came:
            came.append(True)
            house.collected(contact("crm:9", name="Di Poe"))
        return merge_contacts(inputs, settings, engine)

    came: list[bool] = []
    house.collected(contact("crm:3", name="Al Coe"))
    monkeypatch.setattr(full_run, "merge_contacts", meanwhile)
    house.merges(looks=True)
    assert house.golden_of("crm:9") is None
    assert house.merges(looks=True).mode == "full"
    assert house.golden_of("crm:9") is not None


def test_a_watched_file_that_did_not_change_makes_a_quiet_night(database, tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("id,name,email\n1,Ann Lee,a@x.org\n2,Bo Day,b@x.org\n")
    own = {"provider": "file", "path": str(tmp_path / "people.csv")}
    settings = Settings.model_validate({"sources": {"people": own}})
    job = nights.night(settings, rooms.source_settings(settings))
    first, second = (nights.run(database, job, CollectOptions(), nights.Listener()) for _ in range(2))
    assert (first.collected.read, first.merged.mode) == (2, "full")
    assert (second.collected.read, second.merged.mode) == (0, "quiet")
    (tmp_path / "people.csv").write_text("id,name,email\n1,Ann Leigh,a@x.org\n2,Bo Day,b@x.org\n")
    third = nights.run(database, job, CollectOptions(), nights.Listener())
    assert (third.collected.read, third.merged.golden["changed"]) == (1, 1)


def test_a_contact_that_could_not_be_read_is_tried_every_night(database, tmp_path: Path, monkeypatch) -> None:
    from dedupe.pipeline import reading, reading_while_storing

    def with_a_bug(given, settings):
        raise KeyError

    (tmp_path / "people.csv").write_text("id,name,email\n1,Ann Lee,a@x.org\n")
    settings = Settings.model_validate(
        {"sources": {"people": {"provider": "file", "path": str(tmp_path / "people.csv")}}}
    )
    job = nights.night(settings, rooms.source_settings(settings))
    for place in (reading, reading_while_storing):
        monkeypatch.setattr(place, "normalize", with_a_bug)
    for _ in range(2):
        night = nights.run(database, job, CollectOptions(), nights.Listener())
        assert night.collected.failed == ["people"]
    monkeypatch.undo()
    assert nights.run(database, job, CollectOptions(), nights.Listener()).collected.read == 1


def test_what_is_settled_is_so_in_every_process() -> None:
    script = (
        "from dedupe.pipeline.merge_inputs import MergeSettings;"
        "from dedupe.pipeline.quiet_nights import settled_state;"
        "print(settled_state(MergeSettings(), None))"
    )
    told = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
