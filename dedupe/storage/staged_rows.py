"""Rows on their way into a table: by COPY into a temporary one; one statement takes what differs."""

from __future__ import annotations

import pyarrow as pa
from sqlalchemy import Column, Connection, MetaData, Table, Text, text

from dedupe.storage.copying import copy_in


def stage_rows(connection: Connection, name: str, like: Table, rows: pa.Table) -> None:
    """The rows in a temporary table of that name until the commit, columns typed like those of `like`."""
    columns = ", ".join(rows.schema.names)
    connection.execute(text(f"DROP TABLE IF EXISTS pg_temp.{name}"))
    typed = f"SELECT {columns} FROM {like.fullname} WITH NO DATA"
    connection.execute(text(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {typed}"))
    copy_in(connection, Table(name, MetaData(), *(Column(each, Text) for each in rows.schema.names)), rows)
    connection.execute(text(f"ANALYZE {name}"))
