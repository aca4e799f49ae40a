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

Positions = npt.NDArray[np.int64]
Numbers = npt.NDArray[np.float64]
Share = tuple[float, float, float]

_SURE = 1 - 1e-9


@dataclass(frozen=True)
class Expected:
    """Shares, each as (share, low, high) with an interval of about 95 % for chance alone.

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
    right_of = _right(label, left[inside], right[inside], probability[inside])
    links, others = probability[:linked], probability[linked:][~inside[linked:]]
    return Expected(
        _share(1 - right_of, int((sizes > 1).sum())),
        _share(1 - links, linked),
        _share(others, float(others.sum() + links.sum())),
    )


def _right(label: Positions, left: Positions, right: Positions, probability: Numbers) -> Numbers:
    """The probability that a cluster is one person, for each cluster of several contacts with a pair in it:
    the product over the strongest pairs that span it."""
    if not len(left):
        return np.zeros(0)
    # An edge of nought is none, so costs begin above it. No pair comes twice.
    cost = 1 - np.minimum(probability, _SURE) + 1e-12
    graph = coo_array(
        (cost, (np.minimum(left, right), np.maximum(left, right))), shape=(len(label), len(label))
    )
    tree = minimum_spanning_tree(graph.tocsr()).tocoo()
    clusters, at = np.unique(label[tree.coords[0]], return_inverse=True)
    logs = np.bincount(at, weights=np.log1p(-np.minimum(tree.data, _SURE)), minlength=len(clusters))
    return np.asarray(np.exp(logs))


def _share(chances: Numbers, of: float) -> Share:
    if of <= 0:
        return 0.0, 0.0, 1.0
    share = float(chances.sum()) / of
    spread = 1.96 * math.sqrt(max(float((chances * (1 - chances)).sum()), 1.0)) / of
    return share, max(share - spread, 0.0), min(share + spread, 1.0)
