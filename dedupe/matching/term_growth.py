"""What values have gained since term frequencies were saved, in steps of a quarter of a bit.

Between full runs a value counts as often as it was saved, until so many more contacts hold it that it is a
quarter of a bit less rare. So few values move, and each seldom: one that a thousand hold when a hundred and
ninety more do. What few hold counts as it was saved, since so many may be one person. Contacts that say the
very same are one holder, as for the names that are counted.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers, table
from dedupe.matching.asked_terms import KINDS
from dedupe.matching.blocking.match_keys import term_keys
from dedupe.matching.features.types import Features
from dedupe.matching.name_rarity import ONE_PERSONS
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies

GROWN_FROM = ONE_PERSONS
"""A value moves from so many holders on, or from those that it had when there were more."""
STEPS_A_BIT = 4
HELD = "held"
"""The table of `TermFrequencies` (named as it is stored) of how many hold each value, by its key in the index
of match keys, where more than `GROWN_FROM` do."""
HELD_TERMS = pa.schema(
    [("key", pa.int64()), ("kind", pa.int64()), ("value", pa.int64()), ("content", pa.int64())]
)
"""A value that a contact holds, by its key, and what the contact says in all."""
GROWN = pa.schema([("key", pa.int64()), ("kind", pa.int64()), ("value", pa.int64()), ("steps", pa.int64())])
"""Values that have moved: `kind` a place in `asked_terms.KINDS`, each of which is a table's name."""
_NEVER = np.int64(1 << 40)
Steps = npt.NDArray[np.int64]


def held_terms(features: Features) -> pa.Table:
    """HELD_TERMS of all contacts that are matched."""
    terms = term_keys(features)
    content = mix(features.content, features.staff.astype(np.int64))[integers(terms["contact"])]
    return table(HELD_TERMS, *(integers(terms[name]) for name in ("key", "kind", "value")), content)


def holders_sql() -> str:
    """A statement over `held` (HELD_TERMS): the values with more than `GROWN_FROM` holders, and how many."""
    return f"""
SELECT h.key, min(h.kind) AS kind, min(h.value) AS value, count(DISTINCT h.content) AS holders
FROM held h
GROUP BY h.key
HAVING count(DISTINCT h.content) > {GROWN_FROM}
"""


def with_held(term_frequencies: TermFrequencies, holders: pa.Table) -> TermFrequencies:
    """Term frequencies with who holds each value by now (rows of `holders_sql`)."""
    rows = holders.sort_by("key")
    counted = FrequencyTable(len(rows), integers(rows["key"]), integers(rows["holders"]))
    return replace(term_frequencies, tables={**term_frequencies.tables, HELD: counted})


def bases(saved: TermFrequencies, keys: Hashes) -> Steps:
    """From how many holders on each value moves. Where nobody counted who held them, none does."""
    held = saved.tables.get(HELD)
    if held is None:
        return np.full(len(keys), _NEVER)
    return np.maximum(held.of(keys), GROWN_FROM)


def steps(holders: Steps, base: Steps) -> Steps:
    """How many quarters of a bit values have gained that so many hold by now. A power by multiplication and
    the exponent of a number are exact, so that every machine tells the same."""
    ratio = holders / base
    squared = ratio * ratio
    return np.maximum(np.frexp(squared * squared)[1].astype(np.int64) - 1, 0)


def grown(saved: TermFrequencies, holders: pa.Table) -> pa.Table:
    """GROWN by who holds each value now: rows of `holders_sql`."""
    key = integers(holders["key"])
    gained = steps(integers(holders["holders"]), bases(saved, key))
    found = table(GROWN, key, integers(holders["kind"]), integers(holders["value"]), gained)
    return found.filter(pa.array(gained > 0))


def with_growth(saved: TermFrequencies, gained: pa.Table) -> TermFrequencies:
    """Saved term frequencies with what values have gained since (GROWN)."""
    kinds, values, tables = integers(gained["kind"]), integers(gained["value"]), dict(saved.tables)
    factors = 2.0 ** (integers(gained["steps"]) / STEPS_A_BIT)
    for kind in np.unique(kinds).tolist():
        known, rows = tables[KINDS[kind]], kinds == kind
        counts = np.ceil(np.maximum(known.of(values[rows]), GROWN_FROM) * factors[rows]).astype(np.int64)
        stay = ~np.isin(known.keys, values[rows])
        keys = np.concatenate([known.keys[stay], values[rows]])
        order = np.argsort(keys)
        counts = np.concatenate([known.counts[stay], counts])
        tables[KINDS[kind]] = FrequencyTable(known.total, keys[order], counts[order])
    return replace(saved, tables=tables)
