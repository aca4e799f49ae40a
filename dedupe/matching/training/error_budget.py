"""Thresholds for an error budget of golden contacts, and for what people can look at.

The budget is the share of golden contacts of two or more source contacts that hold two people. Links are
added from the strongest down, so that what every link threshold would give is found in one pass. A cluster is
taken to be right if the strongest links that connect it are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.intervals import Share, expected_share
from dedupe.arrays.units import BIT
from dedupe.matching.training.thresholds import LOWEST_LINK, REVIEW_BELOW_LINK

_NEVER = 1 << 20
"""A weight that no pair has."""
_ROUNDING = 1e-9
"""Of sums of probabilities, so that a budget that is kept exactly counts as kept."""
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Budgeted:
    """Thresholds as weights, and what they are expected to give, as shares with an interval of about
    95 %: golden contacts that hold two people among those of several source contacts, links that are
    wrong, matches that are not linked."""

    link: int
    review: int
    wrong_merges: Share
    wrong_links: Share
    missed: Share


def budgeted(
    left: Positions, right: Positions, weights: Positions, max_wrong: float, capacity: int | None
) -> Budgeted:
    """Choose by all candidate pairs and their weights. `max_wrong` is the budget; `capacity`: so many review
    candidates at most are asked about."""
    order = np.argsort(-weights, kind="stable")
    order = order[weights[order] >= LOWEST_LINK]
    grown = _GrowingClusters()
    link, wrong = within_alone(max_wrong), (0.0, 0)
    falling = weights[order].tolist()
    for at, (one, other) in enumerate(zip(left[order].tolist(), right[order].tolist(), strict=True)):
        grown.join(one, other, falling[at])
        last = at + 1 == len(falling) or falling[at + 1] != falling[at]
        if last and grown.wrong <= max_wrong * grown.merged + _ROUNDING:
            link, wrong = falling[at], (grown.wrong, grown.merged)
    if not wrong[1]:
        wrong = _expected_wrong(left, right, weights, link)
    chance = 1.0 / (1.0 + np.exp2(-np.clip(weights / BIT, -60, 60)))
    linked = weights >= link
    review = min(link - BIT, max(link - REVIEW_BELOW_LINK, -2 * BIT))
    if capacity is not None:
        review = max(review, _review_within_capacity(left, right, weights, link, capacity))
    return Budgeted(
        link,
        min(review, link),
        _share(*wrong),
        _share(float((1 - chance[linked]).sum()), int(linked.sum())),
        _share(float(chance[~linked].sum()), float(chance.sum())),
    )


def within_alone(max_wrong: float) -> int:
    """The lowest weight at which one link by itself keeps the budget; the threshold where none keeps it for
    the file as a whole, as in a file of one person many times over."""
    return math.ceil(BIT * math.log2((1 - max_wrong) / max_wrong)) if 0 < max_wrong < 1 else _NEVER


def _expected_wrong(left: Positions, right: Positions, weights: Positions, link: int) -> tuple[float, int]:
    """How many golden contacts of several source contacts are expected to hold two people, and how many there
    are."""
    grown = _GrowingClusters()
    order = np.argsort(-weights, kind="stable")
    for at in order[weights[order] >= link].tolist():
        grown.join(int(left[at]), int(right[at]), int(weights[at]))
    return grown.wrong, grown.merged


class _GrowingClusters:
    """Clusters that grow link by link. `merged` of them have several contacts, of which `wrong` are expected
    to hold two people."""

    def __init__(self) -> None:
        self._up: dict[int, int] = {}
        self._right: dict[int, float] = {}  # of a root: log of the probability that it is one person
        self.merged, self.wrong = 0, 0.0

    def join(self, one: int, other: int, weight: int) -> bool:
        a, b = self.root(one), self.root(other)
        if a == b:
            return False
        before = [self._right.pop(root, None) for root in (a, b)]
        self._up[b] = a
        self._right[a] = sum(each for each in before if each is not None) - math.log1p(2 ** (-weight / BIT))
        self.merged += 1 - sum(each is not None for each in before)
        self.wrong -= sum(-math.expm1(each) for each in before if each is not None)
        self.wrong -= math.expm1(self._right[a])
        return True

    def root(self, one: int) -> int:
        path = []
        while one in self._up:
            path.append(one)
            one = self._up[one]
        for each in path:
            self._up[each] = one
        return one


def _review_within_capacity(
    left: Positions, right: Positions, weights: Positions, link: int, capacity: int
) -> int:
    """The lowest review threshold with at most `capacity` questions: a question is about two clusters that
    have a pair between the thresholds."""
    order = np.argsort(-weights, kind="stable")
    grown, asked = _GrowingClusters(), set[tuple[int, int]]()
    for at in order.tolist():
        weight = int(weights[at])
        if weight >= link:
            grown.join(int(left[at]), int(right[at]), weight)
            continue
        ends = sorted((grown.root(int(left[at])), grown.root(int(right[at]))))
        if ends[0] != ends[1]:
            asked.add((ends[0], ends[1]))
        if len(asked) > capacity:
            return weight + 1  # without all that weigh the same
    return int(weights.min(initial=link))


def _share(found: float, of: float) -> Share:
    """A share with its interval."""
    if of <= 0:
        return 0.0, 0.0, 1.0
    share, spread = found / of, 2 * math.sqrt(max(found, 1.0)) / of
    return expected_share(share, spread)
