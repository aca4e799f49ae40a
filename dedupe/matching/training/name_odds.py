"""How far names are believed in a file: what they say is held against what the same contacts say besides.

That a name is rare in a file makes two contacts that bear it likely to be one person, but how likely differs
from file to file: people of one country share its names, a register of one town has few of them, and in most
lists of customers a full name that occurs twice is one person's. The contacts of one full name tell which:
those that are one person agree on what else they say (phones, places, birth dates) and others don't, so that
the share of one person's contacts shows at every rarity, without labels. `offset + slope × log-odds` is
fitted by maximum likelihood of that rest, given the names; it is what Platt (1999) calibrates a classifier
by, with evidence in place of labels.

Fitted so, log-odds come out too low and too flat, because evidence contradicts itself oftener than any model
of it says. So a file is held against how the populations came out by which weights were calibrated, and its
weights move by the difference alone.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from dedupe.arrays.units import BIT
from dedupe.matching.comparisons.definitions import BY_NAME, COMPARISONS, FULL_NAME
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.comparisons.types import COLLEAGUES, NAMESAKES, RELATIVES, RIVALS, STRANGERS
from dedupe.matching.model.match_model import MatchModel, NameOdds, weights_of
from dedupe.matching.model.scoring import against_rivals, part

Numbers = npt.NDArray[np.float64]
_LN2 = float(np.log(2.0))
_OF_NAMES = tuple(comparison for comparison in COMPARISONS if comparison.topic == "name")
_OTHERS = [RIVALS.index(rival) for rival in (RELATIVES, COLLEAGUES)]
_STRANGERS, _NAMESAKES = RIVALS.index(STRANGERS), RIVALS.index(NAMESAKES)

# All of these were chosen, none was fitted.
AT_THEIR_WORD = NameOdds(0.0, 1.0)
OFFSET_SPREAD, SLOPE_SPREAD = 1.0, 0.2
"""How far a file's offset (bits) and slope are expected to lie from the usual: standard deviations."""
FARTHEST = 8.0, 3.0
"""The bounds of offset (either way) and slope."""
MOST_MOVED = 4.0
"""Bits by which full names that agree weigh more at most, and half as many by which they weigh less."""
LEAST_BELIEVED, MOST_BELIEVED = 0.5, 1.0
"""The bounds of how far the rarity of names is believed."""
CHANGED_LIVES, CHANGED_LIVES_SPREAD = 0.02, 1.5
"""The share of one person's contacts of whom all but the name has changed (moved, married, another employer,
a mailbox for each), as it is expected, and how far its logit lies from that: a standard deviation. It is
fitted with the odds: without it such pairs would hold back all names of a list whose people change."""
TELLING = 3.0
"""Bits by which what two contacts say besides tells one person from two: pairs that say less are left out,
because there are many, and being a little off in each of them is far off in all."""
LEAST_CHANGED, MOST_CHANGED = 0.002, 0.5
"""The bounds of that share."""
_STEPS = 64
"""Fitted numbers are kept in steps of 1/64, so that they don't hang on the order of a sum."""


def with_names_believed(model: MatchModel, results: ComparisonResults, contacts: int) -> MatchModel:
    """MODEL, learned from pairs (`results`) of a file of so many contacts, with names that weigh more or less
    by how these pairs bear them out beside what is usual; as it is where it doesn't know that."""
    usual = model.usual_name_odds
    rows = _of_one_full_name(results)
    if usual is None or not rows.any():
        return model
    found = fitted(model, results, contacts, usual)
    said = _bits_of_names(model, results, contacts)[_STRANGERS, rows]
    slope = 1.0 + found.slope - usual.slope
    wanted = found.offset - usual.offset + slope * said
    believed = min(max(model.names_believed * slope, LEAST_BELIEVED), MOST_BELIEVED)
    model = replace(model, names_believed=believed)
    said = _bits_of_names(model, results, contacts)[_STRANGERS, rows]
    more = round(float((wanted - said).mean()) * _STEPS) / _STEPS
    return _moved(model, min(max(more, -MOST_MOVED / 2), MOST_MOVED))


def fitted(
    model: MatchModel, results: ComparisonResults, contacts: int, usual: NameOdds = AT_THEIR_WORD
) -> NameOdds:
    """How the odds of full names that agree come out by the rest of what these pairs say, held near what is
    usual."""
    rows = _of_one_full_name(results)
    names = _bits_of_names(model, results, contacts)[:, rows]
    whole = np.asarray(against_rivals(results, model, contacts)[:, rows] / BIT)
    rest = whole - names
    rest[_STRANGERS] = np.minimum(rest[_STRANGERS], whole[_NAMESAKES])  # their mailbox is made of the name
    telling = np.abs(rest[_STRANGERS]) >= TELLING
    names, rest = names[:, telling], rest[:, telling]
    otherwise = np.exp2(np.clip(-rest[_STRANGERS], -60, 60))
    expected_changed = _logit(CHANGED_LIVES)

    def penalized(numbers: Numbers) -> float:
        offset, slope, changed = numbers
        share = 1.0 / (1.0 + np.exp(-changed))
        own = np.log(1.0 - share + share * otherwise)
        odds = np.vstack([offset + slope * names[_STRANGERS], names[_OTHERS]])
        of_rest = np.vstack([rest[_STRANGERS], rest[_OTHERS]])
        likelihood = _log_sum(-odds - of_rest, own) - _log_sum(-odds, 0.0)
        away = ((offset - usual.offset) / OFFSET_SPREAD) ** 2 + ((slope - usual.slope) / SLOPE_SPREAD) ** 2
        away += ((changed - expected_changed) / CHANGED_LIVES_SPREAD) ** 2
        return float(away / 2 - likelihood.sum())

    bounds = [(-FARTHEST[0], FARTHEST[0]), (0.0, FARTHEST[1]), (_logit(LEAST_CHANGED), _logit(MOST_CHANGED))]
    start = np.array([*usual, expected_changed])
    found = minimize(penalized, start, method="L-BFGS-B", bounds=bounds).x
    return NameOdds(*(round(float(number) * _STEPS) / _STEPS for number in found[:2]))


def _logit(share: float) -> float:
    return math.log(share / (1.0 - share))


def _of_one_full_name(results: ComparisonResults) -> npt.NDArray[np.bool_]:
    return np.asarray(results[FULL_NAME.name].level == FULL_NAME.index("both_agree"))


def _log_sum(bits: Numbers, own: Numbers | float) -> Numbers:
    """The natural logarithm of e to the power of `own` + the sum of 2 to the powers of each column."""
    powers = np.vstack([np.broadcast_to(own, (1, bits.shape[1])), bits * _LN2])
    return np.asarray(np.logaddexp.reduce(powers, axis=0))


def _bits_of_names(model: MatchModel, results: ComparisonResults, contacts: int) -> Numbers:
    """[rival, pair]: the weight of the names with the prior, in bits."""
    prior = np.array(model.prior(contacts), dtype=np.int64)[:, None]
    told = prior + sum(
        part(comparison, results, model, contacts).astype(np.int64) for comparison in _OF_NAMES
    )
    return np.asarray(told / BIT)


def _moved(model: MatchModel, bits: float) -> MatchModel:
    """With so many bits more for full names that agree."""
    shares = model.shares[FULL_NAME.name].copy()
    levels = [FULL_NAME.index(level) for level in ("both_agree", "both_swapped")]
    for rival in (STRANGERS, COLLEAGUES):
        column = 1 + RIVALS.index(rival)
        shares[levels, column] = np.minimum(shares[levels, column] * 2.0**-bits, 1.0)
    weights = weights_of(BY_NAME[FULL_NAME.name], shares)
    return replace(
        model,
        shares={**model.shares, FULL_NAME.name: shares},
        weights={**model.weights, FULL_NAME.name: weights},
    )
