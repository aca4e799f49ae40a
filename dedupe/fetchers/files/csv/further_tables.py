"""Rows that are headers: the file's own repeated, or that of another table below its title.

is_header(cells) -> bool
may_hold_headers(table) -> bool
same_columns(cells, header) -> bool
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.untyped import Array, pc
from dedupe.fetchers.files.columns.header_vocabulary import data
from dedupe.fetchers.files.columns.headers import meaning_of

_NAMES = frozenset({"full_name", "given_name", "family_name"})
_PEOPLES = _NAMES | {"email", "phone"}
_VALUE = re.compile(r"@|\d{3}")
_FEWEST = 2  # cells that are names of columns of people
_MOST = 0.5  # of the filled cells must be known as names of columns


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row is a header: most cells are known column names, two of them of people, one of a name.
    Column names for emails and phones aren't enough, because cells hold those too (`preferred: Email,
    second: Phone`)."""
    if sum(cell.strip() in _spellings(_PEOPLES) for cell in cells) < _FEWEST:
        return False
    filled = [cell for cell in cells if cell.strip()]
    if any(_VALUE.search(cell) for cell in filled):
        return False
    meant = [meaning_of(cell) for cell in filled]
    fields = {one.field for one in meant if one.field}
    known = sum(bool(one.field or one.aside) for one in meant)
    return (
        len(fields & _PEOPLES) >= _FEWEST and not fields.isdisjoint(_NAMES) and known >= len(filled) * _MOST
    )


def same_columns(cells: Sequence[str], header: Sequence[str]) -> bool:
    """Whether each cell that is filled means what the header's means."""
    if len(cells) != len(header):
        return False
    pairs = [(one, own) for one, own in zip(cells, header, strict=True) if one.strip()]
    return all(
        one.strip() == own.strip() or (meaning_of(one).field or one) == meaning_of(own).field
        for one, own in pairs
    )


def may_hold_headers(table: pa.Table) -> bool:
    """Whether any row may be a header, by one vectorized look at all cells."""
    rows = _having(table, _spellings(_PEOPLES), _FEWEST)
    rows = _having(rows, _spellings(_NAMES), 1)
    return any(is_header(list(row.values())) for row in rows.to_pylist())


def _having(table: pa.Table, words: frozenset[str], least: int) -> pa.Table:
    """The rows in which that many cells are such words."""
    known: Array = pa.array(sorted(words), pa.string())
    hits: np.ndarray[Any, Any] = np.zeros(table.num_rows, dtype=np.int32)
    for column in table.columns:
        hits += pc.is_in(column, known).to_numpy()
    return table.filter(pa.array(hits >= least))


@cache
def _spellings(fields: frozenset[str]) -> frozenset[str]:
    """What columns of people are called, as forms write it: `Last Name`, `last name`, `LAST_NAME` …"""
    headers = data("headers")
    plain = {one for field in fields for one in headers["phrases"][field].replace("\n", " ").split("|")}
    if "email" in fields:
        plain |= {one for word in ("email", "phone", "mobile") for one in headers["same"][word].split()}
        plain |= {"e-mail", "e-mail address", "email address", "phone number", "mobile phone"}
    plain = {one.strip() for one in plain}
    cased = {way(one) for one in plain for way in (str.lower, str.upper, str.capitalize, str.title)}
    return frozenset(cased | {one.replace(" ", "_") for one in cased})
