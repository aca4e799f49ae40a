"""By what incremental runs find and weigh pairs, and how much of it may have changed since."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers
from dedupe.golden.judged_values import JudgedValue
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.storage import match_index_changes
from dedupe.storage.database import Connection

_ANY_NUMBER = np.int64(1 << 40)


@dataclass(frozen=True)
class Scoring:
    """By what a pair is found and weighed, all of it as the last full run left it."""

    model: MatchModel
    saved: TermFrequencies
    grown: pa.Table  # what values have gained since (GROWN)
    staff: bool
    judgements: Sequence[JudgedValue]
    since_counted: bool = True  # the index tells all who changed since term frequencies were counted


def who_came(
    connection: Connection, scoring: Scoring, changed: Sequence[str], fresh: pa.Table
) -> Callable[[Hashes], Hashes]:
    """How many came to hold each of some keys at most: of contacts that changed before, and of those that
    have now, whose keys are `fresh` (HELD)."""
    mine = np.sort(integers(fresh["key"]))

    def came(keys: Hashes) -> Hashes:
        if not scoring.since_counted:
            return np.full(len(keys), _ANY_NUMBER)
        own = np.searchsorted(mine, keys, "right") - np.searchsorted(mine, keys, "left")
        return match_index_changes.counts(connection, keys, changed) + own

    return came
