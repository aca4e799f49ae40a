"""The five providers as local HTTP servers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager

from dedupe.simulators.population.population import Population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.askelephant import AskelephantSimulator
from dedupe.simulators.providers.digital99 import Digital99Simulator
from dedupe.simulators.providers.livedesk import LivedeskSimulator
from dedupe.simulators.providers.openmrp import OpenmrpSimulator
from dedupe.simulators.providers.whippy import WhippySimulator
from dedupe.simulators.server.faults import Setting
from dedupe.simulators.server.simulator import Simulator

SIMULATORS: dict[str, type[Simulator]] = {
    simulator.provider: simulator
    for simulator in (
        OpenmrpSimulator,
        Digital99Simulator,
        WhippySimulator,
        AskelephantSimulator,
        LivedeskSimulator,
    )
}


@contextmanager
def simulate(
    population: Population,
    providers: Iterable[str] = PROVIDERS,
    *,
    seed: int = 0,
    faults: Mapping[str, Iterable[str | Setting]] | None = None,
    rate_limits: bool = False,
    ports: Mapping[str, int] | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[dict[str, Simulator]]:
    """Run these providers, each with its part of the population, until the block ends.

    `faults` by provider, in the forms of `faults.py`. `rate_limits` enforces each provider's own limit;
    without it they answer as fast as they can. `ports` by provider, a free one by default. `clock` gives
    Unix seconds for changes made while running and for the windows of the rate limits.
    """
    faults, ports = faults or {}, ports or {}
    with ExitStack() as stack:
        running: dict[str, Simulator] = {}
        for provider in providers:
            simulator = SIMULATORS[provider](
                population,
                seed=seed,
                faults=faults.get(provider, ()),
                rate_limits=rate_limits,
                port=ports.get(provider, 0),
                clock=clock,
            )
            running[provider] = stack.enter_context(closing(simulator))
        for contact in population.contacts(tuple(running)):
            running[contact.provider].store.add(contact.payload)
        for simulator in running.values():
            simulator.open()
        yield running
