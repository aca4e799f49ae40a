"""Rows made ready for a table: staged in a temporary one, from which one statement takes those that differ,
or made whole for one that is empty."""

from __future__ import annotations

from uuid import UUID

import pyarrow as pa
from sqlalchemy import Column, Connection, MetaData, Table, Text, select, text

from dedupe.storage.copying import copy_in


def stage_rows(connection: Connection, name: str, like: Table, rows: pa.Table) -> None:
    """Copy the rows into a temporary table of that name, dropped at the commit, with column types as in
    `like`."""
    columns = ", ".join(rows.schema.names)
    connection.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    typed = f"SELECT {columns} FROM {like.fullname} WITH NO DATA"
    connection.execute(text(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {typed}"))
    copy_in(connection, Table(name, MetaData(), *(Column(each, Text) for each in rows.schema.names)), rows)
    connection.execute(text(f"ANALYZE {name}"))


def is_empty(connection: Connection, table: Table) -> bool:
    return connection.execute(select(1).select_from(table).limit(1)).one_or_none() is None


def moment(connection: Connection) -> str:
    """The time of this transaction."""
    return str(connection.execute(text("SELECT now()::text")).scalar_one())


def with_constants(rows: pa.Table, **values: UUID | str | None) -> pa.Table:
    """The rows with further columns, in each of which every row has the same value."""
    for name, value in values.items():
        constant = pa.scalar(None if value is None else str(value), pa.string())
        rows = rows.append_column(name, pa.repeat(constant, rows.num_rows))
    return rows
