"""Why two contacts matched or didn't: scoring of one pair or a few, with a sentence and a weight for each
comparison."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.definitions import COMPARISONS
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.model.match_model import RIVALS, MatchModel
from dedupe.matching.model.scoring import Sums, against_rivals, part, total_of
from dedupe.matching.term_frequencies import TermFrequencies

LINK, REVIEW, NO_LINK = "link", "review", "no link"


@dataclass(frozen=True)
class WeightStep:
    """The weight of one comparison against the rival that decides, in 1/1024 bit; a silent one has no
    step."""

    fact: str
    """The comparison's name; the field is called so in the public API."""
    level: str
    sentence: str
    weight: int


@dataclass(frozen=True)
class Explanation:
    """How a pair was scored; weights in 1/1024 bit. `rival` is who the two most likely are if they are not
    one person. The prior and the steps add up to `weight`, unless `identified` is false: then nothing says
    who the two are, and the weight is kept below the review threshold."""

    rules: tuple[str, ...]
    rival: str
    prior: int
    steps: tuple[WeightStep, ...]
    weight: int
    probability: float
    decision: str
    identified: bool
    against: dict[str, int]  # the sum against each rival


def explain(
    contacts: pa.Table, model: MatchModel, term_frequencies: pa.Table, staff: bool = False
) -> Explanation:
    """Score the two rows of a CONTACTS table with the term frequencies of a run
    (`TermFrequencies.to_table`)."""
    assert len(contacts) == 2, "explain takes two contacts"
    features, counts = build_features(contacts, staff), TermFrequencies.from_table(term_frequencies)
    results = compare(features, counts, np.zeros(1, np.int64), np.ones(1, np.int64))
    [found] = explanations(results, model, counts.contacts, [0])
    return replace(found, rules=shared_rules(features))


def explanations(
    results: ComparisonResults, model: MatchModel, contacts: int, pairs: Iterable[int]
) -> list[Explanation]:
    """How some of the pairs that were compared were scored, among so many contacts; without the rules by
    which they share a key."""
    sums = against_rivals(results, model, contacts)
    totals = total_of(sums, results, model)
    parts = {comparison.name: part(comparison, results, model, contacts) for comparison in COMPARISONS}
    probabilities = model.calibration.probability(totals)
    priors, found = model.prior(contacts), []
    for pair in pairs:
        rival, total = int(sums[:, pair].argmin()), int(totals[pair])
        found.append(
            Explanation(
                rules=(),
                rival=RIVALS[rival],
                prior=priors[rival],
                steps=_steps(results, parts, rival, pair),
                weight=total,
                probability=float(probabilities[pair]),
                decision=LINK if total >= model.link else REVIEW if total >= model.review else NO_LINK,
                identified=total == int(sums[rival, pair]),
                against={name: int(each) for name, each in zip(RIVALS, sums[:, pair], strict=True)},
            )
        )
    return found


def _steps(
    results: ComparisonResults, parts: Mapping[str, Sums], rival: int, pair: int
) -> tuple[WeightStep, ...]:
    steps = []
    for comparison in COMPARISONS:
        level = int(results[comparison.name].level[pair])
        if level >= 0:
            agreement = comparison.levels[level]
            weighs = int(parts[comparison.name][rival, pair])
            steps.append(WeightStep(comparison.name, agreement.name, agreement.sentence, weighs))
    return tuple(steps)


def shared_rules(features: Features) -> tuple[str, ...]:
    """The names of the blocking rules by which two contacts share a key, however many others share it."""
    keys = candidate_pairs.keys_table(candidate_pairs.key_parts(features))
    return tuple(
        candidate_pairs.RULES[rule].name for rule in sorted(set(integers(keys.column("rule")).tolist()))
    )
