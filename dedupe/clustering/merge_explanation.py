"""What the judge of clusters counts when two groups of contacts are joined or refused, topic by topic.

The same sums as `joining` makes for a whole night, of one join.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.clustering.agglomerative import CombiningRule, PairEvidence, mean_odds_weight, odds


@dataclass(frozen=True)
class TopicCount:
    """One topic of a join: `pairs` of those between the groups speak of it, and by `rule` they weigh so much
    against each rival."""

    topic: int
    rule: CombiningRule
    pairs: int
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Join:
    """`rival` is the one that decides; prior and parts against it add up to `weight`."""

    rival: int
    prior: int
    parts: tuple[TopicCount, ...]
    weight: int

    @property
    def worst(self) -> TopicCount | None:
        """The part that speaks most against the join; None where none does."""
        against = [part for part in self.parts if part.weights[self.rival] < 0]
        return min(against, key=lambda part: part.weights[self.rival], default=None)


def explain_join(evidence: PairEvidence) -> Join:
    """Of two groups; `judged` holds every pair between them and no other."""
    topics = np.flatnonzero(evidence.spoken.any(axis=0)).tolist()
    parts = [_counted(evidence, topic) for topic in topics]
    sums = evidence.prior.astype(np.int64)
    for part in parts:
        sums = sums + np.array(part.weights, np.int64)
    rival = int(sums.argmin())
    return Join(rival, int(evidence.prior[rival]), tuple(parts), int(sums[rival]))


def _counted(evidence: PairEvidence, topic: int) -> TopicCount:
    said = evidence.weights[evidence.spoken[:, topic], :, topic]
    rule = CombiningRule(int(evidence.rules[topic]))
    if rule is CombiningRule.MIXTURE:
        counts = mean_odds_weight(said.max(axis=0), odds(said).sum(axis=0), np.array(len(said)))
    elif rule is CombiningRule.WORST:
        counts = said.min(axis=0)
    else:
        counts = said.sum(axis=0, dtype=np.int64) // len(said)
    return TopicCount(topic, rule, len(said), tuple(counts.tolist()))
