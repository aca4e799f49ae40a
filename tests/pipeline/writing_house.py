"""A house that writes back: a simulated provider, its contacts merged, and what stands there afterwards."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import text

from dedupe.engines.local import LocalEngine
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings, value_at
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.erasure import ErasedReport, erase
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import merge
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.writeback import apply
from dedupe.pipeline.writeback_contact import ContactWriter
from dedupe.pipeline.writeback_plan import Action, PlannedWrite, counts, plan, written_sources
from dedupe.pipeline.writeback_report import WritebackOptions, WritebackReport
from dedupe.simulators.population.population import Population, population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator
from dedupe.storage.database import Database
from dedupe.wiring.simulated import simulated_sources

FIELDS = {
    "digital99": "custom_attributes.golden_id",
    "livedesk": "custom_attributes.golden_id",
    "whippy": "external_id",
}
KEY = b"the key of the hashes"


def vacant(simulator: Simulator) -> None:
    """Nobody's external id stands in the field."""
    for key in simulator.ids():
        if (simulator.get(key) or {}).get("external_id") is not None:
            simulator.edit(key, external_id=None)


class WritingHouse:
    def __init__(self, database: Database, simulator: Simulator, **writeback: Any) -> None:
        self.database, self.simulator = database, simulator
        (own,) = simulated_sources({simulator.provider: simulator})
        own = replace(own, options={"backoff": 0.005, "full_walk": "always"}, rate=100_000, timeout=10)
        self.own: SourceSettings = own
        self.configures(**writeback)

    def configures(self, **writeback: Any) -> None:
        made = {"field": FIELDS[self.simulator.provider], "rate": 100_000.0, **writeback}
        self.own = replace(self.own, writeback=WritebackSettings(**made))

    @property
    def name(self) -> str:
        return self.own.name

    def walks(self, **options: Any) -> SourceReport:
        given = CollectOptions(erasure_key=KEY, **options)
        report = collect(self.database, [self.own], NormalizeSettings(), given).sources[0]
        assert report.status == "complete", report.reason
        return report

    def merges(self) -> str:
        """Gives the status of the run."""
        return merge(self.database, MergeSettings(), LocalEngine(threads=1)).status

    def night(self) -> SourceReport:
        report = self.walks()
        self.merges()
        return report

    def applies(self, **options: Any) -> WritebackReport:
        return apply(self.database, [self.own], WritebackOptions(**options))[0]

    def planned(self) -> dict[str, int]:
        """How many contacts each action is planned for, less those that are as they should be."""
        with self.database.connect() as connection:
            (found,) = written_sources(connection, [self.own])
        assert found[1] is not None
        number = counts(self.database.connect, found[1], self.own)
        return {
            action.value: number[action] for action in Action if number[action] and action is not Action.KEEP
        }

    def actions(self) -> dict[str, str]:
        """external id → what is planned for it."""
        with self.database.connect() as connection:
            (found,) = written_sources(connection, [self.own])
        assert found[1] is not None
        pages = plan(self.database.connect, found[1], self.own)
        return {one.wanted.external_id: one.action.value for page in pages for one in page.writes}

    def golden(self) -> dict[str, str]:
        """external id → golden id, of the source's live contacts."""
        query = text("""
            SELECT c.external_id, l.golden_id::text FROM dedupe.source_links l
            JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
            JOIN dedupe.sources s ON s.id = c.source_id WHERE s.name = :source""")
        with self.database.connect() as connection:
            return {row[0]: row[1] for row in connection.execute(query, {"source": self.name})}

    def alone(self) -> list[str]:
        """External ids of contacts that no other contact of the source shares a golden contact with."""
        golden = self.golden()
        number = Counter(golden.values())
        return sorted(key for key, one in golden.items() if number[one] == 1)

    def there(self) -> dict[str, Any]:
        """external id → what stands in the field at the provider."""
        assert self.own.writeback is not None
        return {str(one["id"]): value_at(one, self.own.writeback.field) for one in self.simulator.contacts()}

    def rows(self) -> list[Mapping[str, Any]]:
        with self.database.connect() as connection:
            rows = connection.execute(text("SELECT * FROM dedupe.writebacks ORDER BY source_contact_id"))
            return [dict(row) for row in rows.mappings()]

    def count(self, table: str) -> int:
        with self.database.connect() as connection:
            return int(connection.execute(text(f"SELECT count(*) FROM dedupe.{table}")).scalar_one())

    def applied(self) -> int:
        """How many contacts are to hold a golden id: all, or one of each golden contact."""
        golden = self.golden().values()
        return len(set(golden)) if self.own.provider == "whippy" else len(golden)

    def right(self) -> bool:
        """Whether each contact that is to hold its golden id does, and no other holds any."""
        golden, there = self.golden(), self.there()
        held = {key: value for key, value in there.items() if value is not None}
        return held == {key: golden[key] for key in held} and len(held) == self.applied()

    def unlinked(self, *external_ids: str) -> None:
        """They belong to no golden contact any more."""
        self._each(_UNLINKED, external_ids)

    def gone(self, *external_ids: str) -> None:
        """A walk has proven that they are gone, and a run has published that."""
        self._each(_UNLINKED, external_ids)
        self._each(_GONE, external_ids)

    def joined(self, first: str, second: str) -> None:
        """The two are served as one golden contact."""
        with self.database.begin() as connection:
            values = {"source": self.name, "first": first, "second": second}
            connection.execute(text(_JOINED), values)

    def swapped(self, first: str, second: str) -> None:
        """Each is served under the golden id of the other."""
        with self.database.begin() as connection:
            values = {"source": self.name, "first": first, "second": second}
            connection.execute(text(_SWAPPED), values)

    def _each(self, statement: str, external_ids: Sequence[str]) -> None:
        with self.database.begin() as connection:
            for key in external_ids:
                connection.execute(text(statement), {"source": self.name, "external_id": key})

    def erases(self, external_id: str) -> ErasedReport:
        what = [f"{self.name}:{external_id}"]

        def unshow(connection: Any, _: Any) -> None:
            values = {"source": self.name, "external_id": f"erased:{seed}"}
            connection.execute(text(_UNLINKED), values)

        seed = self._seed(external_id)
        return erase(self.database, NormalizeSettings(), KEY, what, {self.name: self.own}, unshow)

    def _seed(self, external_id: str) -> UUID:
        with self.database.connect() as connection:
            values = {"source": self.name, "external_id": external_id}
            found = connection.execute(text(f"SELECT c.id {_OF} WHERE c.external_id = :external_id"), values)
            return UUID(str(found.scalar_one()))

    @contextmanager
    def killed(self, place: str, after: int) -> Iterator[None]:
        """The process ends at the write with that number, before or after it was sent."""
        with patch.object(ContactWriter, "_sent", _killing(place, after)):
            yield

    @contextmanager
    def erasing_at(self, external_id: str) -> Iterator[None]:
        """That contact is erased in the moment in which it is about to be written."""
        sent = ContactWriter._sent

        def erased(writer: ContactWriter, one: PlannedWrite, *rest: Any) -> Any:
            if one.wanted.external_id == external_id:
                self.erases(external_id)
            return sent(writer, one, *rest)

        with patch.object(ContactWriter, "_sent", erased):
            yield

    def moved(self, external_id: str) -> UUID:
        """Another golden id is served for that contact, as a merge or a split would leave it."""
        made = _ids()
        with self.database.begin() as connection:
            values = {"source": self.name, "external_id": external_id, "id": made}
            for statement in _MOVED:
                connection.execute(text(statement), values)
        return made


def _killing(place: str, after: int) -> Callable[..., Any]:
    sent, numbers = ContactWriter._sent, itertools.count(1)

    def send(*given: Any) -> Any:
        if next(numbers) < after:
            return sent(*given)
        if place == "after":
            sent(*given)
        raise KeyboardInterrupt

    return send


_OF = """FROM dedupe.source_contacts c JOIN dedupe.sources s ON s.id = c.source_id AND s.name = :source"""
_UNLINKED = f"""DELETE FROM dedupe.source_links WHERE source_contact_id IN
    (SELECT c.id {_OF} WHERE c.external_id = :external_id)"""
_GONE = f"""UPDATE dedupe.source_contacts SET gone_at = now(), gone_because = 'test' WHERE id IN
    (SELECT c.id {_OF} WHERE c.external_id = :external_id)"""
_OTHERS = f"""(SELECT l.golden_id {_OF} JOIN dedupe.source_links l ON l.source_contact_id = c.id
    WHERE c.external_id = CASE x.external_id WHEN :first THEN :second ELSE :first END)"""
_SWAPPED = f"""UPDATE dedupe.source_links u SET golden_id = {_OTHERS} FROM dedupe.source_contacts x
    JOIN dedupe.sources xs ON xs.id = x.source_id AND xs.name = :source
    WHERE x.id = u.source_contact_id AND x.external_id IN (:first, :second)"""
_JOINED = f"""UPDATE dedupe.source_links u SET golden_id = {_OTHERS} FROM dedupe.source_contacts x
    JOIN dedupe.sources xs ON xs.id = x.source_id AND xs.name = :source
    WHERE x.id = u.source_contact_id AND x.external_id = :second"""
_NUMBERS = itertools.count(1)
_MOVED = (
    """INSERT INTO dedupe.golden_ids (id, published_at, successors) VALUES (:id, now(), '{}')""",
    """INSERT INTO dedupe.golden_contacts
       SELECT (json_populate_record(g, json_build_object('id', CAST(:id AS uuid)))).*
         FROM dedupe.golden_contacts g JOIN dedupe.source_links l ON l.golden_id = g.id
         JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
         JOIN dedupe.sources s ON s.id = c.source_id AND s.name = :source
        WHERE c.external_id = :external_id""",
    """UPDATE dedupe.source_links l SET golden_id = :id
         FROM dedupe.source_contacts c JOIN dedupe.sources s ON s.id = c.source_id AND s.name = :source
        WHERE c.id = l.source_contact_id AND c.external_id = :external_id""",
)


def _ids() -> UUID:
    return UUID(f"01900000-0000-7000-8000-{next(_NUMBERS):012x}")


@contextmanager
def writing_house(
    database: Database, provider: str, people: Population | None = None, **writeback: Any
) -> Iterator[WritingHouse]:
    """A provider whose contacts are fetched and merged, and nothing is written yet."""
    with simulate(people or population(16, seed=3), [provider]) as running:
        simulator = running[provider]
        if provider == "whippy":
            vacant(simulator)
        house = WritingHouse(database, simulator, **writeback)
        house.night()
        yield house
