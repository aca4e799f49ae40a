"""Exact duplicates: contacts that say the very same, many times over, as after an import that ran twice a
night.

They fill every block of theirs, so that all would be skipped. Each is paired with the first of them instead,
and only the first is in blocks: it stands for all, because they all say the same.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.numpy_columns import integers, pairs_of, table
from dedupe.matching.blocking.candidate_pairs import RULES
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Positions

MOST_IN_BLOCKS = max(rule.cap for rule in RULES)
"""Up to so many exact duplicates are left in blocks: as many as the largest cap of a rule."""


def first_of_duplicates(features: Features) -> Positions:
    """For each contact the first of its exact duplicates, where there are more than `MOST_IN_BLOCKS`; else
    itself. Staff and others are no duplicates of each other."""
    hashes = features.content
    first = np.arange(features.size, dtype=np.int64)
    for one_kind in (features.matched & ~features.staff, features.matched & features.staff):
        contacts = np.flatnonzero(one_kind)
        ordered = np.sort(hashes[contacts])
        if not (ordered[MOST_IN_BLOCKS:] == ordered[:-MOST_IN_BLOCKS]).any():  # as in nearly every file
            continue
        _, start, place, counts = np.unique(
            hashes[contacts], return_index=True, return_inverse=True, return_counts=True
        )
        many = counts[place] > MOST_IN_BLOCKS
        first[contacts[many]] = contacts[start[place[many]]]
    return first


def without_duplicates(keys: pa.Table, first: Positions) -> pa.Table:
    """KEYS without those of duplicates that aren't the first."""
    contact = integers(keys.column("contact"))
    alone = first[contact] == contact
    return keys if alone.all() else keys.filter(pa.array(alone))


def duplicate_pairs(features: Features, keys: pa.Table, first: Positions) -> pa.Table:
    """PAIRS of each duplicate and its first; their rules are all for which the first has KEYS."""
    duplicates = np.flatnonzero(first != np.arange(len(first)))
    rules = np.zeros(features.size, dtype=np.int64)
    contact, rule = integers(keys.column("contact")), integers(keys.column("rule"))
    theirs = np.isin(contact, first[duplicates])
    np.bitwise_or.at(rules, contact[theirs], np.int64(1) << rule[theirs])
    return table(schemas.PAIRS, first[duplicates], duplicates, rules[first[duplicates]])


def between_distinct(features: Features, pairs: pa.Table) -> pa.Table:
    """PAIRS without those of `duplicate_pairs`: one contact a thousand times over would teach training that
    duplicates agree in everything."""
    first = first_of_duplicates(features)
    left, right = pairs_of(pairs)
    with_first = first[right] == left
    return pairs.filter(pa.array(~with_first)) if with_first.any() else pairs
