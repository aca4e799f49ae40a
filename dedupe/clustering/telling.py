"""What the judge of clusters counts when two groups of contacts are joined or refused, fact by fact.

The same sums as `joining` makes for a whole night, of one join.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.clustering.joining import Judged, Rule

Weights = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Counted:
    """One fact of a join: `pairs` of those between the groups speak of it, and by `rule` they weigh so much
    against each rival."""

    fact: int
    rule: Rule
    pairs: int
    weights: tuple[int, ...]


@dataclass(frozen=True)
class Join:
    """`rival` is the one that decides; prior and parts against it add up to `weight`."""

    rival: int
    prior: int
    parts: tuple[Counted, ...]
    weight: int

    @property
    def worst(self) -> Counted | None:
        """The part that speaks most against the join; None where none does."""
        against = [part for part in self.parts if part.weights[self.rival] < 0]
        return min(against, key=lambda part: part.weights[self.rival], default=None)


def join_of(judged: Judged) -> Join:
    """Of two groups; `judged` holds every pair between them and no other."""
    parts = [_counted(judged, fact) for fact in range(len(judged.rules)) if judged.spoken[:, fact].any()]
    sums = judged.prior.astype(np.int64)
    for part in parts:
        sums = sums + np.array(part.weights, np.int64)
    rival = int(sums.argmin())
    return Join(rival, int(judged.prior[rival]), tuple(parts), int(sums[rival]))


def _counted(judged: Judged, fact: int) -> Counted:
    said: Weights = judged.weights[judged.spoken[:, fact], :, fact].astype(np.int64)
    rule = Rule(int(judged.rules[fact]))
    if rule is Rule.BEST:
        counts = said.max(axis=0)
    elif rule is Rule.WORST:
        counts = said.min(axis=0)
    else:
        counts = said.sum(axis=0) // len(said)
    return Counted(fact, rule, len(said), tuple(counts.tolist()))
