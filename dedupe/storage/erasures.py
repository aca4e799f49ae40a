"""What was erased on a person's demand: keyed hashes only, and what goes from storage with it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, TextClause, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from dedupe.storage.tables import SCHEMA, erasures

BECAUSE = "erased"


class Erasure(NamedTuple):
    """`kind`: email, phone, source_contact, or key (a hash that tells one key from another)."""

    kind: str
    keyed_hash: bytes


class Found(NamedTuple):
    """A stored source contact that is to be erased."""

    id: UUID
    source_id: UUID
    external_id: str


def every(connection: Connection) -> frozenset[Erasure]:
    rows = connection.execute(select(erasures.c.kind, erasures.c.keyed_hash))
    return frozenset(Erasure(row.kind, bytes(row.keyed_hash)) for row in rows)


def add(connection: Connection, made: Collection[Erasure], at: datetime) -> None:
    """Those that are there already stay as they are."""
    rows = [
        {"id": uuids.uuid7(), "kind": one.kind, "keyed_hash": one.keyed_hash, "erased_at": at}
        for one in sorted(made)
    ]
    if rows:
        connection.execute(insert(erasures).on_conflict_do_nothing(), rows)


def by_external_id(connection: Connection, source: str, external_id: str) -> list[Found]:
    query = text(f"""
        SELECT c.id, c.source_id, c.external_id FROM {SCHEMA}.source_contacts c
        JOIN {SCHEMA}.sources s ON s.id = c.source_id
        WHERE s.name = :source AND c.external_id = :external_id""")
    rows = connection.execute(query, {"source": source, "external_id": external_id})
    return [Found(row.id, row.source_id, row.external_id) for row in rows]


def by_value(connection: Connection, field: str, values: Collection[str]) -> list[Found]:
    """Live contacts one of whose `emails` or `phones` has such a value or first match key."""
    query = text(f"""
        SELECT DISTINCT c.id, c.source_id, c.external_id FROM {SCHEMA}.contacts n
        JOIN {SCHEMA}.source_contacts c ON c.id = n.source_contact_id,
        LATERAL json_array_elements(n.content -> CAST(:field AS text)) AS item
        WHERE n.content -> CAST(:field AS text) IS NOT NULL
          AND (item ->> 'value' = ANY(:values) OR item -> 'keys' ->> 0 = ANY(:values))""")
    rows = connection.execute(query, {"field": field, "values": list(values)})
    return [Found(row.id, row.source_id, row.external_id) for row in rows]


def erase(connection: Connection, found: Sequence[Found], at: datetime) -> None:
    """Raw, normalized contact and external id go; the seed stays as a tombstone, so that golden ids hold."""
    ids = {"ids": [one.id for one in found]}
    for table in ("contacts", "source_contact_versions"):
        connection.execute(_of(f"DELETE FROM {SCHEMA}.{table} WHERE source_contact_id = ANY(:ids)"), ids)
    buried = _of(f"""
        UPDATE {SCHEMA}.source_contacts
        SET gone_at = coalesce(gone_at, :at), gone_because = :because, external_id = 'erased:' || id
        WHERE id = ANY(:ids)""")
    connection.execute(buried, {**ids, "at": at, "because": BECAUSE})
    for one in found:
        seen = text(f"""
            UPDATE {SCHEMA}.sync_pages p SET external_ids = array_remove(external_ids, :external_id)
            FROM {SCHEMA}.sync_runs r WHERE r.id = p.sync_run_id AND r.source_id = :source
              AND :external_id = ANY(p.external_ids)""")
        connection.execute(seen, {"source": one.source_id, "external_id": one.external_id})


def _of(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def purge_gone(connection: Connection, before: datetime) -> int:
    """Drop the raw of contacts that are gone since then and that nothing shows any more; gives how many."""
    query = text(f"""
        WITH dropped AS (
            DELETE FROM {SCHEMA}.source_contact_versions v USING {SCHEMA}.source_contacts c
            WHERE c.id = v.source_contact_id AND c.gone_at < :before
              AND NOT EXISTS (SELECT FROM {SCHEMA}.contacts n WHERE n.source_contact_id = c.id)
            RETURNING v.source_contact_id)
        SELECT count(DISTINCT source_contact_id) FROM dropped""")
    return int(connection.execute(query, {"before": before}).scalar_one())
