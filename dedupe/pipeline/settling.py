"""From scored pairs to clusters: components of the pairs worth a look, settled by links or by the judge.

Where every pair of a component is a link, it is one person. Any other component of three and more is
judged: all of its pairs are weighed, those that never met in a block too, and `clustering.joining` joins
what holds together.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.clustering.breaking import bearable
from dedupe.clustering.clusters import clusters_table
from dedupe.clustering.joining import Judged, Rule, join
from dedupe.matching.columns import integers, pairs_of
from dedupe.matching.context import Context
from dedupe.matching.evidence import Evidence
from dedupe.matching.facts import FACTS, Fact
from dedupe.matching.match_model import MatchModel
from dedupe.matching.sampling import content_hashes
from dedupe.matching.scoring import weigh_parts

Positions = npt.NDArray[np.int64]

DECIDED = 1 << 22
"""The weight of a pair that a person decided to be the same."""
_PAIRS_AT_ONCE = 300_000


def _rule(fact: Fact) -> Rule:
    if fact.worst:
        return Rule.WORST
    return Rule.BEST if fact.name in ("email", "phone") else Rule.MEAN


_RULES = np.array([*(_rule(fact) for fact in FACTS), Rule.BEST], dtype=np.int8)


@dataclass(frozen=True)
class Decided:
    """Pairs that people decided; of the same contact numbers as the scored pairs."""

    apart: pa.Table
    together: pa.Table


def settled(
    facts: Evidence, context: Context, model: MatchModel, scored: pa.Table, decided: Decided
) -> pa.Table:
    """CLUSTERS of all contacts."""
    left, right, weight = _edges(scored, decided)
    label = bearable(facts.size, left, right, weight)
    apart = _inside(label, pairs_of(decided.apart))
    contested, split = _contested(label, left, right, weight, model, apart)
    label[split] = split
    rank = np.argsort(np.argsort(content_hashes(facts), kind="stable"), kind="stable")
    for components in _portions(label, contested):
        pairs = _all_pairs(label, components)
        judged = _judged(facts, context, model, pairs, decided)
        label = np.where(np.isin(label, components), join(label, rank, judged, apart), label)
    return clusters_table(label)


def _edges(scored: pa.Table, decided: Decided) -> tuple[Positions, Positions, Positions]:
    left, right = pairs_of(scored)
    one, other = pairs_of(decided.together)
    weight = np.concatenate([integers(scored.column("weight")), np.full(len(one), DECIDED)])
    return np.concatenate([left, one]), np.concatenate([right, other]), weight


def _inside(label: Positions, pairs: tuple[Positions, Positions]) -> tuple[Positions, Positions]:
    one, other = pairs
    same = label[one] == label[other]
    return one[same], other[same]


def _contested(
    label: Positions,
    left: Positions,
    right: Positions,
    weight: Positions,
    model: MatchModel,
    apart: tuple[Positions, Positions],
) -> tuple[Positions, Positions]:
    """Components to be judged, and contacts that stand alone without."""
    sizes = np.bincount(label, minlength=len(label))
    linked = (label[left] == label[right]) & (weight >= model.link)
    pairs = np.unique(np.stack([np.minimum(left, right), np.maximum(left, right)])[:, linked], axis=1)
    links = np.bincount(label[pairs[0]], minlength=len(label))
    whole = links == sizes * (sizes - 1) // 2
    whole[label[apart[0]]] = False
    alone = np.flatnonzero((sizes[label] == 2) & ~whole[label])
    return np.flatnonzero((sizes > 2) & ~whole), alone


def _portions(label: Positions, contested: Positions) -> Iterator[Positions]:
    """Contested components, as many at once as their pairs fit."""
    sizes = np.bincount(label, minlength=len(label))[contested]
    portion = np.cumsum(sizes * (sizes - 1) // 2) // _PAIRS_AT_ONCE
    for number in np.unique(portion):
        yield contested[portion == number]


def _all_pairs(label: Positions, components: Positions) -> pa.Table:
    """Every pair of contacts within the components."""
    members = np.flatnonzero(np.isin(label, components))
    members = members[np.argsort(label[members], kind="stable")]
    sizes = np.unique(label[members], return_counts=True)[1]
    starts = np.cumsum(sizes) - sizes
    lefts, rights = [], []
    for size in np.unique(sizes).tolist():
        one, other = np.triu_indices(size, 1)
        first = starts[sizes == size][:, None]
        lefts.append(members[(first + one).ravel()])
        rights.append(members[(first + other).ravel()])
    return pa.table({"left": pa.array(np.concatenate(lefts)), "right": pa.array(np.concatenate(rights))})


def _judged(
    facts: Evidence, context: Context, model: MatchModel, pairs: pa.Table, decided: Decided
) -> Judged:
    weights, spoken = weigh_parts(facts, context, model, pairs)
    same = np.isin(_code(pairs), _code(decided.together))
    return Judged(
        *pairs_of(pairs),
        weights=np.concatenate(
            [weights, np.repeat(same[:, None, None] * np.int32(DECIDED), 3, axis=1)], axis=2
        ),
        spoken=np.concatenate([spoken, same[:, None]], axis=1),
        rules=_RULES,
        prior=np.array(model.prior(context.contacts), dtype=np.int32),
        link=model.link,
    )


def _code(pairs: pa.Table) -> Positions:
    left, right = pairs_of(pairs)
    return (np.minimum(left, right) << 32) | np.maximum(left, right)


def judged_between(
    facts: Evidence, context: Context, model: MatchModel, pairs: pa.Table, together: pa.Table
) -> Judged:
    """What the judge of clusters sees in these pairs, for `clustering.telling`; `together` were decided."""
    return _judged(facts, context, model, pairs, Decided(together.slice(0, 0), together))
