"""Scored pairs to clusters: connected components of the pairs from the review threshold on, each resolved by
itself.

A component in which every pair is a link is one cluster. In any other component of three contacts or more all
pairs are weighed, those that share no block included, and `clustering.agglomerative` makes the clusters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.numpy_columns import among, integers, pair_codes, pairs_of, rising
from dedupe.clustering.agglomerative import CLEAR, VAGUE, CombiningRule, PairEvidence, join_clusters
from dedupe.clustering.clusters import clusters_table
from dedupe.clustering.oversized_components import bounded_components
from dedupe.engines.engine import Each, in_turn
from dedupe.matching.blocking.exact_duplicates import first_of_duplicates
from dedupe.matching.comparisons.definitions import TOPICS
from dedupe.matching.features.build import Features
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.model.scoring import weigh_parts
from dedupe.matching.term_frequencies import TermFrequencies

Positions = npt.NDArray[np.int64]

DECIDED = 1 << 22
"""The weight of a pair that a person decided to be the same, in 1/1024 bit (chosen): above any sum of match
weights."""
_PAIRS_AT_ONCE = 100_000
"""Pairs weighed in one portion, which bounds memory (chosen)."""


_RULES = np.array(
    [*(CombiningRule[topic.between_clusters.upper()] for topic in TOPICS), CombiningRule.WORST], dtype=np.int8
)
"""The rule of each topic; the last topic is what people decided, "same" or nothing."""


@dataclass(frozen=True)
class DecidedPairs:
    """Pairs (left, right) that people decided, with the contact numbers of the scored pairs."""

    apart: pa.Table
    together: pa.Table


def resolve_clusters(
    features: Features,
    term_frequencies: TermFrequencies,
    model: MatchModel,
    scored: pa.Table,
    decided: DecidedPairs,
    each: Each = in_turn,
    duplicates_known: bool = False,
) -> pa.Table:
    """CLUSTERS of the contacts of `features`, which make up whole components.

    `scored` (left, right, weight) are their scored pairs from the review threshold on; `decided` names
    contacts by the same numbers. With `duplicates_known` the linked ones of exact duplicates are left out of
    the pairs already. `each` resolves portions.
    """
    alone = np.arange(features.size, dtype=np.int64)
    known = alone if duplicates_known else first_of_duplicates(features)
    first = _first_of_linked_duplicates(known, model, scored, decided)
    left, right, weight = _edges(scored, decided, first)
    label = bounded_components(features.size, left, right, weight)
    apart = _inside(label, pairs_of(decided.apart))
    contested, split = _contested(label, left, right, weight, model, apart)
    del left, right, weight
    label[split] = split

    def joined(members: Positions) -> Positions:
        """The contacts that stand for the clusters of a portion's members."""
        pairs = _all_pairs(members, label[members])
        weighed = _pair_evidence(features, term_frequencies, model, pairs, decided)
        rank = _inverse(np.argsort(features.content[members], kind="stable"))
        return members[join_clusters(label[members], rank, _among(members, weighed), _places(members, apart))]

    portions = _portions(label, contested)
    found = each(joined, portions)
    for members, clusters in zip(portions, found, strict=True):
        label[members] = clusters
    return clusters_table(label[first])


def component_parts(contacts: int, scored: pa.Table, decided: DecidedPairs) -> Positions:
    """The parts of components of so many contacts, none too large to be resolved; tables as
    `resolve_clusters` takes them, without linked exact duplicates."""
    everyone = np.arange(contacts, dtype=np.int64)
    return bounded_components(contacts, *_edges(scored, decided, everyone))


def linked_duplicates_sql(link: int) -> str:
    """A statement over `duplicates`, `scored` and `decided` (a column contact): the duplicates for which the
    first stands, because the two are linked and no decision names the other."""
    return f"""
SELECT d.left, d.right
FROM duplicates d
JOIN scored s ON s.left = d.left AND s.right = d.right
LEFT JOIN decided n ON n.contact = d.right
WHERE s.weight >= {link} AND n.contact IS NULL
"""


UNLINKED_SQL = """
SELECT s.left, s.right, s.weight
FROM scored s
LEFT JOIN linked d ON d.right = s.right
WHERE d.right IS NULL
"""
"""The scored pairs without those of linked duplicates."""

WITH_LINKED_SQL = """
SELECT c.contact, coalesce(f.cluster, c.cluster) AS cluster
FROM clusters c
LEFT JOIN linked d ON d.right = c.contact
LEFT JOIN clusters f ON f.contact = d.left
ORDER BY c.contact NULLS LAST
"""
"""CLUSTERS with linked duplicates in that of their first."""


def _first_of_linked_duplicates(
    first: Positions, model: MatchModel, scored: pa.Table, decided: DecidedPairs
) -> Positions:
    """The contact that stands for each contact: the first of its exact duplicates, else the contact itself.

    A first stands for a duplicate only where the two are linked and no decision names either.
    """
    left, right = pairs_of(scored)
    linked = np.zeros(len(first), dtype=bool)
    strong = (first[right] == left) & (integers(scored.column("weight")) >= model.link)
    linked[right[strong]] = True
    for pairs in (decided.apart, decided.together):
        for side in pairs_of(pairs):
            linked[side] = False
    return np.where(linked, first, np.arange(len(first)))


def _among(members: Positions, weighed: PairEvidence) -> PairEvidence:
    """The same evidence with contacts named by their positions in `members`."""
    left, right = np.searchsorted(members, weighed.left), np.searchsorted(members, weighed.right)
    return replace(weighed, left=left, right=right)


def _places(members: Positions, pairs: tuple[Positions, Positions]) -> tuple[Positions, Positions]:
    """The pairs of which both contacts are in `members`, by their positions there."""
    here = np.isin(pairs[0], members)
    return np.searchsorted(members, pairs[0][here]), np.searchsorted(members, pairs[1][here])


def _inverse(order: Positions) -> Positions:
    inverse = np.empty(len(order), dtype=np.int64)
    inverse[order] = np.arange(len(order))
    return inverse


def _edges(
    scored: pa.Table, decided: DecidedPairs, first: Positions
) -> tuple[Positions, Positions, Positions]:
    """Left contact, right contact and weight of every pair, without pairs between linked exact duplicates."""
    (left, right), weight = pairs_of(scored), integers(scored.column("weight"))
    one, other = pairs_of(decided.together)
    if not len(one) and (first == np.arange(len(first))).all():
        return left, right, weight  # without a copy: these are the largest columns of a run from here on
    left, right = first[np.concatenate([left, one])], first[np.concatenate([right, other])]
    weight = np.concatenate([weight, np.full(len(one), DECIDED)])
    apart = left != right
    return left[apart], right[apart], weight[apart]


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
    """The labels of the components in which all pairs are to be weighed."""
    sizes = np.bincount(label, minlength=len(label))
    linked = (label[left] == label[right]) & (weight >= model.link)
    linked_once = rising(pair_codes(left[linked], right[linked])) >> 32
    links = np.bincount(label[linked_once], minlength=len(label))
    whole = links == sizes * (sizes - 1) // 2
    whole[label[apart[0]]] = False
    alone = np.flatnonzero((sizes[label] == 2) & ~whole[label])
    return np.flatnonzero((sizes > 2) & ~whole), alone


def _portions(label: Positions, contested: Positions) -> list[Positions]:
    """The members of contested components, ascending, in portions of as many components as `_PAIRS_AT_ONCE`
    allows."""
    sizes = np.bincount(label, minlength=len(label))[contested]
    portion_of = np.full(len(label), -1, dtype=np.int64)
    portion_of[contested] = np.cumsum(sizes * (sizes - 1) // 2) // _PAIRS_AT_ONCE
    members = np.flatnonzero(portion_of[label] >= 0)
    portion = portion_of[label[members]]
    members = members[np.argsort(portion, kind="stable")]
    bounds = np.flatnonzero(np.diff(np.sort(portion))) + 1
    return np.split(members, bounds) if len(members) else []


def _all_pairs(members: Positions, label: Positions) -> pa.Table:
    """Every pair of members of one component; `label[i]` is the component of `members[i]`."""
    members = members[np.argsort(label, kind="stable")]
    sizes = np.unique(label, return_counts=True)[1]
    starts = np.cumsum(sizes) - sizes
    lefts, rights = [], []
    for size in np.unique(sizes).tolist():
        one, other = np.triu_indices(size, 1)
        first = starts[sizes == size][:, None]
        lefts.append(members[(first + one).ravel()])
        rights.append(members[(first + other).ravel()])
    return pa.table({"left": pa.array(np.concatenate(lefts)), "right": pa.array(np.concatenate(rights))})


def _pair_evidence(
    features: Features,
    term_frequencies: TermFrequencies,
    model: MatchModel,
    pairs: pa.Table,
    decided: DecidedPairs,
) -> PairEvidence:
    topics = [topic.comparisons for topic in TOPICS]
    weights, spoken = weigh_parts(features, term_frequencies, model, pairs, topics)
    same = among(pairs, decided.together)
    by_decision = np.repeat(same[:, None, None] * np.int32(DECIDED), weights.shape[1], axis=1)
    return PairEvidence(
        *pairs_of(pairs),
        weights=np.concatenate([weights, by_decision], axis=2),
        clarity=_clarity(features, pairs, spoken, same),
        rules=_RULES,
        prior=np.array(model.prior(term_frequencies.contacts), dtype=np.int32),
        link=model.link,
    )


def _clarity(
    features: Features, pairs: pa.Table, spoken: npt.NDArray[np.bool_], same: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int8]:
    """[pair, topic] as `PairEvidence` wants it; the last topic is what people decided (`same`)."""
    left, right = pairs_of(pairs)
    whole = features.whole_named[left] & features.whole_named[right]
    clear = np.where(whole, np.int8(CLEAR), np.int8(VAGUE))
    by_topic = [
        speaks * (clear if topic.vague_unless_whole else np.int8(CLEAR))
        for speaks, topic in zip(spoken.T, TOPICS, strict=True)
    ]
    return np.stack([*by_topic, same * np.int8(CLEAR)], axis=1).astype(np.int8)


def pair_evidence(
    features: Features,
    term_frequencies: TermFrequencies,
    model: MatchModel,
    pairs: pa.Table,
    together: pa.Table,
) -> PairEvidence:
    """The evidence of pairs for and against joining clusters, for `agglomerative` and `merge_explanation`.

    `pairs`, and `together` (those that people decided to be one person), name contacts of `features` by
    number.
    """
    return _pair_evidence(
        features, term_frequencies, model, pairs, DecidedPairs(together.slice(0, 0), together)
    )
