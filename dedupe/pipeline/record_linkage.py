"""The match journey: normalized contacts in, scored pairs, links, review candidates and clusters out.

`match` runs over all contacts at once, on any engine; who learns from them first calls `prepare` once, then
`learn` and `match_prepared`. What follows from the scored pairs is `resolution`'s, which a decision shares.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.arrays.units import BIT
from dedupe.engines.engine import Engine
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.exact_duplicates import (
    between_distinct,
    duplicate_pairs,
    first_of_duplicates,
    without_duplicates,
)
from dedupe.matching.blocking.oversized_blocks import with_oversized_blocks
from dedupe.matching.comparisons.compare import compare
from dedupe.matching.comparisons.result import ComparisonResults
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score, weight
from dedupe.matching.term_frequencies import TermFrequencies, count_term_frequencies
from dedupe.matching.training.agreement_patterns import agreement_patterns, pattern_codes
from dedupe.matching.training.em import Trained, train, with_chosen_thresholds
from dedupe.matching.training.error_budget import budgeted
from dedupe.matching.training.name_collisions import name_collisions
from dedupe.matching.training.pair_sampling import random_pairs, sample
from dedupe.matching.training.thresholds import MAX_WRONG_MERGES
from dedupe.resolution.clusters import DecidedPairs, resolve_clusters
from dedupe.resolution.links import doubtful_pairs, links
from dedupe.resolution.outcome import ResolvedPairs

LEARN_FROM = 200_000
"""So many candidate pairs, and so many random pairs, does training look at; chosen."""
_BATCH = 1 << 16
Weights = npt.NDArray[np.int32]


@dataclass(frozen=True)
class MatchSettings:
    """`max_wrong_merges` and `review_capacity` are what training chooses the thresholds for."""

    staff: bool = False  # staff are matched too, among themselves
    max_wrong_merges: float = MAX_WRONG_MERGES  # share of golden contacts of several that hold two people
    review_capacity: int | None = None  # review candidates that people can look at in a week


@dataclass(frozen=True)
class Matching:
    """`scored`: pairs at or above the review threshold. `candidates`: of these, the ones that are neither
    linked nor decided, or that constraints hold apart. `context`: the term frequencies, as
    `TermFrequencies.to_table` gives them."""

    scored: pa.Table
    links: pa.Table
    candidates: pa.Table
    clusters: pa.Table
    context: pa.Table
    report: dict[str, Any] = field(default_factory=dict)

    @property
    def pairs(self) -> ResolvedPairs:
        return ResolvedPairs(self.scored, self.clusters, self.links, self.candidates)


@dataclass(frozen=True)
class LinkageInputs:
    """What needs no model: features, term frequencies, candidate PAIRS, and blocking's report."""

    features: Features
    term_frequencies: TermFrequencies
    pairs: pa.Table
    report: dict[str, Any]


def prepare(contacts: pa.Table, settings: MatchSettings, engine: Engine) -> LinkageInputs:
    """Features, term frequencies and candidate pairs of CONTACTS."""
    return prepare_features(build_features(contacts, settings.staff), engine)


def prepare_features(features: Features, engine: Engine) -> LinkageInputs:
    """As `prepare`, for a caller that has let go of the contacts: features are smaller."""
    blocked = _blocked(features, engine)
    term_frequencies = with_oversized_blocks(count_term_frequencies(features), features.size, *blocked.sizes)
    return LinkageInputs(features, term_frequencies, blocked.pairs, blocked.report)


def match(
    contacts: pa.Table,
    model: MatchModel,
    settings: MatchSettings,
    apart: pa.Table,
    together: pa.Table,
    engine: Engine,
) -> Matching:
    """Who is who among CONTACTS. `apart` and `together` are pairs (left, right) that people decided."""
    return match_prepared(prepare(contacts, settings, engine), model, apart, together, engine)


def match_prepared(
    prepared: LinkageInputs, model: MatchModel, apart: pa.Table, together: pa.Table, engine: Engine
) -> Matching:
    """As `match`, of contacts that are prepared."""
    features, term_frequencies, pairs = prepared.features, prepared.term_frequencies, prepared.pairs
    scored = engine.map(
        lambda batch: _worth_keeping(score(features, term_frequencies, model, batch), model), pairs
    )
    clusters = resolve_clusters(
        features, term_frequencies, model, scored, DecidedPairs(apart, together), engine
    )
    linked = links(scored, clusters, model.link, together)
    candidates = doubtful_pairs(scored, clusters, apart)
    report = {**prepared.report, "pairs": len(pairs), "links": len(linked), "candidates": len(candidates)}
    return Matching(scored, linked, candidates, clusters, term_frequencies.to_table(), report)


def trained(contacts: pa.Table, start: MatchModel, settings: MatchSettings, engine: Engine) -> Trained:
    """A model learned from CONTACTS without labels; levels that are seen too little stay as in `start`."""
    return learn(prepare(contacts, settings, engine), start, settings, engine)


def learn(prepared: LinkageInputs, start: MatchModel, settings: MatchSettings, engine: Engine) -> Trained:
    """As `trained`, of contacts that are prepared."""
    features, term_frequencies = prepared.features, prepared.term_frequencies
    some, scale = sample(features, between_distinct(features, prepared.pairs), LEARN_FROM)
    seen = _compared(prepared, some, engine)
    chance = _compared(prepared, random_pairs(features, LEARN_FROM), engine)
    learned = train(
        start,
        agreement_patterns(np.concatenate([pattern_codes(one, start) for one in seen])),
        scale,
        agreement_patterns(np.concatenate([pattern_codes(one, start) for one in chance])),
        term_frequencies.contacts,
        name_collisions(features),
    )
    weights = np.concatenate([weight(one, learned.model, term_frequencies.contacts) for one in seen])
    if learned.warnings or not len(weights):
        return learned
    return _within_budget(learned, some, scale, weights, settings)


def within_budget(
    prepared: LinkageInputs, model: MatchModel, settings: MatchSettings, engine: Engine
) -> Trained:
    """MODEL with thresholds for the budget of SETTINGS on these contacts, by the probabilities it gives."""
    features = prepared.features
    some, scale = sample(features, between_distinct(features, prepared.pairs), LEARN_FROM)
    compared = _compared(prepared, some, engine)
    weights = np.concatenate([weight(one, model, prepared.term_frequencies.contacts) for one in compared])
    return _within_budget(Trained(model, {}, ()), some, scale, weights, settings)


def _within_budget(
    learned: Trained, pairs: pa.Table, scale: float, weights: Weights, settings: MatchSettings
) -> Trained:
    """With thresholds for the budget on these pairs, each standing for `scale`, by the probabilities that the
    model gives: those of weights as they were calibrated on other contacts."""
    model = learned.model
    odds = model.calibration.odds(weights)
    if scale > 1:  # clusters can't be told from a sample of the pairs, so links keep the error budget
        chosen = with_chosen_thresholds(
            learned, odds, scale, settings.max_wrong_merges, settings.review_capacity
        )
    else:
        chosen = _with_budgeted(learned, pairs, odds, settings)
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


def _compared(prepared: LinkageInputs, pairs: pa.Table, engine: Engine) -> list[ComparisonResults]:
    """The pairs compared, a result a batch: training looks at them more than once."""
    batches = [pairs.slice(start, _BATCH) for start in range(0, max(len(pairs), 1), _BATCH)]
    return engine.each(
        lambda batch: compare(prepared.features, prepared.term_frequencies, *pairs_of(batch)), batches
    )


def block(features: Features, engine: Engine) -> tuple[pa.Table, dict[str, Any]]:
    """PAIRS that share a match key, and what was split or skipped on the way, by rule."""
    blocked = _blocked(features, engine)
    return blocked.pairs, blocked.report


@dataclass(frozen=True)
class _Blocked:
    """`sizes`: of blocks and of their parts, as `SIZES_SQL` counts them."""

    pairs: pa.Table
    report: dict[str, Any]
    sizes: tuple[pa.Table, pa.Table]


def _blocked(features: Features, engine: Engine) -> _Blocked:
    parts = candidate_pairs.key_parts(features)
    rules = candidate_pairs.rules_for(features.size)
    keys = pa.concat_tables(engine.each(lambda rule: candidate_pairs.rule_keys(parts, rule), rules))
    first, caps = first_of_duplicates(features), candidate_pairs.caps_table()
    keys = without_duplicates(keys, first)
    sizes = engine.query(candidate_pairs.SIZES_SQL, keys=keys)
    overfull = engine.query(candidate_pairs.OVERSIZED_SQL, keys=keys, sizes=sizes, caps=caps)
    second = candidate_pairs.second_keys(parts, overfull.column("contact").to_numpy())
    parted = candidate_pairs.parted_keys(
        engine.query(candidate_pairs.PARTED_SQL, keys=keys, sizes=sizes, caps=caps, second=second)
    )
    part_sizes = engine.query(candidate_pairs.SIZES_SQL, keys=parted)
    narrow = pa.concat_tables(
        engine.query(candidate_pairs.NARROW_SQL, keys=held, sizes=of_keys, caps=caps)
        for held, of_keys in ((keys, sizes), (parted, part_sizes))
    )
    of_duplicates = duplicate_pairs(features, keys, first)
    del keys, parted
    pairs = candidate_pairs.pairs_table(engine.query(candidate_pairs.PAIRS_SQL, narrow=narrow))
    if len(of_duplicates):
        pairs = pa.concat_tables([pairs, of_duplicates]).sort_by(
            [("left", "ascending"), ("right", "ascending")]
        )
    report = {
        "rules": [candidate_pairs.RULE_NAMES[number] for number in rules],
        "split_blocks": _by_rule(engine.query(candidate_pairs.SPLIT_SQL, sizes=sizes, caps=caps)),
        "skipped_blocks": _by_rule(
            engine.query(candidate_pairs.SKIPPED_SQL, sizes=sizes, part_sizes=part_sizes, caps=caps)
        ),
    }
    return _Blocked(pairs, report, (sizes, part_sizes))


def _by_rule(table: pa.Table) -> dict[str, dict[str, int]]:
    return {
        candidate_pairs.RULE_NAMES[row["rule"]]: {
            name: int(row[name]) for name in ("blocks", "contacts", "largest")
        }
        for row in sorted(table.to_pylist(), key=lambda row: int(row["rule"]))
    }


def _worth_keeping(scored: pa.Table, model: MatchModel) -> pa.Table:
    return scored.filter(pa.array(integers(scored.column("weight")) >= model.review))
