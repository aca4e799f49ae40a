"""Whatever happened to the contacts before, a quiet walk gives each of them once, in order."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator
from tests.simulators.plain_client import walk

NAMES = st.text(st.characters(codec="utf-8"), max_size=12)
ACTS = st.lists(
    st.tuples(st.sampled_from(["insert", "rename", "edit", "delete"]), st.integers(0, 10**6), NAMES)
)
ORDERS: dict[str, list[dict[str, Any]]] = {
    "openmrp": [{"include[]": "role"}],
    "whippy": [{}],
    "askelephant": [{"order_by": "updated_at:asc"}, {}],
    "digital99": [{"sort": "created_at"}, {"sort": "-name"}, {}],
    "livedesk": [{"sort": "name", "direction": "asc"}, {"sort": "city", "direction": "desc"}],
}


@pytest.fixture(scope="module")
def busy() -> Iterator[dict[str, Simulator]]:
    with simulate(population(30, 9)) as running:
        yield running


def _act(simulator: Simulator, act: str, number: int, name: str) -> None:
    ids = simulator.ids()
    if act == "insert" or not ids:
        simulator.insert()
        return
    chosen = ids[number % len(ids)]
    if act == "rename":
        simulator.rename(chosen, name)
    elif act == "edit":
        simulator.edit(chosen)
    else:
        simulator.delete(chosen)


@pytest.mark.parametrize("provider", sorted(ORDERS))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS, limit=st.integers(2, 40))
def test_a_quiet_walk_gives_every_contact_once(
    busy: dict[str, Simulator], provider: str, acts: list[tuple[str, int, str]], limit: int
) -> None:
    simulator = busy[provider]
    for act in acts:
        _act(simulator, *act)
    expected = {str(row["id"]): row for row in simulator.contacts()}
    for order in ORDERS[provider]:
        size = {} if provider in ("digital99", "livedesk") else {"limit": limit}
        found = walk(simulator, **order, **size)
        assert len(found) == len(expected)
        assert {str(row["id"]): row for row in found} == expected


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=ACTS)
def test_whippy_stays_in_order_of_name_and_id(
    busy: dict[str, Simulator], acts: list[tuple[str, int, str]]
) -> None:
    for act in acts:
        _act(busy["whippy"], *act)
    found = [(row["name"] is None, row["name"] or "", row["id"]) for row in walk(busy["whippy"], limit=9)]
    assert all(one < other for one, other in pairwise(found))
