"""Conversions between Arrow columns and NumPy arrays, in one place.

The published type stubs of pyarrow don't follow nested types through its compute functions, so a column is
`Any` here and gets a type again as a NumPy array.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Value = TypeVar("Value", bound=np.generic)
Column = Any
"""An Arrow array of any type."""


def whole(table: pa.Table, name: str) -> Column:
    """A column of the table as a single array, without chunks."""
    column: Any = table.column(name).combine_chunks()
    return pa.concat_arrays(column.chunks) if isinstance(column, pa.ChunkedArray) else column


def integers(column: Column) -> npt.NDArray[np.int64]:
    return np.asarray(column.to_numpy(), dtype=np.int64)


def texts(column: Column) -> list[str]:
    """A text column without nulls, as Python strings."""
    found: list[str] = column.to_pylist()
    return found


def flags(column: Column) -> npt.NDArray[np.bool_]:
    """Booleans, false where null."""
    return np.asarray(column.fill_null(False).to_numpy(zero_copy_only=False), dtype=np.bool_)


def ids(column: Column) -> npt.NDArray[np.int32]:
    """Whole numbers as int32, −1 where null."""
    return np.asarray(column.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int32)


def table(schema: pa.Schema, *columns: npt.NDArray[Any]) -> pa.Table:
    arrays: list[Any] = [pa.array(column) for column in columns]
    return pa.Table.from_arrays(arrays, schema=schema)


def pairs_of(pairs: pa.Table) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return integers(pairs.column("left")), integers(pairs.column("right"))


def pair_codes(left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """One number for each pair, whichever contact is on the left."""
    return (np.minimum(left, right) << 32) | np.maximum(left, right)


def among(pairs: pa.Table, others: pa.Table) -> npt.NDArray[np.bool_]:
    """Which of the pairs are in `others`, whichever contact is on the left."""
    if not len(others):
        return np.zeros(len(pairs), dtype=np.bool_)
    return np.isin(pair_codes(*pairs_of(pairs)), pair_codes(*pairs_of(others)))


def rising(values: npt.NDArray[Value]) -> npt.NDArray[Value]:
    """The distinct ones of these, rising. `np.unique` by itself hashes them, which takes fifty times as long
    for many numbers."""
    ordered = np.sort(values)
    fresh = np.ones(len(ordered), dtype=np.bool_)
    fresh[1:] = ordered[1:] != ordered[:-1]
    return ordered[fresh]


def equals(column: Column, value: str) -> Column:
    return pc.call_function("equal", [column, pa.scalar(value)])


def parents(column: Column) -> npt.NDArray[np.int64]:
    """The row of a list column that each of its flattened elements comes from."""
    return integers(pc.call_function("list_parent_indices", [column]))


def ranges(begin: npt.NDArray[np.int64], size: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The rows of all ranges, one range after the other."""
    return np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + np.repeat(begin, size)
