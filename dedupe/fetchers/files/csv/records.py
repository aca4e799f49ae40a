"""The record reader for CSV that isn't well formed. It takes each record that a strict parser takes; a
refused record costs only its own row.

A refused record is repaired in the ways rows are usually damaged (see `rescue`). One that can't be
repaired is quarantined with its lines, and reading continues at the next line that begins a record.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from dedupe.fetchers.files.csv.footers import stands_alone
from dedupe.fetchers.files.csv.further_tables import is_header, same_columns
from dedupe.fetchers.files.csv.rescue import by_delimiters, by_outer_quotes, cells_around_returns, glued_rows
from dedupe.fetchers.files.csv.tables import Quarantined
from dedupe.fetchers.files.csv.well_formed import is_strict

_LONGEST_TEAR = 40  # lines of a refused record; those behind are looked at for themselves
_NULL = re.compile(r"(?m)(?:(?<=[\t,;|])|^)\\N(?=[\t,;|\r\n]|$)")

_NOTHING = " \t\r\n\0\x1a"  # DOS ends its files by \x1a

NEVER_CLOSED = "a quote is opened and never closed"
NO_CELLS = "it can't be split into cells"
TITLE = "it is a title above a header and no row"


@dataclass(frozen=True)
class Dialect:
    """How the file is written: by RFC 4180, with backslash escapes (MySQL), or with blanks before quotes."""

    delimiter: str
    escaped: bool = False
    spaced: bool = False

    def reader(self, lines: Iterator[str]) -> csv._reader:  # type: ignore[name-defined]
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            escapechar="\\" if self.escaped else None,
            skipinitialspace=self.spaced,
            strict=True,
        )


class CsvRecord(NamedTuple):
    """A record's cells and the number of its lines. `cells` is None where a strict parser refuses it."""

    cells: list[str] | None
    lines: int


@dataclass
class Rows:
    """The outcome for every line of a file: in a row, quarantined, blank, or the header repeated."""

    width: int
    cells: list[list[str]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)  # the first of each row
    quarantine: list[Quarantined] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    headers: int = 0
    empty: int = 0  # of `blank`, those that are as wide as the header
    short: int = 0
    padded: set[int] = field(default_factory=set)  # the lines of short rows
    mended: int = 0

    def damage(self) -> int:
        return len(self.quarantine) + self.short + self.mended

    def pop(self) -> None:
        """Without the last row."""
        self.short -= self.lines.pop() in self.padded
        self.cells.pop()

    def add(self, cells: list[str], line: int) -> None:
        if len(cells) < self.width:
            self.short += 1
            self.padded.add(line)
        self.cells.append(cells + [""] * (self.width - len(cells)))
        self.lines.append(line)


def rows_of(text: str, first_line: int, header: Sequence[str], dialect: Dialect) -> Rows:
    """Read the text after the header, which takes up the first `first_line` lines."""
    return _Reading(_lines(text), first_line, header, dialect).read()


def _lines(text: str) -> list[str]:
    """The text cut into lines with their ends. A lone carriage return ends a line only where no other line
    end is used."""
    if "\\N" in text:
        text = _NULL.sub("", text)
    return re.findall(r"[^\n]*\n|[^\n]+", text) if "\n" in text else re.findall(r"[^\r]*\r|[^\r]+", text)


@dataclass
class _Reading:
    source: list[str]
    first_line: int
    header: Sequence[str]
    dialect: Dialect

    def __post_init__(self) -> None:
        self.rows = Rows(len(self.header))
        self.width = len(self.header)
        self.lines = self.source
        self.names = [cell.strip("\ufeff ") for cell in self.header]
        self.further: int | None = None  # the line at which another table begins

    def read(self) -> Rows:
        at = 0
        while at < len(self.lines):
            at = self._run(at)
        return self.rows

    def _run(self, start: int) -> int:
        """Take records while they are well formed; gives the line at which to continue."""
        at = start
        reader = self.dialect.reader(self.lines[k].lstrip("\ufeff") for k in range(start, len(self.lines)))
        while at < len(self.lines):
            try:
                cells = next(reader)
            except StopIteration:
                return len(self.lines)
            except csv.Error:
                return at + self._refused(at)
            end = start + reader.line_num
            if is_header(cells):
                self._begin(cells, at, end)
            elif self.further is not None:
                self._pass_over(cells, at, end)
            elif not self._take(cells, at, end):
                return at + self._misfit(cells, at, end)
            at = end
        return at

    def _begin(self, cells: list[str], at: int, end: int) -> None:
        """Begin a table: this one again or another. A single cell above it is its title."""
        rows, line = self.rows, self.first_line + at + 1
        if rows.lines and rows.cells[-1][0].strip() and stands_alone(rows.cells[-1]):
            above = rows.lines[-1]
            if set(range(above + 1, line)) <= set(rows.blank):
                rows.quarantine.append(Quarantined(above, TITLE, rows.cells[-1][0]))
                rows.pop()
        if same_columns(cells, self.header):
            self.further = None
            rows.headers += 1
        else:
            self.further = line
            self._pass_over(cells, at, end)

    def _pass_over(self, cells: list[str], at: int, end: int) -> None:
        """Quarantine a line of another table, whose cells no column here describes."""
        if any(cell.strip(_NOTHING) for cell in cells):
            reason = (
                f"the file holds several tables, and one with other columns begins at line {self.further}"
            )
            self._aside(at, end - at, f"{reason}: save it as a file of its own")
        else:
            self.rows.blank.append(self.first_line + at + 1)

    def _take(self, cells: list[str], at: int, end: int) -> bool:
        """A row as wide as the header, a blank one, or a short one that stands in one line."""
        width = self.width
        if end - at > 1 and self._swallows(at, end):
            return False
        if len(cells) == width:
            if cells[0] == self.header[0] and [cell.strip() for cell in cells] == self.names:
                self.rows.headers += 1
                return True
            if any(cell.strip(_NOTHING) for cell in cells):
                self.rows.add(cells, self.first_line + at + 1)
                return True
        if not any(cell.strip(_NOTHING) for cell in cells):
            self.rows.empty += len(cells) == width
            self.rows.blank.append(self.first_line + at + 1)
            return True
        if any(cell.strip() for cell in cells[width:]) or self._hides_rows(at, end):
            return False
        cells = cells[:width]
        self.rows.add(cells, self.first_line + at + 1)
        return True

    def _misfit(self, cells: list[str], at: int, end: int) -> int:
        """Handle a well-formed record of another width; gives the number of its lines."""
        if self._hides_rows(at, end) or (end - at > 1 and self._swallows(at, end)):
            return self._aside(at, 1, NEVER_CLOSED)
        if end - at == 1 and self._mended(at, 1):
            return 1
        return self._aside(at, end - at, f"{len(cells)} cells where the header has {self.width}")

    def _refused(self, at: int) -> int:
        """Handle a malformed record; gives the number of its lines that don't belong to the next one."""
        size = 1
        if self._is_open(at):
            left = len(self.lines) - at
            most = min(_LONGEST_TEAR, left)
            begins = (k for k in range(1, most) if self._begins_row(at + k))
            size = next(begins, left if left <= _LONGEST_TEAR else 1)
        if self._mended(at, size):
            return size
        return self._aside(at, size, NEVER_CLOSED if self._is_open(at) else NO_CELLS)

    def _mended(self, at: int, size: int) -> bool:
        """Whether the record can be repaired without ambiguity; then its rows are added."""
        if self.further is not None:
            return False
        raw = "".join(self.lines[at : at + size]).rstrip("\r\n")
        line = self.first_line + at + 1
        for cells in self._readings(raw):
            if all(len(row) == self.width for row in cells):
                for row in cells:
                    self.rows.add(row, line)
                self.rows.mended += 1
                return True
        return False

    def _readings(self, raw: str) -> Iterator[list[list[str]]]:
        """The rows that the text may be meant as, the likeliest first."""
        for dialect in (
            Dialect(self.dialect.delimiter, escaped=True),
            Dialect(self.dialect.delimiter, spaced=True),
        ):
            if (record := _record([raw], dialect)).cells is not None:
                yield [record.cells]
        yield from glued_rows(raw, self.names, self._cells)
        for cut in (by_outer_quotes, by_delimiters):
            if (cells := cut(raw, self.dialect.delimiter)) is not None:
                yield [cells]
        yield from cells_around_returns(raw, self.width, self._cells)

    def _cells(self, line: str) -> list[str] | None:
        return _record([line], self.dialect).cells

    def _begins_row(self, at: int) -> bool:
        """Whether a record as wide as the header begins here."""
        if at >= len(self.lines):
            return False
        lines = (self.lines[k].lstrip("\ufeff") for k in range(at, len(self.lines)))
        cells = _record(lines, self.dialect).cells
        return cells is not None and len(cells) == self.width

    def _hides_rows(self, at: int, end: int) -> bool:
        """Whether all lines of a record but the first are records themselves: its open quote was closed by
        another's."""
        return end - at > 1 and self._reaches(at + 1, end)

    def _swallows(self, at: int, end: int) -> bool:
        """Whether a record of several lines has the right width by accident: a stray quote in it or in the
        next, and without its first line all its lines are records."""
        raw = np.frombuffer("".join(self.lines[at:end]).encode(), np.uint8)
        if not is_strict(raw, self.dialect.delimiter):
            return self._reaches(at + 1, end)
        if end >= len(self.lines) or self._whole(end):
            return False
        return self._reaches(at + 1, end + 1)

    def _reaches(self, at: int, end: int) -> bool:
        """Whether the lines between the two are all records."""
        while at < end and (size := self._whole(at)):
            at += size
        return at >= end

    def _whole(self, at: int) -> int:
        """The lines of the record that begins here, if it is as wide as the header, its quotes even."""
        lines = (self.lines[k].lstrip("\ufeff") for k in range(at, len(self.lines)))
        cells, size = _record(lines, self.dialect)
        even = sum(self.lines[k].count('"') for k in range(at, at + size)) % 2 == 0
        return size if cells is not None and len(cells) == self.width and even else 0

    def _is_open(self, at: int) -> bool:
        """Whether a quote is open at the end of the line."""
        return self.lines[at].count('"') % 2 == 1

    def _aside(self, at: int, size: int, reason: str) -> int:
        raw = "".join(self.lines[at : at + size]).rstrip("\r\n")
        self.rows.quarantine.append(Quarantined(self.first_line + at + 1, reason, raw))
        return size


def _record(lines: Iterator[str] | list[str], dialect: Dialect) -> CsvRecord:
    """The one that begins with the first of the lines."""
    reader = dialect.reader(iter(lines))
    try:
        return CsvRecord(next(reader), reader.line_num)
    except (csv.Error, StopIteration):
        return CsvRecord(None, reader.line_num)
