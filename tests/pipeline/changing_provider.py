"""A provider whose list changes between two pages, at a place of the test's choosing, and what a walk claims.

    with moving("whippy", limit=10) as lists:
        lists.claimed(Happening("delete", gap=2, place=17))   # Claim.TRUE, FALSE or NONE

Any source with a fetcher will do (`Moving(simulator, settings)`): what a walk claims is what its fetcher
judges; the claim is false when a contact that was there from its beginning to its end was not seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Any, NamedTuple

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import Mode, Start, WalkSummary
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.registry import api_for, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator
from tests.pipeline.collecting_house import sources

KINDS = ("delete", "insert", "rename", "swap", "steady")
PEOPLE = {"digital99": 70, "livedesk": 90, "whippy": 60, "askelephant": 420, "openmrp": 1}
MORE = {"openmrp": 205}  # actors besides: pages of a hundred


class Claim(Enum):
    TRUE = "claimed complete, and true"
    FALSE = "claimed complete, and false"
    NONE = "not claimed"


class Happening(NamedTuple):
    """What happens behind page number `gap` (from 1; `steady`: behind every page), at a place of the list.

    `swap` is a deletion there and an insertion elsewhere, so that no count tells; `steady` a deletion, an
    insertion and a rename.
    """

    kind: str
    gap: int
    place: int


@dataclass
class Moving:
    simulator: Simulator
    own: SourceSettings
    order: list[str] = field(init=False)  # ids as an undisturbed walk shows them
    pages: int = field(init=False)  # requests for a page in it
    _api: Api = field(init=False)
    _payloads: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self._fetcher = fetcher_for(self.own)
        self._api = api_for(self._fetcher)
        self._payloads = {str(one["id"]): one for one in self.simulator.contacts()}
        before = self.simulator.counts["pages"]
        seen, claimed = self._walked()
        assert claimed, "an undisturbed walk is complete"
        self.order = list(dict.fromkeys(seen))
        assert set(self.order) == self._payloads.keys()
        self.pages = self.simulator.counts["pages"] - before

    def close(self) -> None:
        self._api.close()

    def everything(self) -> Iterator[Happening]:
        """Each kind, behind each page, at each place."""
        for place in range(len(self.order)):
            yield Happening("steady", 0, place)
            for gap in range(1, self.pages + 1):
                yield from (Happening(kind, gap, place) for kind in KINDS[:-1])

    def some(self, number: int) -> list[Happening]:
        drawn = Random(number)
        return [
            Happening(
                KINDS[turn % len(KINDS)], drawn.randint(1, self.pages), drawn.randrange(len(self.order))
            )
            for turn in range(number)
        ]

    def claimed(self, happening: Happening) -> Claim:
        served, touched = 0, set[str]()

        def behind_a_page() -> None:
            nonlocal served
            served += 1
            if happening.kind == "steady":
                for turn, kind in enumerate(("delete", "insert", "rename")):
                    self._happens(kind, happening.place + 7 * served + turn, touched)
            elif served == happening.gap:
                for turn, kind in enumerate(_PARTS.get(happening.kind, (happening.kind,))):
                    self._happens(kind, happening.place * (1 + 6 * turn), touched)

        self.simulator.after_page = behind_a_page
        try:
            seen, claimed = self._walked()
        finally:
            self.simulator.after_page = lambda: None
        throughout = {key for key in self.order if key in self.simulator.store}
        self._as_before(touched)
        if not claimed:
            return Claim.NONE
        return Claim.TRUE if throughout <= set(seen) else Claim.FALSE

    def tally(self, happenings: Iterator[Happening] | list[Happening]) -> Counter[Claim]:
        return Counter(self.claimed(happening) for happening in happenings)

    def _walked(self) -> tuple[list[str], bool]:
        """The ids that a walk shows, and whether it calls itself complete."""
        cursor, seen = {}, list[str]()
        try:
            for page in self._fetcher.fetch(self._api, Start(Mode.FULL)):
                cursor = page.cursor
                seen += [key for one in page.payloads if (key := self._fetcher.external_id(one)) is not None]
        except ContractChanged:
            return seen, False
        unique = len(set(seen))
        return seen, self._fetcher.assess_walk(WalkSummary(cursor, len(seen), unique)) is None

    def _happens(self, kind: str, place: int, touched: set[str]) -> None:
        key = self.order[place % len(self.order)]
        touched.add(key)
        if kind == "insert":
            touched.add(self._insert_beside(key))
        elif key in self.simulator.store:
            if kind == "delete":
                self.simulator.delete(key)
            else:
                self.simulator.rename(key, f"{'AZ'[place % 2]} Renamed {place}")

    def _insert_beside(self, key: str) -> str:
        payload = dict(self._payloads[key])
        number = len(self.simulator.store) + 10**8
        payload["id"] = number if isinstance(payload["id"], int) else f"{key}~{number}"
        return self.simulator.insert(payload)

    def _as_before(self, touched: set[str]) -> None:
        for key in touched:
            if key in self._payloads:
                self.simulator.store.put(self._payloads[key])
            elif key in self.simulator.store:
                self.simulator.delete(key)


_PARTS = {"swap": ("delete", "insert")}


@contextmanager
def moving(provider: str, *faults: str, **options: Any) -> Iterator[Moving]:
    with simulate(population(PEOPLE[provider], seed=4), [provider]) as running:
        for _ in range(MORE.get(provider, 0)):
            running[provider].insert()
        running[provider].faults.set(faults)
        lists = Moving(running[provider], sources(running, **options)[0])
        try:
            yield lists
        finally:
            lists.close()
