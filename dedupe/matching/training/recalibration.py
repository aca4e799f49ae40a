"""Recalibration of a model by what people decided: few numbers, held near the model as it is, and taken only
where they predict decisions held out of the fit better.

Three corrections are tried: log-odds moved by an offset; moved and stretched (Platt 1999); and, on top of
that, single levels with another weight where enough decisions show them. Each is fitted by penalized maximum
likelihood; the penalties say how far a correction is expected to go before any decision is seen. The gain is
measured by cross-validation, whose folds keep decisions about the same contacts together.

Most decisions are about doubtful pairs. That does not bias what they say of pairs of a given weight, as long
as they were chosen by what the pairs look like and not by what they turned out to be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dedupe.arrays.units import BIT, from_bits
from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.model.match_model import MatchModel

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

# All of these were chosen, none was fitted.
FEWEST = 50
"""With fewer decisions nothing is learned,"""
FEWEST_OF_EACH = 10
"""or with fewer of a kind (same, different)."""
FEWEST_AT_LEVEL = 15
"""A level is corrected where so many decisions are at it, and so many are not."""
FOLDS = 5  # of the cross-validation (chosen)
CLEARLY = 2.0
"""A gain is clear from so many standard errors."""

_OFFSET, _STRETCH, _LEVEL = 1.5, 0.3, 1.0
"""The standard deviations of the priors of offset (bits), stretch and a level's correction (bits)."""
_STEEPEST, _FLATTEST = 3.0, 0.2
"""The bounds of the stretch."""
_LN2 = float(np.log(2.0))


@dataclass(frozen=True)
class LabelledPairs:
    """Decided pairs, a row a pair: `levels[pair, comparison]`, `weight` by the model as it is now, `same`:
    whether they are one person, and `group`: a number for all pairs about the same people."""

    levels: npt.NDArray[np.int8]
    weight: npt.NDArray[np.int64]
    same: Flags
    group: npt.NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.same)

    def where(self, rows: Flags) -> LabelledPairs:
        return LabelledPairs(self.levels[rows], self.weight[rows], self.same[rows], self.group[rows])

    @cached_property
    def frequent(self) -> list[tuple[int, int]]:
        """(comparison, level) as places, of levels that enough pairs are at and enough are not."""
        found = []
        for number, comparison in enumerate(COMPARISONS):
            for level in range(len(comparison.levels)):
                seen = int((self.levels[:, number] == level).sum())
                if FEWEST_AT_LEVEL <= seen <= len(self) - FEWEST_AT_LEVEL:
                    found.append((number, level))
        return found


@dataclass(frozen=True)
class Correction:
    """Log-odds become `offset + stretch × log-odds` (bits), after so many bits are added to the weights of
    the levels in `levels`, by (comparison, level) as places."""

    kind: str  # offset, stretch, levels
    offset: float
    stretch: float
    levels: dict[tuple[int, int], float]


@dataclass(frozen=True)
class Gain:
    """How a correction does on decisions held out of its fit: log loss in bits a decision, and wrong and
    missed links at the link threshold, before and after. `gain` is the mean loss saved, `error` its standard
    error."""

    decisions: int
    loss_before: float
    loss_after: float
    gain: float
    error: float
    wrong: tuple[int, int]
    missed: tuple[int, int]

    @property
    def clear(self) -> bool:
        return self.gain > CLEARLY * self.error


@dataclass(frozen=True)
class Corrected:
    """The outcome of recalibration: `model` is None where no correction is taken; `why` says why, in
    words."""

    model: MatchModel | None
    correction: Correction | None
    gain: Gain | None
    why: str


def corrected(model: MatchModel, labelled: LabelledPairs) -> Corrected:
    """The model corrected by decisions, where that is a clear gain on decisions held out."""
    same = int(labelled.same.sum())
    different = len(labelled) - same
    if len(labelled) < FEWEST or min(same, different) < FEWEST_OF_EACH:
        why = (
            f"too few decisions to learn from: {same} same and {different} different; wanted are at least "
            f"{FEWEST} in all and {FEWEST_OF_EACH} of each"
        )
        return Corrected(None, None, None, why)
    tried = {kind: _held_out(model, labelled, kind) for kind in ("offset", "stretch", "levels")}
    kind, gain = max(tried.items(), key=lambda one: one[1].gain)
    if not gain.clear:
        why = (
            f"no clear gain: on decisions held out the best correction saves {gain.gain:+.4f} ± "
            f"{gain.error:.4f} bits a decision; the model stays as it is"
        )
        return Corrected(None, None, gain, why)
    found = fitted(model, labelled, kind)
    return Corrected(applied(model, found), found, gain, f"a clear gain by its {kind}")


def fitted(model: MatchModel, labelled: LabelledPairs, kind: str) -> Correction:
    """The correction of this kind (offset, stretch or levels) with the highest penalized likelihood."""
    chosen = labelled.frequent if kind == "levels" else []
    shows = np.array(
        [labelled.levels[:, comparison] == level for comparison, level in chosen], dtype=np.float64
    )
    shows = shows.reshape(len(chosen), len(labelled)).T
    free = {"offset": 1, "stretch": 2, "levels": 2 + len(chosen)}[kind]

    def penalized(numbers: Numbers) -> float:
        offset, stretch, levels = _read(numbers)
        odds = offset + stretch * _log_odds(model, labelled.weight + BIT * (shows @ levels))
        penalty = (
            (offset / _OFFSET) ** 2 + ((stretch - 1) / _STRETCH) ** 2 + float((levels**2).sum()) / _LEVEL**2
        )
        return float(_loss(odds, labelled.same).sum()) * _LN2 + penalty / 2

    def _read(numbers: Numbers) -> tuple[float, float, Numbers]:
        stretch = float(numbers[1]) if free > 1 else 1.0
        return float(numbers[0]), stretch, numbers[2:] if free > 2 else np.zeros(len(chosen))

    start = np.array([0.0, 1.0, *([0.0] * len(chosen))])[:free]
    bounds: Any = [(-8.0, 8.0), (_FLATTEST, _STEEPEST), *([(-6.0, 6.0)] * len(chosen))][:free]
    found = minimize(penalized, start, method="L-BFGS-B", bounds=bounds)
    offset, stretch, levels = _read(np.asarray(found.x, dtype=np.float64))
    return Correction(kind, offset, stretch, dict(zip(chosen, levels.tolist(), strict=True)))


def applied(model: MatchModel, correction: Correction) -> MatchModel:
    """The model with a correction put in, its weights rounded; both thresholds keep their probabilities."""
    weights = {name: table.copy() for name, table in model.weights.items()}
    for (comparison, level), bits in correction.levels.items():
        weights[COMPARISONS[comparison].name][:, level] += from_bits(bits)
    curve = model.calibration
    moved = [round(correction.offset + correction.stretch * each, 4) for each in curve.log_odds]
    calibration = replace(curve, log_odds=tuple(np.clip(moved, -16, 16).tolist()))
    link, review = (float(one) for one in curve.probability(np.array([model.link, model.review], np.int32)))
    changed = replace(model, weights=weights, calibration=calibration)
    at = calibration.weight(link)
    return changed.with_thresholds(at, min(calibration.weight(review), at))


def predicted_log_odds(model: MatchModel, correction: Correction | None, labelled: LabelledPairs) -> Numbers:
    """The log-odds in bits that each pair is one person, by the model with a correction or as it is."""
    if correction is None:
        return _log_odds(model, labelled.weight.astype(np.float64))
    more = np.zeros(len(labelled))
    for (comparison, level), bits in correction.levels.items():
        more += (labelled.levels[:, comparison] == level) * bits
    return correction.offset + correction.stretch * _log_odds(model, labelled.weight + BIT * more)


def _held_out(model: MatchModel, labelled: LabelledPairs, kind: str) -> Gain:
    fold = np.array([_fold(group) for group in labelled.group.tolist()])
    before, after = predicted_log_odds(model, None, labelled), np.zeros(len(labelled))
    for number in range(FOLDS):
        held = fold == number
        if held.any():
            found = fitted(model, labelled.where(~held), kind)
            after[held] = predicted_log_odds(model, found, labelled.where(held))
    losses = _loss(before, labelled.same), _loss(after, labelled.same)
    saved = losses[0] - losses[1]
    link = float(_log_odds(model, np.array([model.link], np.float64))[0])
    return Gain(
        decisions=len(labelled),
        loss_before=float(losses[0].mean()),
        loss_after=float(losses[1].mean()),
        gain=float(saved.mean()),
        error=_error(saved, labelled.group),
        wrong=(int(((before >= link) & ~labelled.same).sum()), int(((after >= link) & ~labelled.same).sum())),
        missed=(int(((before < link) & labelled.same).sum()), int(((after < link) & labelled.same).sum())),
    )


def _fold(group: int) -> int:
    return blake2b(str(group).encode(), digest_size=4).digest()[0] % FOLDS


def _error(saved: Numbers, group: npt.NDArray[np.int64]) -> float:
    """The standard error of the mean, pairs of one group not being independent of each other."""
    _, at = np.unique(group, return_inverse=True)
    sums = np.bincount(at, weights=saved - saved.mean())
    return float(np.sqrt((sums**2).sum())) / len(saved)


def _log_odds(model: MatchModel, weight: Numbers) -> Numbers:
    """The calibrated log-odds of these weights, in bits."""
    curve = model.calibration
    return np.asarray(np.interp(weight, curve.weights, curve.log_odds), dtype=np.float64)


def _loss(odds: Numbers, same: Flags) -> Numbers:
    """Log loss in bits."""
    return np.asarray(np.logaddexp2(0.0, np.where(same, -odds, odds)))
