"""Samples of pairs, drawn by content: the same contacts give the same sample in any row order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix, mix_unordered
from dedupe.arrays.numpy_columns import integers, pairs_of, table
from dedupe.matching.features.build import Features

DRAWN = pa.schema([("contact", pa.int64()), ("draw", pa.int64())])


def draws(contents: pa.Table) -> pa.Table:
    """DRAWN of the contacts that are matched, by what they say (`exact_duplicates.CONTENTS`)."""
    matched = contents.filter(pa.array(integers(contents.column("kind")) > 0))
    draw = mix(integers(matched.column("content")), 1)
    return table(DRAWN, integers(matched.column("contact")), draw)


def first_draws_sql(wanted: int) -> str:
    """A statement over `draws` (DRAWN): as many of the first as `random_pairs` looks at."""
    return f"""
SELECT d.contact, d.draw
FROM draws d
ORDER BY d.draw NULLS LAST, d.contact NULLS LAST
LIMIT {wanted + 1}
"""


def random_pairs(first: pa.Table, size: int, wanted: int) -> pa.Table:
    """About `wanted` random pairs (`left` < `right`) of so many contacts (`size`) that are matched; all where
    there are no more. `first` are DRAWN, as `first_draws_sql` gives them, in any order."""
    drawn = first.sort_by([("draw", "ascending"), ("contact", "ascending")])
    contacts = integers(drawn.column("contact"))
    if size * (size - 1) // 2 <= wanted:
        one, other = np.triu_indices(size, 1)
        return _pairs(contacts[one], contacts[other])
    rounds = -(-wanted // size)
    shifts = np.linspace(1, size // 2 - 1, num=rounds, dtype=np.int64)
    rows = np.arange(min(rounds * size, wanted))
    one = rows % size
    other = (one + np.unique(shifts)[rows // size]) % size if rounds else one
    return _pairs(contacts[one], contacts[other])


def _pairs(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> pa.Table:
    different = one != other
    left, right = np.minimum(one, other)[different], np.maximum(one, other)[different]
    return pa.table({"left": pa.array(left), "right": pa.array(right)})


def sample(features: Features, pairs: pa.Table, wanted: int) -> tuple[pa.Table, float]:
    """About `wanted` of these pairs, and how many pairs each of them stands for."""
    if len(pairs) <= wanted:
        return pairs, 1.0
    hashes = features.content
    left, right = pairs_of(pairs)
    kept = is_drawn(hashes[left], hashes[right], wanted / len(pairs))
    return pairs.filter(pa.array(kept)), len(pairs) / max(int(kept.sum()), 1)


def is_drawn(left: Hashes, right: Hashes, share: float) -> npt.NDArray[np.bool_]:
    """Whether pairs of contacts with these contents are in a sample of about this share of all pairs."""
    draw = mix_unordered(left, right).view(np.uint64)
    return np.asarray(draw < np.uint64(int(share * 2**64)))
