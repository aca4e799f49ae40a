"""Acts drawn at random on messy people: each is what a night would publish, and taken back they leave no
trace."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from random import Random
from uuid import UUID

import pytest

from dedupe.errors import DecisionRefused, UsageError
from dedupe.review.acts import Acting
from dedupe.review.recording import DecisionResult
from dedupe.simulators.population.population import population
from dedupe.storage import decisions
from dedupe.storage.golden_contacts import GoldenContact
from tests.review.deciding_house import DecidingHouse, house
from tests.review.test_random_decisions import given

__all__ = ["house"]

Act = Callable[[Acting], DecisionResult]


def split(house: DecidingHouse, draw: Random, several: list[list[str]]) -> Act:
    keys = draw.choice([each for each in several if len(each) > 1])
    chosen = draw.sample(keys, draw.randint(1, len(keys) - 1))
    parts = [chosen] if len(chosen) == 1 or draw.random() < 0.5 else [chosen[:1], chosen[1:]]
    groups = [[house.seed(key) for key in part] for part in parts]
    return lambda acting: acting.split(house.golden(keys[0]), groups)


def move(house: DecidingHouse, draw: Random, several: list[list[str]]) -> Act:
    origin, target = draw.sample(several, 2)
    moved = [house.seed(key) for key in draw.sample(origin, draw.randint(1, len(origin)))]
    return lambda acting: acting.move(moved, house.golden(target[0]))


def join(house: DecidingHouse, draw: Random, several: list[list[str]]) -> Act:
    chosen = draw.sample(several, draw.choice((2, 2, 3)))
    return lambda acting: acting.join([house.golden(keys[0]) for keys in chosen])


def confirm(house: DecidingHouse, draw: Random, several: list[list[str]]) -> Act:
    key = draw.choice(several)[0]
    return lambda acting: acting.confirm(house.golden(key))


def report(house: DecidingHouse, draw: Random, several: list[list[str]]) -> Act:
    key = draw.choice(several)[0]
    return lambda acting: acting.report(house.golden(key))


HISTORIES = int(os.environ.get("HISTORIES", "200"))
ACTS = (split, split, move, move, join, confirm, report)


def live_decisions(house: DecidingHouse) -> list[UUID]:
    """Those that were made, and those that stand again since what took their place was taken back."""
    with house.database.begin() as connection:
        return [one.id for one in decisions.latest(connection, 1000, live_only=True)]


def acts_at_random(house: DecidingHouse, draw: Random, count: int) -> None:
    """So many that are not refused; what each previews is what comes of it."""
    while count:
        several = sorted(sorted(keys) for keys in house.together())
        act = draw.choice(ACTS)(house, draw, several)
        try:
            told = house.previews(act)
        except (DecisionRefused, UsageError):
            continue
        with house.acting() as acting:
            act(acting)
        count -= 1
        assert shown(house.served(*(one.id for one in told.after))) == shown(told.after)


def shown(contacts: Sequence[GoldenContact]) -> list[tuple[object, ...]]:
    """What is shown of golden contacts, runs and times aside."""
    return [
        (one.id, one.fields, one.emails, one.phones, [link.source_contact for link in one.source_links])
        for one in contacts
    ]


def check(house: DecidingHouse, people: int, acts: Sequence[int], seed: int) -> None:
    """A history of so many acts each; each begins where all acts of the one before were taken back."""
    house.collected(*map(given, population(people, seed).records()))
    house.merges()
    began, draw = house.state(), Random(seed)
    for count in acts:
        acts_at_random(house, draw, count)
        assert house.is_settled()
        while live := live_decisions(house):
            house.takes_back(draw.choice(live))
        assert house.state() == began
    assert house.is_settled()


def test_acts_taken_back_in_any_order_leave_all_as_it_began(house: DecidingHouse) -> None:
    check(house, people=60, acts=[8], seed=5)


@pytest.mark.long
@pytest.mark.timeout(3600)  # a hundred histories each in test-all
@pytest.mark.parametrize("seed", range(10))
def test_many_acts_taken_back_in_any_order_leave_all_as_it_began(house: DecidingHouse, seed: int) -> None:
    draw = Random(seed)
    check(house, people=150, acts=[draw.randint(1, 8) for _ in range(HISTORIES // 20)], seed=seed)
