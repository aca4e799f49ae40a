"""Reading a CSV file: by pyarrow if it is well formed, else record by record; with notes on what was
found."""

from __future__ import annotations

import csv
import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.untyped import pc
from dedupe.fetchers.files.csv.footers import MOST, is_footer, stands_alone
from dedupe.fetchers.files.csv.further_tables import may_hold_headers
from dedupe.fetchers.files.csv.heads import Head, head_of
from dedupe.fetchers.files.csv.records import Dialect, Rows, rows_of
from dedupe.fetchers.files.csv.tables import Quarantined, TextTable
from dedupe.fetchers.files.csv.well_formed import looking_like_rows, table_of
from dedupe.fetchers.files.encodings import Encoded, encoding_notes, text_of_file

_SAMPLE = 256 * 1024  # bytes in which the head is looked for; chosen
_ALONE = "it stands alone below the table and is no row of it"

# A cell may be longer than the 131,072 characters that `csv` allows by itself; normalizing says "too long".
csv.field_size_limit(2**31 - 1)


def read_csv(path: Path, encoded: Encoded, mapped: Collection[str] = ()) -> TextTable:
    """Read all rows that can be read and quarantine the others. `mapped`: columns that the header must
    have.

    Raises InputError when the file has no line with content.
    """
    text = None if encoded.is_clean_utf8 else text_of_file(path, encoded)
    head = head_of(_beginning(path) if text is None else text[:_SAMPLE], mapped)
    notes = [*_head_notes(encoded, head)]
    if text is not None and (lost := text.count("\ufffd")):
        notes.append(
            f"{lost} characters can't be read in this encoding and were replaced; --encoding tells another"
        )
    table = table_of(_behind(path, text, head), head)
    if table is not None and (rows := _without_own_headers(table, head)) is not None:
        if headers := table.num_rows - rows.num_rows:
            notes += _header_notes(headers)
        return _quickly(rows, head, notes)
    return _carefully(path.read_bytes().decode("utf-8") if text is None else text, head, notes)


def _beginning(path: Path) -> str:
    """The first lines of a file in UTF-8; a BOM is one character of it."""
    with path.open("rb") as file:
        return file.read(_SAMPLE).decode("utf-8", "ignore")


def _behind(path: Path, text: str | None, head: Head) -> pa.Buffer:
    """What stands behind the header, in UTF-8."""
    if text is not None:
        return pa.py_buffer(text[head.characters :].encode("utf-8", "replace"))
    size = len(_beginning(path)[: head.characters].encode())
    return pa.memory_map(str(path)).read_buffer().slice(size)


def _head_notes(encoded: Encoded, head: Head) -> Iterator[str]:
    written = {"\t": "tab"}.get(head.delimiter, head.delimiter)
    yield f"encoding {encoded.name}, delimiter {written}"
    yield from encoding_notes(encoded)
    if head.passed:
        yield f"the header is line {head.lines}; {head.passed} lines above it were passed over"


def _without_own_headers(table: pa.Table, head: Head) -> pa.Table | None:
    """The rows without repetitions of the header; None where another header or a title needs the record
    reader."""
    again = pc.equal(table.column(0), head.cells[0])
    if pc.any(again).as_py():
        for position in range(1, head.width):
            again = pc.and_(again, pc.equal(table.column(position), head.cells[position]))
        above = [row - 1 for row in pc.indices_nonzero(again).to_pylist() if row]
        rows = table.take(pa.array(above, pa.int64())).to_pylist()
        if any(stands_alone(list(row.values())) for row in rows):
            return None
        table = table.filter(pc.invert(again))
    return None if may_hold_headers(table) else table


def _without_empty(table: pa.Table) -> pa.Table:
    """The rows in which anything is written."""
    empty: np.ndarray[Any, Any] = np.arange(table.num_rows)
    for column in table.columns:
        if not len(empty):
            break
        cells = pc.utf8_trim_whitespace(
            column if len(empty) == table.num_rows else column.take(pa.array(empty))
        )
        empty = empty[pc.equal(cells, "").to_numpy()]
    if not len(empty):
        return table
    kept = np.ones(table.num_rows, dtype=bool)
    kept[empty] = False
    return table.filter(pa.array(kept))


def _quickly(table: pa.Table, head: Head, notes: list[str]) -> TextTable:
    every = table.num_rows
    table = _without_empty(table)
    notes += _empty_notes(every - table.num_rows)
    last = [list(row.values()) for row in table.slice(max(0, table.num_rows - MOST)).to_pylist()]
    footers = 0
    while last and is_footer(last.pop()):
        footers += 1
    notes += _footer_notes(footers)
    if swallowed := looking_like_rows(table, head):
        notes += _said(
            swallowed,
            "cell holds lines that look like rows of this file: was a quote never closed?",
            "cells hold lines that look like rows of this file: was a quote never closed?",
            "",
        )
    return TextTable(table.slice(0, table.num_rows - footers), (), tuple(notes))


def _carefully(text: str, head: Head, notes: list[str]) -> TextTable:
    rows = _best_rows(text[head.characters :], head)
    footers = _take_footers(rows)
    notes += [*_row_notes(rows), *_footer_notes(footers)]
    columns = zip(*rows.cells, strict=True) if rows.cells else [()] * head.width
    arrays = [pa.array(column, pa.string()) for column in columns]
    table = pa.Table.from_arrays(arrays, names=list(head.names))
    if swallowed := looking_like_rows(table, head):
        notes.append(
            f"{swallowed} cells hold lines that look like rows of this file: was a quote never closed?"
        )
    return TextTable(table, tuple(rows.quarantine), tuple(notes))


def _best_rows(text: str, head: Head) -> Rows:
    """The rows read in the dialect that damages fewest of them; RFC 4180 where none is better."""
    plain = Dialect(head.delimiter)
    best = rows_of(text, head.lines, head.cells, plain)
    others = []
    sign = re.escape(head.delimiter)
    if best.damage() and re.search(rf'\\["\n{sign}]', text):
        others.append(Dialect(head.delimiter, escaped=True))
    if best.damage() and re.search(rf'(?m)(?:^|{sign}) +"', text):
        others.append(Dialect(head.delimiter, spaced=True))
    for dialect in others:
        best = min(best, rows_of(text, head.lines, head.cells, dialect), key=Rows.damage)
    return best


def _row_notes(rows: Rows) -> Iterator[str]:
    yield from _header_notes(rows.headers)
    yield from _empty_notes(rows.empty)
    yield from _said(
        rows.short,
        "is shorter than the header: its last cells are empty",
        "are shorter than the header: their last cells are empty",
    )
    yield from _said(
        rows.mended,
        "is not well-formed CSV and was read all the same",
        "are not well-formed CSV and were read all the same",
    )


def _header_notes(headers: int) -> Iterator[str]:
    yield from _said(headers, "repeats the header and was left out", "repeat the header and were left out")


def _empty_notes(empty: int) -> Iterator[str]:
    yield from _said(
        empty, "has nothing in any cell and was left out", "have nothing in any cell and were left out"
    )


def _take_footers(rows: Rows) -> int:
    """Drop footers from the end and count them; quarantine any other single cell after a blank line."""
    footers = 0
    blank = [line for line in rows.blank if rows.lines and line > rows.lines[0]]
    gap = blank[0] if 0 < len(blank) <= MOST else None
    for _ in range(MOST):
        if not rows.cells:
            break
        cells, line = rows.cells[-1], rows.lines[-1]
        below = gap is not None and line > gap
        if is_footer(cells):
            footers += 1
        elif below and stands_alone(cells):
            rows.quarantine.append(Quarantined(line, _ALONE, next(cell for cell in cells if cell.strip())))
        else:
            break
        rows.pop()
    rows.quarantine.sort()
    return footers


def _footer_notes(footers: int) -> Iterator[str]:
    yield from _said(
        footers, "at the end is a footer and was left out", "at the end are footers and were left out"
    )


def _said(count: int, one: str, many: str, what: str = "row") -> Iterator[str]:
    if count:
        noun = f" {what}{'s' * (count > 1)}" if what else ""
        yield f"{count}{noun} {one if count == 1 else many}"
