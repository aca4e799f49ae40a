"""What is expected of the golden contacts of a matching, by the evidence that they rest on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import among, integers, pairs_of
from dedupe.clustering.decided_constraints import CERTAIN
from dedupe.clustering.expected_quality import share_expected, spanned_clusters
from dedupe.matching.comparisons.definitions import NAMES
from dedupe.matching.evidence_class import evidence_classes
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.record_linkage import Matching

DECIDED = "a decision"
WORTH_A_LINE = 0.1  # golden contacts that are expected to hold two people; chosen


@dataclass(frozen=True)
class ExpectedMerges:
    """A row a cluster of several contacts: its label, how many they are, the probability `right` that all are
    one person, and the evidence class of the weakest pair that it rests on."""

    cluster: npt.NDArray[np.int64]
    contacts: npt.NDArray[np.int64]
    right: npt.NDArray[np.float64]
    evidence: npt.NDArray[np.str_]


def expected_merges(model: MatchModel, matching: Matching) -> ExpectedMerges:
    """What is expected of each cluster, by the calibrated probabilities of the pairs within it."""
    label = integers(matching.clusters.column("cluster"))
    decided = matching.links.filter(pa.array(integers(matching.links.column("weight")) >= CERTAIN))
    left, right = pairs_of(matching.scored)
    free = (label[left] == label[right]) & ~among(matching.scored, decided)
    scored = matching.scored.filter(pa.array(free))
    chance = model.calibration.probability(integers(scored.column("weight")).astype(np.int32))
    left, right = (np.concatenate(ends) for ends in zip(pairs_of(scored), pairs_of(decided), strict=True))
    found = spanned_clusters(label, left, right, np.concatenate([chance, np.ones(len(decided))]))
    return ExpectedMerges(
        found.cluster, np.bincount(label)[found.cluster], found.right, _evidence(scored, found.weakest)
    )


def _evidence(scored: pa.Table, pair: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """The evidence class of pairs by their positions; decided ones stand behind the scored ones."""
    free = pair < len(scored)
    rows = scored.take(pair[free])
    named = evidence_classes({name: rows.column(name).to_numpy() for name in NAMES})
    found = np.full(len(pair), DECIDED, dtype=np.object_)
    found[free] = named
    return found.astype(np.str_)


@dataclass(frozen=True)
class MergesOfKind:
    """Golden contacts of one kind: how many there are, how many of them are expected to hold two people, and
    how many do by the truth."""

    kind: str
    golden_contacts: int
    expected_wrong: float
    found_wrong: int


def merges_of_kind(
    kind: str, merges: ExpectedMerges, mixed: npt.NDArray[np.bool_], here: npt.NDArray[np.bool_]
) -> MergesOfKind:
    """The golden contacts that are `here`; `mixed` are those that hold two people."""
    expected = round(float((1 - merges.right[here]).sum()), 2)
    return MergesOfKind(kind, int(here.sum()), expected, int(mixed[here].sum()))


def found_by_evidence(merges: ExpectedMerges, mixed: npt.NDArray[np.bool_]) -> tuple[MergesOfKind, ...]:
    """Golden contacts by the evidence they rest on, held against the truth, the commonest first."""
    kinds = np.unique(merges.evidence).tolist()
    found = [merges_of_kind(kind, merges, mixed, merges.evidence == kind) for kind in kinds]
    return tuple(sorted(found, key=lambda one: -one.golden_contacts))


def by_evidence(merges: ExpectedMerges) -> dict[str, dict[str, Any]]:
    """Golden contacts by the evidence they rest on, most expected wrong ones first: `golden_contacts`,
    `expected_wrong`, how many of them hold two people, and `wrong_merges`, their share (share, low, high)."""
    told: dict[str, dict[str, Any]] = {}
    for kind in np.unique(merges.evidence).tolist():
        wrong = 1 - merges.right[merges.evidence == kind]
        told[kind] = {
            "golden_contacts": len(wrong),
            "expected_wrong": round(float(wrong.sum()), 1),
            "wrong_merges": share_expected(wrong, len(wrong)),
        }
    return dict(sorted(told.items(), key=lambda one: -float(one[1]["expected_wrong"])))


def evidence_lines(told: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """Where wrong merges are expected, in words; kinds of which hardly any is expected are left out. `told`
    is as `by_evidence` gives it."""
    return [
        f"by {kind}: {one['golden_contacts']:,} golden contacts, about {one['expected_wrong']:,.1f} "
        "expected to hold two people"
        for kind, one in told.items()
        if one["expected_wrong"] >= WORTH_A_LINE
    ]
