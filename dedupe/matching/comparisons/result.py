"""The result of a comparison: a level for each pair, and how often the value occurs on which a pair
agrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from dedupe.arrays.hashing import Hashes
from dedupe.matching.comparisons.definitions import Comparison
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
