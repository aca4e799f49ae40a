"""Rows that belong to the row above: ERPNext writes the second email of a contact into a row of its own.

Its columns for children are named `Email ID (Email IDs)`; a row that is blank in all others is a child's.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.untyped import Array, pc

_OF_CHILD = re.compile(r".+ \([^()]+\)")

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def with_children(table: pa.Table) -> tuple[pa.Table, int]:
    """Put the cells of each child into its parent's row, joined by `;`. Gives the table and the number of
    children."""
    of_child = [name for name in table.column_names if _OF_CHILD.fullmatch(name)]
    filled = {name: _is_filled(table.column(name)) for name in table.column_names}
    nothing: Mask = np.zeros(table.num_rows, dtype=bool)
    own = np.logical_or.reduce([nothing, *(filled[name] for name in filled if name not in of_child)])
    child = ~own & np.logical_or.reduce([nothing, *(filled[name] for name in of_child)])
    child &= np.cumsum(own) > 0
    if not child.any():
        return table, 0
    owner = np.cumsum(~child) - 1
    made: dict[str, Any] = {}
    for name in table.column_names:
        if name in of_child:
            made[name] = _gathered(table.column(name), filled[name], owner)
        else:
            made[name] = table.column(name).filter(pa.array(~child))
    return pa.table(made), int(child.sum())


def _is_filled(column: Array) -> Mask:
    found: Mask = pc.fill_null(pc.match_substring_regex(column, r"\S"), False).to_numpy()
    return found


def _gathered(column: Array, filled: Mask, owner: np.ndarray[Any, Any]) -> Array:
    cells: list[list[str]] = [[] for _ in range(int(owner[-1]) + 1)]
    for text, has_text, at in zip(column.to_pylist(), filled.tolist(), owner.tolist(), strict=True):
        if has_text:
            cells[at].append(text)
    return pa.array([";".join(texts) for texts in cells], pa.string())
