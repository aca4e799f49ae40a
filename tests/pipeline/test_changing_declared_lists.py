"""Whatever moves between two pages of a declared provider: a walk called complete has seen everybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from tests.pipeline.changing_provider import MORE, Claim, Moving
from tests.pipeline.test_declared import ALL, declared


@contextmanager
def moving(name: str, people: int) -> Iterator[Moving]:
    provider = name.split()[0]
    with simulate(population(people, seed=4), [provider]) as running:
        for _ in range(people // 3 if provider in MORE else 0):
            running[provider].insert()
        with declared(running, name) as (_, own):
            lists = Moving(running[provider], own)
            try:
                yield lists
            finally:
                lists.close()


@pytest.mark.parametrize("name", ALL)
def test_no_walk_claims_to_be_complete_that_passed_somebody_over(name):
    with moving(name, 60) as lists:
        claims = lists.tally(lists.some(15))
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("name", ALL)
def test_at_no_place_behind_no_page(name):
    with moving(name, 60) as lists:
        claims = lists.tally(lists.everything())
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0
