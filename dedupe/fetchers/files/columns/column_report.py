"""The report on how a file was read: each column, the field that it was read as, and advice.

    readings(table, understood) -> tuple[ColumnReading, ...]
    in_words(readings) -> Iterator[str]

The report never quotes a cell, only its kind; nor a column name that looks like a cell.
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
    """How one column, or one property of vCards, was read. `field` None: it is kept but not read, and
    `aside` gives the reason where one is known.

    `is_hidden`: the name looks like a cell, so the column's position stands for it. `lines`: how many
    lines of vCards have the property.
    """

    column: str
    field: str | None
    aside: str | None
    looks_like: CellForm
    is_hidden: bool = False
    lines: int | None = None

    @property
    def is_missed(self) -> bool:
        """Whether an unread column seems to hold values of people, and not because a rule excludes it;
        names of cards are in FN."""
        asked = _ASKED if self.lines is None else _PROPERTIES
        return self.field is None and self.aside is None and self.looks_like.kind in asked

    @property
    def label(self) -> str:
        """The column's name; of a property with the number of its lines."""
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
    """The reading of every column, in the file's order."""
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
    """Yield a line on the columns read, one on those not read, and a warning for each that seems to be
    missed."""
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
    """The error text for a table without a known column. Its first line may be a contact; then no column
    name is quoted and no --map advised that would need one. `has_lines`: the names stand in a line, as
    in CSV."""
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
    """A column's name, or its position where the name looks like a value."""
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
