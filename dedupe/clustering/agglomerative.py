"""Agglomerative clustering of components in which not every pair is a link.

Two clusters are weighed as a pair of two contacts whose lists are the clusters' values, so the prior counts
once. A topic is a group of comparisons that say the same thing; each topic combines the weights of the pairs
between the two clusters by its rule. Topics that can only contradict (generation, identifiers) take the worst
pair; topics that say little (company, source) take the average. All others (names, addresses, phones, birth
dates) take the weight of the mean odds of the pairs that speak: a cluster is a mixture of its contacts, and a
person's next contact is written like one of those that are there. One pair that agrees is then worth much,
and less the more pairs disagree, without outvoting them or being outvoted by an alias. Where some pairs speak
clearly of a topic, vague ones don't count: E. Ali brings Emily and Ella Ali together by no name.

The strongest join is made first, ties by the order of members. A join is refused below the link threshold and
where it would bring together a pair that people decided to be different.

Components of one size are joined side by side in one array, because a night has hundreds of thousands of
them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.units import BIT

Positions = npt.NDArray[np.int64]
Weights = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Odds = npt.NDArray[np.float64]

_SILENT = np.int32(1 << 24)
_NEVER = np.int32(-(1 << 30))
_NUMBERS_AT_ONCE = 1 << 19  # of one array, which then stays in the processor's cache (measured)
_MOST_ODDS, _FINEST = 30, 256
"""Odds are whole numbers of 1/256 and at most 2^30 (chosen), so that their sums over a component are exact in
a double and the same in any order."""


SILENT, VAGUE, CLEAR = 0, 1, 2
"""How a pair speaks of a topic."""


class CombiningRule(IntEnum):
    """How a topic combines the weights of the pairs between two clusters."""

    MEAN = 0
    MIXTURE = 1
    WORST = 2


@dataclass(frozen=True)
class PairEvidence:
    """The match weights of every pair of members of the components, by rival and topic.

    `weights[pair, rival, topic]` is in 1/1024 bit and 0 where a contact of the pair is silent. `clarity[pair,
    topic]` is SILENT, VAGUE or CLEAR. A topic is a group of comparisons that say the same thing.
    `rules[topic]` is a `CombiningRule`; `prior[rival]` is added once; `link` is the link threshold.
    """

    left: Positions
    right: Positions
    weights: Weights
    clarity: npt.NDArray[np.int8]
    rules: npt.NDArray[np.int8]
    prior: Weights
    link: int


def join_clusters(
    component: Positions, rank: Positions, evidence: PairEvidence, apart: tuple[Positions, Positions]
) -> Positions:
    """The cluster of each contact, named by the smallest contact in it.

    `component[contact]` names the component; contacts whose component has no pair in `evidence` keep it as
    their cluster. `rank[contact]` orders joins of equal weight. The pairs `apart` lie within components.
    """
    label = component.copy()
    evidence = _by_rule(evidence)
    alone = _alone(evidence)
    paired = np.flatnonzero(np.isin(component, component[evidence.left]))
    label[paired] = paired
    linked = component[evidence.left[alone >= evidence.link]]  # in other components no join can be made
    members = np.flatnonzero(np.isin(component, linked))
    order = members[np.lexsort((rank[members], component[members]))]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(component[order]) != 0])) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    place = np.zeros(len(component), dtype=np.int64)  # of a contact in its component
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    which = np.full(len(component), -1, dtype=np.int64)  # number of its component
    which[order] = np.repeat(np.arange(len(starts)), sizes)
    by_component = np.argsort(which[evidence.left], kind="stable")
    bounds = np.searchsorted(which[evidence.left[by_component]], np.arange(len(starts) + 1))
    for size, chosen in _batches(sizes, evidence.weights[0].size if len(evidence.weights) else 1):
        pairs = bounds[chosen + 1] - bounds[chosen]
        batch = np.repeat(np.arange(len(chosen)), pairs)
        skipped = bounds[chosen] - (np.cumsum(pairs) - pairs)
        rows = by_component[np.arange(len(batch)) + skipped[batch]]
        ends = place[evidence.left[rows]], place[evidence.right[rows]]
        state = _State(len(chosen), size, evidence, rows, batch, ends, alone[rows])
        for one, other in (apart, apart[::-1]):
            state.forbid(chosen, which[one], place[one], place[other])
        cluster = state.joined()
        contacts = order[starts[chosen][:, None] + np.arange(size)]
        label[contacts] = _smallest(contacts, cluster)
    return label


def _by_rule(evidence: PairEvidence) -> PairEvidence:
    """The same with the topics ordered by rule, so that those of one rule are a slice and need no copy."""
    order = np.argsort(evidence.rules, kind="stable")
    return replace(
        evidence,
        weights=evidence.weights[:, :, order],
        clarity=evidence.clarity[:, order],
        rules=evidence.rules[order],
    )


def _alone(evidence: PairEvidence) -> Weights:
    """The score of each pair as a join of two contacts, for which every rule gives the pair's own weight."""
    spoken = evidence.clarity > SILENT
    total = np.where(spoken[:, None, :], evidence.weights, 0).sum(axis=-1, dtype=np.int32)
    return np.asarray((total + evidence.prior).min(axis=-1), dtype=np.int32)


def _batches(sizes: Positions, numbers: int) -> Iterator[tuple[int, Positions]]:
    """Components grouped by size, as many at a time as fit into `_NUMBERS_AT_ONCE`."""
    for size in np.unique(sizes).tolist():
        chosen = np.flatnonzero(sizes == size)
        step = max(1, _NUMBERS_AT_ONCE // (size * size * numbers))
        for start in range(0, len(chosen), step):
            yield size, chosen[start : start + step]


def _smallest(contacts: Positions, cluster: Positions) -> Positions:
    """[component, place]: the smallest contact of the cluster that the place belongs to."""
    same = cluster[:, :, None] == cluster[:, None, :]
    return np.asarray(np.where(same, contacts[:, None, :], np.iinfo(np.int64).max).min(axis=2))


def odds(weights: Weights) -> Odds:
    """Odds of weights in 1/1024 bit, rounded and bounded as `_MOST_ODDS` says."""
    return np.asarray(np.rint(np.exp2(np.minimum(weights / BIT, _MOST_ODDS)) * _FINEST) / _FINEST)


def mean_odds_weight(best: Weights, summed: Odds, pairs: npt.NDArray[np.integer[Any]]) -> Weights:
    """The weight (1/1024 bit) of the mean odds of some pairs, from the sum of their odds and the number of
    pairs.

    `best` is the weight of the strongest pair. Odds above the bound of `odds` are too low in the sum, so the
    result is kept between `best` and what `best` gives if all other pairs have odds of nought.
    """
    mean = np.rint(BIT * np.log2(np.maximum(summed, 1 / _FINEST) / pairs))
    least = best - np.rint(BIT * np.log2(pairs))
    return np.asarray(np.clip(mean, least, best), dtype=np.int32)


class _State:
    """Components of one size while they are joined; axis 0 of each array is the component."""

    def __init__(
        self,
        components: int,
        size: int,
        evidence: PairEvidence,
        rows: Positions,
        batch: Positions,
        ends: tuple[Positions, Positions],
        alone: Weights,
    ) -> None:
        self.prior, self.link = evidence.prior, evidence.link
        bounds = np.searchsorted(evidence.rules, [*CombiningRule, len(CombiningRule)])
        self.mean, self.mixture, self.worst = map(slice, bounds[:-1], bounds[1:])
        rivals, topics = evidence.weights.shape[1:]
        self.silence = np.zeros(topics, dtype=np.int32)  # beyond all weights where an extreme is taken
        self.silence[self.mixture], self.silence[self.worst] = -_SILENT, _SILENT
        # By topic: the sum or extreme of the pairs that speak most clearly, and how many do.
        self.totals = np.zeros((components, size, size, rivals, topics), dtype=np.int32) + self.silence
        self.odds = np.zeros((components, size, size, rivals, bounds[2] - bounds[1]), dtype=np.float64)
        self.speaking = np.zeros((components, size, size, topics), dtype=np.int16)
        self.clarity = np.zeros((components, size, size, topics), dtype=np.int8)
        clarity, weights = evidence.clarity[rows], evidence.weights[rows]
        spoken = clarity > SILENT
        totals = np.where(spoken[:, None, :], weights, self.silence)
        summed_odds = np.where(spoken[:, None, self.mixture], odds(weights[..., self.mixture]), 0.0)
        for one, other in (ends, ends[::-1]):
            self.totals[batch, one, other] = totals
            self.odds[batch, one, other] = summed_odds
            self.speaking[batch, one, other] = spoken
            self.clarity[batch, one, other] = clarity
        self.cluster = np.tile(np.arange(size, dtype=np.int64), (components, 1))
        self.forbidden = np.zeros((components, size, size), dtype=bool)
        self.score = np.full((components, size, size), _NEVER, dtype=np.int32)
        for one, other in (ends, ends[::-1]):
            self.score[batch, one, other] = alone

    def forbid(self, chosen: Positions, which: Positions, one: Positions, other: Positions) -> None:
        here = np.isin(which, chosen)
        self.forbidden[np.searchsorted(chosen, which[here]), one[here], other[here]] = True

    def joined(self) -> Positions:
        """[component, place]: the place that stands for the cluster, once no join is left that reaches the
        threshold."""
        active = np.arange(len(self.score))
        self.score[self.forbidden] = _NEVER
        size = self.score.shape[1]
        for _ in range(size - 1):
            flat = self.score[active].reshape(len(active), -1)
            best = flat.argmax(axis=1)
            strong = flat[np.arange(len(active)), best] >= self.link
            active, best = active[strong], best[strong]
            if not len(active):
                break
            one, other = np.divmod(best, size)
            self._merge(active, np.minimum(one, other), np.maximum(one, other))
        return self.cluster

    def _merge(self, which: Positions, kept: Positions, gone: Positions) -> None:
        clarity = np.maximum(self.clarity[which, kept], self.clarity[which, gone])
        a, summed_odds, speaking = self._as_clear(which, kept, clarity)
        b, more_odds, more_speaking = self._as_clear(which, gone, clarity)
        totals = a + b
        totals[..., self.mixture] = np.maximum(a[..., self.mixture], b[..., self.mixture])
        totals[..., self.worst] = np.minimum(a[..., self.worst], b[..., self.worst])
        speaking, summed_odds = speaking + more_speaking, summed_odds + more_odds
        joint = (
            (self.totals, totals),
            (self.odds, summed_odds),
            (self.speaking, speaking),
            (self.clarity, clarity),
        )
        for mine, new in joint:
            mine[which, kept] = new
            mine[which, :, kept] = new
        forbidden = self.forbidden[which, kept] | self.forbidden[which, gone]
        self.forbidden[which, kept] = forbidden
        self.forbidden[which, :, kept] = forbidden
        self.cluster[which] = np.where(
            self.cluster[which] == gone[:, None], kept[:, None], self.cluster[which]
        )
        score = self._scores(totals, summed_odds, speaking)
        score[forbidden | self._merged_away(which)] = _NEVER
        score[np.arange(len(which)), kept] = _NEVER
        self.score[which, kept] = score
        self.score[which, :, kept] = score
        self.score[which, gone] = _NEVER
        self.score[which, :, gone] = _NEVER

    def _as_clear(
        self, which: Positions, one: Positions, clarity: npt.NDArray[np.int8]
    ) -> tuple[Weights, Odds, npt.NDArray[np.int16]]:
        """Totals, odds and speaking pairs of `one` with every other place, silent where they are less clear
        than `clarity`."""
        counts = self.clarity[which, one] == clarity
        totals = np.where(counts[..., None, :], self.totals[which, one], self.silence)
        summed_odds = np.where(counts[..., None, self.mixture], self.odds[which, one], 0.0)
        return totals, summed_odds, np.where(counts, self.speaking[which, one], 0).astype(np.int16)

    def _merged_away(self, which: Positions) -> Flags:
        """[component, place]: whether the place no longer stands for a cluster."""
        return np.asarray(self.cluster[which] != np.arange(self.cluster.shape[1]))

    def _scores(self, totals: Weights, summed_odds: Odds, speaking: npt.NDArray[np.int16]) -> Weights:
        counts = np.maximum(speaking, 1)[..., None, :]
        speaks = (speaking > 0)[..., None, :]
        total = (totals[..., self.mean] // counts[..., self.mean]).sum(axis=-1, dtype=np.int32)
        total += np.where(speaks[..., self.worst], totals[..., self.worst], 0).sum(axis=-1, dtype=np.int32)
        mixture = mean_odds_weight(totals[..., self.mixture], summed_odds, counts[..., self.mixture])
        total += np.where(speaks[..., self.mixture], mixture, 0).sum(axis=-1, dtype=np.int32)
        return np.asarray((total + self.prior).min(axis=-1), dtype=np.int32)
