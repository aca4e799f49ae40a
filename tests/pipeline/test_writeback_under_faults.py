"""Write-back on a provider's bad day: what was written, how often twice, and whether anything is wrong.

`pytest -s -m long tests/pipeline/test_writeback_under_faults.py` prints the figures.
"""

from __future__ import annotations

import random
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from dedupe.fetchers.writeback_settings import value_at
from dedupe.simulators.population.population import population
from dedupe.simulators.server.http import Response, SimulatedRequest
from dedupe.storage.database import Database
from tests.pipeline.writing_house import FIELDS, WritingHouse, writing_house

MIX = ["answers-lost=5", "failing-after=7", "failing=11", "dropped=13"]
THEIRS = "theirs-17"
PEOPLE, KILLS, MOVED = 400, 6, 40


class WriteLog:
    """Every write that the provider took: the contact, and whether the value stood there already."""

    def __init__(self, house: WritingHouse) -> None:
        self.taken, self.repeated = 0, 0
        simulator, field = house.simulator, FIELDS[house.own.provider]
        change = simulator.change

        def logged(request: SimulatedRequest, what: str) -> Response:
            key = what.partition("/")[0]
            before = value_at(simulator.get(key), field)
            answer = change(request, what)
            if answer.status < 300:
                self.taken += 1
                self.repeated += value_at(simulator.get(key), field) == before
            return answer

        simulator.change = logged  # type: ignore[method-assign]


@pytest.mark.long
@pytest.mark.parametrize("provider", FIELDS)
def test_writes_repeats_and_wrong_ones_under_faults(
    database: Database, provider: str, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = random.Random(7)
    with writing_house(database, provider, population(PEOPLE, seed=5)) as house:
        theirs = drawn.sample(house.alone(), 10)
        for key in theirs:
            _set(house, key, THEIRS)
        house.night()
        before, log = _others(house), WriteLog(house)
        _applies_until_done(house, drawn)
        assert house.walks().changed == 0
        moved = [key for key in drawn.sample(house.alone(), MOVED) if key not in theirs]
        for key in moved:
            house.moved(key)
        done = _applies_until_done(house, drawn)
        golden, there = house.golden(), house.there()
        held = {key: value for key, value in there.items() if value is not None}
        expected = {key: THEIRS if key in theirs else golden[key] for key in held}
        wrong = sum(held[key] != expected[key] for key in held)
        missing = house.applied() - len(held)
        changed = sum(before[key] != now for key, now in _others(house).items())
        with capsys.disabled():
            sys.stdout.write(
                f"\n{provider}: {len(golden)} contacts, {len(held)} hold a value, {len(moved)} moved, "
                f"{KILLS * 2} kills: {log.taken} writes taken, {log.repeated} repeated, {wrong} wrong, "
                f"{missing} missing, {changed} with other fields changed; {done} applies\n"
            )
        assert (wrong, missing, changed) == (0, 0, 0)
        assert log.repeated == 0
        house.simulator.faults.set([])
        assert (house.applies().requests, house.walks().changed) == (0, 0)


@pytest.mark.long
def test_a_write_that_happens_after_we_gave_up_waiting_is_no_harm(database: Database) -> None:
    with writing_house(database, "digital99") as house:
        own = house.own
        house.own = replace(own, timeout=0.2)
        house.simulator.faults.set(["slow=0.3@12"])
        for _ in range(4):
            house.applies()
        house.own = own
        assert house.applies().failure is None
        assert house.right()


def _applies_until_done(house: WritingHouse, drawn: random.Random) -> int:
    """Apply, killed now and then, until nothing is left; gives how many applies that took."""
    for number in range(1, 40):
        house.simulator.faults.set(MIX)
        if number <= KILLS:
            with (
                suppress(KeyboardInterrupt),
                house.killed(drawn.choice(["before", "after"]), drawn.randint(1, 60)),
            ):
                house.applies()
            continue
        done = house.applies()
        if done.failure is None and not done.failed:
            return number
    raise AssertionError("it never ended")


def _set(house: WritingHouse, key: str, value: str) -> None:
    outer, _, inner = FIELDS[house.own.provider].partition(".")
    held = (house.simulator.get(key) or {})[outer]
    house.simulator.edit(key, **{outer: {**held, inner: value} if inner else value})


def _others(house: WritingHouse) -> dict[str, Any]:
    """external id → the contact without our field and what a write moves."""
    outer, _, inner = FIELDS[house.own.provider].partition(".")
    found = {}
    for one in house.simulator.contacts():
        rest = {key: value for key, value in one.items() if key not in (outer, "updated_at")}
        if inner:
            rest[outer] = {key: value for key, value in one[outer].items() if key != inner}
        found[str(one["id"])] = rest
    return found
