"""Agreement patterns: pairs that look the same to the model, counted together.

A pattern is every fact's level and how rare the values agreed upon are, in steps of two bits. A million pairs
have some ten thousand patterns; training costs by these.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.model.match_model import RIVALS, MatchModel, counts_against
from dedupe.matching.model.scoring import rarity

STEP = 2 * BIT
_STEPS = 48
Codes = npt.NDArray[np.int64]
_COUNTING = tuple(rival for rival in range(len(RIVALS)) if rival != RIVALS.index("relatives"))


@dataclass(frozen=True)
class AgreementPatterns:
    """`levels[fact]`: a level a pattern; `rarity[rival]`: bits; `pairs`: how many pairs have it."""

    levels: dict[str, npt.NDArray[np.int8]]
    rarity: dict[str, npt.NDArray[np.float64]]
    pairs: npt.NDArray[np.float64]


def pattern_codes(compared: ComparisonResults, model: MatchModel) -> Codes:
    """One number a pair that names its pattern."""
    pairs = len(compared[COMPARISONS[0].name].level)
    code = np.zeros(pairs, dtype=np.int64)
    rare = {rival: np.zeros(pairs, dtype=np.int64) for rival in _COUNTING}
    for fact in COMPARISONS:
        agreement = compared[fact.name]
        code = code * (len(fact.levels) + 1) + (agreement.level + 1)
        if agreement.count is not None:
            extra = rarity(fact, compared, model)
            for rival in _COUNTING:
                rare[rival] += extra * counts_against(fact.name)[rival]
    for rival in _COUNTING:
        code = code * _STEPS + np.clip(rare[rival] // STEP, 0, _STEPS - 1)
    return code


def agreement_patterns(coded: Codes) -> AgreementPatterns:
    code, pairs = np.unique(coded, return_counts=True)
    rare = {}
    for rival in reversed(_COUNTING):
        code, step = np.divmod(code, _STEPS)
        rare[RIVALS[rival]] = (step + 0.5) * (STEP / BIT) * (step > 0)
    levels = {}
    for fact in reversed(COMPARISONS):
        code, level = np.divmod(code, len(fact.levels) + 1)
        levels[fact.name] = (level - 1).astype(np.int8)
    return AgreementPatterns(levels, rare, pairs.astype(np.float64))
