"""The report on the properties of a vCard file: how each was read, and what was kept unread.

A property has an entry for each use: TEL may hold phones and faxes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

import pyarrow as pa

from dedupe.fetchers.files.columns.column_report import ColumnReading, shown
from dedupe.fetchers.files.columns.content_kinds import EMPTY, CellForm, kind_of
from dedupe.fetchers.given import clean_text

_LOOKED_AT = 2_000  # values of a property, to see what they look like
_NAME = re.compile(r"[A-Z][A-Z0-9-]{0,40}")  # in RFC 6350's grammar; anything else may be text of a person
_PICTURES = "pictures, sounds and keys are not stored"
_NO_PROPERTY = "lines that are no property"


class PropertyUse(NamedTuple):
    """How a line was used: the field that it was read as, or None with the reason where one is known."""

    field: str | None = None
    aside: str | None = None


@dataclass
class PropertyReport:
    """Counts the lines of cards by their use."""

    _lines: Counter[tuple[str, PropertyUse]] = field(default_factory=Counter)
    _values: dict[tuple[str, PropertyUse], list[str]] = field(default_factory=dict)
    _empty: Counter[str] = field(default_factory=Counter)

    def take(self, name: str, value: str, became: PropertyUse) -> None:
        name = name if _NAME.fullmatch(name) else _NO_PROPERTY
        if not value:
            self._empty[name] += 1
            return
        self._lines[name, became] += 1
        values = self._values.setdefault((name, became), [])
        if len(values) < _LOOKED_AT:
            values.append(clean_text(value))

    def readings(self, dropped: Mapping[str, int]) -> tuple[ColumnReading, ...]:
        """The reading of every property, in order of first occurrence. `dropped`: property → lines that
        weren't kept."""
        filled = {name for name, _ in self._lines}
        read = [
            self._reading(name, became, kind_of(pa.array(self._values[name, became], pa.string())), lines)
            for (name, became), lines in self._lines.items()
        ]
        nothing = CellForm(EMPTY, 0, 0)
        read += [
            self._reading(name, PropertyUse(), nothing, lines)
            for name, lines in self._empty.items()
            if name not in filled
        ]
        data = ((name, CellForm("data", lines, lines), lines) for name, lines in dropped.items())
        read += [self._reading(name, PropertyUse(None, _PICTURES), look, lines) for name, look, lines in data]
        return tuple(read)

    @staticmethod
    def _reading(name: str, became: PropertyUse, look: CellForm, lines: int) -> ColumnReading:
        label = _NO_PROPERTY if shown(name, 0) != name else name
        return ColumnReading(label, became.field, became.aside, look, lines=lines)
