"""How many matches no blocking rule finds, those included that look like nothing to the model.

Each fact that can bring two contacts together by itself (email, phone, identifier, birth date, street, name)
is a list that captures some of the matches. From how often the lists overlap follows how many matches none of
them captures: the estimate of independent lists of Darroch (Biometrika 45, 1958), over the pairs that
blocking finds, each counted by its probability. What narrower rules find of these is taken off. The lists are
not quite independent (who tells an email often tells no phone), which `DEPENDENCE` allows for.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from scipy.optimize import brentq

from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.matching.blocking.exact_duplicates import between_distinct
from dedupe.matching.blocking.recall_estimate import MapPairs, Share
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import BY_NAME
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import weight
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.matching.training.pair_sampling import sample

Numbers = npt.NDArray[np.float64]

PAIRS = 1_000_000
"""So many pairs are looked at, at most. Chosen: a second on two cores."""
LISTS = (
    (("email", "local"),),
    (("phone", "subscriber"),),
    (("identifier", "same"),),
    (("birth", "swapped"),),
    (("street", "near"),),
    (("given_name", "nickname"), ("family_name", "swapped")),
)
"""What each list wants: comparisons, and from which level on they capture a match."""
DEPENDENCE = 1.9
"""So many times too high or too low may the number be that no list captures. Measured on seven labelled files
and three populations, where it was .53 to 1.75 times the truth."""
_HARDLY_ANY = 1e-9
_MOST_UNSEEN = 100.0  # times as many as are captured (chosen)


def lost_matches(
    features: Features,
    term_frequencies: TermFrequencies,
    model: MatchModel,
    pairs: pa.Table,
    map_pairs: MapPairs,
) -> Share | None:
    """The share of all matches that blocking doesn't find, with an interval of about 95 %. `pairs` are PAIRS,
    all that it finds. None where fewer than two lists capture anything: their overlap tells nothing."""
    some, scale = sample(features, between_distinct(features, pairs), PAIRS)
    seen = map_pairs(lambda batch: _captured(features, term_frequencies, model, batch), some)
    chance = model.calibration.probability(integers(seen.column("weight")).astype(np.int32))
    sets = integers(seen.column("lists"))
    by_lists = np.bincount(sets, weights=chance, minlength=1 << len(LISTS)).astype(np.float64)
    return share_lost(by_lists * scale)


def share_lost(by_lists: Numbers) -> Share | None:
    """As `lost_matches`, from the number of matches found by the set of lists that capture them: the bits of
    the position, 0 being none."""
    sets = np.arange(len(by_lists))
    captures = np.array(
        [by_lists[sets >> place & 1 == 1].sum() for place in range(len(by_lists).bit_length() - 1)]
    )
    captures = captures[captures > _HARDLY_ANY]
    if len(captures) < 2:
        return None
    narrower, captured = float(by_lists[0]), float(by_lists[1:].sum())
    found = captured + narrower
    unseen = _all_matches(captured, captures) - captured
    spread = math.exp(math.hypot(math.log(DEPENDENCE), 2 * _error_of_log(unseen, captured)))
    low, middle, high = (max(number - narrower, 0.0) for number in (unseen / spread, unseen, unseen * spread))
    nothing_seen = 3 / (found + 3)  # the share of which 95 % of samples show something
    return Share(
        found + middle,
        middle / (found + middle),
        low / (found + low),
        max(high / (found + high), nothing_seen),
    )


def _all_matches(captured: float, captures: Numbers) -> float:
    """How many matches there are, from how many each list captures, and how many any of them does."""

    def surplus(matches: float) -> float:
        return float(np.prod(1 - captures / matches)) - (1 - captured / matches)

    most = captured * _MOST_UNSEEN
    if captured <= captures.max() * (1 + _HARDLY_ANY) or surplus(captured) <= 0:
        return captured
    return float(brentq(surplus, captured, most)) if surplus(most) < 0 else most


def _error_of_log(unseen: float, captured: float) -> float:
    """The standard error of the logarithm of the number that no list captures (Chao, Biometrics 43, 1987)."""
    return math.sqrt(math.log1p((1 + unseen / captured) / unseen)) if unseen > 0 else 0.0


def _captured(
    features: Features, term_frequencies: TermFrequencies, model: MatchModel, batch: pa.Table
) -> pa.Table:
    """weight and lists (a bit set) of each pair."""
    results = compare(features, term_frequencies, *pairs_of(batch))
    lists = np.zeros(len(batch), dtype=np.int64)
    for place, wanted in enumerate(LISTS):
        captures = np.logical_and.reduce([_reached(results, *one) for one in wanted])
        lists |= captures.astype(np.int64) << place
    weights = weight(results, model, term_frequencies.contacts)
    return pa.table({"weight": pa.array(weights), "lists": pa.array(lists)})


def _reached(results: ComparisonResults, comparison: str, level: str) -> npt.NDArray[np.bool_]:
    return np.asarray(results[comparison].level >= BY_NAME[comparison].index(level))
