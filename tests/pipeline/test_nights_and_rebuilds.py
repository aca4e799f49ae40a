"""Night by night or all at once: a whole population comes to the same golden contacts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from dedupe.golden.gate import GateLimits
from dedupe.model import Verdict
from dedupe.simulators.population.export import COLUMNS, row
from dedupe.simulators.population.population import population
from tests.house import Given, House, contact, house

__all__ = ["house"]

OPEN = GateLimits(fewest=10**6)
"""However much a night changes, it is published."""


def people(count: int, seed: int) -> Iterator[Given]:
    for record in population(count, seed).records():
        told = dict(zip(COLUMNS, row(record), strict=True))
        key = f"{record.provider}:{record.external_id}"
        yield contact(
            key, name=told["full_name"], email=told["email"], phone=told["phone"], city=told["city"]
        )


def key_of(one: Given) -> str:
    return f"{one.key.source}:{one.key.external_id}"


def served(house: House) -> dict[str, list[Any]]:
    """The state, but of a link and a question only whom it is about and why: their evidence is of the night
    that made them."""
    state = house.state()
    rows = map(json.loads, state["links"])
    links = [(row["left_contact"], row["right_contact"], row["cause"]) for row in rows]
    asked = sorted((row["left_members"], row["right_members"], row["cause"]) for row in questions(state))
    return {**state, "links": sorted(links), "review_candidates": asked}


def questions(state: dict[str, list[Any]]) -> list[dict[str, Any]]:
    return [json.loads(row) for row in state["review_candidates"]]


@pytest.mark.long
def test_a_population_night_by_night_is_served_as_all_at_once(house: House) -> None:
    everyone = list(people(150, seed=8))
    portions = np.random.default_rng(3).integers(0, 3, len(everyone))
    for night in range(3):
        house.collected(*(one for one, portion in zip(everyone, portions, strict=True) if portion == night))
        house.merges(limits=OPEN)
    joined = max((sorted(keys) for keys in house.together()), key=len)
    house.decided(joined[0], joined[1], Verdict.DIFFERENT)
    house.vanished(*(key_of(one) for one in everyone[::17]))
    house.merges(limits=OPEN)
    in_turn = served(house)
    assert len(house.together()) < len(everyone) - len(everyone[::17])
    house.forgets_all_but_facts()
    house.merges(limits=OPEN)
    assert served(house) == in_turn


def test_the_order_in_which_contacts_came_changes_nobody(house: House) -> None:
    everyone = list(people(30, seed=9))
    house.collected(*everyone[::2])
    house.merges(limits=OPEN)
    house.collected(*everyone[1::2])
    house.merges(limits=OPEN)
    first = house.together()
    house.vanished(*(key_of(one) for one in everyone))
    house.collected(*reversed(everyone))
    house.merges(limits=OPEN)
    assert house.together() == first
