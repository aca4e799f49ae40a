"""Normalized contacts, one row a live source contact, in and out as Arrow.

live(connection) -> LiveContacts(table, keys)
    table  schema CONTACTS, in byte order of (source, external_id), `contact` = position
    keys   a row for each, in the same order: id (the seed), source, external_id, version_id, identity_hash
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow as pa
import pyarrow.json
from sqlalchemy import Connection, Uuid, bindparam, delete, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from dedupe.schemas import CONTACTS
from dedupe.storage.copying import copy_in, copy_out
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
FIRST = UUID(int=0)
_SLICE = 50_000  # contacts read at once (chosen)
_BIRTH = ("year", "month", "day", "ambiguous")
"""Of a birth date what identifies: marks that came later would make every contact another."""
_IDENTITY = {
    "names": ("value", "given_name", "middle_name", "family_name", "suffix"),
    "emails": ("value",),
    "phones": ("value", "extension"),
    "identifiers": ("value",),
}

# `id + 0`: see source_contacts.
_OUTDATED = text(f"""
    SELECT c.id, c.external_id, v.id AS version_id, v.payload::text AS payload
    FROM {SCHEMA}.source_contacts c
    LEFT JOIN {SCHEMA}.contacts n ON n.source_contact_id = c.id
    JOIN LATERAL (
        SELECT id, payload FROM {SCHEMA}.source_contact_versions
        WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
    WHERE c.source_id = :source AND c.gone_at IS NULL AND c.id > :after
      AND (n.source_contact_id IS NULL OR n.version_id <> v.id
           OR n.reader_version <> :reader OR n.normalizer_version <> :normalizer)
    ORDER BY c.id LIMIT :limit""")

_GONE = text(f"""
    DELETE FROM {SCHEMA}.contacts n USING {SCHEMA}.source_contacts c
    WHERE c.id = n.source_contact_id AND c.source_id = :source AND c.gone_at IS NOT NULL""")


_PLAIN = json.JSONEncoder(sort_keys=True)


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


def outdated(
    connection: Connection,
    source_id: UUID,
    reader_version: str,
    normalizer_version: str,
    after: UUID = FIRST,
    limit: int = 5000,
) -> list[Outdated]:
    """Up to `limit` live contacts with an id above `after` that must be normalized (again), in order of
    id."""
    values = {"source": source_id, "reader": reader_version, "normalizer": normalizer_version}
    rows = connection.execute(_OUTDATED, {**values, "after": after, "limit": limit})
    return [Outdated(row.id, row.external_id, row.version_id, row.payload) for row in rows]


def store(
    connection: Connection,
    normalized: pa.Table,
    rows: Mapping[str, Outdated],
    reader_version: str,
    normalizer_version: str,
) -> int:
    """Add or replace the normalized contacts of one source, `rows` by external id; gives their number."""
    made = []
    for content in normalized.drop_columns(["contact"]).to_pylist():
        row = rows[content["external_id"]]
        made.append(
            (
                row.id,
                row.version_id,
                content["kind"],
                _json(content),
                identity_hash(content),
                reader_version,
                normalizer_version,
            )
        )
    _delete(connection, [row[0] for row in made])
    columns = ["source_contact_id", "version_id", "kind", "content", "identity_hash"]
    return copy_in(connection, contacts, made, [*columns, "reader_version", "normalizer_version"])


def drop_gone(connection: Connection, source_id: UUID) -> int:
    """Delete the normalized contacts of source contacts with a tombstone; gives their number."""
    return connection.execute(_GONE, {"source": source_id}).rowcount


def live(connection: Connection) -> LiveContacts:
    """All live contacts, each with the present name of its source."""
    select_all = (
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
        .order_by(sources.c.name, source_contacts.c.external_id)
    )
    schema = _KEYS.append(pa.field("content", pa.large_string()))
    rows = copy_out(connection, select_all, schema)
    keys = rows.select(_KEYS.names)
    return LiveContacts(from_json(rows.column("content"), keys), keys)


def from_json(contents: pa.ChunkedArray[Any], keys: pa.Table) -> pa.Table:
    """A table of schema CONTACTS from JSON rows; source and external id come from `keys`."""
    if len(contents) == 0:
        return CONTACTS.empty_table()
    slices = [_parsed(contents.slice(start, _SLICE)) for start in range(0, len(contents), _SLICE)]
    table = pa.concat_tables(slices)
    columns = {name: table.column(name) for name in _CONTENT.names}
    columns["source"], columns["external_id"] = keys.column("source"), keys.column("external_id")
    columns["contact"] = pa.chunked_array([pa.array(np.arange(len(contents), dtype=np.int64))])
    return pa.table([columns[name] for name in CONTACTS.names], schema=CONTACTS)


def identity_hash(content: Mapping[str, Any]) -> bytes:
    """A hash of what identifies the contact: its names, emails, phones, identifiers and birth date."""
    birth = content.get("birth")
    parts: dict[str, Any] = {"birth": birth and {name: birth.get(name) for name in _BIRTH}}
    for field, names in _IDENTITY.items():
        items = content.get(field) or []
        parts[field] = sorted(_PLAIN.encode(_identity(item, names)) for item in items)
    return hashlib.sha256(_PLAIN.encode(parts).encode()).digest()[:16]


def _identity(item: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    """The value's parts; of a phone whose country nobody tells, its strongest match key instead."""
    found = [item.get(name) for name in names]
    return found if item.get("value") is not None else [*found, *(item.get("keys") or ())[:1]]


def _json(content: Mapping[str, Any]) -> str:
    """Compact JSON without nulls, which the schema brings back."""
    kept = {name: value for name, value in content.items() if value is not None and value != []}
    return _COMPACT.encode(kept)


def _moment(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} in a contact")


_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_moment)


def _parsed(contents: pa.ChunkedArray[Any]) -> pa.Table:
    lines = "\n".join(str(content) for content in contents.to_pylist()).encode()
    return pyarrow.json.read_json(
        io.BytesIO(lines),
        # A block must hold a whole row, however long.
        read_options=pyarrow.json.ReadOptions(block_size=max(1 << 16, len(lines) + 1)),
        parse_options=pyarrow.json.ParseOptions(explicit_schema=_CONTENT, unexpected_field_behavior="ignore"),
    )


def _delete(connection: Connection, ids: Sequence[UUID]) -> None:
    old = delete(contacts).where(
        contacts.c.source_contact_id == func.any(bindparam("ids", type_=ARRAY(Uuid)))
    )
    connection.execute(old, {"ids": list(ids)})
