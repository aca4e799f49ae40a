"""Parquet and JSON lines as tables of text columns, like CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from dedupe.errors import InputError
from dedupe.fetchers.csv_files import Quarantined, TextTable, distinct
from dedupe.fetchers.given import clean_text, json_text, text_of
from dedupe.fetchers.kernels import Column, pc
from dedupe.fetchers.sent import Sent, parse_json

_NOT_ROWS = "it is not a JSON object"


def read_parquet(path: Path) -> TextTable:
    return as_texts(pq.read_table(path), ("format Parquet",))


def as_texts(table: pa.Table, notes: tuple[str, ...]) -> TextTable:
    arrays = [_as_text(column) for column in table.columns]
    return TextTable(pa.Table.from_arrays(arrays, names=distinct(table.column_names)), (), notes)


def _as_text(column: Column) -> Column:
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return pc.fill_null(column.cast(pa.string()), "")
    if pa.types.is_integer(kind) or pa.types.is_temporal(kind):
        return pc.fill_null(column.cast(pa.string()), "")
    return pa.array([_cell(value) for value in column.to_pylist()], pa.string())


def read_json_lines(text: str, encoding: str) -> TextTable:
    rows: list[dict[str, Any]] = []
    payloads: list[str] = []
    quarantine: list[Quarantined] = []
    cleaned: set[str] = set()
    for number, line, value in _json_values(text):
        if not isinstance(value, dict):
            quarantine.append(Quarantined(number, value if isinstance(value, str) else _NOT_ROWS, line))
            continue
        rows.append(value)
        payloads.append(line or json_text(value))
        if "\\u" in payloads[-1]:
            cleaned |= {
                name for name, cell in value.items() if isinstance(cell, str) and clean_text(cell) != cell
            }
    if not rows:
        raise InputError("no line of the file is a JSON object")
    notes = [f"encoding {encoding}, format JSON lines"]
    if cleaned:
        names = ", ".join(sorted(map(clean_text, cleaned)))
        notes.append(f"characters that can't be stored were replaced in {names}")
    return TextTable(table_of(rows), tuple(quarantine), tuple(notes), pa.array(payloads, pa.string()))


def _json_values(text: str) -> Iterator[tuple[int, str, Any]]:
    """(line, text, object or the reason why there is none); a file that is one array counts as its items.

    The text of an object is empty where Postgres would take it for no JSON.
    """
    text = text.lstrip("\ufeff")
    if text.lstrip()[:1] == "[":
        try:
            items = parse_json(text.encode("utf-8", "surrogatepass"))
        except ValueError:
            raise InputError("it starts as a JSON array and is none") from None
        for item in items:
            yield 1, (item.text or "") if isinstance(item, Sent) else "", item
        return
    for number, line in enumerate(text.split("\n"), start=1):
        line = line.strip("\ufeff \r\t")
        if line:
            yield number, *_json_value(line)


def _json_value(line: str) -> tuple[str, Any]:
    constants: list[str] = []
    try:
        value = json.loads(line, parse_constant=constants.append)
    except (ValueError, RecursionError):
        return line, "it is not JSON"
    if not isinstance(value, dict):
        return line, _NOT_ROWS
    return "" if constants else line, value


def table_of(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """Objects as columns of text: lists of plain values joined by `;`, anything else as JSON."""
    names = list(dict.fromkeys(clean_text(name) for row in rows for name in row))
    arrays = [pa.array([_cell(row.get(name)) for row in rows], pa.string()) for name in names]
    if not names:
        return pa.table({"": pa.array([""] * len(rows), pa.string())})
    return pa.Table.from_arrays(arrays, names=names)


def _cell(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str | int | float | None) for item in value):
        return ";".join(text for item in value if (text := text_of(item)))
    if isinstance(value, dict | list):
        return clean_text(json_text(value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean_text(text_of(value) or "")
