"""Parsers of bodies into rows: JSON, JSON lines, CSV, and objects whose keys are the contacts' ids."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable
from typing import Any

import jmespath

from dedupe.fetchers.given import json_text, text_of
from dedupe.fetchers.http.raw_json import RawObject, parse_json
from dedupe.fetchers.mapping import found
from dedupe.fetchers.providers.declared.declaration import ALONE, Declaration

csv.field_size_limit(2**31 - 1)  # what an answer may hold is bounded as a whole
ACCEPT = {"csv": "text/csv, */*;q=0.5", "ndjson": "application/x-ndjson, application/json;q=0.5, */*;q=0.1"}


def reader(own: Declaration) -> Callable[[bytes], Any]:
    """The parser for the declared format. It raises ValueError for a body of another format.

    The first line of CSV must name the id, or an error page would be read as an empty list. After the last
    page of several the body may be empty.
    """
    if own.format == "csv":
        return lambda body: _checked(csv_rows(body, own.encoding, own.delimiter), own)
    return json_lines if own.format == "ndjson" else parse_json


def json_lines(body: bytes) -> list[Any]:
    """One value per line; blank lines are skipped."""
    return [parse_json(line) for line in body.removeprefix(codecs.BOM_UTF8).split(b"\n") if line.strip()]


def _checked(table: tuple[list[str], list[Any]], own: Declaration) -> list[Any]:
    names, rows = table
    if (names or own.paging in ALONE) and found(jmespath.compile(own.id), dict.fromkeys(names, "1")) is None:
        raise ValueError("its first line names no id")
    return rows


def csv_rows(body: bytes, encoding: str, delimiter: str) -> tuple[list[str], list[Any]]:
    """Objects by the names in the first line; a name that occurs twice has a list of both values.

    A short row has empty cells at its end. A row that is too long becomes the list of its cells, which has
    no id.

    Raises ValueError where the body is no CSV.
    """
    text = body.removeprefix(codecs.BOM_UTF8).decode(encoding)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    filled = [cells for cells in lines if any(cells)]
    names = [name.strip() for name in filled[0]] if filled else []
    return names, [cells if len(cells) > len(names) else _row(names, cells) for cells in filled[1:]]


def _row(names: list[str], cells: list[str]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name, cell in zip(names, [*cells, *[""] * (len(names) - len(cells))], strict=True):
        before = row.get(name)
        row[name] = cell if before is None else [*(before if isinstance(before, list) else [before]), cell]
    return row


def keyed_rows(content: dict[str, Any], name: str) -> list[Any]:
    """The contacts of an object, each with its key under `name`."""
    return [with_key(row, name, key) for key, row in content.items()]


def with_key(row: Any, name: str, key: str) -> Any:
    """The contact with its key added.

    One that isn't an object, or has another value under that name, becomes `{key: row}`, in which no id is
    found: neither of the two is lost.
    """
    if not isinstance(row, dict) or (name in row and text_of(row[name]) != key):
        return {key: row}
    if name in row:
        return row
    sent = row.text if isinstance(row, RawObject) else None
    if sent is None:
        return {name: key, **row}
    inner = sent.strip()[1:].lstrip()
    text = f"{{{json_text(name)}:{json_text(key)}" + ("" if inner.startswith("}") else ",") + inner
    return RawObject({name: key, **row}, text, 0, len(text))
