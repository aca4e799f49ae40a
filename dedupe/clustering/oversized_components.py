"""Components of bounded size: an oversized one is broken at its weakest links."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.clustering.clusters import components

Positions = npt.NDArray[np.int64]
LARGEST = 120
"""The most contacts of a component that is clustered whole (chosen, decision 41)."""


def bounded_components(
    count: int, left: Positions, right: Positions, weight: Positions, largest: int = LARGEST
) -> Positions:
    """As `clusters.components`, with at most `largest` contacts in a component.

    Links of an oversized component are dropped from the weakest up, all of one weight at once, until it has
    fallen into components that are small enough.
    """
    label = components(count, left, right)
    while True:
        sizes = np.bincount(label, minlength=count)
        inside = (label[left] == label[right]) & (sizes[label[left]] > largest)
        if not inside.any():
            return label
        kept = inside & (weight > _bound(label[left], weight, inside, count)[label[left]])
        rows = np.flatnonzero(kept | ((label[left] == label[right]) & ~inside))
        label = components(count, left[rows], right[rows])
        left, right, weight = left[rows], right[rows], weight[rows]


def _bound(label: Positions, weight: Positions, inside: npt.NDArray[np.bool_], count: int) -> Positions:
    """The weight up to which each oversized component drops its links: the lower quartile of their weights
    (of fewer than four links the least)."""
    bound = np.zeros(count, dtype=np.int64)
    rows = np.flatnonzero(inside)
    order = rows[np.lexsort((weight[rows], label[rows]))]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(label[order]) != 0]))
    sizes = np.diff(np.append(starts, len(order)))
    bound[label[order[starts]]] = weight[order[starts + sizes // 4]]
    return bound
