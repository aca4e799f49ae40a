"""Parquet and JSON as tables of text columns, like CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dedupe.arrays.mapped import mapped
from dedupe.arrays.untyped import Array, pc
from dedupe.errors import InputError
from dedupe.fetchers.files.columns.rows import AT_ONCE
from dedupe.fetchers.files.csv import Quarantined, TextTable, distinct
from dedupe.fetchers.files.flattening import cell, flattened
from dedupe.fetchers.files.json_records import records_in
from dedupe.fetchers.given import clean_text, json_text

_NOTES = ("format Parquet",)


def read_parquet(path: Path, at_once: int = AT_ONCE) -> TextTable:
    """The cells of a Parquet file; those of a file of more than `at_once` rows wait on disk."""
    with pq.ParquetFile(path) as file:
        nested = any(_holds_objects(column.type) for column in file.schema_arrow)
        if file.metadata.num_rows > at_once and not nested:  # which keys objects have is told by all rows
            pieces = map(pa.Table.from_batches, zip(file.iter_batches(at_once)))
            return TextTable(
                pa.concat_tables(mapped(as_texts(one, _NOTES).table) for one in pieces), (), _NOTES
            )
    return as_texts(pq.read_table(path), _NOTES)


def as_texts(table: pa.Table, notes: tuple[str, ...]) -> TextTable:
    made: dict[str, Array] = {}
    for name, column in zip(distinct(table.column_names), table.columns, strict=True):
        if _holds_objects(column.type):
            inside = table_of([{name: value} for value in column.to_pylist()])
            made |= {path: inside.column(path) for path in inside.column_names}
        else:
            made[name] = _as_text(column)
    return TextTable(pa.table(made), (), notes)


def _holds_objects(kind: pa.DataType) -> bool:
    """Structs and lists of them: objects as in JSON."""
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.types.is_struct(kind.value_type)
    return pa.types.is_struct(kind)


def _as_text(column: Array) -> Array:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.fill_null(column.cast(pa.string()), "")
    if pa.types.is_integer(kind) or pa.types.is_temporal(kind):
        return pc.fill_null(column.cast(pa.string()), "")
    return pa.array([cell(value) for value in column.to_pylist()], pa.string())


def read_json(
    text: str, encoding: str, path: str | None = None, kept: frozenset[str] = frozenset()
) -> TextTable:
    """Read the records of a JSON file (see `json_records`). Raises InputError where there is none."""
    rows: list[Mapping[str, Any]] = []
    payloads: list[str] = []
    quarantine: list[Quarantined] = []
    cleaned: set[str] = set()
    where, records = records_in(text, path)
    for line, written, value in records:
        if isinstance(value, str):
            quarantine.append(Quarantined(line, value, written))
            continue
        rows.append(value)
        payloads.append(written or json_text(value))
        if "\\u" in payloads[-1]:
            cleaned |= {
                name for name, cell in value.items() if isinstance(cell, str) and clean_text(cell) != cell
            }
    if not rows:
        raise InputError("no line of the file is a JSON object")
    notes = [f"encoding {encoding}, format JSON" + (f", records at {where}" if where else "")]
    if cleaned:
        names = ", ".join(sorted(map(clean_text, cleaned)))
        notes.append(f"characters that can't be stored were replaced in {names}")
    return TextTable(table_of(rows, kept), tuple(quarantine), tuple(notes), pa.array(payloads, pa.string()))


def table_of(rows: Sequence[Mapping[str, Any]], kept: frozenset[str] = frozenset()) -> pa.Table:
    """Objects as a table of text (see `flattening`); null where an object lacks a column."""
    flat = [flattened(row, kept) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    if not names:
        return pa.table({"": pa.array([""] * len(rows), pa.string())})
    return pa.table({name: pa.array([row.get(name) for row in flat], pa.string()) for name in names})
