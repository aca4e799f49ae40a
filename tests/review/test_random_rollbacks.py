"""Histories of nights, changes, acts and rollbacks drawn at random: what is taken back is as it was before,
and what is published again as it was then."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random

import pytest

from dedupe.golden.gate import GateLimits
from dedupe.simulators.population.population import population
from tests.house import Given
from tests.review.rollback_house import RollbackHouse, house
from tests.review.test_random_acts import acts_at_random
from tests.review.test_random_decisions import given

__all__ = ["house"]

FREE = GateLimits(1.0, 1.0, 1.0, 1.0, 1.0, 1000)


def key_of(one: Given) -> str:
    return f"{one.key.source}:{one.key.external_id}"


def mixed_up(one: Given, other: Given) -> Given:
    """What a provider gives that mixes its contacts up: one's values under another's key."""
    made = Given(other)
    made.key = one.key
    return made


def happens(
    house: RollbackHouse, draw: Random, here: list[Given], hidden: list[Given], lost: list[Given]
) -> set[str]:
    """News of a day: who comes, changes, comes back or goes; gives who is gone."""
    new = [hidden.pop() for _ in range(min(len(hidden), draw.randint(0, 4)))]
    changed = [mixed_up(draw.choice(here), draw.choice(here)) for _ in range(draw.randint(1, 4))]
    house.collected(*new, *{key_of(one): one for one in changed}.values())
    here += new
    if lost and draw.random() < 0.5:
        back = lost.pop()
        house.collected(back)
        here.append(back)
    gone = draw.sample(here, draw.choice((0, 0, 1, 2)))
    if gone:
        house.vanished(*map(key_of, gone))
        here[:] = [one for one in here if one not in gone]
        lost += gone
    return {str(house.seed(key_of(one))) for one in gone}


def left(shown: dict[str, list[str]], gone: set[str]) -> set[str]:
    """The golden contacts that one of these is of."""
    links = map(json.loads, shown["source_links"])
    return {row["golden_id"] for row in links if row["source_contact_id"] in gone}


def without(shown: dict[str, list[str]], gone: set[str], spoilt: set[str]) -> dict[str, list[str]]:
    """What is shown of golden contacts that nobody left, and who belongs to whom of those who are here."""
    of = {"golden_contacts": "id", "golden_emails": "golden_id", "golden_phones": "golden_id"}
    told = {
        table: [row for row in shown[table] if json.loads(row)[column] not in spoilt]
        for table, column in of.items()
    }
    here = [row for row in map(json.loads, shown["source_links"]) if row["source_contact_id"] not in gone]
    told["members"] = sorted(f"{row['source_contact_id']} {row['golden_id']}" for row in here)
    return told


def check(house: RollbackHouse, people: int, days: int, seed: int) -> None:
    draw = Random(seed)
    every = [*map(given, population(people, seed).records())]
    draw.shuffle(every)
    here, hidden = every[: len(every) * 3 // 4], every[len(every) * 3 // 4 :]
    lost: list[Given] = []
    house.collected(*here)
    house.merges(limits=FREE)
    for _ in range(days):
        before = house.shown_whole()
        gone = happens(house, draw, here, hidden, lost)
        night = house.merges(limits=FREE, looks=draw.random() < 0.5)
        if night.status == "published":
            taken_back_and_published_again(house, night.run_id, before, gone)
        acts_at_random(house, draw, draw.randint(0, 2))
    rebuilt_equal(house)


def taken_back_and_published_again(
    house: RollbackHouse, night: str, before: dict[str, list[str]], gone: set[str]
) -> None:
    after = house.shown_whole()
    house.rolls_back(night)
    now = house.shown_whole()
    spoilt = left(before, gone)
    assert without(now, gone, spoilt) == without(before, gone, spoilt)
    assert gone or now == before
    assert not gone & {json.loads(row)["source_contact_id"] for row in now["source_links"]}
    held = house.merges(looks=True)
    assert (held.status, house.shown_whole()) == ("held", now)
    assert house.publishes(night).status == "published"
    assert same_but_weights(house.shown_whole()) == same_but_weights(after)


def same_but_weights(shown: dict[str, list[str]]) -> dict[str, Sequence[str]]:
    """Weights of links and questions are those that they were made by, and term frequencies counted since
    have moved."""
    return {table: rows for table, rows in shown.items() if table not in ("links", "review_candidates")}


def rebuilt_equal(house: RollbackHouse) -> None:
    """Everything but facts dropped, all is as it was: no rollback left anything else."""
    together, ids = house.together(), house.shown_whole()["ids"]
    house.forgets_all_but_facts()
    house.merges(limits=FREE)
    assert (house.together(), house.shown_whole()["ids"]) == (together, ids)


@pytest.mark.parametrize("seed", range(3))
def test_histories_with_rollbacks(house: RollbackHouse, seed: int) -> None:
    check(house, people=25, days=4, seed=seed)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(100, 112))
def test_long_histories_with_rollbacks(house: RollbackHouse, seed: int) -> None:
    check(house, people=60, days=8, seed=seed)
