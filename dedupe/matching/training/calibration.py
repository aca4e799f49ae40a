"""Calibration from labelled pairs: the share of pairs of a weight that are one person.

Shares of bands of one bit are smoothed and made rising (pool adjacent violators), with straight lines in
log-odds between them.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.matching.model.match_model import Calibration

_BANDS = np.arange(-16, 31)
_MOST = 14.0
"""Log-odds in bits at most: no share is known better. Chosen."""


def calibrate(weights: npt.NDArray[np.int32], right: npt.NDArray[np.bool_]) -> Calibration:
    """The calibration of pairs with these weights; `right[i]`: whether pair i is one person."""
    band = np.clip(np.floor_divide(weights, BIT), _BANDS[0], _BANDS[-1]) - _BANDS[0]
    pairs = np.bincount(band, minlength=len(_BANDS)).astype(np.float64)
    good = np.bincount(band[right], minlength=len(_BANDS)).astype(np.float64)
    expected = 1 / (1 + np.exp2(-(_BANDS + 0.5)))  # the weight itself counts as two pairs
    shares = _rising((good + 2 * expected) / (pairs + 2), pairs + 2)
    log_odds = np.clip(np.log2(shares / (1 - shares)), -_MOST, _MOST)
    centres = (_BANDS * BIT + BIT // 2).tolist()
    return Calibration(tuple(centres), tuple(round(float(each), 4) for each in log_odds))


def _rising(shares: npt.NDArray[np.float64], counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    blocks: list[tuple[float, float, int]] = []
    for share, count in zip(shares.tolist(), counts.tolist(), strict=True):
        blocks.append((share, count, 1))
        while len(blocks) > 1 and blocks[-2][0] >= blocks[-1][0]:
            (one, n, size), (other, m, more) = blocks[-2], blocks[-1]
            blocks[-2:] = [((one * n + other * m) / (n + m), n + m, size + more)]
    return np.repeat([share for share, _, _ in blocks], [size for _, _, size in blocks])
