"""Whatever moves between two pages: a walk that calls itself complete has seen whoever was there."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from random import Random

import pytest

from dedupe.simulators.population.population import population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from tests.pipeline.changing_provider import Claim, moving
from tests.pipeline.collecting_house import live, night, sources, truth

OPTIONS = {"whippy": {"limit": 10}}


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_walk_claims_to_be_complete_that_passed_somebody_over(provider):
    with moving(provider, **OPTIONS.get(provider, {})) as lists:
        claims = lists.tally(lists.some(60))
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0


@pytest.mark.parametrize("answer", ["refused", "failed", "ignored"])
@pytest.mark.parametrize("place", ["lost", "first"])
def test_nor_does_one_that_can_not_ask_for_the_nameless(answer, place):
    with moving("whippy", f"name-filter={answer}", f"null-names={place}", limit=10, backoff=0.001) as lists:
        claims = lists.tally(lists.some(40))
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_at_no_place_behind_no_page(provider):
    with moving(provider, **OPTIONS.get(provider, {})) as lists:
        claims = lists.tally(lists.everything())
    assert claims[Claim.FALSE] == 0
    assert claims[Claim.TRUE] > 0


@pytest.mark.parametrize("faults", [[], ["no-one-by-id"]])
@pytest.mark.parametrize("provider", ["digital99", "livedesk"])
def test_a_live_contact_that_each_night_moves_over_an_edge_is_never_buried(database, provider, faults):
    """The first contact goes between two pages and is back by the next night, so the same is in danger."""
    with simulate(population(90, seed=4), [provider]) as running:
        simulator, own = running[provider], replace(sources(running)[0], max_gone=0.5)
        night(database, [own])
        first = next(iter(order_of(simulator)))
        payload = simulator.get(first)
        simulator.faults.set(faults)
        for _ in range(3):
            simulator.after_page = lambda: simulator.delete(first) if first in simulator.store else None
            report = night(database, [own])[provider]
            simulator.after_page = lambda: None
            assert live(database, provider).keys() >= truth(simulator, own).keys()
            assert report.status == "complete", "the walk is made again, and nothing moves any more"
            assert report.walks == 2
            simulator.insert(payload)


def order_of(simulator) -> list[str]:
    return [str(simulator.store.payload(row)["id"]) for _, row in simulator.store.order("created_at")]


def test_on_a_busy_account_whoever_is_gone_is_buried_within_two_nights_and_nobody_else(database):
    """One contact made and one deleted behind each twentieth page: no walk of it can be complete."""
    with simulate(population(700, seed=4), ["digital99"]) as running:
        simulator, own = running["digital99"], replace(sources(running)[0], max_gone=0.5)
        night(database, [own])
        before = live(database, "digital99").keys()
        gone = order_of(simulator)[::40]
        for key in gone:
            simulator.delete(key)
        drawn, pages = Random(1), count(1)

        def busy() -> None:
            if next(pages) % 20 == 0:
                simulator.insert()
                simulator.delete(drawn.choice(order_of(simulator)))

        simulator.after_page = busy
        reports = [night(database, [own])["digital99"] for _ in range(2)]
        simulator.after_page = lambda: None
        stored, held = live(database, "digital99").keys(), truth(simulator, own).keys()
    assert {report.status for report in reports} == {"incomplete"}
    assert not stored & set(gone)
    assert stored >= held & before
