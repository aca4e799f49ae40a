"""Exact duplicates: contacts that say the very same, many times over, as after an import that ran twice a
night.

They fill every block of theirs, so that all would be skipped. Each is paired with the first of them instead,
by the rules that the first has keys of, and only the first is in blocks: it stands for all, because they all
say the same. Contacts that say nothing have no key and are paired with nobody.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers, pairs_of, table
from dedupe.matching.blocking.candidate_pairs import RULES
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Positions

MOST_IN_BLOCKS = max(rule.cap for rule in RULES)
"""Up to so many exact duplicates are left in blocks: as many as the largest cap of a rule."""


CONTENTS = pa.schema([("contact", pa.int64()), ("content", pa.int64()), ("kind", pa.int8())])
"""`content`: the hash of what a contact says. `kind`: 0 isn't matched, 1 a person, 2 staff."""


def contents(features: Features) -> pa.Table:
    """CONTENTS of all contacts, in their order."""
    kind = np.where(features.matched, 1 + features.staff, 0).astype(np.int8)
    return table(CONTENTS, np.arange(features.size, dtype=np.int64), features.content, kind)


def duplicates_sql() -> str:
    """A statement over `contents` (CONTENTS): each duplicate (`right`) and the first of them (`left`), as
    `first_of_duplicates` finds them."""
    return f"""
SELECT f.contact AS left, c.contact AS right
FROM contents c
JOIN (
  SELECT m.content, m.kind, min(m.contact) AS contact
  FROM contents m
  WHERE m.kind > 0
  GROUP BY m.content, m.kind
  HAVING count(*) > {MOST_IN_BLOCKS}
) f ON f.content = c.content AND f.kind = c.kind
WHERE c.contact <> f.contact
"""


ALONE_SQL = """
SELECT k.contact, k.rule, k.key
FROM keys k
LEFT JOIN duplicates d ON d.right = k.contact
WHERE d.right IS NULL
"""
"""KEYS without those of duplicates that aren't the first."""

WITH_FIRST_SQL = """
SELECT d.left AS a, d.right AS b, k.rule
FROM duplicates d
JOIN keys k ON k.contact = d.left
"""
"""As `candidate_pairs.PAIRS_SQL`: each duplicate with the first, by the rules of the first's KEYS."""

DISTINCT_SQL = """
SELECT p.left, p.right
FROM pairs p
LEFT JOIN duplicates d ON d.left = p.left AND d.right = p.right
WHERE d.right IS NULL
"""
"""Candidate pairs without those of duplicates: one contact a thousand times over would teach training that
duplicates agree in everything."""


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


def between_distinct(features: Features, pairs: pa.Table) -> pa.Table:
    """PAIRS without those of duplicates, as `DISTINCT_SQL` finds them."""
    first = first_of_duplicates(features)
    left, right = pairs_of(pairs)
    with_first = first[right] == left
    return pairs.filter(pa.array(~with_first)) if with_first.any() else pairs
