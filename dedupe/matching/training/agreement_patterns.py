"""Agreement patterns: pairs that look the same to the model, counted together.

A pattern is the level of every comparison and how rare the values agreed upon are, in steps of two bits. A
million pairs have some ten thousand patterns, and the time of training depends on these.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import COMPARISONS, Comparison
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.comparisons.types import COUNTING_RIVALS, RIVALS
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import rarity

STEP = 2 * BIT
"""The step of rarity within which patterns are one. Chosen: finer steps make many more patterns."""
_STEPS = 48  # of rarity; what is rarer counts as the last (chosen)
Codes = npt.NDArray[np.int64]
_COUNTING = tuple(rival for rival, counting in enumerate(COUNTING_RIVALS) if counting)
"""The rivals against whom rarity counts, as places in `RIVALS`."""
PATTERNS = math.prod(len(one.levels) + 1 for one in COMPARISONS) * _STEPS ** len(_COUNTING)
"""How many patterns there may be: a pattern is one whole number of 63 bits."""
if np.iinfo(np.int64).max < PATTERNS:
    raise ValueError(
        "the comparisons have too many levels for a pattern to be one number: take fewer `_STEPS`"
    )


@dataclass(frozen=True)
class AgreementPatterns:
    """`levels[comparison]`: a level a pattern; `rarity[rival]`: bits, a number a pattern; `pairs`: how many
    have it."""

    levels: dict[str, npt.NDArray[np.int8]]
    rarity: dict[str, npt.NDArray[np.float64]]
    pairs: npt.NDArray[np.float64]

    def by_level(self, comparison: Comparison, counts: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """How many of the pairs (`counts` by pattern) are at each level, without those that are silent."""
        level = self.levels[comparison.name].astype(np.int64)
        found = np.bincount(level + 1, weights=counts, minlength=len(comparison.levels) + 1)[1:]
        return np.asarray(found, dtype=np.float64)


def pattern_codes(results: ComparisonResults, model: MatchModel) -> Codes:
    """The pattern of each pair as one number."""
    pairs = len(results[COMPARISONS[0].name].level)
    code = np.zeros(pairs, dtype=np.int64)
    rare = {rival: np.zeros(pairs, dtype=np.int64) for rival in _COUNTING}
    for comparison in COMPARISONS:
        result = results[comparison.name]
        code = code * (len(comparison.levels) + 1) + (result.level + 1)
        if result.count is not None:
            extra = rarity(comparison, results, model)
            for rival in _COUNTING:
                rare[rival] += extra * comparison.counts_against[rival]
    for rival in _COUNTING:
        code = code * _STEPS + np.clip(rare[rival] // STEP, 0, _STEPS - 1)
    return code


def agreement_patterns(codes: Codes) -> AgreementPatterns:
    """The patterns of pairs by their codes, each once, with the number of its pairs."""
    code, pairs = np.unique(codes, return_counts=True)
    rare = {}
    for rival in reversed(_COUNTING):
        code, step = np.divmod(code, _STEPS)
        rare[RIVALS[rival]] = (step + 0.5) * (STEP / BIT) * (step > 0)
    levels = {}
    for comparison in reversed(COMPARISONS):
        code, level = np.divmod(code, len(comparison.levels) + 1)
        levels[comparison.name] = (level - 1).astype(np.int8)
    return AgreementPatterns(levels, rare, pairs.astype(np.float64))
