"""A simulated provider in a process of its own, holding exactly so many contacts."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count, islice
from multiprocessing.connection import Connection
from typing import Any

from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.population.nights import newcomer
from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import SIMULATORS
from dedupe.wiring.simulated import simulated_sources


@dataclass(frozen=True)
class Served:
    """`listed`: contacts that stand in the provider's list; the Chatwoot family leaves some out."""

    own: SourceSettings
    listed: int
    pipe: Connection

    def requests(self) -> int:
        """Requests that came so far."""
        self.pipe.send("requests")
        return int(self.pipe.recv())


@contextmanager
def served(provider: str, contacts: int, faults: list[str]) -> Iterator[Served]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=_serve, args=(there, provider, contacts, faults))
    server.start()
    try:
        given, listed = here.recv()
        yield Served(SourceSettings(**given), listed, here)
    finally:
        here.send("end")
        server.join()


def _serve(pipe: Connection, provider: str, contacts: int, faults: list[str]) -> None:
    simulator = SIMULATORS[provider](population(contacts * 3, seed=1), faults=faults)
    with closing(simulator):
        listed = 0
        for payload in islice(_payloads(simulator.population, provider), contacts):
            simulator.store.add(payload)
            listed += simulator.is_listed(payload)
        simulator.store.settle()
        if "updated_at" in simulator.orders:  # a provider has its index; here the first request would wait
            simulator.store.order("updated_at")
        simulator.open()
        pipe.send((vars(simulated_sources({provider: simulator})[0]), listed))
        while pipe.recv() == "requests":
            pipe.send(simulator.counts["requests"])


def _payloads(people: Any, provider: str) -> Iterator[Payload]:
    """The population's contacts; of the manufacturing system, which has few, newcomers as many as wanted."""
    if provider == "openmrp":
        return (newcomer(people, provider, number).payload for number in count(1))
    return (contact.payload for contact in people.contacts((provider,)))
