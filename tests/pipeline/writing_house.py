"""A house that writes back: a simulated provider, its contacts merged, and what stands there afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import text

from dedupe.engines.local import LocalEngine
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings, value_at
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merging import merge
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.writeback import apply
from dedupe.pipeline.writeback_plan import Action, counts, plan, written_sources
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

    def moved(self, external_id: str) -> UUID:
        """Another golden id is served for that contact, as a merge or a split would leave it."""
        made = _ids()
        with self.database.begin() as connection:
            values = {"source": self.name, "external_id": external_id, "id": made}
            for statement in _MOVED:
                connection.execute(text(statement), values)
        return made


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
    with simulate(people or population(40, seed=3), [provider]) as running:
        simulator = running[provider]
        if provider == "whippy":
            vacant(simulator)
        house = WritingHouse(database, simulator, **writeback)
        house.night()
        yield house
