"""Golden ids by law 2: the oldest seed in the cluster, members that are gone included.

A source contact that goes leaves its seeds to an heir, the oldest member of its cluster that stays, so the
golden contact keeps its id. When all members of a cluster go at once, the first of them to come back
inherits. Heirs are facts, like the ids that were handed out: they can't be derived from live contacts, so
they are stored, and a rebuild gives the same ids.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.by_position import Integers, Mask, integers, ranked, take
from dedupe.golden.tables import HEIRS


def golden_ids(members: pa.Table, seeds: Any, heirs: pa.Table) -> Any:
    """The golden id of each cluster of `members` (MEMBERS), in ascending order of clusters.

    `seeds[i]` is the seed of contact i; `heirs` (HEIRS) are as `heirs_after` gives them. No two clusters get
    the same id, because each seed is carried by one present contact.
    """
    contact = integers(members["contact"])
    universe, (own, gone, heir) = ranked(take(seeds, contact), heirs["id"], heirs["heir"])
    present = np.zeros(len(universe), np.bool_)
    present[own] = True
    end = _ends(_pointers(len(universe), gone, heir), present)
    oldest = np.arange(len(universe))
    carried = gone[present[end[gone]]]
    np.minimum.at(oldest, end[carried], carried)
    clusters, group = np.unique(integers(members["cluster"]), return_inverse=True)
    best = np.full(len(clusters), len(universe), np.int64)
    np.minimum.at(best, group, oldest[own])
    return take(universe, best)


def heirs_after(heirs: pa.Table, links: pa.Table, present: Any) -> pa.Table:
    """The heirs when only the source contacts `present` (their seeds) are live, sorted by id.

    `heirs` (HEIRS) and `links` (LINKED) are as last published. A contact that came back has no heir.
    """
    columns = [heirs["id"], heirs["heir"], links["source_contact_id"], links["golden_id"], present]
    universe, (known, heir, linked, golden, here) = ranked(*columns)
    is_here = np.zeros(len(universe), np.bool_)
    is_here[here] = True
    has_heir = np.zeros(len(universe), np.bool_)
    has_heir[known] = True
    to = _pointers(len(universe), known, heir)
    _bequeath(to, has_heir, is_here, linked, golden)
    _inherit(to, has_heir, is_here)
    rows = np.flatnonzero(has_heir & ~is_here)
    ids = [take(universe, rows), take(universe, to[rows])]
    return pa.table(ids, schema=HEIRS)


def _bequeath(to: Integers, has_heir: Mask, is_here: Mask, linked: Integers, golden: Integers) -> None:
    """Point the newly gone at the oldest member that stays, or else at the oldest that went; changes `to` in
    place."""
    gone = ~is_here[linked]
    staying = np.full(len(to), len(to), np.int64)
    np.minimum.at(staying, golden[~gone], linked[~gone])
    went = np.full(len(to), len(to), np.int64)
    np.minimum.at(went, golden[gone], linked[gone])
    leaving, group = linked[gone], golden[gone]
    heir = np.where(staying[group] < len(to), staying[group], went[group])
    to[leaving] = np.where(heir == leaving, -1, heir)
    has_heir[leaving] = True


def _inherit(to: Integers, has_heir: Mask, is_here: Mask) -> None:
    """Where no member was left, make the oldest that came back the heir; changes `to` in place."""
    back = np.flatnonzero(has_heir & is_here & (to >= 0))
    root = _ends(to, is_here)[to[back]]
    orphaned = ~is_here[root]
    # ascending, so that the oldest is written last
    to[root[orphaned][::-1]] = back[orphaned][::-1]
    has_heir[root[orphaned]] = True


def _pointers(count: int, ids: Integers, heirs: Integers) -> Integers:
    to = np.full(count, -1, np.int64)
    to[ids] = heirs
    return to


def _ends(to: Integers, present: Mask) -> Integers:
    """The contact that carries each seed in the end: a present one, or the last of a line in which nobody is
    left."""
    at = np.arange(len(to))
    step = np.where(present | (to < 0), at, to)
    for _ in range(64):  # doubles the stride: lines are never longer than 2^64
        further = step[step]
        if np.array_equal(further, step):
            break
        step = further
    return step
