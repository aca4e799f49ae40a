"""Which values changed contacts move: so many more hold them, or fewer again, that they weigh otherwise.

Of most values it is told without looking for anybody that they can't have moved: no more contacts came to
hold one than have changed since the last full run and hold it now.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers, rising, table, texts
from dedupe.matching.blocking.match_keys import are_contents, are_terms
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.matching.term_growth import GROWN, bases, steps


@dataclass(frozen=True)
class MovedTerms:
    """`grown`: GROWN as it is now, of all values. `keys`: those that moved; `holders`: who holds one.
    `looked_at`: the values that might have; `touched`: all that the changed contacts hold (TERM_KEYS) or held
    (keys)."""

    grown: pa.Table
    keys: Hashes
    holders: list[str]
    looked_at: Hashes
    touched: tuple[pa.Table, Hashes]


@dataclass(frozen=True)
class TermIndex:
    """What the index tells. `came`: of these keys how many contacts hold each that changed since the last
    full run; `holders`: HELD of live contacts; `keys_of`: HELD of contacts by their ids."""

    came: Callable[[Hashes], Hashes]
    holders: Callable[[Hashes], pa.Table]
    keys_of: Callable[[list[str]], pa.Table]


def moved_terms(
    saved: TermFrequencies, known: pa.Table, terms: pa.Table, before: Hashes, index: TermIndex
) -> MovedTerms:
    """`known`: GROWN as stored; `terms`: TERM_KEYS of the changed contacts; `before`: the keys that they
    had."""
    _, first = np.unique(integers(terms["key"]), return_index=True)
    stored = integers(known["key"])
    looked_at = may_have_moved(saved, known, terms, before, index.came)
    held = index.holders(looked_at)
    gained = steps(_holders(held, looked_at, index), bases(saved, looked_at))
    was = _steps_of(known, looked_at)
    moved = looked_at[gained != was]
    kind, value = _names(known, terms.take(first), looked_at)
    fresh = table(GROWN, looked_at, kind, value, gained).filter(pa.array(gained > 0))
    others = known.filter(pa.array(~np.isin(stored, looked_at)))
    theirs = held.filter(pa.array(np.isin(integers(held["key"]), moved)))
    whose = texts(theirs["source_contact_id"].unique())
    return MovedTerms(pa.concat_tables([others, fresh]), moved, whose, looked_at, (terms, before))


def may_have_moved(
    saved: TermFrequencies,
    known: pa.Table,
    terms: pa.Table,
    before: Hashes,
    came: Callable[[Hashes], Hashes],
) -> Hashes:
    """The keys of values that may have moved, rising: so many more may hold them, or they had moved."""
    now, stored = rising(integers(terms["key"])), integers(known["key"])
    base = bases(saved, now)
    may_grow = now[steps(base + came(now), base) > 0]
    return np.union1d(may_grow, stored[np.isin(stored, np.concatenate([now, before[are_terms(before)]]))])


def _holders(held: pa.Table, keys: Hashes, index: TermIndex) -> Hashes:
    """How many different contacts hold each of these keys (rising): those that say the very same are one."""
    ids = held["source_contact_id"].unique()
    said = index.keys_of(texts(ids))
    said = said.filter(pa.array(are_contents(integers(said["key"]))))
    place = pc.index_in(held["source_contact_id"], said["source_contact_id"].combine_chunks())
    content = integers(said["key"])[integers(place)]
    key = integers(held["key"])
    different = np.unique(mix(key, content), return_index=True)[1]
    return np.bincount(np.searchsorted(keys, key[different]), minlength=len(keys))


def _steps_of(known: pa.Table, keys: Hashes) -> Hashes:
    """The steps that each of these keys has as stored."""
    stored = dict(zip(integers(known["key"]).tolist(), integers(known["steps"]).tolist(), strict=True))
    return np.array([stored.get(key, 0) for key in keys.tolist()], dtype=np.int64)


def _names(known: pa.Table, terms: pa.Table, keys: Hashes) -> tuple[Hashes, Hashes]:
    """Kind and value of each of these keys (rising), which are in `known` or in `terms`."""
    key, kind, value = (
        np.concatenate([integers(rows[name]) for rows in (known, terms)]) for name in ("key", "kind", "value")
    )
    order = np.argsort(key, kind="stable")
    place = order[np.searchsorted(key[order], keys)]
    return kind[place], value[place]
