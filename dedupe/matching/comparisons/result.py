"""The result of a comparison: a level for each pair, and how often the value occurs on which a pair
agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers
from dedupe.matching.comparisons.definitions import NAMES, Comparison
from dedupe.matching.features.encoding import Ids, Positions, hashes_at
from dedupe.matching.term_frequencies import FrequencyTable

Levels = npt.NDArray[np.int8]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ComparisonResult:
    """One comparison's results, a row a pair.

    At a counted level `count` of `total` values are the one agreed upon; at a limited level `count` is the
    greatest rarity of that value, in 1/1024 bit; elsewhere it means nothing. None: no level looks at it.
    """

    level: Levels
    count: Counts | None = None
    total: int = 0


ComparisonResults = dict[str, ComparisonResult]
"""By the comparison's name."""


_COUNT, _TOTAL = "_count", "_total"


def results_table(pairs: pa.Table, results: ComparisonResults) -> pa.Table:
    """`left` and `right` of the pairs with their results as columns, which `results_of` reads."""
    columns: dict[str, Any] = {"left": pairs.column("left"), "right": pairs.column("right")}
    for name, result in results.items():
        columns[name] = pa.array(result.level, pa.int8())
        if result.count is not None:
            columns[name + _COUNT] = pa.array(result.count, pa.int64())
            columns[name + _TOTAL] = pa.array(np.full(len(result.level), result.total), pa.int64())
    return pa.table(columns)


def results_of(table: pa.Table) -> ComparisonResults:
    """The results that `results_table` wrote."""
    return {name: _result_of(table, name) for name in NAMES}


def _result_of(table: pa.Table, name: str) -> ComparisonResult:
    level = table.column(name).to_numpy()
    if name + _COUNT not in table.column_names:
        return ComparisonResult(level)
    total = integers(table.column(name + _TOTAL).slice(0, 1))
    return ComparisonResult(level, integers(table.column(name + _COUNT)), int(total.max(initial=0)))


def counted_rows(comparison: Comparison, level: Levels) -> Positions:
    """Rows whose level is counted: it weighs by the value's term frequency."""
    counted = np.array([*(one.counted for one in comparison.levels), False])
    return np.flatnonzero(counted[level])


def counts_where_counted(
    comparison: Comparison, level: Levels, counted: FrequencyTable, hashes: Hashes, ids: Ids
) -> Counts:
    """The term frequency of each row's value (`ids` into a pool with these hashes); 1 at levels not
    counted."""
    rows = counted_rows(comparison, level)
    counts = np.ones(len(level), dtype=np.int64)
    counts[rows] = counted.of(hashes_at(hashes, ids[rows]))
    return counts


WholeNumber = TypeVar("WholeNumber", np.int8, np.int32, np.int64)


def best_of(pair: Positions, score: npt.NDArray[np.int64], pairs: int) -> npt.NDArray[np.int64]:
    """For each of so many pairs its row with the highest score, the first of equals; −1 for a pair without
    rows.

    `pair` and `score` have a row each; the rows of a pair stand together.
    """
    rows = np.full(pairs, -1, dtype=np.int64)
    if len(pair):
        starts = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
        best = np.maximum.reduceat(score, starts)
        sizes = np.diff(np.append(starts, len(pair)))
        winners = np.flatnonzero(score == np.repeat(best, sizes))[::-1]
        rows[pair[winners]] = winners
    return rows


def spread(
    values: npt.NDArray[WholeNumber], rows: npt.NDArray[np.int64], otherwise: int
) -> npt.NDArray[WholeNumber]:
    """`values[rows]`, and `otherwise` where a row is −1."""
    if not len(values):
        return np.full(len(rows), otherwise, dtype=values.dtype)
    return np.where(rows >= 0, values[rows], otherwise).astype(values.dtype)
