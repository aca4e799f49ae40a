"""The pairs of a few contacts are those by which they met in the night."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from dedupe.engines.local import LocalEngine
from dedupe.fetchers.given import given_table
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.features.build import build_features
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.normalizers.contacts import normalize
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.record_linkage import LinkageInputs, MatchSettings, prepare
from dedupe.review.component_pairs import PAIRS, pairs_of_the_run
from dedupe.simulators.population.population import population
from tests.review.test_random_decisions import given


@pytest.fixture(scope="module")
def town() -> pa.Table:
    """Its first 150 contacts share a switchboard."""
    rows = list(map(given, population(1_500, 5).records()))
    for row in rows[:150]:
        row["phones"] = [{"given": "+44 20 7946 0123"}]
    table = given_table((row.key.source, row.key.external_id, row) for row in rows)
    return normalize(table, NormalizeSettings(fallback_region="GB"))


def check(town: pa.Table, night: LinkageInputs) -> None:
    """Any few meet as they met among all."""
    context = TermFrequencies.from_table(night.term_frequencies.to_table())
    left, right = (night.pairs[side].to_numpy() for side in ("left", "right"))
    draw = np.random.default_rng(3)
    for _ in range(5):
        chosen = np.isin(np.arange(len(town)), draw.choice(len(town), 600, replace=False))
        some = np.flatnonzero(chosen)
        among = np.isin(left, some) & np.isin(right, some)
        facts = build_features(town.filter(pa.array(chosen)))
        pairs = pairs_of_the_run(facts, context, PAIRS.empty_table(), [range(len(some))])
        found = [some[pairs[side].to_numpy()].tolist() for side in ("left", "right")]
        assert found == [left[among].tolist(), right[among].tolist()]


def test_a_few_contacts_meet_as_they_met_among_all(town: pa.Table) -> None:
    night = prepare(town, MatchSettings(), LocalEngine(threads=1))
    assert night.report["split_blocks"]
    assert night.report["skipped_blocks"]
    check(town, night)


def test_contacts_of_a_large_file_do_not_meet_by_broad_rules(
    town: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidate_pairs, "BROAD_UP_TO", 1_000)
    night = prepare(town, MatchSettings(), LocalEngine(threads=1))
    assert "family" not in night.report["rules"]
    check(town, night)
