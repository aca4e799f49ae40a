"""From levels to weights: whole numbers that add up the same in any order, thread and engine."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe import schemas
from dedupe.matching.columns import integers, pairs_of, table
from dedupe.matching.compared import Agreement, Compared
from dedupe.matching.comparisons import compare
from dedupe.matching.context import Context
from dedupe.matching.evidence import Evidence
from dedupe.matching.facts import FACTS, NAMES, Fact
from dedupe.matching.match_model import RIVALS, UNIT, MatchModel, counts_against

Sums = npt.NDArray[np.int32]

SCORED = schemas.scored(list(NAMES))

STEADY = 200
"""Counts weigh as if so many contacts with the usual shares stood beside the file's own."""


def score(evidence: Evidence, context: Context, model: MatchModel, pairs: pa.Table) -> pa.Table:
    """Scored pairs (`SCORED`) of pairs with columns left and right."""
    left, right = pairs_of(pairs)
    compared = compare(evidence, context, left, right)
    total = weight(compared, model, context.contacts)
    levels = [compared[name].level for name in NAMES]
    return table(SCORED, left, right, *levels, total)


def weight(compared: Compared, model: MatchModel, contacts: int) -> Sums:
    """Each pair's weight: the smallest of its sums against the rivals."""
    sums = against_rivals(compared, model, contacts)
    total = sums.min(axis=0)
    held_back = np.minimum(total, model.review - 1)
    return np.asarray(np.where(_identified(compared), total, held_back), dtype=np.int32)


def against_rivals(compared: Compared, model: MatchModel, contacts: int) -> Sums:
    """[rival, pair]: prior and weights added up."""
    size = len(compared[NAMES[0]].level)
    sums = np.repeat(np.array(model.prior(contacts), dtype=np.int32)[:, None], size, axis=1)
    for fact in FACTS:
        sums += part(fact, compared[fact.name], model, contacts)
    return sums


def part(fact: Fact, agreement: Agreement, model: MatchModel, contacts: int) -> Sums:
    """[rival, pair]: what one fact weighs; 0 where it is silent."""
    table = np.concatenate([model.weights[fact.name], np.zeros((len(RIVALS), 1), np.int32)], axis=1)
    scarce = np.array([level.scarce for level in fact.levels] + [False])
    table[0] += scarce * np.int32(model.abundance(contacts))
    weights = table[:, agreement.level]
    if agreement.count is not None:
        extra = rarity(fact, agreement, model)
        for rival, counting in enumerate(counts_against(fact.name)):
            if counting:
                weights[rival] += extra
    return weights


def rarity(fact: Fact, agreement: Agreement, model: MatchModel) -> npt.NDArray[np.int32]:
    """How rare the value agreed upon is, in 1/1024 bit; 0 at levels that don't count."""
    assert agreement.count is not None
    counted = np.array([*(level.counted for level in fact.levels), False])[agreement.level]
    usual = np.array([*model.shares[fact.name][:, 1], 1.0])[agreement.level]
    share = (np.maximum(agreement.count - 1, 0) + STEADY * usual) / (agreement.total + STEADY)
    return np.where(counted, np.rint(-UNIT * np.log2(share)), 0).astype(np.int32)


def _identified(compared: Compared) -> npt.NDArray[np.bool_]:
    """Circumstances alone never join: something that says who somebody is must speak for it."""
    speaks = np.zeros(len(compared[NAMES[0]].level), dtype=bool)
    for fact in FACTS:
        if fact.identifying and fact.name != "suffix":
            speaks |= compared[fact.name].level > _FAINT[fact.name]
    return speaks


_FAINT = {
    fact.name: fact.index("domain") if fact.name == "email" else 1 if fact.name == "birth" else 0
    for fact in FACTS
}


def decide(scored: pa.Table, model: MatchModel) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Which scored pairs are links, and which are worth a person's look."""
    weights = integers(scored.column("weight"))
    return weights >= model.link, (weights >= model.review) & (weights < model.link)
