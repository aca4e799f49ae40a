"""What a budget of wrong merges costs, and whether it is kept: matching at several budgets, by the size of
golden contacts and by the evidence that they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks import rivals
from benchmarks.rivals import Found, Labels
from dedupe.config import Settings
from dedupe.matching.model.default import default_model
from dedupe.pipeline.evaluating import holds_one_person
from dedupe.pipeline.expected_merges import (
    ExpectedMerges,
    MergesOfKind,
    expected_merges,
    found_by_evidence,
    merges_of_kind,
)
from dedupe.pipeline.record_linkage import LinkageInputs, MatchSettings, learn, match_prepared
from dedupe.wiring import rooms
from dedupe.wiring.files import NOBODY

BUDGETS = (0.005, 0.01, 0.02)
LARGE = 5  # source contacts: golden contacts of so many and more are one size (chosen)
Flags = npt.NDArray[np.bool_]


def at_budgets(prepared: LinkageInputs, truth: Labels, budgets: Iterable[float] = BUDGETS) -> list[Found]:
    """Figures at each budget, as `dedupe match --model auto` would choose its thresholds for it."""
    return [_at(prepared, truth, budget) for budget in budgets]


def _at(prepared: LinkageInputs, truth: Labels, budget: float) -> Found:
    engine = rooms.engine(Settings())
    learned = learn(prepared, default_model(), MatchSettings(max_wrong_merges=budget), engine)
    matching = match_prepared(prepared, learned.model, NOBODY, NOBODY, engine)
    clusters = matching.clusters["cluster"].to_numpy()
    merges = expected_merges(learned.model, matching)
    mixed = ~holds_one_person(clusters, truth)[merges.cluster]
    return {
        "budget": budget,
        **rivals.measured(truth, clusters),
        "said": float((1 - merges.right).sum()) / max(len(merges.right), 1),
        "trained_for": learned.report.get("estimated_wrong_merges"),
        "by_size": [vars(group) for group in by_size(merges, mixed)],
        "by_evidence": [vars(group) for group in found_by_evidence(merges, mixed)],
    }


def by_size(merges: ExpectedMerges, mixed: Flags) -> list[MergesOfKind]:
    size = np.minimum(merges.contacts, LARGE)
    names = {number: f"{number} contacts" for number in range(2, LARGE)} | {LARGE: f"{LARGE} and more"}
    return [
        merges_of_kind(name, merges, mixed, size == number)
        for number, name in names.items()
        if (size == number).any()
    ]


def together(parts: Iterable[list[dict[str, Any]]]) -> list[MergesOfKind]:
    """The kinds of several subjects added up."""
    sums: dict[str, MergesOfKind] = {}
    for one in (MergesOfKind(**each) for part in parts for each in part):
        so_far = sums.get(one.kind, MergesOfKind(one.kind, 0, 0.0, 0))
        sums[one.kind] = MergesOfKind(
            one.kind,
            so_far.golden_contacts + one.golden_contacts,
            so_far.expected_wrong + one.expected_wrong,
            so_far.found_wrong + one.found_wrong,
        )
    return [sums[kind] for kind in sorted(sums)]
