"""What a person is told of the reading of a file: each column, what it was taken for, and what to do.

    readings(table, understood) -> tuple[Reading, ...]
    in_words(readings) -> Iterator[str]

Cells are never told, only their kind; nor is a column's name that looks like a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import pyarrow as pa

from dedupe.fetchers.files.columns.content_kinds import (
    EMAILS,
    EMPTY,
    GIVEN_NAMES,
    NAMES,
    PHONES,
    CellForm,
    as_column,
    kind_of,
)
from dedupe.fetchers.files.columns.interpretation import Understood

_ASKED = {EMAILS: "email", PHONES: "phone", NAMES: "full_name", GIVEN_NAMES: "given_name"}
_PROPERTIES = {EMAILS: "EMAIL", PHONES: "TEL"}
_FORMAL = frozenset({EMAILS, PHONES, "dates", "links"})  # a plain name above such cells is a header's
_KNOWN = "record_id, full_name, email, phone …"
_NAMED = 12  # columns named where none is known
_SHOWN = 60  # columns named in a line; a file with more says how many
_A_VALUE = re.compile(r"@|\d{5}|^\s*$")


class ColumnReading(NamedTuple):
    """Of a column, or of a property of vCards. `field` None: it is kept and not read, and `aside` says why
    where that is known.

    `is_hidden`: its name looks like a cell, so its place stands for it. `lines`: how many the cards have.
    """

    column: str
    field: str | None
    aside: str | None
    looks_like: CellForm
    is_hidden: bool = False
    lines: int | None = None

    @property
    def is_missed(self) -> bool:
        """Whether values of people seem to be in it that nobody has put aside; a card's names are in FN."""
        asked = _ASKED if self.lines is None else _PROPERTIES
        return self.field is None and self.aside is None and self.looks_like.kind in asked

    @property
    def label(self) -> str:
        """Its name, of properties with their lines."""
        return self.column if self.lines is None else f"{self.column} ({_counted(self.lines)})"

    def content(self) -> dict[str, Any]:
        return {
            **({} if self.lines is None else {"lines": self.lines}),
            "column": self.column,
            "read_as": self.field,
            "not_read_because": self.aside,
            "looks_like": self.looks_like.kind,
            "cells_like_it": self.looks_like.alike,
            "cells_filled": self.looks_like.filled,
        }


def readings(table: pa.Table, understood: Understood) -> tuple[ColumnReading, ...]:
    """Of every column, in the file's order."""
    return tuple(
        ColumnReading(
            shown(name, place),
            understood.fields.get(name),
            understood.aside.get(name),
            kind_of(as_column(table.column(name))),
            shown(name, place) != name,
        )
        for place, name in enumerate(table.column_names, start=1)
    )


def in_words(columns: Sequence[ColumnReading]) -> Iterator[str]:
    """A line of what was read, one of what was not, and a warning for each column that seems to be missed."""
    by_field: dict[str, list[str]] = {}
    for one in columns:
        if one.field:
            by_field.setdefault(one.field, []).append(one.label)
    if by_field:
        yield "read: " + "; ".join(f"{field} ← {', '.join(names)}" for field, names in by_field.items())
    if left := [one for one in columns if not one.field]:
        names = [f"{one.column} ({_because(one)})" for one in left[:_SHOWN]]
        more = (
            f", and {len(left) - _SHOWN} more {'columns' if left[0].lines is None else 'properties'}"
            if len(left) > _SHOWN
            else ""
        )
        yield f"kept, not read: {', '.join(names)}{more}"
    yield from (_warning(one) for one in columns if one.is_missed)


def nothing_known(table: pa.Table, has_lines: bool = True) -> str:
    """What to do with a table of which no column is known. Its first line may be a contact: then no name of a
    column is told, and no --map advised that could name none. `has_lines`: its names
    stand in a line, as in CSV."""
    names = list(table.column_names)
    looks = [kind_of(as_column(table.column(name))).kind for name in names]
    if not has_lines:
        return _no_name_known(names)
    say = "no header: no column name in its first line is known; "
    if any("@" in name or any(letter.isdigit() for letter in name) for name in names):
        return say + f"put a line with the columns' names above the rows ({_KNOWN})"
    if set(looks).isdisjoint(_FORMAL):
        return say + (
            "if these are the columns' names, tell what they mean with --map column=field, else put a line "
            f"with names above the rows ({_KNOWN})"
        )
    first = next((at for at, kind in enumerate(looks) if kind in _ASKED), 0)
    advised = f"--map '{names[first]}={_ASKED.get(looks[first], 'full_name')}'"
    more = ", …" if len(names) > _NAMED else ""
    return say + f"its columns are {', '.join(names[:_NAMED])}{more}: tell what they mean, as {advised}"


def _no_name_known(names: Sequence[str]) -> str:
    labels = [shown(name, place) for place, name in enumerate(names[:_NAMED], start=1)]
    more = ", …" if len(names) > _NAMED else ""
    return (
        f"none of its keys or columns is known ({_KNOWN}); they are {', '.join(labels)}{more}: "
        "tell what they mean with --map name=field"
    )


def shown(name: str, place: int) -> str:
    """A column's name, or its place where the name looks like a value."""
    return f"column {place}" if _A_VALUE.search(name) else name


def _because(one: ColumnReading) -> str:
    lines = None if one.lines is None else _counted(one.lines)
    aside = None if one.looks_like.kind == EMPTY else one.aside
    return "; ".join(filter(None, (lines, one.looks_like.kind, aside)))


def _counted(lines: int) -> str:
    return f"{lines:,} line{'' if lines == 1 else 's'}"


def _warning(one: ColumnReading) -> str:
    look = one.looks_like
    if one.lines is not None:
        return (
            f"warning: {one.column} looks like {look.kind} ({look.alike:,} of {look.filled:,} lines) and is "
            f"not used: a card says {look.kind} by {_PROPERTIES[look.kind]}"
        )
    if one.is_hidden:
        return (
            f"warning: {one.column} looks like {look.kind} and is not used; its name looks like a value too: "
            "put a line with the columns' names above"
        )
    return (
        f"warning: {one.column} looks like {look.kind} ({look.alike:,} of {look.filled:,} cells) and is not "
        f"used: --map '{one.column}={_ASKED[look.kind]}' uses it, --map '{one.column}=custom' keeps it out"
    )
