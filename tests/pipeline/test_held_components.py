"""A limit of the publish gate holds back the components that are over it, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dedupe.cli import doctor
from dedupe.fetchers.healthcheck import Checkup
from dedupe.golden.gate import GateLimits
from dedupe.matching import term_growth
from dedupe.pipeline import reach
from dedupe.pipeline.live_merging import LiveReport, merge_told
from dedupe.pipeline.merging import publish_run
from dedupe.storage import held_contacts, told_changes
from dedupe.wiring.live_worker import LiveWorker
from tests.pipeline.telling_house import gone, row
from tests.pipeline.test_live_merging import LiveHouse


@pytest.fixture
def house(database) -> LiveHouse:
    """No golden contact may have more than three source contacts; nothing else is limited."""
    house = LiveHouse(database)
    house.merges()
    house.settings = replace(house.settings, merge=replace(house.settings.merge, limits=limits()))
    return house


def limits(**others: Any) -> GateLimits:
    free: dict[str, Any] = dict.fromkeys(
        ("max_share_gone", "max_share_merged", "max_share_split", "max_share_changed"), 1.0
    )
    return GateLimits(max_cluster=3, fewest=10, **{**free, **others})


def looks(house: LiveHouse) -> LiveReport:
    return merge_told(house.database, house.settings)


def held(house: LiveHouse) -> tuple[int, int]:
    """Components, and changed contacts in them."""
    with house.database.begin() as connection:
        return held_contacts.count(connection)[:2]


def too_many(house: LiveHouse, *ids: str) -> None:
    house.told("forms", *(row(one, full_name="Ann Lee3", email="ann3@example.org") for one in ids))


def test_only_the_component_that_is_too_large_waits_and_that_is_said_once(house):
    too_many(house, "a", "b", "c")
    house.told("forms", row("new", full_name="Zoe Quark", email="zoe@example.org"))
    first = looks(house)
    assert first.taken == 4
    assert first.held == ("the largest golden contact has 4 source contacts (max_cluster 3)",)
    assert house.shown("zoe@example.org")
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [1]
    assert held(house) == (1, 3)
    assert house.waiting() == 0
    assert looks(house) == LiveReport(0)
    house.told("forms", row("5", full_name="Ann Lee5", email="ann5@example.com"))
    assert looks(house).held == ()
    assert house.shown("ann5@example.com")


def test_it_is_asked_again_once_a_member_changes(house):
    too_many(house, "a", "b", "c")
    looks(house)
    house.told("forms", gone("3"))
    assert (looks(house).held, held(house)) == ((), (0, 0))
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [3]
    looks(house)
    with house.database.begin() as connection:
        assert told_changes.waiting(connection, 10) == []


def test_one_that_waits_and_is_told_as_it_was_waits_no_longer(house):
    too_many(house, "a", "b", "c")
    looks(house)
    house.told("forms", gone("b"))
    assert (looks(house).held, held(house)) == ((), (0, 0))
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [3]


def test_the_next_night_asks_again(house):
    too_many(house, "a", "b", "c")
    looks(house)
    house.settings = replace(house.settings, merge=replace(house.settings.merge, limits=GateLimits()))
    house.night()
    assert held(house) == (0, 0)
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [4]
    looks(house)
    assert house.waiting() == 0


def test_a_worker_says_so_and_goes_on(house):
    worker = LiveWorker(house.database, house.settings)
    too_many(house, "a", "b", "c")
    assert worker.once() is True
    assert worker.once() is False
    house.told("forms", row("new", full_name="Zoe Quark", email="zoe@example.org"))
    assert worker.once() is True
    assert house.shown("zoe@example.org")


def test_changes_over_a_share_wait_and_others_go_on(house):
    settings = replace(house.settings.merge, limits=limits(max_share_changed=0.2))
    house.settings = replace(house.settings, merge=settings)
    changed = (row(str(n), full_name=f"Ann Ray{n}", email=f"ann{n}@example.org") for n in range(20))
    house.told("forms", *changed, row("new", full_name="Zoe Quark", email="zoe@example.org"))
    [reason] = looks(house).held
    assert "golden contacts changed" in reason
    assert held(house) == (20, 20)
    assert house.shown("zoe@example.org")
    assert [one.name for one in house.shown("ann3@example.org")] == ["Ann Lee3"]


def test_doctor_tells_what_is_held_and_why(house):
    made = Checkup("database", "postgres")
    with house.database.begin() as connection:
        doctor._look_at_held(connection, made)
    assert made.advice == []
    too_many(house, "a", "b", "c")
    looks(house)
    with house.database.begin() as connection:
        doctor._look_at_held(connection, made)
    told = "\n".join(made.advice)
    assert "1 components with 3 changed source contacts are held back" in told
    assert "the largest golden contact has 4 source contacts (max_cluster 3)" in told


def test_a_person_who_looked_publishes_what_is_held(house):
    too_many(house, "a", "b", "c")
    looks(house)
    with house.database.begin() as connection:
        [run] = held_contacts.runs(connection)
    told = publish_run(house.database, run, house.settings.merge, house.settings.engine)
    assert (told.status, held(house)) == ("published", (0, 0))
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [4]


def test_who_is_in_a_block_that_has_grown_waits_alone(house, monkeypatch):
    with monkeypatch.context() as small:
        small.setattr(reach, "GROWN_TO", 2)
        too_many(house, "a", "b")
        house.told("forms", row("new", full_name="Zoe Quark", email="zoe@home.net"))
        [reason] = looks(house).held
        assert "a block has grown to 3 contacts" in reason
        assert house.shown("zoe@home.net")
        assert held(house)[1] == 2
    house.night()
    assert [len(one.source_links) for one in house.shown("ann3@example.org")] == [3]


def test_who_makes_a_value_move_for_somebody_in_a_block_that_has_grown_waits_alone(house, monkeypatch):
    monkeypatch.setattr(term_growth, "GROWN_FROM", 1)
    names = ("Bob Quint", "Ivan Pike", "Mia Orr", "Tom Fox")
    people = [row(name, full_name=name, email="office@acme.org") for name in names]
    people[0].payload["company"] = "Acme Rockets"
    house.told("forms", *people)
    house.night()
    looks(house)
    monkeypatch.setattr(reach, "GROWN_TO", 3)
    house.told("forms", row("uma", full_name="Uma Grey", email="uma@home.net", company="Acme Rockets"))
    house.told("forms", row("new", full_name="Zoe Quark", email="zoe@away.net"))
    [reason] = looks(house).held
    assert "a block has grown to 4 contacts" in reason
    assert (held(house)[1], house.shown("uma@home.net")) == (1, [])
    assert house.shown("zoe@away.net")
