"""Pairs of a component's contacts, as tables (left, right) of contact numbers, left < right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dedupe.arrays.numpy_columns import pair_codes, pairs_of
from dedupe.matching.blocking.oversized_blocks import keys_of_the_run
from dedupe.matching.features.build import Features
from dedupe.matching.term_frequencies import TermFrequencies

PAIRS = pa.schema([("left", pa.int64()), ("right", pa.int64())])

Integers = NDArray[np.int64]


def pairs_of_the_run(
    features: Features, term_frequencies: TermFrequencies, named: pa.Table, groups: Iterable[Sequence[int]]
) -> pa.Table:
    """The candidate pairs among these contacts in the run that the term frequencies are of.

    `named` are pairs that it stored; within one of `groups` (contact numbers) it does not store all of them:
    there they are those that share a key of the run.
    """
    within = [_within(np.unique(np.array(group, np.int64))) for group in groups]
    grouped = np.concatenate(within) if within else np.zeros(0, np.int64)
    codes = np.union1d(
        pair_codes(*pairs_of(named)), np.intersect1d(grouped, _sharing_a_key(features, term_frequencies))
    )
    return _pairs(codes >> 32, codes & 0xFFFFFFFF)


def numbered(pairs: Iterable[tuple[str, str]], number: Mapping[str, int]) -> pa.Table:
    """Pairs of seeds as pairs of contact numbers, each once, without those whose contact is gone."""
    here = {
        tuple(sorted((number[one], number[other])))
        for one, other in pairs
        if one in number and other in number
    }
    ordered = np.array(sorted(here), np.int64).reshape(-1, 2)
    return _pairs(ordered[:, 0], ordered[:, 1])


def _sharing_a_key(features: Features, term_frequencies: TermFrequencies) -> Integers:
    keys = keys_of_the_run(features, term_frequencies)
    contact = keys["contact"].to_numpy()
    named = np.stack([keys["rule"].to_numpy().astype(np.int64), keys["key"].to_numpy()])
    _, group = np.unique(named, axis=1, return_inverse=True)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order])) + 1
    found = [_within(np.unique(part)) for part in np.split(contact[order], starts)]
    return np.unique(np.concatenate(found))


def _within(contacts: Integers) -> Integers:
    left, right = np.triu_indices(len(contacts), k=1)
    return contacts[left].astype(np.int64) << 32 | contacts[right].astype(np.int64)


def _pairs(left: Integers, right: Integers) -> pa.Table:
    return pa.Table.from_arrays([pa.array(left, pa.int64()), pa.array(right, pa.int64())], schema=PAIRS)
