"""Links to clusters: a partition in which no cluster holds a pair that people decided to be different.

`cluster` needs no engine and works on small tables as on large ones: a night calls it on all links, a
decision on the component that it touches. The result depends on the links alone, not on their order: the
strongest link joins first, ties by (left, right). A join that would bring a pair of `apart` into one cluster
is refused, through however many contacts it would do so.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dedupe import schemas
from dedupe.arrays.numpy_columns import rising

Positions = npt.NDArray[np.int64]


def cluster(count: int, links: pa.Table, apart: pa.Table) -> pa.Table:
    """CLUSTERS of the contacts 0 … `count` − 1, from LINKS and from pairs (left, right) that must stay
    apart."""
    left, right = _ends(links)
    component = components(count, left, right)
    kept_apart = _ends(apart)
    contested = rising(component[kept_apart[0]][component[kept_apart[0]] == component[kept_apart[1]]])
    rows = np.flatnonzero(np.isin(component[left], contested))
    weight = links.column("weight").to_numpy()[rows]
    order = rows[np.lexsort((right[rows], left[rows], -weight.astype(np.int64)))]
    members = np.flatnonzero(np.isin(component, contested))
    component[members] = members
    for group in _joined(
        members.tolist(), zip(left[order].tolist(), right[order].tolist(), strict=True), apart
    ):
        component[group] = min(group)
    return clusters_table(component)


def clusters_table(label: Positions) -> pa.Table:
    contacts = np.arange(len(label), dtype=np.int64)
    return pa.Table.from_arrays([pa.array(contacts), pa.array(label)], schema=schemas.CLUSTERS)


def components(count: int, left: Positions, right: Positions) -> Positions:
    """The connected component of each contact, named by the smallest contact in it."""
    if not count:
        return np.zeros(0, dtype=np.int64)
    graph = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    smallest = np.full(label.max() + 1, count, dtype=np.int64)
    np.minimum.at(smallest, label, np.arange(count))
    return smallest[label]


def _ends(pairs: pa.Table) -> tuple[Positions, Positions]:
    left = pairs.column("left").to_numpy().astype(np.int64)
    right = pairs.column("right").to_numpy().astype(np.int64)
    return left, right


def _joined(members: Iterable[int], links: Iterable[tuple[int, int]], apart: pa.Table) -> list[list[int]]:
    """Groups grown link by link; each group remembers the groups that it must not be joined with."""
    group_of = {member: [member] for member in members}
    enemies: dict[int, set[int]] = {member: set() for member in group_of}
    for one, other in zip(*(side.tolist() for side in _ends(apart)), strict=True):
        if one in enemies and other in enemies:
            enemies[one].add(other)
            enemies[other].add(one)
    for one, other in links:
        small, large = sorted((group_of[one], group_of[other]), key=len)
        if small is large or _hostile(small, large, enemies):
            continue
        large.extend(small)
        for member in small:
            group_of[member] = large
    return list({id(group): group for group in group_of.values()}.values())


def _hostile(small: list[int], large: list[int], enemies: dict[int, set[int]]) -> bool:
    inside = set(large) if any(enemies[member] for member in small) else set()
    return any(not enemies[member].isdisjoint(inside) for member in small)
