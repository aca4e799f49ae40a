"""Audits: a stratified sample for people to judge, and what their judgements say of the whole.

Shares are estimated by strata (each stratum's share by its size). The interval is Wilson's (1927) at the
effective sample size, as Franco, Little, Louis and Slud compare and advise for proportions of complex samples
(Journal of Survey Statistics and Methodology 7, 2019): the smaller of the one that the sample's own variance
gives and of Kish's (1965), which doesn't believe strata in which nothing was found to be free of it. The
sample is shared out half by size and half as Neyman (1934) advises, by what the model expects.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

Z = 1.959964  # of 95 %
FEWEST = 2  # of a stratum, where it has as many
_FAINT = 0.005  # no stratum is expected to be surer than this


@dataclass(frozen=True)
class StratumSample:
    """`size` units in all; of each judged one `found` (of `of`) has what is asked: 1 of 1 for a plain share,
    so many wrong pairs of so many pairs for a ratio."""

    size: int
    found: Sequence[float]
    of: Sequence[float]


@dataclass(frozen=True)
class Estimate:
    """A share with its interval of 95 %, from so many judged units; `covered`: the share of all units that
    lies in strata of which any was judged. Nothing judged: the interval says nothing."""

    share: float
    low: float
    high: float
    judged: int
    covered: float


def allocate_sample(sizes: Sequence[int], expected: Sequence[float], wanted: int) -> list[int]:
    """How many of each stratum to draw: about `wanted` in all, at least `FEWEST` of each that has them.

    `expected`: the share of each stratum that the model expects to be wrong, or missed.
    """
    size = np.array(sizes, dtype=np.float64)
    if size.sum() <= wanted:
        return [int(one) for one in sizes]
    chance = np.clip(np.array(expected, dtype=np.float64), _FAINT, 1 - _FAINT)
    telling = size * np.sqrt(chance * (1 - chance))
    ideal = wanted / 2 * (size / size.sum() + telling / telling.sum())
    least = np.minimum(size, FEWEST)
    for _ in range(len(size)):
        ideal = np.clip(ideal, least, size)
        free = (ideal > least) & (ideal < size)
        over = ideal.sum() - wanted
        if abs(over) < 0.5 or not free.any():
            break
        ideal[free] -= over * ideal[free] / ideal[free].sum()
    return [int(one) for one in np.clip(np.rint(ideal), least, size)]


def draw_units(keys: Sequence[str], strata: Sequence[int], wanted: Sequence[int], seed: str) -> list[int]:
    """Places of the units drawn: of stratum s `wanted[s]`, by the hash of the seed and the unit's key."""
    ranked = sorted(range(len(keys)), key=lambda at: _draw(seed, keys[at]))
    left = list(wanted)
    chosen = []
    for at in ranked:
        if left[strata[at]] > 0:
            left[strata[at]] -= 1
            chosen.append(at)
    return chosen


def _draw(seed: str, key: str) -> bytes:
    return blake2b(f"{seed}/{key}".encode(), digest_size=16).digest()


def estimate_share(strata: Sequence[StratumSample]) -> Estimate:
    """The share over all strata of which any unit was judged."""
    sampled = [one for one in strata if len(one.found) and one.size]
    judged = sum(len(one.found) for one in sampled)
    everything = sum(one.size for one in strata)
    if not sampled or sum(sum(one.of) for one in sampled) == 0:
        return Estimate(0.0, 0.0, 1.0, judged, 0.0)
    size = np.array([one.size for one in sampled], dtype=np.float64)
    taken = np.array([len(one.found) for one in sampled], dtype=np.float64)
    whole = float((size * [np.mean(one.of) for one in sampled]).sum())
    share = float((size * [np.mean(one.found) for one in sampled]).sum()) / whole
    left_out = 1 - np.minimum(taken / size, 1.0)
    weight = size / size.sum()
    unseen = float((weight**2 * left_out / taken).sum())
    covered = float(size.sum()) / everything
    if unseen == 0:
        return Estimate(share, share, share, judged, covered)
    effective = 1 / unseen
    variance = float((size**2 * left_out * _spread(sampled, share) / taken).sum()) / whole**2
    if variance > 0 and 0 < share < 1:
        effective = min(effective, share * (1 - share) / variance)
    return Estimate(share, *wilson(share, effective), judged, covered)


def _spread(strata: Sequence[StratumSample], share: float) -> Numbers:
    """Of each stratum, the variance of its units around the share; over all where it has one unit only."""
    off = [np.array(one.found, np.float64) - share * np.array(one.of, np.float64) for one in strata]
    pooled = float(np.var(np.concatenate(off)))
    return np.array([np.var(one, ddof=1) if len(one) > 1 else pooled for one in off])


def wilson(share: float, size: float) -> tuple[float, float]:
    """The interval of 95 % of a share of `size` units."""
    size = max(size, 1e-9)
    middle = (share + Z * Z / (2 * size)) / (1 + Z * Z / size)
    half = Z / (1 + Z * Z / size) * math.sqrt(share * (1 - share) / size + Z * Z / (4 * size * size))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
