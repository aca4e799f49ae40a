"""Changes of contacts while a simulator runs: by hand, by a night's changes, by a fault between two pages."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from random import Random
from typing import Any, ClassVar

from dedupe.simulators.population.nights import newcomer
from dedupe.simulators.population.payloads import Payload
from dedupe.simulators.population.population import Population
from dedupe.simulators.population.records import NightChanges
from dedupe.simulators.server.faults import Switchboard
from dedupe.simulators.server.payload_store import PayloadStore


class Mutations(ABC):
    """A provider's contacts and every operation that changes them."""

    provider: ClassVar[str]

    def __init__(
        self,
        population: Population,
        store: PayloadStore,
        faults: Switchboard,
        random: Random,
        clock: Callable[[], float],
    ) -> None:
        self.population, self.store, self.faults = population, store, faults
        self.random, self.clock = random, clock
        self.guard = threading.RLock()
        self._moment, self._newcomers, self._scribbles = 0, 0, 0
        self._churned = clock()
        self.after_page: Callable[[], None] = lambda: None  # what else is to happen behind each page

    @staticmethod
    @abstractmethod
    def touched(payload: Payload, microseconds: int) -> None:
        """Write the time of change into the payload, where the provider shows it."""

    @staticmethod
    def id_of(payload: Payload) -> str:
        return str(payload["id"])

    @staticmethod
    def is_listed(payload: Payload) -> bool:  # noqa: ARG004 - a provider may leave contacts out
        return True

    @staticmethod
    @abstractmethod
    def scribble(payload: Payload, text: str) -> Payload:
        """The keys to set for a small edit that doesn't change whose contact it is."""

    def ids(self) -> list[str]:
        return self.store.ids()

    def get(self, external_id: str) -> Payload | None:
        return self.store.get(external_id)

    def contacts(self) -> Iterator[Payload]:
        """The result of a complete walk without faults, in no particular order."""
        for external_id in self.ids():
            payload = self.store.get(external_id)
            if payload is not None and self.is_listed(payload):
                yield payload

    def now(self) -> int:
        """Unix microseconds by the clock, each time a later one."""
        self._moment = max(self._moment + 1, int(self.clock() * 1_000_000))
        return self._moment

    def insert(self, payload: Payload | None = None) -> str:
        """Add a contact, by default of a new person; gives its id."""
        with self.guard:
            if payload is None:
                payload = self._newcomer()
                self.touched(payload, self.now())
            self.store.put(payload)
            return self.id_of(payload)

    def _newcomer(self) -> Payload:
        self._newcomers += 1
        return newcomer(self.population, self.provider, self._newcomers).payload

    def edit(self, external_id: str, /, **changes: Any) -> None:
        """Set keys of a contact's payload; its time of change is set where the provider has one.

        Raises KeyError where there is no such contact.
        """
        with self.guard:
            payload = self.store.get(external_id)
            if payload is None:
                raise KeyError(external_id)
            payload.update(changes)
            self.touched(payload, self.now())
            self.store.put(payload)

    def rename(self, external_id: str, name: str) -> None:
        self.edit(external_id, **self.renaming(name))

    @staticmethod
    def renaming(name: str) -> Payload:
        """The keys to set for another name."""
        return {"name": name}

    def _scribble(self, external_id: str) -> None:
        self._scribbles += 1
        payload = self.store.get(external_id)
        if payload is not None:
            self.edit(external_id, **self.scribble(payload, f"note {self._scribbles}"))

    def merge(self, kept: str, gone: str) -> None:
        """Merge two contacts as a user of the provider would: one gets the values it lacks, the other is
        deleted.

        Raises KeyError where one of them is not there.
        """
        with self.guard:
            into, other = self.store.get(kept), self.store.get(gone)
            if into is None or other is None:
                raise KeyError(kept if into is None else gone)
            empty: tuple[Any, ...] = (None, "", [], {})
            self.edit(kept, **{key: value for key, value in other.items() if into.get(key) in empty})
            self.delete(gone)

    def delete(self, external_id: str) -> None:
        """Remove a contact. Raises KeyError where there is none."""
        if self.store.remove(external_id) is None:
            raise KeyError(external_id)

    def apply(self, night: NightChanges) -> None:
        """Apply a night's changes at the present time of the clock."""
        with self.guard:
            for contact in (*night.inserts, *night.edits):
                if contact.provider == self.provider:
                    payload = dict(contact.payload)
                    self.touched(payload, self.now())
                    self.store.put(payload)
            for gone in night.deletes:
                if gone.provider == self.provider:
                    self.store.remove(gone.external_id)

    def between_pages(self) -> None:
        self.after_page()
        faults = self.faults
        for _ in range(int(faults.number("inserts-between-pages") or 0)):
            self.insert()
        for _ in range(int(faults.number("edits-between-pages") or 0)):
            self._at_random(self._scribble)
        for _ in range(int(faults.number("deletes-between-pages") or 0)):
            self._at_random(self.delete)
        for _ in range(int(faults.number("rename-during-walk") or 0)):
            name = f"{'AZ'[self.random.random() < 0.5]}{self.random.getrandbits(24):06x} Renamed"
            self._at_random(lambda external_id, name=name: self.rename(external_id, name))  # type: ignore[misc]

    def churn(self) -> None:
        seconds = self.faults.number("churn")
        while seconds and self.clock() - self._churned >= seconds:
            self._churned += seconds
            self.insert()
            self._at_random(self.delete)

    def _at_random(self, change: Callable[[str], None]) -> None:
        ids = self.ids()
        if ids:
            change(ids[int(self.random.random() * len(ids))])
