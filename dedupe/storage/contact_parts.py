"""Live contacts read by several processes, part by part, all of one moment.

Each process reads under the snapshot that a transaction of the caller has exported, so that the parts fit
together; that transaction must stay open until all are read. What travels to a process is where the server
is, never a password (decision 133).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, cast

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, Select, func, select, text

from dedupe.arrays.by_position import codes
from dedupe.storage.contacts import from_json
from dedupe.storage.copying import copy_out
from dedupe.storage.database import Database
from dedupe.storage.server_address import ServerAddress
from dedupe.storage.tables import contacts, source_contacts, sources

CONTACTS_IN_PART = 20_000
"""Contacts that a process reads at once, about three kilobytes each (chosen)."""
_FIELDS: dict[str, pa.DataType] = {
    "id": pa.string(),
    "source": pa.string(),
    "external_id": pa.string(),
    "content": pa.large_string(),
}
_SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True)
class ContactPart:
    """Contacts of one source from external id `first` on, and before `end` (None: to the last one).
    `start`: the contact number of the first."""

    source: str
    first: str
    end: str | None
    start: int


@dataclass(frozen=True)
class ContactParts:
    """Where parts of the live contacts of a moment are read."""

    address: ServerAddress
    snapshot: str
    parts: tuple[ContactPart, ...]

    def __len__(self) -> int:
        return len(self.parts)

    def __call__(self, number: int) -> pa.Table:
        """CONTACTS of one part, numbered among all, with the id of each source contact (`id`).

        Raises DatabaseUnavailable where the server can't be reached from here, or the snapshot is no more.
        """
        part = self.parts[number]
        with self._connection() as connection:
            rows = copy_out(connection, _contacts_of(part), _SCHEMA)
        table = from_json(rows.column("content"), rows)
        at = table.schema.get_field_index("contact")
        numbers = pa.array(np.arange(part.start, part.start + len(table), dtype=np.int64))
        return table.set_column(at, table.schema.field(at), numbers).append_column("id", rows.column("id"))

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A transaction that sees what the caller's sees."""
        with (
            Database(self.address.url(), require_tls=self.address.require_tls) as database,
            database.begin(snapshot=True) as connection,
        ):
            connection.execute(text(f"SET TRANSACTION SNAPSHOT '{self.snapshot}'"))
            yield connection


def contact_parts(
    connection: Connection, keys: pa.Table, address: ServerAddress, size: int = CONTACTS_IN_PART
) -> ContactParts:
    """The parts of the live contacts that this transaction (a snapshot) sees; `keys` as `contacts.live` gives
    them."""
    snapshot = connection.execute(select(func.pg_export_snapshot())).scalar_one()
    return ContactParts(address, str(snapshot), tuple(_parts(keys, size)))


def _parts(keys: pa.Table, size: int) -> Iterator[ContactPart]:
    """Of each source so many at a time; `keys` are in byte order of source and external id."""
    if not len(keys):
        return
    source = codes(keys.column("source").combine_chunks())
    begins = np.flatnonzero(np.concatenate([[True], source[1:] != source[:-1]])).tolist()
    for begin, end in zip(begins, [*begins[1:], len(keys)], strict=True):
        starts = list(range(begin, end, size))
        rows = keys.select(["source", "external_id"]).take(starts).to_pylist()
        parts = [
            ContactPart(row["source"], row["external_id"], None, start)
            for row, start in zip(rows, starts, strict=True)
        ]
        for part, following in pairwise(parts):
            yield replace(part, end=following.first)
        yield parts[-1]


def _contacts_of(part: ContactPart) -> Select[Any]:
    external_id = source_contacts.c.external_id
    wanted = (
        select(source_contacts.c.id, sources.c.name.label("source"), external_id, contacts.c.content)
        .join_from(contacts, source_contacts, contacts.c.source_contact_id == source_contacts.c.id)
        .join(sources, sources.c.id == source_contacts.c.source_id)
        .where(source_contacts.c.gone_at.is_(None), sources.c.name == part.source, external_id >= part.first)
        .order_by(external_id)
    )
    return cast("Select[Any]", wanted if part.end is None else wanted.where(external_id < part.end))
