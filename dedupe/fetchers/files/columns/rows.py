"""Given contacts from rows of text, each interpreted by the columns that it has itself.

JSON objects differ in their keys, and a column's meaning can depend on those beside it. Interpreted by its
own columns a row reads the same alone, among others, or years later from storage.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.mapped import mapped
from dedupe.arrays.untyped import Array, pc
from dedupe.fetchers.files.columns.contacts import given_columns
from dedupe.fetchers.files.columns.interpretation import Understood, understand

AT_ONCE = 1 << 20
"""Rows of a file that are read at once; a larger file is read in pieces, which wait on disk (chosen)."""


def given_rows(
    table: pa.Table, mapping: Mapping[str, str] | None, sources: Array, keys: Array, at_once: int = AT_ONCE
) -> pa.Table:
    """Every row as a given contact, in order; a cell is null where the row has no such column. Each piece of
    `at_once` rows is read by itself, since no row depends on another."""
    if table.num_rows <= at_once:
        return _given_rows(table, mapping, sources, keys)
    columns = (table, sources, keys)
    pieces = ((each.slice(start, at_once) for each in columns) for start in range(0, len(keys), at_once))
    return pa.concat_tables(mapped(_given_rows(rows, mapping, *named)) for rows, *named in pieces)


def _given_rows(table: pa.Table, mapping: Mapping[str, str] | None, sources: Array, keys: Array) -> pa.Table:
    mapping = {column: to for column, to in (mapping or {}).items() if column in table.column_names}
    together = understand(table.column_names, mapping)
    odd = _odd_rows(table, mapping, together)
    if not odd:
        return _given(table, together, sources, keys)
    parts, order = [], []
    for rows, understood in [*odd, (_others(table.num_rows, odd), together)]:
        if len(rows):
            places: Any = pa.array(rows)
            parts.append(_given(table.take(places), understood, sources.take(places), keys.take(places)))
            order.append(rows)
    back: Any = pa.array(np.argsort(np.concatenate(order), kind="stable"))
    return pa.concat_tables(parts).take(back)


def _odd_rows(
    table: pa.Table, mapping: Mapping[str, str], together: Understood
) -> list[tuple[np.ndarray[Any, Any], Understood]]:
    """The rows whose columns mean something else alone than together with all others, by that meaning."""
    if all(column.null_count == 0 for column in table.columns):
        return []
    there = np.stack([pc.is_valid(column).to_numpy() for column in table.columns], axis=1)
    shapes, shape_of = np.unique(there, axis=0, return_inverse=True)
    names, found = np.array(table.column_names, dtype=object), []
    for number, shape in enumerate(shapes):
        own = [str(name) for name in names[shape]]
        understood = understand(own, {column: mapping[column] for column in own if column in mapping})
        alike = all(
            theirs == {column: to for column, to in ours.items() if column in own}
            for theirs, ours in (
                (understood.fields, together.fields),
                (understood.instead, together.instead),
            )
        )
        if not alike:
            found.append((np.flatnonzero(shape_of.reshape(-1) == number), understood))
    return found


def _others(count: int, odd: list[tuple[np.ndarray[Any, Any], Understood]]) -> np.ndarray[Any, Any]:
    return np.setdiff1d(np.arange(count), np.concatenate([rows for rows, _ in odd]))


def _given(table: pa.Table, understood: Understood, sources: Array, keys: Array) -> pa.Table:
    """The rows as given contacts; a contact's key is not something given about it."""
    key_columns = [column for column, to in understood.fields.items() if to in ("record_id", "source")]
    read = {column: to for column, to in understood.fields.items() if column not in key_columns}
    return given_columns(table.drop_columns(key_columns), replace(understood, fields=read), sources, keys)
