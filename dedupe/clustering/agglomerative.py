"""Joining clusters by all that their contacts say: the judge for components that links alone can't settle.

A join of two clusters is judged as the pair of two contacts whose lists are the clusters' values: the prior
counts once. What contradicts only (generation and identifiers) counts by the worst pair, circumstances that
say little (company, source) on average. For all else a cluster is a mixture of its contacts: a person's next
contact is written like one of those that there are, so that the odds of names, addresses, phones and birth
dates are the mean of the odds of all pairs that speak. One pair that agrees is then worth much and less the
more disagree; it neither outvotes them all nor is it voted down by an alias. The strongest join comes first,
ties by the order of members; a join below the threshold or across an apart pair is refused.

Components of one size are joined side by side in one array: a night has hundreds of thousands of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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
_NUMBERS_AT_ONCE = 1 << 23
_MOST_ODDS, _FINEST = 30, 256
"""Odds are whole numbers of 1/256 and at most 2^30, so that their sums over a component are exact in a double
and the same in any order."""


class CombiningRule(IntEnum):
    """How the pairs between two clusters count together."""

    MEAN = 0
    MIXTURE = 1
    WORST = 2


@dataclass(frozen=True)
class PairEvidence:
    """What every pair of members of the components says: `weights[pair, rival, topic]` in 1/1024 bit, 0 where
    silent (`spoken[pair, topic]`). A topic is what facts say together that tell the same thing.

    `rules[topic]` is a Rule; `prior[rival]` is added once.
    """

    left: Positions
    right: Positions
    weights: Weights
    spoken: Flags
    rules: npt.NDArray[np.int8]
    prior: Weights
    link: int


def join_clusters(
    component: Positions, rank: Positions, evidence: PairEvidence, apart: tuple[Positions, Positions]
) -> Positions:
    """For each contact the smallest contact of its cluster.

    `component[contact]` names the component; contacts whose component has no judged pair keep it as their
    cluster. `rank[contact]` orders equal joins. Apart pairs lie within components.
    """
    label = component.copy()
    members = np.flatnonzero(np.isin(component, component[evidence.left]))
    order = members[np.lexsort((rank[members], component[members]))]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(component[order]) != 0])) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    place = np.zeros(len(component), dtype=np.int64)  # of a contact in its component
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    which = np.zeros(len(component), dtype=np.int64)  # number of its component
    which[order] = np.repeat(np.arange(len(starts)), sizes)
    by_component = np.argsort(which[evidence.left], kind="stable")
    for size, chosen in _batches(sizes, evidence.weights[0].size if len(evidence.weights) else 1):
        rows = by_component[np.isin(which[evidence.left[by_component]], chosen)]
        batch = np.searchsorted(chosen, which[evidence.left[rows]])
        ends = place[evidence.left[rows]], place[evidence.right[rows]]
        state = _State(len(chosen), size, evidence, rows, batch, ends)
        for one, other in (apart, apart[::-1]):
            state.forbid(chosen, which[one], place[one], place[other])
        cluster = state.joined()
        contacts = order[starts[chosen][:, None] + np.arange(size)]
        label[contacts] = _smallest(contacts, cluster)
    return label


def _batches(sizes: Positions, numbers: int) -> Iterator[tuple[int, Positions]]:
    """Components of one size, as many at once as fit."""
    for size in np.unique(sizes).tolist():
        chosen = np.flatnonzero(sizes == size)
        step = max(1, _NUMBERS_AT_ONCE // (size * size * numbers))
        for start in range(0, len(chosen), step):
            yield size, chosen[start : start + step]


def _smallest(contacts: Positions, cluster: Positions) -> Positions:
    """[component, place]: the smallest contact among those with the same cluster."""
    same = cluster[:, :, None] == cluster[:, None, :]
    return np.asarray(np.where(same, contacts[:, None, :], np.iinfo(np.int64).max).min(axis=2))


def odds(weights: Weights) -> Odds:
    return np.asarray(np.rint(np.exp2(np.minimum(weights / BIT, _MOST_ODDS)) * _FINEST) / _FINEST)


def mean_odds_weight(best: Weights, summed: Odds, pairs: npt.NDArray[np.integer[Any]]) -> Weights:
    """The weight of the mean of the odds of some pairs, by their sum; `best` is the weight of the strongest.

    Odds beyond what can be added up exactly are bounded: the mean is at most the best and at least the best
    alone among all pairs.
    """
    mean = np.rint(BIT * np.log2(np.maximum(summed, 1 / _FINEST) / pairs))
    least = best - np.rint(BIT * np.log2(pairs))
    return np.asarray(np.clip(mean, least, best), dtype=np.int32)


class _State:
    """Components of one size while they are joined; axis 0 is the component."""

    def __init__(
        self,
        components: int,
        size: int,
        evidence: PairEvidence,
        rows: Positions,
        batch: Positions,
        ends: tuple[Positions, Positions],
    ) -> None:
        self.prior, self.link = evidence.prior, evidence.link
        self.mean, self.mixture, self.worst = (
            np.flatnonzero(evidence.rules == rule) for rule in CombiningRule
        )
        rivals, topics = evidence.weights.shape[1:]
        # By topic: the sum or extreme of the pairs that speak, and how many do; silence is beyond all weights.
        self.totals = np.zeros((components, size, size, rivals, topics), dtype=np.int32)
        self.totals[..., self.mixture], self.totals[..., self.worst] = -_SILENT, _SILENT
        self.odds = np.zeros((components, size, size, rivals, len(self.mixture)), dtype=np.float64)
        self.speaking = np.zeros((components, size, size, topics), dtype=np.int16)
        spoken = evidence.spoken[rows]
        weights = evidence.weights[rows]
        totals = np.where(spoken[:, None, :], weights, self.totals[0, 0, 0])
        summed_odds = np.where(spoken[:, None, self.mixture], odds(weights[..., self.mixture]), 0.0)
        for one, other in (ends, ends[::-1]):
            self.totals[batch, one, other] = totals
            self.odds[batch, one, other] = summed_odds
            self.speaking[batch, one, other] = spoken
        self.cluster = np.tile(np.arange(size, dtype=np.int64), (components, 1))
        self.forbidden = np.zeros((components, size, size), dtype=bool)
        self.score = self._scores(self.totals, self.odds, self.speaking)
        self.score[:, np.arange(size), np.arange(size)] = _NEVER

    def forbid(self, chosen: Positions, which: Positions, one: Positions, other: Positions) -> None:
        here = np.isin(which, chosen)
        self.forbidden[np.searchsorted(chosen, which[here]), one[here], other[here]] = True

    def joined(self) -> Positions:
        """[component, place] → the place that stands for its cluster."""
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
        a, b = self.totals[which, kept], self.totals[which, gone]
        totals = a + b
        totals[..., self.mixture] = np.maximum(a[..., self.mixture], b[..., self.mixture])
        totals[..., self.worst] = np.minimum(a[..., self.worst], b[..., self.worst])
        speaking = self.speaking[which, kept] + self.speaking[which, gone]
        summed_odds = self.odds[which, kept] + self.odds[which, gone]
        for mine, new in ((self.totals, totals), (self.odds, summed_odds), (self.speaking, speaking)):
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

    def _merged_away(self, which: Positions) -> Flags:
        """[component, place]: places that no longer stand for a cluster."""
        return np.asarray(self.cluster[which] != np.arange(self.cluster.shape[1]))

    def _scores(self, totals: Weights, summed_odds: Odds, speaking: npt.NDArray[np.int16]) -> Weights:
        counts = np.maximum(speaking, 1)[..., None, :]
        speaks = (speaking > 0)[..., None, :]
        total = (totals[..., self.mean] // counts[..., self.mean]).sum(axis=-1, dtype=np.int32)
        total += np.where(speaks[..., self.worst], totals[..., self.worst], 0).sum(axis=-1, dtype=np.int32)
        mixture = mean_odds_weight(totals[..., self.mixture], summed_odds, counts[..., self.mixture])
        total += np.where(speaks[..., self.mixture], mixture, 0).sum(axis=-1, dtype=np.int32)
        return np.asarray((total + self.prior).min(axis=-1), dtype=np.int32)
