"""A house that collects: simulated providers, a database, and what stands in it afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import text

from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.payloads import content_hash
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, CollectReport, collect
from dedupe.pipeline.source_report import SourceReport
from dedupe.simulators.server.simulator import Simulator
from dedupe.storage.database import Database
from dedupe.wiring.simulated import simulated_sources

QUICK = {"backoff": 0.01}


def sources(running: Mapping[str, Simulator], **options: Any) -> list[SourceSettings]:
    """A source for each simulator, with short waits before retries."""
    return [replace(one, options={**QUICK, **options}) for one in simulated_sources(running)]


def night(
    database: Database, configured: Iterable[SourceSettings], **options: Any
) -> dict[str, SourceReport]:
    """One collecting run; the report of each source by its name."""
    return {report.source: report for report in run(database, configured, **options).sources}


def run(database: Database, configured: Iterable[SourceSettings], **options: Any) -> CollectReport:
    return collect(database, list(configured), NormalizeSettings(), CollectOptions(**options))


def live(database: Database, source: str) -> dict[str, Any]:
    """external id → latest payload of the source's live contacts."""
    query = text("""
        SELECT DISTINCT ON (c.external_id) c.external_id, v.payload::text AS payload
        FROM dedupe.source_contacts c JOIN dedupe.sources s ON s.id = c.source_id
        JOIN dedupe.source_contact_versions v ON v.source_contact_id = c.id
        WHERE s.name = :source AND c.gone_at IS NULL ORDER BY c.external_id, v.id DESC""")
    with database.connect() as connection:
        rows = connection.execute(query, {"source": source})
        return {row.external_id: parse_stored(row.payload) for row in rows}


def stored(database: Database, own: SourceSettings) -> dict[str, bytes]:
    """external id → content hash of the source's live contacts."""
    volatile = fetcher_for(own).volatile
    return {key: content_hash(payload, volatile) for key, payload in live(database, own.name).items()}


def truth(simulator: Simulator, own: SourceSettings) -> dict[str, bytes]:
    """The same of what the provider holds."""
    fetcher = fetcher_for(own)
    contacts = (json.loads(json.dumps(payload)) for payload in simulator.contacts())
    return {str(fetcher.external_id(one)): content_hash(one, fetcher.volatile) for one in contacts}


def count(database: Database, table: str) -> int:
    with database.connect() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM dedupe.{table}")).scalar_one())
