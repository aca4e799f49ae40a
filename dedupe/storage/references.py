"""Foreign keys of many rows, checked at once.

Postgres checks a foreign key row by row and locks each row that is referred to, which is half of what it
costs to load a table. Rows that go in by `copy_unchecked` are checked by `check_references`, in one statement
that the same transaction must reach before its end. A role that may not leave them unchecked has them checked
row by row.

What they refer to can't go meanwhile: it was added by the same transaction, so that nobody else sees it, or
it is a source contact, whose deletion waits for a transaction that holds off tombstones (revision 0007).
Triggers that note changes fire all the same; one of your own on such a table must be ENABLE ALWAYS to.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from sqlalchemy import Connection, Table, text

from dedupe.errors import DatabaseUnavailable
from dedupe.storage.copying import copy_in

_MAY = text("SELECT has_parameter_privilege('session_replication_role', 'SET')")
_ROLE = text("SELECT set_config('session_replication_role', :role, true)")


def copy_unchecked(connection: Connection, table: Table, rows: pa.Table) -> int:
    """Add rows that `check_references` must look at before the transaction ends; gives their number."""
    if not connection.execute(_MAY).scalar_one():
        return copy_in(connection, table, rows)
    connection.execute(_ROLE, {"role": "replica"})
    count = copy_in(connection, table, rows)
    connection.execute(_ROLE, {"role": "origin"})
    return count


def check_references(connection: Connection, table: Table, which: str = "true", **values: Any) -> None:
    """Check the foreign keys of the table's rows for which the SQL condition `which` holds; `t` is the table.

    Raises DatabaseUnavailable for a row that refers to none.
    """
    for key in table.foreign_keys:
        parent, own = key.column.table, f"t.{key.parent.name}"
        lost = text(
            f"SELECT EXISTS (SELECT FROM {table.fullname} t WHERE {own} IS NOT NULL AND {which}"
            f" AND NOT EXISTS (SELECT FROM {parent.fullname} p WHERE p.{key.column.name} = {own}))"
        )
        if connection.execute(lost, values).scalar_one():
            raise DatabaseUnavailable(
                f"Rows of {table.name} refer to rows of {parent.name} that are not there: something else "
                "deleted them meanwhile. Nothing was written; run it again."
            )
