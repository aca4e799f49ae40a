"""The kind of a column's cells by their form alone: emails, phones, names, dates, numbers …

    kind_of(cells) -> CellForm

How a column is read doesn't depend on it (see `interpretation`). The report shows it beside columns that
aren't read, so that a person can see what would be missed.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import pyarrow as pa

from dedupe.arrays.untyped import Array, pc
from dedupe.normalizers.names.nicknames import has_relations
from dedupe.normalizers.text import fold

EMAILS, PHONES, NAMES, GIVEN_NAMES = "emails", "phones", "names", "given names"
EMPTY, TEXT = "empty", "text"
_FIRST, _SAMPLE = 50_000, 2_000  # rows among which cells are looked for, and how many are looked at
_MOST = 0.8  # of the cells must have the form
_KNOWN_NAMES = 0.25  # of the names must be known as given names
_VARIED = 0.2  # different values among the cells of a column of names, at least
_FORMS = {
    EMAILS: r"^\s*(?:[^@<>]*<)?[^@\s<>]+@[^@\s<>]+\.[^@\s<>.]{2,}>?\s*$",
    "links": r"^\s*(?:https?://|www\.)\S+\s*$",
    "dates": r"^\s*(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?:[T ].*)?$",
    "yes or no": r"^(?i)\s*(?:yes|no|true|false|ja|nein|oui|non|si|sí|0|1|y|n)\s*$",
    "numbers": r"^\s*[-+]?\d{1,9}(?:[.,]\d+)*\s*%?$",
    PHONES: r"^\s*(?:tel:)?[+(]?\d[\d\s()./-]{5,18}\d\s*(?:(?:x|ext\.?)\s*\d+)?$",
    NAMES: r"^\s*(?:\p{Lu}[\p{L}\p{M}'’.-]*)(?:\s+[\p{L}\p{M}'’.-]+){0,3}\s*$",
}
_WRITTEN_AS_PHONE = r"^\s*(?:tel:)?(?:[+(]|0)|\d[\s()./-]+\d"


class CellForm(NamedTuple):
    """The kind of a column's cells: `alike` of the `filled` cells examined have its form."""

    kind: str
    alike: int
    filled: int


def kind_of(cells: Array) -> CellForm:
    """The kind of a column, from the first of its filled cells."""
    filled = _filled(cells.slice(0, _FIRST))
    filled = (filled if len(filled) else _filled(cells)).slice(0, _SAMPLE)
    count = len(filled)
    if not count:
        return CellForm(EMPTY, 0, 0)
    for kind, form in _FORMS.items():
        alike = _matching(filled, form)
        if alike >= count * _MOST and _is_sure(kind, filled):
            alone = kind == NAMES and _matching(filled, r"\S\s+\S") < count / 2
            return CellForm(GIVEN_NAMES if alone else kind, alike, count)
    return CellForm(TEXT, count, count)


def _filled(cells: Array) -> Array:
    return cells.filter(pc.fill_null(pc.match_substring_regex(cells, r"\S"), False))


def _matching(cells: Array, form: str) -> int:
    return int(pc.sum(pc.match_substring_regex(cells, form)).as_py() or 0)


def _is_sure(kind: str, cells: Array) -> bool:
    """Whether the form is enough for the kind: a numeric key isn't a phone, a capitalized word not yet a
    name."""
    if kind == PHONES:
        return _matching(cells, _WRITTEN_AS_PHONE) >= len(cells) / 2
    if kind != NAMES:
        return True
    values: Any = pc.unique(cells)
    words = [fold(text).split() for text in values.to_pylist()]
    known = sum(any(has_relations(word) for word in name) for name in words)
    return len(values) >= max(2, len(cells) * _VARIED) and known >= len(values) * _KNOWN_NAMES


def as_column(cells: Any) -> Array:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
