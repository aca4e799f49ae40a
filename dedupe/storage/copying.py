"""Bulk rows in and out by COPY; Arrow's own kernels write and read the columns, not Python row by row."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, cast

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
from psycopg import sql
from sqlalchemy import Connection, Select, String, Table, TextClause, Uuid, func, literal
from sqlalchemy import cast as cast_sql
from sqlalchemy.dialects.postgresql import ARRAY

from dedupe.arrays.hashing import bytes_of
from dedupe.errors import InputError
from dedupe.storage.array_texts import array_text as array_text
from dedupe.storage.copied_cells import array_texts, bytea_texts, bytes_of_digits
from dedupe.storage.driver_errors import UNSTORABLE, translating_errors
from dedupe.storage.made_ahead import made_ahead

Query = Select[Any] | TextClause
Column = Any  # an Arrow array of whatever type: the stubs have one class for each
BATCH_ROWS = 20_000  # rows of one COPY message (chosen)
PART_BYTES = 32 << 20  # of what COPY sends, made into a table at a time: bounds memory (chosen)
NULL = "\\N"


def copy_in(
    connection: Connection,
    table: Table,
    rows: pa.Table | pa.RecordBatch | Iterable[Sequence[Any]],
    columns: Sequence[str] | None = None,
) -> int:
    """Add rows to a table, within the connection's transaction; gives their number.

    An Arrow table's columns are taken by name (`columns`: some of them, else all). Rows as sequences need
    `columns`, in their order; Python values are adapted as psycopg does. In Arrow, `json` and `uuid` are
    text, `bytea` is binary, arrays are lists of scalars. Raises TypeError for rows as sequences without
    `columns`.
    """
    if isinstance(rows, pa.Table | pa.RecordBatch):
        names = list(columns if columns is not None else rows.schema.names)
        into = _copy_statement(table, names)
        chosen = rows.select(names)
        batches = chosen.to_batches(BATCH_ROWS) if isinstance(chosen, pa.Table) else [chosen]
        with translating_errors(), driver(connection).cursor() as cursor, cursor.copy(into) as copy:
            for message in made_ahead(_spelled(batch, table.name) for batch in batches):
                copy.write(message)
        return rows.num_rows
    if columns is None:
        raise TypeError("rows without names need columns")
    into = _copy_statement(table, columns)
    count = 0
    with translating_errors(), driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        for count, row in enumerate(rows, start=1):  # noqa: B007
            copy.write_row(row)
    return count


def copy_out(connection: Connection, select: Query, schema: pa.Schema) -> pa.Table:
    """The rows of a select as an Arrow table of the schema, columns taken by the schema's names.

    `json` and `uuid` come as text, `bytea` as binary, arrays as lists of scalars. Rows are in the select's
    order.
    """
    parts = list(copy_out_parts(connection, select, schema))
    return pa.concat_tables(parts) if parts else schema.empty_table()


def copy_out_parts(connection: Connection, select: Query, schema: pa.Schema) -> Iterator[pa.Table]:
    """The same rows, some at a time; each part has rows."""
    query = select.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    outer = sql.SQL(", ").join(_out_column(field) for field in schema)
    statement = sql.SQL("COPY (SELECT {} FROM ({}) AS q) TO STDOUT (FORMAT csv)").format(
        outer, sql.SQL(cast("Any", str(query)))
    )
    with (
        translating_errors(),
        driver(connection).cursor() as cursor,
        cursor.copy(statement, query.params) as copy,
    ):
        for rows in _parts(copy):
            yield _read(pa.py_buffer(rows), schema)


def _parts(rows: Iterable[Any]) -> Iterator[bytes]:
    """COPY gives row by row."""
    waiting: list[Any] = []
    size = 0
    for row in rows:
        waiting.append(row)
        size += len(row)
        if size >= PART_BYTES:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def any_of(ids: Sequence[Any]) -> Any:
    """What equals one of these UUIDs, for the select of `copy_out`."""
    return func.any(cast_sql(literal(array_text(ids), String), ARRAY(Uuid)))


def driver(connection: Connection) -> psycopg.Connection[Any]:
    """The psycopg connection underneath, in the same transaction."""
    return cast("psycopg.Connection[Any]", connection.connection.driver_connection)


def _copy_statement(table: Table, columns: Sequence[str]) -> sql.Composed:
    unknown = [name for name in columns if name not in table.columns]
    if unknown:
        raise KeyError(f"{table.name} has no column {', '.join(unknown)}")
    where = sql.Identifier(*([table.schema] if table.schema else []), table.name)
    return sql.SQL("COPY {} ({}) FROM STDIN").format(where, sql.SQL(", ").join(map(sql.Identifier, columns)))


# --- Arrow to COPY text ---


def _spelled(batch: pa.RecordBatch, table: str) -> bytes:
    if batch.num_rows == 0:
        return b""
    cells = [
        pc.fill_null(_cells(column, f"{table}.{name}"), NULL)
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    tab, end, nothing = (pa.scalar(text, pa.large_string()) for text in ("\t", "\n", ""))
    lines: Column = pc.binary_join_element_wise(*cells, tab)
    ended: Column = pc.binary_join_element_wise(lines, nothing, end)
    # The texts of an Arrow array lie one behind the other in a single buffer: that is the whole message.
    return cast("bytes", ended.buffers()[2].to_pybytes())


def _cells(column: Column, where: str) -> Column:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _cells(column.dictionary_decode(), where)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _escaped(bytea_texts(column), where)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _escaped(array_texts(column).cast(pa.large_string()), where)
    cells = column.cast(pa.large_string())
    return _escaped(cells, where) if pa.types.is_string(kind) or pa.types.is_large_string(kind) else cells


def _escaped(cells: Column, where: str) -> Column:
    found, _ = bytes_of(cells)
    if (found == 0).any():
        raise InputError(f"{where}: {UNSTORABLE}.")
    for plain, escape in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        if (found == ord(plain)).any():
            cells = pc.replace_substring(cells, plain, escape)
    return cells


# --- COPY csv to Arrow ---


def _out_column(field: pa.Field[Any]) -> sql.Composed:
    name = sql.Identifier(field.name)
    if pa.types.is_list(field.type) or pa.types.is_large_list(field.type):
        return sql.SQL("array_to_json({})").format(name)
    if _is_binary(field.type):
        return sql.SQL("encode({}, 'hex')").format(name)
    if pa.types.is_timestamp(field.type):
        # Microseconds since the epoch, whole: no text of a time to be read.
        return sql.SQL("(extract(epoch FROM {}) * 1000000)::bigint").format(name)
    return sql.SQL("{}").format(name)


def _read(text: pa.Buffer, schema: pa.Schema) -> pa.Table:
    carried = {field.name: _carried(field.type) for field in schema}
    table = pacsv.read_csv(
        cast("Any", pa.BufferReader(text)),
        read_options=pacsv.ReadOptions(column_names=schema.names),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=pacsv.ConvertOptions(
            column_types=carried,
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
            true_values=["t"],
            false_values=["f"],
        ),
    )
    return pa.table([_decoded(table[field.name], field.type) for field in schema], schema=schema)


def _carried(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_timestamp(kind):
        return pa.int64()
    if _is_binary(kind) or pa.types.is_nested(kind) or pa.types.is_dictionary(kind):
        return pa.large_string()
    return kind


def _decoded(column: Column, kind: pa.DataType) -> Column:
    if column.type == kind:
        return column
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("us")).cast(pa.timestamp("us", tz="UTC")).cast(kind)
    if _is_binary(kind):
        return bytes_of_digits(column).cast(kind)
    if pa.types.is_nested(kind):
        lists = [None if v is None else json.loads(v) for v in column.to_pylist()]
        return pa.array(lists, cast("Any", kind))
    return column.cast(kind)


def _is_binary(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind)
    )
