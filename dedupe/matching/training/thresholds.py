"""Thresholds for an error budget of links.

The link threshold is the lowest at which the links expected to be wrong, by the posterior odds in this file,
stay within the budget. It is an estimate, not a measurement; audited decisions are better.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.intervals import expected_share
from dedupe.arrays.units import BIT

MAX_WRONG_MERGES = 0.01
"""The budget where none is configured. Chosen (decision 125)."""
LOWEST_LINK = 0
"""No link threshold lies below even odds. Chosen."""
REVIEW_BELOW_LINK = 4 * BIT
"""The review threshold lies so far below the link threshold, unless that is below −2 bits. Chosen."""


@dataclass(frozen=True)
class Thresholds:
    """Link and review threshold as weights. `wrong` and `missed` are estimates, each with an interval of
    about 95 %: the share of links that are wrong, and of matches among the candidate pairs that are not
    linked."""

    link: int
    review: int
    wrong: tuple[float, float, float]
    missed: tuple[float, float, float]


def choose(
    weights: npt.NDArray[np.int32],
    scale: float = 1.0,
    max_wrong: float = MAX_WRONG_MERGES,
    review_capacity: int | None = None,
) -> Thresholds:
    """Choose by the weights of candidate pairs, of which each stands for `scale` pairs. `max_wrong`: the
    share of links that may be wrong; `review_capacity`: so many pairs at most are candidates for review."""
    falling = np.sort(weights.astype(np.int64))[::-1]
    wrong = 1.0 / (1.0 + np.exp2(np.clip(falling / BIT, -60, 60)))
    share = np.cumsum(wrong) / np.arange(1, len(falling) + 1)
    last_of_equals = np.append(falling[1:] != falling[:-1], True)
    within = np.flatnonzero((share <= max_wrong) & (falling >= LOWEST_LINK) & last_of_equals)
    link = int(falling[within[-1]]) if len(within) else max(int(falling[0]) + 1, 8 * BIT)
    review = min(link - BIT, max(link - REVIEW_BELOW_LINK, -2 * BIT))
    if review_capacity is not None:
        below = falling[falling < link]
        wanted = int(review_capacity / scale)
        review = max(review, int(below[wanted]) + 1) if len(below) > wanted else review
    linked = falling >= link
    return Thresholds(
        link,
        min(review, link),
        _estimate(wrong[linked].sum(), linked.sum(), scale),
        _estimate((1 - wrong[~linked]).sum(), (1 - wrong).sum(), scale),
    )


def _estimate(found: float, of: float, scale: float) -> tuple[float, float, float]:
    """A share with its interval."""
    if of <= 0:
        return 0.0, 0.0, 1.0
    spread = 2 * np.sqrt(max(found, 1.0) / scale) / of
    return expected_share(float(found / of), float(spread))
