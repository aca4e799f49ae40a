"""From levels to weights: whole numbers that add up the same in any order, thread and engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import schemas
from dedupe.arrays.numpy_columns import integers, pairs_of, table
from dedupe.arrays.units import BIT, weight_of
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import (
    COMPARISONS,
    EMAIL_NAME,
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAME,
    MIDDLE_NAME,
    NAMES,
    Comparison,
)
from dedupe.matching.comparisons.result import ComparisonResults, counted_rows
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import RIVALS, MatchModel, counts_against
from dedupe.matching.term_frequencies import ONE_PERSONS, TermFrequencies

Sums = npt.NDArray[np.int32]

SCORED = schemas.scored(list(NAMES))

DISCOUNT = 0.5
"""Of the Pitman–Yor process: between 0 (few rare values) and 1 (hardly any value twice)."""


def score(evidence: Features, context: TermFrequencies, model: MatchModel, pairs: pa.Table) -> pa.Table:
    """Scored pairs (`SCORED`) of pairs with columns left and right."""
    left, right = pairs_of(pairs)
    compared = compare(evidence, context, left, right)
    total = weight(compared, model, context.contacts)
    levels = [compared[name].level for name in NAMES]
    return table(SCORED, left, right, *levels, total)


def weight(compared: ComparisonResults, model: MatchModel, contacts: int) -> Sums:
    """Each pair's weight: the smallest of its sums against the rivals."""
    sums = against_rivals(compared, model, contacts)
    total = sums.min(axis=0)
    held_back = np.minimum(total, model.review - 1)
    return np.asarray(np.where(_identified(compared), total, held_back), dtype=np.int32)


def against_rivals(compared: ComparisonResults, model: MatchModel, contacts: int) -> Sums:
    """[rival, pair]: prior and weights added up."""
    size = len(compared[NAMES[0]].level)
    sums = np.repeat(np.array(model.prior(contacts), dtype=np.int32)[:, None], size, axis=1)
    for fact in COMPARISONS:
        _add_part(sums, fact, compared, model, contacts)
    return sums


def part(fact: Comparison, compared: ComparisonResults, model: MatchModel, contacts: int) -> Sums:
    """[rival, pair]: what one fact weighs; 0 where it is silent."""
    sums = np.zeros((len(RIVALS), len(compared[fact.name].level)), dtype=np.int32)
    _add_part(sums, fact, compared, model, contacts)
    return sums


def _add_part(
    sums: Sums, fact: Comparison, compared: ComparisonResults, model: MatchModel, contacts: int
) -> None:
    table = np.concatenate([model.weights[fact.name], np.zeros((len(RIVALS), 1), np.int32)], axis=1)
    scarce = np.array([level.scarce for level in fact.levels] + [False])
    table[0] += scarce * np.int32(model.abundance(contacts))
    level = compared[fact.name].level.astype(np.intp)
    for rival, weights in enumerate(table):
        sums[rival] += weights.take(level, mode="wrap")  # silence, −1, is the last
    if compared[fact.name].count is not None:
        extra = rarity(fact, compared, model)
        for rival, counting in enumerate(counts_against(fact.name)):
            if counting:
                sums[rival] += extra


def weigh_parts(
    evidence: Features, context: TermFrequencies, model: MatchModel, pairs: pa.Table
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """[pair, rival, fact] weights without the prior, and [pair, fact] whether the fact speaks."""
    left, right = pairs_of(pairs)
    compared = compare(evidence, context, left, right)
    weights = np.zeros((len(left), len(RIVALS), len(COMPARISONS)), dtype=np.int32)
    spoken = np.zeros((len(left), len(COMPARISONS)), dtype=bool)
    for number, fact in enumerate(COMPARISONS):
        weights[:, :, number] = part(fact, compared, model, context.contacts).T
        spoken[:, number] = compared[fact.name].level >= 0
    return weights, spoken


def rarity(fact: Comparison, compared: ComparisonResults, model: MatchModel) -> npt.NDArray[np.int32]:
    """What the count of the value agreed upon adds, in 1/1024 bit; 0 at levels that don't count.

    The chance that a stranger holds a value that others hold too is that of a Pitman–Yor process (Pitman and
    Yor 1997), whose many rare and few common values are those of names: (holders − discount) of (all +
    concentration), the concentration following from how often two strangers agree. Of the holders some are
    the same person's: as many as people have contacts.
    """
    if fact is FULL_NAME:
        return _limited(compared, model)
    if fact is MIDDLE_NAME:
        return _beside(compared, model)
    agreement = compared[fact.name]
    assert agreement.count is not None
    rows = counted_rows(fact, agreement.level)
    level, count = agreement.level[rows], agreement.count[rows]
    usual, own = _usual(fact, model)[level], model.shares[fact.name][level, 0] * 2 * model.matches_per_contact
    beyond = np.maximum(count - 2, 0)  # holders beside the two
    others = np.maximum(beyond * beyond / (beyond + own), count - 1 - ONE_PERSONS)
    share = (others + 1 - DISCOUNT) / (agreement.total + (1 - DISCOUNT) / usual)
    extra = np.zeros(len(agreement.level), dtype=np.int32)
    extra[rows] = np.rint(-BIT * np.log2(share)).astype(np.int32)
    return extra


def _usual(fact: Comparison, model: MatchModel) -> npt.NDArray[np.float64]:
    """How often two strangers agree, by level; swapped names are as rare as names are."""
    shares = model.shares[fact.name][:, 1]
    if fact not in (GIVEN_NAME, FAMILY_NAME):
        return shares
    swapped = np.arange(len(shares)) == fact.index("swapped")
    return np.where(swapped, shares[fact.index("same")], shares)


def _limited(compared: ComparisonResults, model: MatchModel) -> npt.NDArray[np.int32]:
    """What must be taken off the rarity of given and family name, or of one and of the other as an address
    tells it, where the whole name is more common than both let expect: the count of this fact is the whole
    name's greatest rarity."""
    whole = compared[FULL_NAME.name]
    assert whole.count is not None
    both = sum(rarity(fact, compared, model) for fact in (GIVEN_NAME, FAMILY_NAME, EMAIL_NAME))
    excess = whole.count - both
    limited = (whole.level >= FULL_NAME.index("both_swapped")) & (whole.count > 1)
    return np.where(limited, np.minimum(excess, 0), 0).astype(np.int32)


def _beside(compared: ComparisonResults, model: MatchModel) -> npt.NDArray[np.int32]:
    """What must be taken off a middle name that often stands beside the given name: the count of this fact is
    its greatest rarity there."""
    middle = compared[MIDDLE_NAME.name]
    assert middle.count is not None
    same = MIDDLE_NAME.index("same")
    excess = middle.count + weight_of(model.shares[MIDDLE_NAME.name][same, 1])
    limited = (middle.level == same) & (middle.count > 1)
    return np.where(limited, np.minimum(excess, 0), 0).astype(np.int32)


def _identified(compared: ComparisonResults) -> npt.NDArray[np.bool_]:
    """Circumstances alone never join: something that says who somebody is must speak for it."""
    speaks = np.zeros(len(compared[NAMES[0]].level), dtype=bool)
    for fact in COMPARISONS:
        if fact.identifying and fact.name not in ("suffix", "full_name"):
            speaks |= compared[fact.name].level > _FAINT[fact.name]
    return speaks


_FAINT = {
    fact.name: fact.index("domain") if fact.name == "email" else 1 if fact.name == "birth" else 0
    for fact in COMPARISONS
}


def decide(scored: pa.Table, model: MatchModel) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which scored pairs are links, and which are worth a person's look."""
    weights = integers(scored.column("weight"))
    return weights >= model.link, (weights >= model.review) & (weights < model.link)
