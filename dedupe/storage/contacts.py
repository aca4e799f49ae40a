"""Normalized contacts, one row a live source contact, in and out as Arrow.

live(connection) -> LiveContacts(table, keys)
    table  schema CONTACTS, in byte order of (source, external_id), `contact` = position
    keys   a row for each, in the same order: id (the seed), source, external_id, version_id, identity_hash
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.json
from sqlalchemy import Connection, Select, TextClause, select, text

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.mapped import gathered
from dedupe.arrays.untyped import pc
from dedupe.schemas import CONTACTS
from dedupe.storage.contact_rows import content_texts, identity_hashes
from dedupe.storage.copying import any_of, copy_in, copy_out_parts
from dedupe.storage.made_ahead import made_ahead
from dedupe.storage.references import copy_unchecked
from dedupe.storage.staged_rows import stage_rows
from dedupe.storage.tables import SCHEMA, contacts, source_contacts, sources

_CONTENT = CONTACTS.remove(CONTACTS.get_field_index("contact"))
_KEY_FIELDS: list[pa.Field[Any]] = [
    pa.field("id", pa.string()),
    pa.field("source", pa.string()),
    pa.field("external_id", pa.string()),
    pa.field("version_id", pa.int64()),
    pa.field("identity_hash", pa.binary()),
]
_KEYS = pa.schema(_KEY_FIELDS)
_ROWS = _KEYS.append(pa.field("content", pa.large_string()))
FIRST = UUID(int=0)
_SLICE = 50_000  # contacts read at once (chosen)
_FEW = 1000  # for which threads cost more than they save (chosen)
# `id + 0`: see source_contacts. Payloads are looked up for those alone that are outdated.
_AMONG = "AND c.id = ANY(CAST(:among AS uuid[]))"


def _outdated(among: str) -> TextClause:
    return text(f"""
        SELECT c.id, c.external_id, v.id AS version_id, v.payload::text AS payload
        FROM (
            SELECT c.id, c.external_id FROM {SCHEMA}.source_contacts c
            LEFT JOIN {SCHEMA}.contacts n ON n.source_contact_id = c.id
            WHERE c.source_id = :source AND c.gone_at IS NULL AND c.id > :after {among}
              AND (n.source_contact_id IS NULL OR n.reader_version <> :reader
                   OR n.normalizer_version <> :normalizer
                   OR EXISTS (SELECT FROM {SCHEMA}.source_contact_versions v
                               WHERE v.source_contact_id = c.id AND v.id > n.version_id))
            ORDER BY c.id LIMIT :limit) c
        JOIN LATERAL (
            SELECT id, payload FROM {SCHEMA}.source_contact_versions
            WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
        ORDER BY c.id""")


def _gone(among: str) -> TextClause:
    return text(f"""
        DELETE FROM {SCHEMA}.contacts n USING {SCHEMA}.source_contacts c
        WHERE c.id = n.source_contact_id AND c.source_id = :source AND c.gone_at IS NOT NULL {among}""")


_OUTDATED, _OUTDATED_AMONG = _outdated(""), _outdated(_AMONG)
_GONE, _GONE_AMONG = _gone(""), _gone(_AMONG)
_HOLD_OFF = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

_REPLACED = text(f"""
    DELETE FROM {SCHEMA}.contacts n USING replaced r WHERE n.source_contact_id = r.source_contact_id""")


class LiveContacts(NamedTuple):
    """Normalized contacts, and in the same order their ids and versions in storage."""

    table: pa.Table
    keys: pa.Table


class Outdated(NamedTuple):
    """A contact whose normalized content is missing, or was made from another payload, reader or
    normalizer."""

    id: UUID
    external_id: str
    version_id: int
    payload: str  # JSON as it was sent; whoever reads it knows which JSON we take


def keys_of(rows: Sequence[Outdated]) -> pa.Table:
    """The `keys` of `store` and `rows_of`."""
    return pa.table(
        {
            "external_id": pa.array([row.external_id for row in rows], pa.string()),
            "id": pa.array([str(row.id) for row in rows], pa.string()),
            "version_id": pa.array([row.version_id for row in rows], pa.int64()),
        }
    )


def outdated(
    connection: Connection,
    source_id: UUID,
    reader_version: str,
    normalizer_version: str,
    after: UUID = FIRST,
    limit: int = 5000,
    among: Sequence[UUID] | None = None,
) -> list[Outdated]:
    """Up to `limit` live contacts with an id above `after` that must be normalized (again), in order of
    id; of the source's all, or `among` these."""
    values: dict[str, Any] = {"source": source_id, "reader": reader_version, "normalizer": normalizer_version}
    values |= {"after": after, "limit": limit} | ({} if among is None else {"among": list(among)})
    rows = connection.execute(_OUTDATED if among is None else _OUTDATED_AMONG, values)
    return [Outdated(row.id, row.external_id, row.version_id, row.payload) for row in rows]


def store(
    connection: Connection,
    normalized: pa.Table,
    keys: pa.Table,
    reader_version: str,
    normalizer_version: str,
) -> int:
    """Add or replace the normalized contacts of one source; gives their number. `keys`: as for `rows_of`."""
    return replace(connection, rows_of(normalized, keys, reader_version, normalizer_version))


def rows_of(normalized: pa.Table, keys: pa.Table, reader_version: str, normalizer_version: str) -> pa.Table:
    """The rows to store; writes nothing. `keys`: external_id, id and version_id of the contacts and maybe of
    others."""
    own: Any = keys.take(pc.index_in(normalized["external_id"], keys["external_id"].combine_chunks()))
    kind: Any = normalized["kind"]
    return pa.table(
        {
            "source_contact_id": own["id"],
            "version_id": own["version_id"],
            "kind": kind,
            "content": content_texts(normalized),
            "identity_hash": identity_hashes(normalized),
            "reader_version": pa.repeat(reader_version, len(own)),
            "normalizer_version": pa.repeat(normalizer_version, len(own)),
        }
    )


def add(connection: Connection, rows: pa.Table, *, first: bool = False) -> int:
    """Add the rows of contacts that have none; gives their number. `first`: of a source that had no contact
    at all, and whose references `raw_tables.check_first` checks."""
    return (copy_unchecked if first else copy_in)(connection, contacts, rows)


def replace(connection: Connection, rows: pa.Table) -> int:
    """Add the rows, in place of those that the contacts have; gives their number."""
    stage_rows(connection, "replaced", contacts, rows.select(["source_contact_id"]))
    connection.execute(_REPLACED)
    return add(connection, rows)


def hold_off_reading(connection: Connection, source_id: UUID) -> None:
    """Keep others from normalizing this source's contacts until the end of this transaction; waits while one
    does."""
    connection.execute(_HOLD_OFF, {"name": f"contact-dedupe: reading {source_id}"})


def drop_gone(connection: Connection, source_id: UUID, among: Sequence[UUID] | None = None) -> int:
    """Delete the normalized contacts of source contacts with a tombstone, of all or `among` these; gives
    their number."""
    if among is None:
        return connection.execute(_GONE, {"source": source_id}).rowcount
    return connection.execute(_GONE_AMONG, {"source": source_id, "among": list(among)}).rowcount


def live(connection: Connection, among: Sequence[str] | None = None) -> LiveContacts:
    """All live contacts, or those among some source contacts, each with the present name of its source; many
    wait on disk."""
    keys = [_KEYS.empty_table()]

    def parts() -> Iterator[pa.Table]:
        for rows in made_ahead(copy_out_parts(connection, _live_rows(among), _ROWS)):
            keys.append(rows.select(_KEYS.names))
            yield from_json(rows.column("content"), keys[-1])

    found = LiveContacts(_numbered(gathered(parts(), CONTACTS)), pa.concat_tables(keys))
    return found if among is None or len(among) < _FEW else chosen([found], among)


def chosen(known: Sequence[LiveContacts], ids: Sequence[str]) -> LiveContacts:
    """Those of these source contacts that are among contacts that were read, in the order of all."""
    keys = pa.concat_tables(each.keys for each in known)
    rows: Any = pa.array(np.flatnonzero(pc.is_in(keys["id"], value_set=pa.array(ids, pa.string()))))
    keys = keys.take(rows)
    order = pc.sort_indices(keys, sort_keys=[("source", "ascending"), ("external_id", "ascending")])
    table = pa.concat_tables(each.table for each in known).take(rows.take(order))
    return LiveContacts(_numbered(table), keys.take(order))


def _live_rows(among: Sequence[str] | None) -> Select[Any]:
    """All, or few, in their order; many of all are sorted by who reads them: Postgres sorts whole rows."""
    found = (
        select(
            source_contacts.c.id,
            sources.c.name.label("source"),
            source_contacts.c.external_id,
            contacts.c.version_id,
            contacts.c.identity_hash,
            contacts.c.content,
        )
        .join_from(contacts, source_contacts, contacts.c.source_contact_id == source_contacts.c.id)
        .join(sources, sources.c.id == source_contacts.c.source_id)
        .where(source_contacts.c.gone_at.is_(None))
    )
    if among is not None:
        found = found.where(source_contacts.c.id == any_of(among))
    if among is None or len(among) < _FEW:
        return found.order_by(sources.c.name, source_contacts.c.external_id)
    return found


def from_json(contents: pa.ChunkedArray[Any], keys: pa.Table) -> pa.Table:
    """A table of schema CONTACTS from JSON rows; source and external id come from `keys`."""
    if len(contents) == 0:
        return CONTACTS.empty_table()
    slices = [_parsed(contents.slice(start, _SLICE)) for start in range(0, len(contents), _SLICE)]
    table = pa.concat_tables(slices)
    columns = {name: table.column(name) for name in _CONTENT.names}
    columns["source"], columns["external_id"] = keys.column("source"), keys.column("external_id")
    columns["contact"] = _positions(len(contents))
    return pa.table([columns[name] for name in CONTACTS.names], schema=CONTACTS)


def _numbered(table: pa.Table) -> pa.Table:
    at = CONTACTS.get_field_index("contact")
    return table.set_column(at, CONTACTS.field(at), _positions(len(table)))


def _positions(count: int) -> Any:
    return pa.array(np.arange(count, dtype=np.int64))


def _parsed(contents: pa.ChunkedArray[Any]) -> pa.Table:
    texts = combined(contents).cast(pa.large_string())
    nothing, end = (pa.scalar(text, pa.large_string()) for text in ("", "\n"))
    ended: Any = pc.binary_join_element_wise(texts, nothing, end)
    lines = ended.buffers()[2]  # the texts lie one behind the other
    return pyarrow.json.read_json(
        cast("Any", pa.BufferReader(lines)),
        # A block must hold a whole row, however long.
        read_options=pyarrow.json.ReadOptions(len(contents) > _FEW, max(1 << 16, lines.size + 1)),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=_CONTENT, unexpected_field_behavior="ignore"),
    )
