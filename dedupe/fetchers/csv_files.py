"""CSV as a table of text columns: by pyarrow where the file is well formed, row by row where it isn't."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal, NamedTuple

import pyarrow as pa
import pyarrow.csv as pacsv

from dedupe.errors import InputError
from dedupe.fetchers.encodings import Encoded, encoding_notes, text_of_file
from dedupe.fetchers.kernels import Column, pc

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_QUOTE = 40  # lines that one quoted cell may span before its quote counts as never closed


class Quarantined(NamedTuple):
    """A row that can't be read: its line in the file, why, and the line as it stands (personal data)."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class TextTable:
    """Every cell as text, columns under distinct names. `payloads`: each row as it stood in the file."""

    table: pa.Table
    quarantine: tuple[Quarantined, ...]
    notes: tuple[str, ...]
    payloads: Column | None = None


class _Head(NamedTuple):
    delimiter: str
    names: list[str]
    lines: int  # lines before the first row


# A cell may be longer than the 131,072 characters that `csv` allows by itself; normalizing says "too long".
csv.field_size_limit(2**31 - 1)


def read_csv(path: Path, encoded: Encoded) -> TextTable:
    """All well-formed rows; the others are quarantined. InputError when there is no first line."""
    text = None if encoded.is_clean_utf8 else text_of_file(path, encoded)
    head = _head(path, text)
    written = {"\t": "tab"}.get(head.delimiter, head.delimiter)
    notes = (f"encoding {encoded.name}, delimiter {written}", *encoding_notes(encoded))
    table = _by_arrow(path, text, head)
    if table is not None:
        return TextTable(table, (), notes)
    text = text_of_file(path, encoded) if text is None else text
    return _row_by_row(text, head, notes)


def distinct(names: Sequence[str]) -> list[str]:
    """Column names, the second of a name written `name (2)`; an empty one is named by its position."""
    seen: Counter[str] = Counter()
    made = []
    for position, name in enumerate(names, start=1):
        clean = name.strip().strip("\ufeff") or f"column {position}"
        seen[clean] += 1
        made.append(clean if seen[clean] == 1 else f"{clean} ({seen[clean]})")
    return made


def _head(path: Path, text: str | None) -> _Head:
    if text is None:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = list(islice(file, 30))
    else:
        lines = list(islice(io.StringIO(text, newline=""), 30))
    before = 0
    delimiter = None
    while lines and (not lines[0].strip("\ufeff \t\r\n") or lines[0].lower().startswith("sep=")):
        if lines[0].lower().startswith("sep="):
            delimiter = lines[0][4:5]
        del lines[0]
        before += 1
    if not lines:
        raise InputError("it is empty")
    delimiter = delimiter or _delimiter(lines)
    names = next(csv.reader([lines[0].strip("\ufeff")], delimiter=delimiter))
    return _Head(delimiter, distinct(names), before + 1)


def _delimiter(lines: Sequence[str]) -> str:
    """The one that cuts the header into most cells, if the first rows are cut alike."""

    def cut(delimiter: str) -> tuple[int, int]:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
        alike = sum(width == widths[0] for width in widths) if widths and widths[0] > 1 else 0
        return alike, widths[0] if widths else 0

    return max(_DELIMITERS, key=cut)


def _by_arrow(path: Path, text: str | None, head: _Head) -> pa.Table | None:
    """The table, or None when any row is out of shape."""
    broken = False

    def mind(_row: object) -> Literal["skip", "error"]:
        nonlocal broken
        broken = True
        return "error"

    try:
        table = pacsv.read_csv(
            path if text is None else io.BytesIO(text.encode("utf-8", "replace")),
            read_options=pacsv.ReadOptions(column_names=head.names, skip_rows=head.lines, block_size=8 << 20),
            parse_options=pacsv.ParseOptions(
                delimiter=head.delimiter, newlines_in_values=True, invalid_row_handler=mind
            ),
            convert_options=pacsv.ConvertOptions(
                column_types={name: pa.string() for name in head.names},
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if broken or table.num_columns != len(head.names) or _swallowed_rows(table, head):
        return None
    return table


def _swallowed_rows(table: pa.Table, head: _Head) -> bool:
    """Whether a cell holds what looks like whole rows: a quote that was opened and closed rows later."""
    if len(head.names) == 1:
        row = r"(\r?\n[^\n]*){40}"
    else:
        row = rf"\n([^\n]*{'[|]' if head.delimiter == '|' else head.delimiter}){{{len(head.names) - 1}}}"
    for column in table.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py() and (
            pc.any(pc.match_substring_regex(column, row)).as_py()
        ):
            return True
    return False


def _row_by_row(text: str, head: _Head, notes: tuple[str, ...]) -> TextTable:
    cells: list[list[str]] = [[] for _ in head.names]
    quarantine: list[Quarantined] = []
    for line, row, raw in _records(text, head):
        if isinstance(row, str):
            quarantine.append(Quarantined(line, row, raw))
            continue
        for column, cell in zip(cells, row, strict=True):
            column.append(cell)
    arrays = [pa.array(column, pa.string()) for column in cells]
    return TextTable(pa.Table.from_arrays(arrays, names=head.names), tuple(quarantine), notes)


def _records(text: str, head: _Head) -> Iterator[tuple[int, list[str] | str, str]]:
    """(line number, the cells or why there are none, the text) of each record."""
    lines = text.splitlines(keepends=True) if "\n" not in text else text.split("\n")
    width = len(head.names)
    at = head.lines
    while at < len(lines):
        size = _span(lines, at, head.delimiter, width)
        raw = "\n".join(lines[at : at + size]).rstrip("\r\n")
        if raw.strip():
            yield at + 1, _cells(raw, size, head.delimiter, width), raw
        at += size


def _span(lines: Sequence[str], at: int, delimiter: str, width: int) -> int:
    """How many lines the record at `at` takes: one, unless a quote is open at its end and closed later."""
    if lines[at].count('"') % 2 == 0:
        return 1
    for size in range(2, min(_LONGEST_QUOTE, len(lines) - at) + 1):
        if lines[at + size - 1].count('"') % 2:
            whole = _parsed("\n".join(lines[at : at + size]), delimiter)
            fits = whole is not None and len(whole) == width
            return size if fits and not _are_rows(lines[at + 1 : at + size - 1], delimiter, width) else 1
    return 1


def _are_rows(inner: Sequence[str], delimiter: str, width: int) -> bool:
    """Whether the lines within a quoted cell all look like rows of the file."""
    return bool(inner) and all(len(_parsed(line, delimiter) or []) == width for line in inner)


def _cells(raw: str, size: int, delimiter: str, width: int) -> list[str] | str:
    if size == 1 and raw.count('"') % 2:
        return "a quote is opened and never closed"
    row = _parsed(raw.rstrip("\r"), delimiter)
    if row is None:
        return "it can't be split into cells"
    if len(row) > width and not any(cell.strip() for cell in row[width:]):
        del row[width:]
    if len(row) != width:
        return f"{len(row)} cells where the header has {width}"
    return row


def _parsed(raw: str, delimiter: str) -> list[str] | None:
    try:
        rows = list(csv.reader(io.StringIO(raw, newline=""), delimiter=delimiter))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None
