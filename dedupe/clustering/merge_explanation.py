"""The evidence by which two groups of contacts were joined or kept apart, topic by topic.

The sums are those of `agglomerative`, for a single join.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.clustering.agglomerative import SILENT, CombiningRule, PairEvidence, mean_odds_weight, odds


@dataclass(frozen=True)
class TopicCount:
    """One topic of a join: the number of pairs between the groups that speak of it most clearly, and the
    weight against each rival that they have by `rule`."""

    topic: int
    rule: CombiningRule
    pairs: int
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Join:
    """The evidence for a join of two groups, against the rival that decides.

    `prior` and the weights of `parts` against `rival` add up to `weight` (1/1024 bit).
    """

    rival: int
    prior: int
    parts: tuple[TopicCount, ...]
    weight: int

    @property
    def worst(self) -> TopicCount | None:
        """The topic with the lowest weight against the rival; None where no topic speaks against the join."""
        against = [part for part in self.parts if part.weights[self.rival] < 0]
        return min(against, key=lambda part: part.weights[self.rival], default=None)


def explain_join(evidence: PairEvidence) -> Join:
    """The evidence for the join of two groups; `evidence` holds every pair between them and no other."""
    topics = np.flatnonzero((evidence.clarity > SILENT).any(axis=0)).tolist()
    parts = [_counted(evidence, topic) for topic in topics]
    sums = evidence.prior.astype(np.int64)
    for part in parts:
        sums = sums + np.array(part.weights, np.int64)
    rival = int(sums.argmin())
    return Join(rival, int(evidence.prior[rival]), tuple(parts), int(sums[rival]))


def _counted(evidence: PairEvidence, topic: int) -> TopicCount:
    clarity = evidence.clarity[:, topic]
    said = evidence.weights[clarity == clarity.max(), :, topic]
    rule = CombiningRule(int(evidence.rules[topic]))
    if rule is CombiningRule.MIXTURE:
        counts = mean_odds_weight(said.max(axis=0), odds(said).sum(axis=0), np.array(len(said)))
    elif rule is CombiningRule.WORST:
        counts = said.min(axis=0)
    else:
        counts = said.sum(axis=0, dtype=np.int64) // len(said)
    return TopicCount(topic, rule, len(said), tuple(counts.tolist()))
