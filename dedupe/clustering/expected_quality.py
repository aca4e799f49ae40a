"""The quality that a night expects of its clusters, from the calibrated probabilities of its pairs.

These are estimates by the model; an audit measures.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import minimum_spanning_tree

from dedupe.arrays.intervals import Share as Share
from dedupe.arrays.intervals import expected_share

Positions = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]

_SURE = 1 - 1e-9


@dataclass(frozen=True)
class Expected:
    """Shares, each as (share, low, high) with an interval of about 95 % (`arrays.intervals`).

    `wrong_merges`: golden contacts of several source contacts that hold two people. `wrong_links`: links of
    two people. `missed`: pairs of one person that are not linked, among the pairs from the review threshold
    on.
    """

    wrong_merges: Share
    wrong_links: Share
    missed: Share


def expected_quality(
    label: Positions, left: Positions, right: Positions, probability: Numbers, linked: int
) -> Expected:
    """Expected shares of a partition; `label[contact]` names the cluster.

    `left`, `right` and `probability` describe the pairs from the review threshold on. The first `linked` of
    them are links (probability one where people decided them), the others are not.
    """
    sizes = np.unique(label, return_counts=True)[1]
    inside = label[left] == label[right]
    right_of = spanned_clusters(label, left[inside], right[inside], probability[inside]).right
    links, others = probability[:linked], probability[linked:][~inside[linked:]]
    return Expected(
        share_expected(1 - right_of, int((sizes > 1).sum())),
        share_expected(1 - links, linked),
        share_expected(others, float(others.sum() + links.sum())),
    )


@dataclass(frozen=True)
class SpannedClusters:
    """Clusters with a pair in them, each by its label, with the probability `right` that all of it is one
    person, and the position of the weakest among the strongest pairs that span it, on which it rests."""

    cluster: Positions
    right: Numbers
    weakest: Positions


def spanned_clusters(
    label: Positions, left: Positions, right: Positions, probability: Numbers
) -> SpannedClusters:
    """The clusters of these pairs, each of which lies within one; no pair comes twice. A cluster is as right
    as the product over the strongest pairs that span it says."""
    if not len(left):
        return SpannedClusters(label[:0], np.zeros(0), label[:0])
    # An edge of nought is none, so costs begin above it.
    cost = 1 - np.minimum(probability, _SURE) + 1e-12
    first, second = np.minimum(left, right), np.maximum(left, right)
    graph = coo_array((cost, (first, second)), shape=(len(label), len(label)))
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    clusters, at = np.unique(label[tree.coords[0]], return_inverse=True)
    logs = np.bincount(at, weights=np.log1p(-np.minimum(tree.data, _SURE)), minlength=len(clusters))
    dearest = np.lexsort((tree.data, at))[np.cumsum(np.bincount(at)) - 1]
    names = (first.astype(np.int64) << 32) | second
    order = np.argsort(names)
    wanted = (tree.coords[0][dearest].astype(np.int64) << 32) | tree.coords[1][dearest]
    return SpannedClusters(clusters, np.exp(logs), order[np.searchsorted(names, wanted, sorter=order)])


def share_expected(chances: Numbers, of: float) -> Share:
    """The share of `of` that events with these chances are expected to be, with its interval."""
    if of <= 0:
        return 0.0, 0.0, 1.0
    share = float(chances.sum()) / of
    spread = 1.96 * math.sqrt(max(float((chances * (1 - chances)).sum()), 1.0)) / of
    return expected_share(share, spread)
