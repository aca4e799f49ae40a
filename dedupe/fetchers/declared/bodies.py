"""Bodies as rows: JSON, CSV and lines of JSON, and objects whose keys are the ids of their contacts."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable
from typing import Any

from dedupe.fetchers.given import json_text, text_of
from dedupe.fetchers.sent import Sent, parse_json

csv.field_size_limit(2**31 - 1)  # what an answer may hold is bounded as a whole
ACCEPT = {"csv": "text/csv, */*;q=0.5", "ndjson": "application/x-ndjson, application/json;q=0.5, */*;q=0.1"}


def reader(form: str, encoding: str, delimiter: str, *, headed: bool) -> Callable[[bytes], Any]:
    """What reads a body of that format; ValueError for one of another.

    `headed`: CSV without so much as its first line is no empty list, but no answer.
    """
    if form == "csv":
        return lambda body: csv_rows(body, encoding, delimiter, headed=headed)
    return json_lines if form == "ndjson" else parse_json


def json_lines(body: bytes) -> list[Any]:
    """One value a line; blank lines count for nothing."""
    return [parse_json(line) for line in body.removeprefix(codecs.BOM_UTF8).split(b"\n") if line.strip()]


def csv_rows(body: bytes, encoding: str, delimiter: str, *, headed: bool = False) -> list[Any]:
    """Objects by the names in the first line; a name that stands twice has the list of both.

    In a row of too few cells the last are empty. One of too many is the list of its cells, and shows no id.
    """
    text = body.removeprefix(codecs.BOM_UTF8).decode(encoding)
    try:
        lines = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise ValueError(str(error)) from None
    filled = [cells for cells in lines if any(cells)]
    if not filled and headed:
        raise ValueError("there is no first line")
    if not filled:
        return []
    names = [name.strip() for name in filled[0]]
    return [cells if len(cells) > len(names) else _row(names, cells) for cells in filled[1:]]


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
    """The contact with its key.

    One that isn't an object, or says otherwise under that name, stays apart as `{key: row}`, in which nothing
    finds an id: neither of the two is lost.
    """
    if not isinstance(row, dict) or (name in row and text_of(row[name]) != key):
        return {key: row}
    if name in row:
        return row
    sent = row.text if isinstance(row, Sent) else None
    if sent is None:
        return {name: key, **row}
    inner = sent.strip()[1:].lstrip()
    text = f"{{{json_text(name)}:{json_text(key)}" + ("" if inner.startswith("}") else ",") + inner
    return Sent({name: key, **row}, text, 0, len(text))
