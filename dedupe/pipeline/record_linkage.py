"""The match journey: normalized contacts in, scored pairs, links, review candidates and clusters out.

`match` runs over all contacts at once, on any engine; who learns from them first calls `prepare` once, then
`learn` and `match_prepared`. What follows from the scored pairs is `resolution`'s, which a decision shares.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic

import numpy as np
import pyarrow as pa

from dedupe.arrays.numpy_columns import integers
from dedupe.engines.engine import BatchEngine, Each, Evidence, Numbers, Rows
from dedupe.matching.blocking.match_keys import index_keys
from dedupe.matching.blocking.oversized_blocks import OVERSIZED
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import score
from dedupe.matching.present_users import SavedContext
from dedupe.matching.term_growth import GROWN
from dedupe.matching.training.em import Trained
from dedupe.pipeline.linkage_inputs import LinkageInputs as LinkageInputs
from dedupe.pipeline.linkage_inputs import Prepared as Prepared
from dedupe.pipeline.linkage_inputs import block as block
from dedupe.pipeline.linkage_inputs import duplicates_of
from dedupe.pipeline.linkage_inputs import prepare_features as prepare_features
from dedupe.pipeline.linkage_inputs import with_holders as with_holders
from dedupe.pipeline.model_training import MatchSettings as MatchSettings
from dedupe.pipeline.model_training import learn as learn
from dedupe.pipeline.model_training import within_budget as within_budget
from dedupe.resolution.clusters import (
    UNLINKED_SQL,
    WITH_LINKED_SQL,
    DecidedPairs,
    component_parts,
    linked_duplicates_sql,
    resolve_clusters,
)
from dedupe.resolution.links import between_clusters, free_links, with_decided
from dedupe.resolution.outcome import ResolvedPairs

_SIDES = ("left", "right")


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
    grown: pa.Table = field(default_factory=GROWN.empty_table)  # … of which these have grown since

    @property
    def pairs(self) -> ResolvedPairs:
        return ResolvedPairs(self.scored, self.clusters, self.links, self.candidates)


@dataclass(frozen=True)
class MatchedRows(Generic[Rows]):
    """As `Matching`, where the engine holds it. `links` are those that follow from weights alone."""

    scored: Rows
    links: Rows
    candidates: Rows
    clusters: Rows


def prepare(
    contacts: pa.Table,
    settings: MatchSettings,
    engine: BatchEngine[Evidence, Rows],
    saved: SavedContext | None = None,
) -> Prepared[Evidence, Rows]:
    """Features, term frequencies and candidate pairs of CONTACTS; with those `saved` by an earlier run, as
    that run has them."""
    return prepare_features(engine.evidence(contacts, settings.staff), engine, saved)


def indexed_keys(prepared: Prepared[Evidence, Rows], engine: BatchEngine[Evidence, Rows]) -> pa.Table:
    """MATCH_KEYS of all contacts, by which the index finds them again."""
    oversized = prepared.term_frequencies.tables[OVERSIZED]

    def keys(features: Features, _contacts: Numbers, _each: Each) -> pa.Table:
        return index_keys(features, oversized)

    return engine.collect(engine.keep(engine.over(prepared.features, keys), "keys of the index"))


def match(
    contacts: pa.Table,
    model: MatchModel,
    settings: MatchSettings,
    apart: pa.Table,
    together: pa.Table,
    engine: BatchEngine[Evidence, Rows],
) -> Matching:
    """Who is who among CONTACTS. `apart` and `together` are pairs (left, right) that people decided."""
    return match_prepared(prepare(contacts, settings, engine), model, apart, together, engine)


def match_prepared(
    prepared: Prepared[Evidence, Rows],
    model: MatchModel,
    apart: pa.Table,
    together: pa.Table,
    engine: BatchEngine[Evidence, Rows],
) -> Matching:
    """As `match`, of contacts that are prepared."""
    found = match_rows(prepared, model, DecidedPairs(apart, together), engine)
    linked = with_decided(engine.collect(found.links), together)
    candidates = engine.collect(found.candidates)
    counts = {"pairs": engine.count(prepared.pairs), "links": len(linked), "candidates": len(candidates)}
    return Matching(
        engine.collect(found.scored),
        linked,
        candidates,
        engine.collect(found.clusters),
        prepared.term_frequencies.to_table(),
        {**prepared.report, **counts},
        prepared.grown,
    )


def match_rows(
    prepared: Prepared[Evidence, Rows],
    model: MatchModel,
    decided: DecidedPairs,
    engine: BatchEngine[Evidence, Rows],
) -> MatchedRows[Rows]:
    """As `match_prepared`, left where the engine holds it."""
    scored = _scored(prepared, model, engine)
    clusters = _clusters(prepared, model, scored, decided, engine)

    def linked(pairs: pa.Table, left: Numbers, right: Numbers) -> pa.Table:
        return free_links(pairs, left, right, model.link, decided.together)

    def doubtful(pairs: pa.Table, left: Numbers, right: Numbers) -> pa.Table:
        return between_clusters(pairs, left, right, decided.apart)

    links, candidates = (engine.beside(scored, clusters, work) for work in (linked, doubtful))
    return MatchedRows(scored, links, candidates, clusters)


def _scored(
    prepared: Prepared[Evidence, Rows], model: MatchModel, engine: BatchEngine[Evidence, Rows]
) -> Rows:
    """The candidate pairs from the review threshold on."""
    shared = engine.share(prepared.term_frequencies)

    def worth_keeping(features: Features, pairs: pa.Table) -> pa.Table:
        scored = score(features, shared.value, model, pairs)
        return scored.filter(pa.array(integers(scored.column("weight")) >= model.review))

    return engine.keep(engine.judge(prepared.features, prepared.pairs, worth_keeping), "scored pairs")


def _clusters(
    prepared: Prepared[Evidence, Rows],
    model: MatchModel,
    scored: Rows,
    decided: DecidedPairs,
    engine: BatchEngine[Evidence, Rows],
) -> Rows:
    """CLUSTERS. Of exact duplicates that are linked the first goes into its component, and stands for all."""
    duplicates = engine.keep(duplicates_of(prepared.features, engine), "duplicates")
    if not engine.count(duplicates):
        return _resolved(prepared, model, scored, decided, engine)
    named = {"decided": engine.rows(_contacts_of(decided)), "scored": scored, "duplicates": duplicates}
    linked = engine.keep(engine.query(linked_duplicates_sql(model.link), **named), "linked duplicates")
    others = engine.query(UNLINKED_SQL, scored=scored, linked=linked)
    clusters = _resolved(prepared, model, others, decided, engine)
    return engine.keep(engine.query(WITH_LINKED_SQL, clusters=clusters, linked=linked), "clusters")


def _contacts_of(decided: DecidedPairs) -> pa.Table:
    """The contacts that decisions name, each once, as a column `contact`."""
    sides = [integers(pairs.column(side)) for pairs in (decided.apart, decided.together) for side in _SIDES]
    return pa.table({"contact": pa.array(np.unique(np.concatenate(sides)))})


def _resolved(
    prepared: Prepared[Evidence, Rows],
    model: MatchModel,
    scored: Rows,
    decided: DecidedPairs,
    engine: BatchEngine[Evidence, Rows],
) -> Rows:
    shared = engine.share(prepared.term_frequencies)
    tables = {
        "scored": scored,
        "apart": engine.rows(decided.apart),
        "together": engine.rows(decided.together),
    }

    def resolved(features: Features, among: Mapping[str, pa.Table], each: Each) -> pa.Table:
        here = DecidedPairs(among["apart"], among["together"])
        return resolve_clusters(features, shared.value, model, among["scored"], here, each, True)

    def parted(contacts: int, among: Mapping[str, pa.Table]) -> Numbers:
        return component_parts(contacts, among["scored"], DecidedPairs(among["apart"], among["together"]))

    return engine.within(prepared.features, tables, resolved, parted)


def trained(
    contacts: pa.Table, start: MatchModel, settings: MatchSettings, engine: BatchEngine[Evidence, Rows]
) -> Trained:
    """A model learned from CONTACTS without labels; levels that are seen too little stay as in `start`."""
    return learn(prepare(contacts, settings, engine), start, settings, engine)
