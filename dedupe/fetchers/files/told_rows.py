"""A row of column → cell as a source tells it by itself: which columns nobody reads, and whether it says
anything of a person."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from dedupe.fetchers.files.columns.interpretation import Understood, understand
from dedupe.fetchers.files.flattening import flattened
from dedupe.fetchers.files.read import is_card


class ToldRow(NamedTuple):
    """`unread`: columns that are kept and never evidence; `empty`: no cell says anything of a person."""

    unread: tuple[str, ...]
    empty: bool


def told_row(payload: Mapping[str, Any], mapping: Mapping[str, str]) -> ToldRow:
    """How `read_payloads` will read the row."""
    if is_card(payload):
        return ToldRow((), empty=False)
    cells = flattened(payload, frozenset(mapping))
    known = tuple((column, to) for column, to in mapping.items() if column in cells)
    understood = _understood(tuple(cells), known)
    read = understood.fields.keys() | understood.instead.keys()
    unread = tuple(column for column, cell in cells.items() if column not in read and cell.strip())
    return ToldRow(unread, not any(cells[column].strip() for column in understood.of_people))


@lru_cache(maxsize=1000)
def _understood(columns: tuple[str, ...], mapping: tuple[tuple[str, str], ...]) -> Understood:
    return understand(columns, dict(mapping))
