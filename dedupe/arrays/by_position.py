"""Column-wise helpers on integer arrays by position: grouping, ranking, and the best row of each group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]
LEAST = np.iinfo(np.int64).min


def one(column: pa.ChunkedArray[Any] | pa.Array[Any]) -> Any:
    """The column as a single Arrow array, without chunks."""
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def integers(column: Any, missing: int = -1) -> Integers:
    """Numbers (or times in microseconds) of a column as int64, `missing` where the column is null."""
    numbers = one(column)
    if pa.types.is_timestamp(numbers.type):
        numbers = numbers.cast(pa.int64())
    filled = numbers.fill_null(missing) if numbers.null_count else numbers
    return np.asarray(filled.to_numpy(zero_copy_only=False), np.int64)


def present(column: Any) -> Mask:
    """Which rows of a text column are neither null nor empty."""
    return integers(pc.binary_length(one(column)), missing=0) > 0


def array(values: Any, mask: Mask | None = None) -> Any:
    """An Arrow array of the values, null where `mask` is true."""
    return pa.array(values, mask=mask)


def mask(column: Any) -> Mask:
    """Which rows of a boolean column are true."""
    return integers(one(column).cast(pa.int8()), missing=0) > 0


def take(column: Any, at: Integers) -> Any:
    """The values at these positions, null where a position is negative."""
    return one(column).take(array(at, at < 0))


def codes(column: Any) -> Integers:
    """A number for each text in byte order of the distinct texts, whatever the order of rows; −1 where
    null."""
    encoded = one(column).dictionary_encode()
    ranks = pc.rank(encoded.dictionary, sort_keys="ascending", tiebreaker="first")
    rank = ranks.to_numpy().astype(np.int64) if len(ranks) else np.empty(0, np.int64)
    index = integers(encoded.indices)
    return np.where(index < 0, -1, rank[index] if len(rank) else -1)


def ranked(*columns: Any) -> tuple[Any, list[Integers]]:
    """The distinct values of several columns in byte order, and each column as positions in them, −1 where
    null."""
    whole = pa.concat_arrays([one(each).cast(pa.string()) for each in columns])
    rank = codes(whole)
    distinct = np.full(int(rank.max(initial=-1)) + 1, -1, np.int64)
    distinct[rank[rank >= 0]] = np.flatnonzero(rank >= 0)
    ends = np.cumsum([len(each) for each in columns])[:-1]
    return take(whole, distinct), np.split(rank, ends)


def tally(groups: Integers, values: Integers) -> Integers:
    """The number of rows of the same group that have the same value, for each row."""
    _, inverse, counts = np.unique(paired(groups, values), return_inverse=True, return_counts=True)
    return counts[inverse].astype(np.int64)


def paired(groups: Integers, values: Integers) -> Integers:
    """One number for each (group, value); values are small and at least −1."""
    return groups * (int(values.max(initial=0)) + 2) + values + 1


def starts(groups: Integers) -> Integers:
    """The positions at which a run of equal numbers begins."""
    new = np.ones(len(groups), dtype=np.bool_)
    new[1:] = groups[1:] != groups[:-1]
    return np.flatnonzero(new)


def best(groups: Integers, criteria: Sequence[Integers]) -> Integers:
    """Positions of the best row of each group, by ascending group: the least by the criteria, the first
    criterion weighing most, ties by position.

    Most groups have one row; only the others are sorted.
    """
    if not len(groups):
        return np.empty(0, np.int64)
    lone = np.bincount(groups)[groups] == 1
    contested = np.flatnonzero(~lone)
    order = contested[sorted_by([groups[contested], *(each[contested] for each in criteria)])]
    winners = np.concatenate([np.flatnonzero(lone), order[starts(groups[order])]])
    return winners[np.argsort(groups[winners], kind="stable")]


def sorted_by(criteria: Sequence[Integers]) -> Integers:
    """Positions sorted by the criteria, the first weighing most."""
    return np.lexsort(tuple(reversed(criteria)))


def parents(column: Any) -> Integers:
    """The row of a list column that each of its flattened elements comes from."""
    return integers(pc.list_parent_indices(one(column)))


def lists(owners: Integers, values: Any, count: int) -> Any:
    """A list column of `count` rows from values sorted by the row that owns them."""
    offsets = np.searchsorted(owners, np.arange(count + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(array(offsets), values)
