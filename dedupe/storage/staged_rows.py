"""Rows staged for a table: COPY into a temporary table, from which one statement takes those that differ."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Column, Connection, MetaData, Table, Text, text

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
