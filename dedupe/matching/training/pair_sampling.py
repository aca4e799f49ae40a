"""Samples of pairs, drawn by content: the same contacts give the same sample in any row order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import mix, mix_unordered
from dedupe.arrays.numpy_columns import pairs_of
from dedupe.matching.features.build import Features


def random_pairs(features: Features, wanted: int) -> pa.Table:
    """About `wanted` random pairs (`left` < `right`) of contacts that are matched; all where there are no
    more."""
    hashes = features.content
    contacts = np.flatnonzero(features.matched)
    contacts = contacts[np.argsort(mix(hashes[contacts], 1), kind="stable")]
    size = len(contacts)
    if size * (size - 1) // 2 <= wanted:
        one, other = np.triu_indices(size, 1)
        return _pairs(contacts[one], contacts[other])
    rounds = -(-wanted // size)
    shifts = np.linspace(1, size // 2 - 1, num=rounds, dtype=np.int64)
    one = np.tile(np.arange(size), rounds)
    other = (one + np.repeat(np.unique(shifts), size)[: len(one)]) % size if rounds else one
    one, other = one[:wanted], other[:wanted]
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
    draw = mix_unordered(hashes[left], hashes[right]).view(np.uint64)
    kept = draw < np.uint64(int(wanted / len(pairs) * 2**64))
    return pairs.filter(pa.array(kept)), len(pairs) / max(int(kept.sum()), 1)
