"""Writing the index of match keys anew: pages of a generation of their own, which count once they are served.

A night writes them while others read and keep current those that count, and serves them in the transaction
that publishes: that takes as long for a million contacts as for one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import sql
from sqlalchemy import Connection, Table, delete, func, insert, select, text

from dedupe.arrays.numpy_columns import integers
from dedupe.storage import match_index as reading
from dedupe.storage import match_index_pages as pages
from dedupe.storage.copying import driver
from dedupe.storage.driver_errors import translating_errors
from dedupe.storage.made_ahead import in_blocks, made_ahead
from dedupe.storage.tables import match_index, match_index_changes, match_index_contacts, match_index_keys

_ROWS_AT_ONCE = 100  # pages made while others are written (chosen)


@dataclass(frozen=True)
class StagedIndex:
    """Pages that are written, and what they hold; `rows`: how many, 0 where those that count are equal."""

    head: dict[str, Any]
    rows: int


def stage(connection: Connection, seeds: Any, keys: pa.Table, made_by: str) -> StagedIndex:
    """Write pages from the `match_keys.MATCH_KEYS` of all live contacts; `seeds[i]` is the id of contact i.
    What was written before and doesn't count is removed."""
    sweep(connection)
    now = reading.state(connection)
    generation = now.generation + 1 if now else 1
    ids = pages.ids_of(seeds)
    order = np.argsort(ids, kind="stable")
    number = np.empty(len(ids), np.int32)  # as many bytes as a page has for it
    number[order] = np.arange(len(ids))
    whose, key = number[integers(keys["contact"])], integers(keys["key"])
    bits = pages.bits_for(len(key))
    head = {"made_by": made_by, "contacts": len(ids), "keys": len(key), "page_bits": bits}
    of_keys = _Written(connection, match_index_keys, ("int8", "bytea", "int8"), generation)
    of_contacts = _Written(
        connection, match_index_contacts, ("int8", "uuid", "bytea", "bytea", "int8"), generation
    )
    equal = of_keys.all_equal(pages.key_pages(whose, key, bits))
    equal &= of_contacts.all_equal(pages.contact_pages(ids[order], whose, key))
    if equal and now is not None and all(getattr(now, name) == value for name, value in head.items()):
        sweep(connection)
        return StagedIndex({**head, "generation": now.generation}, 0)
    return StagedIndex({**head, "generation": generation}, of_keys.rows + of_contacts.rows)


def serve(connection: Connection, staged: StagedIndex) -> bool:
    """Let the staged pages count from now on; whether they are there. Call it under the publish lock."""
    generation = staged.head["generation"]
    counts = [
        select(func.count()).select_from(each).where(each.c.generation == generation)
        for each in (match_index_keys, match_index_contacts)
    ]
    there = sum(connection.execute(count).scalar_one() for count in counts)
    if staged.rows and there != staged.rows:
        return False
    connection.execute(match_index_changes.delete())
    connection.execute(match_index.delete())
    connection.execute(insert(match_index).values(staged.head))
    return True


def sweep(connection: Connection) -> None:
    """Remove pages that don't count."""
    now = select(match_index.c.generation).scalar_subquery()
    for each in (match_index_keys, match_index_contacts):
        connection.execute(delete(each).where(each.c.generation.is_distinct_from(now)))


def rebuild(connection: Connection, seeds: Any, keys: pa.Table, made_by: str) -> int:
    """Stage and serve at once; gives the number of pages written, none where all are equal."""
    staged = stage(connection, seeds, keys, made_by)
    serve(connection, staged)
    sweep(connection)
    return staged.rows


@dataclass
class _Written:
    """The pages of one table, copied in, and compared with those that count."""

    connection: Connection
    table: Table
    types: Sequence[str]
    generation: int
    rows: int = 0

    def all_equal(self, made: Iterable[tuple[Any, ...]]) -> bool:
        """Write them; whether they are those that count."""
        content = [each.name for each in self.table.columns if each.name not in ("page", "generation")]
        known = dict(self._known(content))
        equal = 0

        def rows() -> Iterator[tuple[Any, ...]]:
            nonlocal equal
            for page, *cells in made:
                equal += known.get(page) == _digest(cells)
                yield page, *cells, self.generation

        self.rows = self._copied(rows())
        return equal == self.rows == len(known)

    def _known(self, content: Sequence[str]) -> Iterator[tuple[int, str]]:
        cells = " || ".join(f"md5({name}::{_AS[name]})" for name in content)
        now = "generation = (SELECT generation FROM dedupe.match_index)"
        query = text(f"SELECT page, {cells} AS digest FROM {self.table.fullname} WHERE {now}")
        for row in self.connection.execute(query):
            yield row.page, row.digest

    def _copied(self, rows: Iterable[tuple[Any, ...]]) -> int:
        into = sql.Identifier(self.table.schema or "", self.table.name)
        columns = sql.SQL(", ").join(sql.Identifier(each.name) for each in self.table.columns)
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(into, columns)
        count = 0
        with translating_errors(), driver(self.connection).cursor() as cursor, cursor.copy(statement) as copy:
            copy.set_types(list(self.types))
            for block in made_ahead(in_blocks(rows, _ROWS_AT_ONCE)):
                count += len(block)
                for row in block:
                    copy.write_row(row)
        return count


_AS = {"content": "bytea", "ids": "bytea", "keys": "bytea", "first_id": "text"}


def _digest(cells: Sequence[Any]) -> str:
    """As Postgres makes it of the same cells."""
    made = (each if isinstance(each, bytes) else str(each).encode() for each in cells)
    return "".join(hashlib.md5(each, usedforsecurity=False).hexdigest() for each in made)
