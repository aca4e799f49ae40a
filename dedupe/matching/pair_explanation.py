"""Why two contacts matched or didn't: the batch of one, with a sentence and a weight for each fact."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.features.build import Features, evidence
from dedupe.matching.model.match_model import RIVALS, MatchModel
from dedupe.matching.model.scoring import against_rivals, part, weight
from dedupe.matching.term_frequencies import TermFrequencies

LINK, REVIEW, NO_LINK = "link", "review", "no link"


@dataclass(frozen=True)
class WeightStep:
    """One bar of the waterfall: what a fact weighs against the rival that decides. Silent facts have none."""

    fact: str
    level: str
    sentence: str
    weight: int


@dataclass(frozen=True)
class Explanation:
    """Weights in 1/1024 bit. `rival` is the story that explains what they share best, were they two people;
    prior and steps add up to `weight`, unless `identified` is false: circumstances alone never join."""

    rules: tuple[str, ...]
    rival: str
    prior: int
    steps: tuple[WeightStep, ...]
    weight: int
    probability: float
    decision: str
    identified: bool
    against: dict[str, int]  # the sum against each rival


def explain(contacts: pa.Table, model: MatchModel, context: pa.Table, staff: bool = False) -> Explanation:
    """Judges the two rows of a CONTACTS table with the value counts of a run (`Context.to_table`)."""
    assert len(contacts) == 2, "explain takes two contacts"
    facts, counts = evidence(contacts, staff), TermFrequencies.from_table(context)
    left, right = np.zeros(1, np.int64), np.ones(1, np.int64)
    compared = compare(facts, counts, left, right)
    sums = against_rivals(compared, model, counts.contacts)[:, 0]
    total = int(weight(compared, model, counts.contacts)[0])
    rival = int(sums.argmin())
    steps = []
    for fact in COMPARISONS:
        level = int(compared[fact.name].level[0])
        if level >= 0:
            weighs = int(part(fact, compared, model, counts.contacts)[rival, 0])
            steps.append(WeightStep(fact.name, fact.levels[level].name, fact.levels[level].sentence, weighs))
    return Explanation(
        rules=shared_rules(facts),
        rival=RIVALS[rival],
        prior=model.prior(counts.contacts)[rival],
        steps=tuple(steps),
        weight=total,
        probability=float(model.calibration.probability(np.array([total], np.int32))[0]),
        decision=LINK if total >= model.link else REVIEW if total >= model.review else NO_LINK,
        identified=total == int(sums[rival]),
        against={name: int(each) for name, each in zip(RIVALS, sums, strict=True)},
    )


def shared_rules(facts: Features) -> tuple[str, ...]:
    """The blocking rules under which two contacts share a key (however full it is)."""
    keys = candidate_pairs.keys_table(candidate_pairs.parts(facts))
    return tuple(
        candidate_pairs.RULES[rule].name for rule in sorted(set(integers(keys.column("rule")).tolist()))
    )
