"""What comparing gives: for each pair a level a fact, and how often the value occurs on which they agree."""

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
    """Levels of one fact for each pair; `count` and `total` matter at counted levels only.

    `count` of the fact's `total` values are the one agreed upon.
    """

    level: Levels
    count: Counts | None = None
    total: int = 0


ComparisonResults = dict[str, ComparisonResult]


def counted_rows(fact: Comparison, level: Levels) -> Positions:
    """Rows at a level that weighs by how rare the value is."""
    counted = np.array([*(one.counted for one in fact.levels), False])
    return np.flatnonzero(counted[level])


def counts_where_counted(
    fact: Comparison, level: Levels, counted: FrequencyTable, hashes: Hashes, ids: Ids
) -> Counts:
    """How often each row's value occurs, of values coded by `ids`; 1 at levels where it doesn't matter."""
    rows = counted_rows(fact, level)
    counts = np.ones(len(level), dtype=np.int64)
    counts[rows] = counted.of(hashes_at(hashes, ids[rows]))
    return counts


Whole = TypeVar("Whole", np.int8, np.int32, np.int64)


def best_of(pair: Positions, score: npt.NDArray[np.int64], pairs: int) -> npt.NDArray[np.int64]:
    """For each pair the row with the highest score (−1: no row); rows are grouped by pair."""
    rows = np.full(pairs, -1, dtype=np.int64)
    if len(pair):
        starts = np.flatnonzero(np.concatenate([[True], pair[1:] != pair[:-1]]))
        best = np.maximum.reduceat(score, starts)
        sizes = np.diff(np.append(starts, len(pair)))
        winners = np.flatnonzero(score == np.repeat(best, sizes))[::-1]
        rows[pair[winners]] = winners
    return rows


def spread(values: npt.NDArray[Whole], rows: npt.NDArray[np.int64], otherwise: int) -> npt.NDArray[Whole]:
    """values[rows], `otherwise` where a row is −1."""
    if not len(values):
        return np.full(len(rows), otherwise, dtype=values.dtype)
    return np.where(rows >= 0, values[rows], otherwise).astype(values.dtype)
