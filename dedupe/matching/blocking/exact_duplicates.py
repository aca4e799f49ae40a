"""Contacts that say the very same, many times over: an import run twice a night for a month.

Their keys are over-full, so that no block holds them. Each is paired with the first of its kind instead: what
the two say is the same for all, so one pair speaks for every other.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.numpy_columns import integers, pairs_of, table
from dedupe.matching.blocking.candidate_pairs import RULES
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Positions

MANY = max(rule.cap for rule in RULES)
"""Up to so many meet in blocks."""


def first_of_duplicates(evidence: Features) -> Positions:
    """For each contact the first of more than `MANY` that say the very same, else itself."""
    hashes = evidence.content
    first = np.arange(evidence.size, dtype=np.int64)
    for one_kind in (evidence.matched & ~evidence.staff, evidence.matched & evidence.staff):
        contacts = np.flatnonzero(one_kind)
        ordered = np.sort(hashes[contacts])
        if not (ordered[MANY:] == ordered[:-MANY]).any():  # as in nearly every file
            continue
        _, start, place, counts = np.unique(
            hashes[contacts], return_index=True, return_inverse=True, return_counts=True
        )
        many = counts[place] > MANY
        first[contacts[many]] = contacts[start[place[many]]]
    return first


def without_duplicates(keys: pa.Table, first: Positions) -> pa.Table:
    """KEYS of those who stand first: a copy meets nobody whom the first doesn't meet."""
    contact = integers(keys.column("contact"))
    alone = first[contact] == contact
    return keys if alone.all() else keys.filter(pa.array(alone))


def duplicate_pairs(evidence: Features, keys: pa.Table, first: Positions) -> pa.Table:
    """PAIRS of each copy and the first; their rules are all that the first has KEYS for."""
    copies = np.flatnonzero(first != np.arange(len(first)))
    rules = np.zeros(evidence.size, dtype=np.int64)
    contact, rule = integers(keys.column("contact")), integers(keys.column("rule"))
    theirs = np.isin(contact, first[copies])
    np.bitwise_or.at(rules, contact[theirs], np.int64(1) << rule[theirs])
    return table(schemas.PAIRS, first[copies], copies, rules[first[copies]])


def between_distinct(evidence: Features, pairs: pa.Table) -> pa.Table:
    """PAIRS but those of copies and their first: what one contact says a thousand times teaches nothing."""
    first = first_of_duplicates(evidence)
    left, right = pairs_of(pairs)
    of_copies = first[right] == left
    return pairs.filter(pa.array(~of_copies)) if of_copies.any() else pairs
