"""A match model learned from contacts without labels, and thresholds for a budget of wrong merges."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Generic

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import pairs_of
from dedupe.arrays.units import BIT
from dedupe.engines.engine import BatchEngine, Evidence, Numbers, Rows
from dedupe.matching.blocking.exact_duplicates import DISTINCT_SQL
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.result import results_of, results_table
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import weight
from dedupe.matching.training.agreement_patterns import agreement_patterns, pattern_codes
from dedupe.matching.training.em import Trained, train, with_chosen_thresholds
from dedupe.matching.training.error_budget import budgeted
from dedupe.matching.training.name_collisions import name_collisions
from dedupe.matching.training.name_odds import with_names_believed
from dedupe.matching.training.pair_sampling import draws, first_draws_sql, is_drawn, random_pairs
from dedupe.matching.training.thresholds import MAX_WRONG_MERGES
from dedupe.pipeline.added_counts import added_name_collisions
from dedupe.pipeline.linkage_inputs import Prepared, duplicates_of

LEARN_FROM = 200_000
"""So many candidate pairs, and so many random pairs, does training look at; chosen."""
Weights = npt.NDArray[np.int32]


@dataclass(frozen=True)
class MatchSettings:
    """`max_wrong_merges` and `review_capacity` are what training chooses the thresholds for."""

    staff: bool = False  # staff are matched too, among themselves
    max_wrong_merges: float = MAX_WRONG_MERGES  # share of golden contacts of several that hold two people
    review_capacity: int | None = None  # review candidates that people can look at in a week


def learn(
    prepared: Prepared[Evidence, Rows],
    start: MatchModel,
    settings: MatchSettings,
    engine: BatchEngine[Evidence, Rows],
) -> Trained:
    """A model learned from contacts that are prepared; levels that are seen too little stay as in `start`."""
    features, contacts = prepared.features, prepared.term_frequencies.contacts
    seen = _candidates(prepared, engine)
    chance = _compared(prepared, _by_chance(prepared, engine), engine)
    compared = results_of(seen.pairs)
    learned = train(
        start,
        agreement_patterns(pattern_codes(compared, start)),
        seen.scale,
        agreement_patterns(pattern_codes(results_of(chance), start)),
        contacts,
        engine.whole(features, name_collisions, lambda: added_name_collisions(features, engine)),
    )
    if learned.warnings or not len(seen.pairs):
        return learned
    learned = replace(learned, model=with_names_believed(learned.model, compared, contacts))
    return _within_budget(learned, seen, weight(compared, learned.model, contacts), settings)


def within_budget(
    prepared: Prepared[Evidence, Rows],
    model: MatchModel,
    settings: MatchSettings,
    engine: BatchEngine[Evidence, Rows],
) -> Trained:
    """MODEL with thresholds for the budget of SETTINGS on these contacts, by the probabilities it gives."""
    seen = _candidates(prepared, engine)
    weights = weight(results_of(seen.pairs), model, prepared.term_frequencies.contacts)
    return _within_budget(Trained(model, {}, ()), seen, weights, settings)


@dataclass(frozen=True)
class _Compared(Generic[Rows]):
    """Candidate pairs as `results_table` has them, each standing for `scale`."""

    pairs: pa.Table
    scale: float


def _candidates(prepared: Prepared[Evidence, Rows], engine: BatchEngine[Evidence, Rows]) -> _Compared[Rows]:
    """About `LEARN_FROM` of the candidate pairs, compared."""
    pairs, duplicates = prepared.pairs, duplicates_of(prepared.features, engine)
    if engine.count(duplicates):
        pairs = engine.query(DISTINCT_SQL, pairs=pairs, duplicates=duplicates)
    found, scale = engine.count(pairs), 1.0
    if found > LEARN_FROM:
        share = LEARN_FROM / found

        def drawn(some: pa.Table, left: Numbers, right: Numbers) -> pa.Table:
            return some.select(["left", "right"]).filter(pa.array(is_drawn(left, right, share)))

        sample = engine.beside(pairs, engine.contents(prepared.features), drawn)
        pairs = engine.keep(sample, "sample of pairs")
        scale = found / max(engine.count(pairs), 1)
    return _Compared(_compared(prepared, pairs, engine), scale)


def _by_chance(prepared: Prepared[Evidence, Rows], engine: BatchEngine[Evidence, Rows]) -> Rows:
    """About `LEARN_FROM` random pairs."""
    everyone = engine.map(draws, engine.contents(prepared.features))
    first = engine.collect(engine.query(first_draws_sql(LEARN_FROM), draws=everyone))
    return engine.rows(random_pairs(first, prepared.term_frequencies.contacts, LEARN_FROM))


def _compared(
    prepared: Prepared[Evidence, Rows], pairs: Rows, engine: BatchEngine[Evidence, Rows]
) -> pa.Table:
    shared = engine.share(prepared.term_frequencies)

    def compared(features: Features, batch: pa.Table) -> pa.Table:
        return results_table(batch, compare(features, shared.value, *pairs_of(batch)))

    return engine.collect(engine.judge(prepared.features, pairs, compared)).combine_chunks()


def _within_budget(
    learned: Trained, seen: _Compared[Rows], weights: Weights, settings: MatchSettings
) -> Trained:
    """With thresholds for the budget on these pairs, by the probabilities that the model gives: those of
    weights as they were calibrated on other contacts."""
    model = learned.model
    odds = model.calibration.odds(weights)
    if seen.scale > 1:  # clusters can't be told from a sample of the pairs, so links keep the error budget
        chosen = with_chosen_thresholds(
            learned, odds, seen.scale, settings.max_wrong_merges, settings.review_capacity
        )
    else:
        chosen = _with_budgeted(learned, seen.pairs, odds, settings)
    link, review = (
        _weight_at(threshold, weights, odds, model) for threshold in (chosen.model.link, chosen.model.review)
    )
    return replace(chosen, model=model.with_thresholds(link, min(review, link)))


def _weight_at(threshold: int, weights: Weights, odds: Weights, model: MatchModel) -> int:
    """The weight from which pairs have at least the log-odds THRESHOLD."""
    reached = weights[odds >= threshold]
    if len(reached):
        return int(reached.min())
    return model.calibration.weight(1 / (1 + 2.0 ** (-threshold / BIT)))


def _with_budgeted(learned: Trained, pairs: pa.Table, weights: Weights, settings: MatchSettings) -> Trained:
    """With thresholds by golden contacts and by questions, where every candidate pair was scored."""
    found = budgeted(
        *pairs_of(pairs),
        weights.astype(np.int64),
        settings.max_wrong_merges,
        settings.review_capacity,
    )
    report = {
        **learned.report,
        "estimated_wrong_merges": found.wrong_merges,
        "estimated_wrong_links": found.wrong_links,
        "estimated_missed": found.missed,
    }
    return replace(learned, model=learned.model.with_thresholds(found.link, found.review), report=report)
