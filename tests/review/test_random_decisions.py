"""Decisions drawn at random about messy people: what each publishes is what a night would."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from dedupe.errors import DecisionContradicts, DecisionRefused
from dedupe.model import Verdict
from dedupe.review.recording import DecisionResult
from dedupe.simulators.population.population import population
from dedupe.simulators.population.provider_record import ProviderRecord
from tests.house import Given, contact
from tests.review.deciding_house import DecidingHouse, house

__all__ = ["house"]

VERDICTS = (Verdict.SAME, Verdict.DIFFERENT, Verdict.UNSURE)


def given(held: ProviderRecord) -> Given:
    place = {"street": held.street, "city": held.city, "postcode": held.postcode, "country": held.country}
    fields: dict[str, Any] = {"company": held.company, **place}
    return contact(
        f"{held.provider}:{held.external_id}",
        name=held.full,
        email=";".join(held.emails) or None,
        phone=";".join(held.phones) or None,
        **{name: value for name, value in fields.items() if value},
    )


def decide_at_random(house: DecidingHouse, draw: Random, made: list[DecisionResult]) -> str:
    """Answers a question, splits a golden contact, joins two or takes a decision back; says which."""
    several = sorted((sorted(keys) for keys in house.together()), key=str)
    waiting = sorted(house.waiting(), key=lambda one: str(one.id))
    verdict = draw.choice(VERDICTS)
    act = draw.choice(("answer", "answer", "split", "join", "take back"))
    if act == "answer" and waiting:
        made.append(house.answers(house.shown(draw.choice(waiting).id), verdict))
    elif act == "take back" and made:
        house.takes_back(made.pop(draw.randrange(len(made))))
    elif act == "split":
        one, other = draw.sample(draw.choice([keys for keys in several if len(keys) > 1]), 2)
        made.append(house.decides(Verdict.DIFFERENT, one, other))
    else:
        act = "join"
        one, other = (draw.choice(keys) for keys in draw.sample(several, 2))
        made.append(house.decides(Verdict.SAME, one, other))
    return act


def check(house: DecidingHouse, people: int, decisions: int, seed: int) -> None:
    house.collected(*map(given, population(people, seed).records()))
    house.merges()
    draw, made, acts = Random(seed), list[DecisionResult](), list[str]()
    while len(acts) < decisions:
        try:
            acts.append(decide_at_random(house, draw, made))
        except (DecisionContradicts, DecisionRefused):
            continue
        assert house.is_settled(), acts


def test_a_night_finds_each_decision_as_it_would_publish_it(house: DecidingHouse) -> None:
    check(house, people=60, decisions=6, seed=3)


@pytest.mark.long
@pytest.mark.parametrize("seed", [1, 2])
def test_a_night_finds_many_decisions_among_many_as_it_would_publish_them(
    house: DecidingHouse, seed: int
) -> None:
    check(house, people=700, decisions=40, seed=seed)
