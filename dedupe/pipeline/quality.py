"""What a night says of its own quality: measured where an audit of its model has answers, else estimated."""

from __future__ import annotations

from typing import Any

import numpy as np

from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.clustering.audit_estimates import Measured
from dedupe.clustering.audit_sampling import Estimate
from dedupe.clustering.decided_constraints import CERTAIN
from dedupe.clustering.expected_quality import Share, expected_quality
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.expected_merges import by_evidence, expected_merges
from dedupe.pipeline.merge_inputs import Merged, MergeInputs
from dedupe.pipeline.record_linkage import Matching
from dedupe.storage import audits
from dedupe.storage.database import Connection

ESTIMATED = "estimated"
_SHARES = ("wrong_merges", "wrong_pairs", "missed")
Told = dict[str, Any]


def quality(connection: Connection, inputs: MergeInputs, merged: Merged) -> Told:
    """The quality as it is reported: `basis`, and shares (share, low, high).

    `wrong_merges` of golden contacts of several source contacts, `wrong_pairs` beside it (of links, where
    estimated), `missed`. `by_evidence` is always estimated: see `expected_merges.by_evidence`. Where they are
    measured, `estimated` holds what the model alone says of them.
    """
    told = _estimated(inputs.model, merged.matching)
    known = inputs.model_id
    found = None if known is None else audits.measured_for(connection, known, inputs.model.link)
    if found is None:
        return told
    return told | {"estimated": {name: told[name] for name in _SHARES}} | _measured(found)


def _estimated(model: MatchModel, matching: Matching) -> Told:
    """Expected by the model's probabilities: of links, other pairs within clusters, and doubtful pairs."""
    label = integers(matching.clusters.column("cluster"))
    parts = [matching.links, _within(matching, label), matching.candidates]
    ends = [pairs_of(part) for part in parts]
    weights = np.concatenate([integers(part.column("weight")) for part in parts])
    chance = model.calibration.probability(weights.astype(np.int32))
    chance = np.where(weights >= CERTAIN, 1.0, chance)
    left, right = (np.concatenate([end[side] for end in ends]) for side in (0, 1))
    found = expected_quality(label, left, right, chance, len(matching.links))
    return {
        "basis": ESTIMATED,
        "wrong_merges": found.wrong_merges,
        "wrong_pairs": found.wrong_links,
        "missed": found.missed,
        "by_evidence": by_evidence(expected_merges(model, matching)),
    }


def _within(matching: Matching, label: np.ndarray[Any, np.dtype[np.int64]]) -> Any:
    """Scored pairs of one cluster that are no links themselves."""
    left, right = pairs_of(matching.scored)
    one, other = pairs_of(matching.links)
    free = ~np.isin((left << 32) | right, (np.minimum(one, other) << 32) | np.maximum(one, other))
    return matching.scored.filter(np.asarray((label[left] == label[right]) & free))


def _measured(found: Measured) -> Told:
    told: Told = {"basis": f"measured on {found.judged} audited decisions", "audit": str(found.audit)}
    named = {"wrong_merges": found.wrong_merges, "wrong_pairs": found.wrong_pairs, "missed": found.missed}
    return told | {name: _share(one) for name, one in named.items() if one.judged}


def _share(one: Estimate) -> Share:
    return one.share, one.low, one.high
