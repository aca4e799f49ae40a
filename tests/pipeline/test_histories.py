"""Whatever happens at a provider, between pages and between nights: quiet nights bring the truth."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dedupe.simulators.population.population import population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.faults import FAULTS
from tests.pipeline.collecting_house import night, sources, stored, truth

EXAMPLES = itertools.count()
HARMLESS_TO_TIME = {"slow", "drip", "throttled", "rate-limit", "retry-after", "unavailable", "big-page"}
PROVIDER_FAULTS = {
    provider: [
        fault.name
        for fault in FAULTS.values()
        if provider in fault.providers and fault.name not in HARMLESS_TO_TIME
    ]
    for provider in PROVIDERS
}

OPTIONS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": list(HealthCheck),
    "database": None,
    "phases": [Phase.explicit, Phase.generate],  # an example takes a second: to shrink one takes minutes
}

changes = st.lists(
    st.tuples(st.sampled_from(["insert", "edit", "rename", "delete"]), st.integers(0, 999)), max_size=6
)


def histories(provider: str):
    fault = st.tuples(st.sampled_from(PROVIDER_FAULTS[provider]), st.integers(1, 12))
    return st.lists(st.tuples(changes, st.lists(fault, max_size=2, unique_by=lambda one: one[0])), max_size=4)


def change(simulator, what: str, number: int) -> None:
    ids = sorted(str(payload["id"]) for payload in simulator.contacts())
    if what == "insert" or not ids:
        simulator.insert()
        return
    chosen = ids[number % len(ids)]
    if what == "delete":
        simulator.delete(chosen)
    elif what == "rename":
        simulator.rename(chosen, f"Renamed {number}")
    else:
        simulator.edit(chosen, note=str(number))


def relive(database, provider, history) -> None:
    with simulate(population(25, seed=5), [provider], seed=1) as running:
        simulator = running[provider]
        name = f"{provider}-{next(EXAMPLES)}"
        own = replace(sources(running)[0], name=name, max_gone=1.0, timeout=2.0)
        for happened, faults in history:
            for what, number in happened:
                change(simulator, what, number)
            simulator.faults.set([f"{fault}@{requests}" for fault, requests in set_with_defaults(faults)])
            night(database, [own], full=True, accept=[name])
        simulator.faults.set([])
        for _ in range(3):
            report = night(database, [own], full=True, accept=[name])[name]
        assert (report.status, report.reason) == ("complete", None)
        assert stored(database, own) == truth(simulator, own)


def set_with_defaults(faults):
    small = {"churn": "churn=0.05"}
    return [(small.get(name, name), requests) for name, requests in faults]


@pytest.mark.parametrize("provider", PROVIDERS)
def test_after_any_history_quiet_nights_bring_the_truth(database, provider):
    @settings(max_examples=3, **OPTIONS)
    @given(histories(provider))
    def after(history):
        relive(database, provider, history)

    after()


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_after_any_of_many_histories(database, provider):
    @settings(max_examples=25, **OPTIONS)
    @given(histories(provider))
    def after(history):
        relive(database, provider, history)

    after()
