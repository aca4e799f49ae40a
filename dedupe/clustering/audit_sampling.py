"""Stratified sampling for audits, and estimates of shares from what people judged.

A share is estimated in each stratum and weighted by the stratum's size. The interval is Wilson's (1927) at
the effective sample size, as Franco, Little, Louis and Slud compare and advise for proportions of complex
samples (Journal of Survey Statistics and Methodology 7, 2019): the smaller of the size that the sample's own
variance gives and of Kish's (1965), which doesn't take a stratum in which nothing was found for one that is
free of it. Half of the sample is allocated by size and half as Neyman (1934) advises, by the shares that the
model expects.
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
FEWEST = 2  # units drawn of a stratum, where it has as many; a variance needs two
_FAINT = 0.005  # expected shares stay this far from 0 and 1 (chosen): no stratum is certain


@dataclass(frozen=True)
class StratumSample:
    """The judged units of one stratum of `size` units: unit i counts `found[i]` of `of[i]`.

    A plain share has `of[i]` = 1; a ratio counts, for instance, so many wrong pairs of so many pairs.
    """

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
    """The number of units to draw from each stratum: about `wanted` in all, at least `FEWEST` where the
    stratum has as many.

    `expected`: for each stratum the share that the model expects to be wrong, or missed.
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
    """Positions of the units drawn: from stratum s `wanted[s]` of them, in the order of a hash of seed and
    key."""
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
    """The share over all strata in which at least one unit was judged, with its interval."""
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
    """The variance of each stratum's units around the share; a stratum of one unit gets the variance over
    all."""
    off = [np.array(one.found, np.float64) - share * np.array(one.of, np.float64) for one in strata]
    pooled = float(np.var(np.concatenate(off)))
    return np.array([np.var(one, ddof=1) if len(one) > 1 else pooled for one in off])


def wilson(share: float, size: float) -> tuple[float, float]:
    """Wilson's 95 % interval of a share that was seen in a sample of `size` units."""
    size = max(size, 1e-9)
    middle = (share + Z * Z / (2 * size)) / (1 + Z * Z / size)
    half = Z / (1 + Z * Z / size) * math.sqrt(share * (1 - share) / size + Z * Z / (4 * size * size))
    return max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share))
