"""Joining clusters by all that their contacts say: the judge for components that links alone can't settle.

A join of two clusters is judged as the pair of two contacts whose lists are the clusters' values: the prior
counts once; of emails and phones the best pair counts; of facts that can only contradict (generation and
identifiers) the worst; of names, birth date and circumstances the mean of all pairs that speak, so that one
stray resemblance does not outvote the rest. The strongest join comes first, ties by the order of members; a
join below the threshold or across an apart pair is refused.

Components of one size are joined side by side in one array: a night has hundreds of thousands of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

Positions = npt.NDArray[np.int64]
Weights = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]

_SILENT = np.int32(1 << 24)
_NEVER = np.int32(-(1 << 30))
_NUMBERS_AT_ONCE = 1 << 23


class Rule(IntEnum):
    """Which of the pairs between two clusters counts."""

    MEAN = 0
    BEST = 1
    WORST = 2


@dataclass(frozen=True)
class Judged:
    """What every pair of members of the components says: `weights[pair, rival, fact]`, 0 where silent.

    `rules[fact]` is a Rule; `prior[rival]` is added once.
    """

    left: Positions
    right: Positions
    weights: Weights
    spoken: Flags
    rules: npt.NDArray[np.int8]
    prior: Weights
    link: int


def join(
    component: Positions, rank: Positions, judged: Judged, apart: tuple[Positions, Positions]
) -> Positions:
    """For each contact the smallest contact of its cluster.

    `component[contact]` names the component; contacts whose component has no judged pair keep it as their
    cluster. `rank[contact]` orders equal joins. Apart pairs lie within components.
    """
    label = component.copy()
    members = np.flatnonzero(np.isin(component, component[judged.left]))
    order = members[np.lexsort((rank[members], component[members]))]
    starts = np.flatnonzero(np.concatenate([[True], np.diff(component[order]) != 0])) if len(order) else order
    sizes = np.diff(np.append(starts, len(order)))
    place = np.zeros(len(component), dtype=np.int64)  # of a contact in its component
    place[order] = np.arange(len(order)) - np.repeat(starts, sizes)
    which = np.zeros(len(component), dtype=np.int64)  # number of its component
    which[order] = np.repeat(np.arange(len(starts)), sizes)
    by_component = np.argsort(which[judged.left], kind="stable")
    for size, chosen in _batches(sizes, judged.weights[0].size if len(judged.weights) else 1):
        rows = by_component[np.isin(which[judged.left[by_component]], chosen)]
        batch = np.searchsorted(chosen, which[judged.left[rows]])
        ends = place[judged.left[rows]], place[judged.right[rows]]
        state = _State(len(chosen), size, judged, rows, batch, ends)
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


class _State:
    """Components of one size while they are joined; axis 0 is the component."""

    def __init__(
        self,
        components: int,
        size: int,
        judged: Judged,
        rows: Positions,
        batch: Positions,
        ends: tuple[Positions, Positions],
    ) -> None:
        self.prior, self.link = judged.prior, judged.link
        self.mean, self.best, self.worst = (np.flatnonzero(judged.rules == rule) for rule in Rule)
        rivals, facts = judged.weights.shape[1:]
        # Sums over pairs that speak, and their number; extremes by rule, their silence beyond all weights.
        self.said = np.zeros((components, size, size, rivals, facts), dtype=np.int32)
        self.said[..., self.best], self.said[..., self.worst] = -_SILENT, _SILENT
        self.told = np.zeros((components, size, size, facts), dtype=np.int16)
        spoken = judged.spoken[rows]
        said = np.where(spoken[:, None, :], judged.weights[rows], self.said[0, 0, 0])
        for one, other in (ends, ends[::-1]):
            self.said[batch, one, other] = said
            self.told[batch, one, other] = spoken
        self.cluster = np.tile(np.arange(size, dtype=np.int64), (components, 1))
        self.forbidden = np.zeros((components, size, size), dtype=bool)
        self.score = self._scores(self.said, self.told)
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
        a, b = self.said[which, kept], self.said[which, gone]
        said = a + b
        said[..., self.best] = np.maximum(a[..., self.best], b[..., self.best])
        said[..., self.worst] = np.minimum(a[..., self.worst], b[..., self.worst])
        told = self.told[which, kept] + self.told[which, gone]
        self.said[which, kept], self.told[which, kept] = said, told
        self.said[which, :, kept], self.told[which, :, kept] = said, told
        forbidden = self.forbidden[which, kept] | self.forbidden[which, gone]
        self.forbidden[which, kept] = forbidden
        self.forbidden[which, :, kept] = forbidden
        self.cluster[which] = np.where(
            self.cluster[which] == gone[:, None], kept[:, None], self.cluster[which]
        )
        score = self._scores(said, told)
        score[forbidden | self._buried(which)] = _NEVER
        score[np.arange(len(which)), kept] = _NEVER
        self.score[which, kept] = score
        self.score[which, :, kept] = score
        self.score[which, gone] = _NEVER
        self.score[which, :, gone] = _NEVER

    def _buried(self, which: Positions) -> Flags:
        """[component, place]: places that no longer stand for a cluster."""
        return np.asarray(self.cluster[which] != np.arange(self.cluster.shape[1]))

    def _scores(self, said: Weights, told: npt.NDArray[np.int16]) -> Weights:
        speaks = told > 0
        counts = np.maximum(told[..., self.mean], 1).astype(np.int32)[..., None, :]
        total = (said[..., self.mean] // counts).sum(axis=-1, dtype=np.int32)
        for facts in (self.best, self.worst):
            spoken = speaks[..., facts][..., None, :]
            total += np.where(spoken, said[..., facts], 0).sum(axis=-1, dtype=np.int32)
        return np.asarray((total + self.prior).min(axis=-1), dtype=np.int32)
