"""A house on real Postgres: contacts are collected, decided about, merged; what is served is looked at.

    def test_a_decision_outlives_the_nightly_merge(house):
        house.collected(contact("crm:1", email="jo@x.org"), contact("mail:9", email="jo@x.org"))
        house.decided("crm:1", "mail:9", Verdict.DIFFERENT)
        house.merges()
        assert house.golden_of("crm:1") != house.golden_of("mail:9")

A test module has the fixture by `from tests.house import house`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
import uuid_utils.compat as uuids
from sqlalchemy import Connection, Select, Table, func, select, text

from dedupe.engines.local import LocalEngine
from dedupe.fetchers.given import given_table
from dedupe.model import Origin, SourceKey, Subject, ValueVerdict, Verdict
from dedupe.normalizers.contacts import normalize, version
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merge_report import MergeReport
from dedupe.pipeline.merging import merge, publish_run
from dedupe.storage import contacts as contact_store
from dedupe.storage import decisions, source_contacts, sources, tables
from dedupe.storage.database import Database

DERIVED_TABLES = [table for table in tables.metadata.sorted_tables if table.info["group"] == tables.DERIVED]
_NORMALIZE = NormalizeSettings(fallback_region="GB")


class Given(dict[str, Any]):
    """What a provider would give of one contact, with its key."""

    key: SourceKey


def contact(
    key: str,
    *,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    day: int | None = None,
    **fields: Any,
) -> Given:
    """A source contact `source:external_id`; several emails or phones are split at `;`."""
    given = Given(fields)
    given.key = SourceKey(*key.split(":", 1))
    if name:
        given["names"] = [{"full": name}]
    for field, cell in (("emails", email), ("phones", phone)):
        if cell:
            given[field] = [{"given": each} for each in cell.split(";")]
    if day:
        given["changed_at"] = datetime(2026, 1, day, tzinfo=UTC)
    return given


class House:
    def __init__(self, database: Database, settings: MergeSettings | None = None) -> None:
        self.database = database
        self.settings = settings or MergeSettings()
        self.engine = LocalEngine(threads=1)

    # --- what happens ---

    def collected(self, *given: Given) -> None:
        """New contacts, or news of known ones."""
        by_source: dict[str, list[Given]] = {}
        for each in given:
            by_source.setdefault(each.key.source, []).append(each)
        with self.database.begin() as connection:
            for name, rows in by_source.items():
                self._store(connection, name, rows)

    def vanished(self, *keys: str) -> None:
        """Their providers have them no longer."""
        with self.database.begin() as connection:
            for key in keys:
                seed = self._seed(connection, key)
                source_contacts.mark_gone(connection, [seed], "test", datetime.now(UTC))
            for source in sources.every(connection):
                contact_store.drop_gone(connection, source.id)

    def decided(self, left: str, right: str, verdict: Verdict, by: str = "Kim") -> UUID:
        with self.database.begin() as connection:
            seeds = [self._seed(connection, key) for key in (left, right)]
            hashes = self._identities(connection)
            members = [decisions.Member(seed, side, hashes.get(seed)) for side, seed in enumerate(seeds)]
            new = decisions.NewDecision(Subject.CONTACTS, verdict, members, by, Origin.HAND)
            return decisions.add(connection, new)

    def judged(self, field: str, key: str, verdict: ValueVerdict, *whose: str) -> UUID:
        """Somebody says of an email or phone, named by its match key, what is true of it."""
        with self.database.begin() as connection:
            members = [decisions.Member(self._seed(connection, one), 0, None) for one in whose]
            new = decisions.NewDecision(
                Subject.VALUE, verdict, members, "Kim", Origin.HAND, field=field, value=key
            )
            return decisions.add(connection, new)

    def revoked(self, decision: UUID) -> None:
        with self.database.begin() as connection:
            decisions.revoke(connection, decision, "Kim", "")

    def merges(
        self,
        *,
        plan: bool = False,
        full: bool = False,
        looks: bool = False,
        anew: bool = True,
        **settings: Any,
    ) -> MergeReport:
        """A night without fetching, which merges even without news unless it `looks` for some first; keywords
        are other settings for this one."""
        if not looks:
            with self.database.begin() as connection:
                connection.execute(tables.settled.delete())
        chosen = replace(self.settings, **settings)
        return merge(self.database, chosen, self.engine, plan=plan, full=full, anew=anew)

    def publishes(self, run: str) -> MergeReport:
        return publish_run(self.database, UUID(run), self.settings, self.engine)

    def forgets_all_but_facts(self) -> None:
        """Drops everything derived, as before a rebuild, but keeps the normalized contacts."""
        with self.database.begin() as connection:
            for table in reversed(DERIVED_TABLES):
                if table.name != "contacts":
                    connection.execute(table.delete())

    # --- what is served ---

    def golden_of(self, key: str) -> UUID | None:
        """The id of the golden contact of a source contact."""
        with self.database.begin() as connection:
            links = tables.source_links.c
            query = select(links.golden_id).where(links.source_contact_id == self._seed(connection, key))
            return connection.execute(query).scalar()

    def record_of(self, key: str) -> dict[str, Any]:
        """The golden contact of a source contact, with its emails and phones, the one to use first."""
        golden_id = self.golden_of(key)
        with self.database.begin() as connection:
            contacts = tables.golden_contacts
            row = connection.execute(select(contacts).where(contacts.c.id == golden_id)).mappings().one()
            record = dict(row)
            for name in ("emails", "phones"):
                table = tables.metadata.tables[f"dedupe.golden_{name}"]
                query = select(table.c.value).where(table.c.golden_id == golden_id).order_by(table.c.position)
                record[name] = list(connection.execute(query).scalars())
        return record

    def together(self) -> set[frozenset[str]]:
        """Who is served as one: sets of keys."""
        with self.database.begin() as connection:
            rows = connection.execute(
                text("""
                SELECT array_agg(s.name || ':' || c.external_id) FROM dedupe.source_links l
                  JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
                  JOIN dedupe.sources s ON s.id = c.source_id GROUP BY l.golden_id""")
            )
            return {frozenset(keys) for (keys,) in rows}

    def events(self) -> list[dict[str, Any]]:
        """All, the oldest first; source contacts by their keys."""
        with self.database.begin() as connection:
            rows = connection.execute(select(tables.golden_events).order_by(tables.golden_events.c.position))
            return [dict(row) for row in rows.mappings()]

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self.database.begin() as connection:
            return {
                table.name: int(connection.execute(select(func.count()).select_from(table)).scalar_one())
                for table in tables.metadata.sorted_tables
            }

    def state(self) -> dict[str, list[Any]]:
        """Everything served, without runs and times: equal states are served alike."""
        aside = {"run_id", "changed_at", "linked_at", "first_seen_at", "weight", "evidence", "generation"}
        with self.database.begin() as connection:
            return {
                table.name: sorted(
                    json.dumps({k: v for k, v in row.items() if k not in aside}, default=str, sort_keys=True)
                    for row in connection.execute(_served(table)).mappings()
                )
                for table in DERIVED_TABLES
                if table.name not in ("match_context", "settled")
            }

    def seed(self, key: str) -> UUID:
        with self.database.begin() as connection:
            return self._seed(connection, key)

    # --- how ---

    def _store(self, connection: Connection, name: str, rows: list[Given]) -> None:
        source = sources.ensure(connection, name, "file")
        raw = [
            source_contacts.RawContact(row.key.external_id, payload, sha256(payload.encode()).digest())
            for row in rows
            for payload in [json.dumps(row, default=_moment, sort_keys=True)]
        ]
        source_contacts.store(connection, source.id, uuids.uuid7(), raw, datetime.now(UTC))
        normalizer = version(_NORMALIZE)
        found = contact_store.outdated(connection, source.id, "1", normalizer)
        given = given_table([(name, each.external_id, _read(json.loads(each.payload))) for each in found])
        contact_store.store(
            connection, normalize(given, _NORMALIZE), contact_store.keys_of(found), "1", normalizer
        )

    def _seed(self, connection: Connection, key: str) -> UUID:
        name, external_id = key.split(":", 1)
        query = (
            select(tables.source_contacts.c.id)
            .join(tables.sources)
            .where(tables.sources.c.name == name, tables.source_contacts.c.external_id == external_id)
        )
        seed: UUID = connection.execute(query).scalar_one()
        return seed

    def _identities(self, connection: Connection) -> dict[UUID, bytes]:
        rows = connection.execute(
            select(tables.contacts.c.source_contact_id, tables.contacts.c.identity_hash)
        )
        return {seed: bytes(identity) for seed, identity in rows}


def _served(table: Table) -> Select[Any]:
    """All rows; of pages of the index those that count."""
    if "generation" not in table.c:
        return select(table)
    now = select(tables.match_index.c.generation).scalar_subquery()
    return select(table).where(table.c.generation == now)


def _read(payload: Mapping[str, Any]) -> dict[str, Any]:
    given = dict(payload)
    if "changed_at" in given:
        given["changed_at"] = datetime.fromisoformat(given["changed_at"])
    return given


def _moment(value: Any) -> str:
    return str(value.isoformat())


@pytest.fixture
def house(database: Database) -> House:
    return House(database)
