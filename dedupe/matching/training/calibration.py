"""Calibration from labelled pairs: the share of pairs of a weight that are one person.

Shares of bands of one bit are smoothed and made rising by centered isotonic regression (Oron and Flournoy,
Statistics in Biopharmaceutical Research 9, 2017): adjacent violators are pooled into a point at their centre,
with straight lines in log-odds between the points. A flat piece would give pairs of different weights one
probability, so that a budget takes all of them or none.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.matching.model.match_model import Calibration

_BANDS = np.arange(-16, 31)
Numbers = npt.NDArray[np.float64]
_MOST = 14.0
"""Log-odds in bits at most: no share is known better. Chosen."""


def calibrate(weights: npt.NDArray[np.int32], right: npt.NDArray[np.bool_]) -> Calibration:
    """The calibration of pairs with these weights; `right[i]`: whether pair i is one person."""
    band = np.clip(np.floor_divide(weights, BIT), _BANDS[0], _BANDS[-1]) - _BANDS[0]
    pairs = np.bincount(band, minlength=len(_BANDS)).astype(np.float64)
    good = np.bincount(band[right], minlength=len(_BANDS)).astype(np.float64)
    expected = 1 / (1 + np.exp2(-(_BANDS + 0.5)))  # the weight itself counts as two pairs
    centres, shares = _rising((good + 2 * expected) / (pairs + 2), pairs + 2)
    log_odds = np.clip(np.log2(shares / (1 - shares)), -_MOST, _MOST)
    points = np.rint(centres * BIT).astype(np.int64).tolist()
    return Calibration(tuple(points), tuple(round(float(each), 4) for each in log_odds))


def _rising(shares: Numbers, counts: Numbers) -> tuple[Numbers, Numbers]:
    """Centres (in bits) and rising shares of bands, of which those out of order are one."""
    blocks: list[tuple[float, float, float]] = []
    for centre, share, count in zip((_BANDS + 0.5).tolist(), shares.tolist(), counts.tolist(), strict=True):
        blocks.append((centre, share, count))
        while len(blocks) > 1 and blocks[-2][1] >= blocks[-1][1]:
            one, other = blocks[-2:]
            both = one[2] + other[2]
            centre, share = (
                (a * one[2] + b * other[2]) / both for a, b in zip(one[:2], other[:2], strict=True)
            )
            blocks[-2:] = [(centre, share, both)]
    centres, risen, _ = np.array(blocks).T
    # The outermost bands keep their places: nothing is said of weights beyond them.
    ends = _BANDS[[0, -1]] + 0.5
    inside = (centres > ends[0]) & (centres < ends[1])
    return np.r_[ends[0], centres[inside], ends[1]], np.r_[risen[0], risen[inside], risen[-1]]
