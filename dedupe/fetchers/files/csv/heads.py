"""Where the table of a CSV file begins: its delimiter, its header, and what stands before it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from dedupe.errors import InputError
from dedupe.fetchers.files.columns.interpretation import understand
from dedupe.fetchers.files.csv.tables import distinct

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE = 200  # lines that are looked at
_PREAMBLE = 40  # records that may stand before the header
_GLUED = re.compile(r"[;\t|]|,\S")
_SEP = re.compile(r'(?i)\s*"?sep=(.|\t)"?\s*')


@dataclass(frozen=True)
class Head:
    """The beginning of a table. `cells`: the header as written, `names`: made distinct; `lines` and
    `characters` come before the first row, `passed` of those lines being neither blank nor the header."""

    delimiter: str
    cells: tuple[str, ...]
    names: tuple[str, ...]
    lines: int
    characters: int
    passed: int = 0

    @property
    def width(self) -> int:
        return len(self.names)


class _Record(NamedTuple):
    cells: list[str]
    line: int  # its first
    end: int  # its last, plus one

    @property
    def filled(self) -> int:
        return sum(bool(cell.strip()) for cell in self.cells)


class _Cut(NamedTuple):
    """The sample cut at one delimiter; compared by how well it explains the sample."""

    tells: bool
    alike: int
    width: int
    glued: int  # less for each cell of the header in which another delimiter stands
    delimiter: str
    header: _Record
    passed: int


def head_of(sample: str, mapped: Collection[str] = ()) -> Head:
    """Find the head in the first lines of a file. `mapped`: columns that the header must have.

    Raises InputError when every line is blank.
    """
    lines = list(islice(io.StringIO(sample, newline=""), _SAMPLE))
    first, delimiter = _first(lines)
    if first == len(lines):
        raise InputError("it is empty")
    cuts = [cut for sign in (delimiter or _DELIMITERS) for cut in _cuts(lines, first, sign, set(mapped))]
    best = max(cuts, key=lambda cut: cut[:4])
    end = best.header.end
    cells = [best.header.cells[0].lstrip("\ufeff"), *best.header.cells[1:]]
    characters = sum(map(len, lines[:end]))
    return Head(best.delimiter, tuple(cells), tuple(distinct(cells)), end, characters, best.passed)


def _first(lines: Sequence[str]) -> tuple[int, str | None]:
    """The first line with content, and the delimiter of an Excel `sep=` line."""
    delimiter = None
    for number, line in enumerate(lines):
        if match := _SEP.fullmatch(line.strip("\ufeff\r\n")):
            delimiter = match[1]
        elif line.strip("\ufeff \t\r\n"):
            return number, delimiter
    return len(lines), delimiter


def _cuts(lines: Sequence[str], first: int, delimiter: str, mapped: Collection[str]) -> Iterator[_Cut]:
    """By records, and line by line: a quote in a preamble need not be closed."""
    whole = _cut(list(_records(lines, first, delimiter)), delimiter, mapped)
    yield whole
    if not whole.tells:
        alone = [
            record for at in range(first, len(lines)) for record in _records(lines[: at + 1], at, delimiter)
        ]
        cut = _cut(alone, delimiter, mapped)
        if cut.tells:
            yield cut


def _cut(records: Sequence[_Record], delimiter: str, mapped: Collection[str]) -> _Cut:
    at = _header(records, mapped)
    header = records[at]
    width = len(header.cells)
    alike = sum(len(record.cells) == width for record in records[at:]) if width > 1 else 0
    glued = sum(bool(_GLUED.search(cell)) for cell in header.cells)
    passed = header.line - records[0].line
    return _Cut(_tells(header, mapped), alike, width, -glued, delimiter, header, passed)


def _header(records: Sequence[_Record], mapped: Collection[str]) -> int:
    """The first record that names columns, if all before it have fewer cells than it; else the first."""
    if records[0].filled > 1 and _tells(records[0], mapped):
        return 0
    most = records[0].filled
    for at, record in enumerate(records[1:_PREAMBLE], start=1):
        if record.filled > max(most, 1) and _tells(record, mapped):
            return at
        most = max(most, record.filled)
    return 0


def _tells(record: _Record, mapped: Collection[str]) -> bool:
    names = distinct(record.cells)
    if mapped and set(mapped) <= set(names):
        return True
    return understand(names).tells_of_people


def _records(lines: Sequence[str], first: int, delimiter: str) -> Iterator[_Record]:
    reader = csv.reader((line.lstrip("\ufeff") for line in lines[first:]), delimiter=delimiter)
    begun = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:  # a carriage return alone, somewhere: what was cut so far has to do
            begun = reader.line_num
            continue
        if row:
            yield _Record(row, first + begun, first + reader.line_num)
        begun = reader.line_num
