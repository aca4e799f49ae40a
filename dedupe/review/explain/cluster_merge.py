"""The weight of a cluster merge: what counts when two golden contacts are joined or kept apart."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from uuid import UUID

import pyarrow as pa

from dedupe.arrays.units import BIT
from dedupe.clustering.agglomerative import CombiningRule
from dedupe.clustering.decided_constraints import constraints
from dedupe.clustering.merge_explanation import Join, TopicCount, explain_join
from dedupe.matching.comparisons.definitions import TOPICS
from dedupe.matching.features.build import build_features
from dedupe.matching.model.match_model import RIVALS
from dedupe.matching.term_frequencies import TermFrequencies
from dedupe.resolution.clusters import pair_evidence
from dedupe.review.explain.scored_pair import PublishedScorer, contacts_as_decided
from dedupe.storage import decisions, review_candidates
from dedupe.storage.database import Connection

_HOW = {
    CombiningRule.MIXTURE: "the mean odds of",
    CombiningRule.WORST: "the worst of",
    CombiningRule.MEAN: "on average over",
}


@dataclass(frozen=True, slots=True)
class TopicWeight:
    """One topic of a cluster merge, in bits; `told` says it in words."""

    topic: str
    rule: str  # mixture, worst, mean
    pairs: int
    weight: float
    told: str


@dataclass(frozen=True, slots=True)
class ClusterMerge:
    """A cluster merge explained: prior and parts add up to `weight` (bits); from `link` on it is enough."""

    left_members: int
    right_members: int
    rival: str
    prior: float
    parts: list[TopicWeight]
    worst: TopicWeight | None
    weight: float
    link: float


def explain_cluster_merge(
    connection: Connection, scorer: PublishedScorer, left: UUID, right: UUID
) -> ClusterMerge:
    """Weigh the merge of the golden contacts (or lone source contacts) that these two belong to."""
    sides = [sorted(review_candidates.companions(connection, [one])) for one in (left, right)]
    found = review_candidates.members(connection, [*sides[0], *sides[1]])
    groups = [[found[one] for one in side if one in found] for side in sides]
    members = [*groups[0], *groups[1]]
    first = len(groups[0])
    between = list(product(range(first), range(first, len(members))))
    pairs = pa.table(
        {
            "left": pa.array([one for one, _ in between], pa.int64()),
            "right": pa.array([other for _, other in between], pa.int64()),
        }
    )
    seeds = pa.array([str(member.id) for member in members], pa.string())
    held = constraints(decisions.judgements_around(connection, list(found)), seeds)
    features = build_features(contacts_as_decided(scorer, members), scorer.staff)
    weighed = pair_evidence(
        features, TermFrequencies.from_table(scorer.term_frequencies), scorer.model, pairs, held.together
    )
    return cluster_merge(explain_join(weighed), len(groups[0]), len(groups[1]), scorer.model.link)


def cluster_merge(join: Join, left: int, right: int, link: int) -> ClusterMerge:
    parts = [_part(one, join.rival) for one in join.parts]
    worst = _part(join.worst, join.rival) if join.worst else None
    return ClusterMerge(
        left, right, RIVALS[join.rival], join.prior / BIT, parts, worst, join.weight / BIT, link / BIT
    )


def _part(one: TopicCount, rival: int) -> TopicWeight:
    decided = one.topic == len(TOPICS)
    topic = "decision" if decided else TOPICS[one.topic].name
    about = "what people decided" if decided else TOPICS[one.topic].about
    weight = one.weights[rival] / BIT
    pairs = f"{one.pairs} pair{'s' if one.pairs > 1 else ''}"
    return TopicWeight(topic, one.rule.name.lower(), one.pairs, weight, f"{about} ({_HOW[one.rule]} {pairs})")
