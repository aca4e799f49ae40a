import math
import random
from dataclasses import replace
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.clustering.agglomerative import CLEAR, SILENT, VAGUE, CombiningRule, PairEvidence, join_clusters
from dedupe.clustering.clusters import components
from dedupe.clustering.oversized_components import bounded_components

RULES = np.array([CombiningRule.MEAN, CombiningRule.MIXTURE, CombiningRule.WORST], dtype=np.int8)
PRIOR = np.array([-3 * BIT, -2 * BIT], dtype=np.int32)
LINK = 2 * BIT


def pair_evidence(size: int, said: Any, spoken: Any) -> PairEvidence:
    left, right = np.triu_indices(size, 1)
    weights = np.array(said, dtype=np.int32).reshape(len(left), 2, 3)
    return PairEvidence(
        left, right, weights, np.array(spoken, dtype=np.int8).reshape(len(left), 3), RULES, PRIOR, LINK
    )


def clusters_of(case: PairEvidence, size: int, apart: list[tuple[int, int]]) -> list[int]:
    ends = np.array(apart, dtype=np.int64).reshape(-1, 2).T
    label = join_clusters(np.zeros(size, np.int64), np.arange(size), case, (ends[0], ends[1]))
    return [int(one) for one in label]


def naive_clusters(case: PairEvidence, size: int, apart: list[tuple[int, int]]) -> list[int]:
    """The rule written plainly: the best join of two groups, as often as one is good enough."""
    groups = [[member] for member in range(size)]
    while True:
        possible = [
            (strength(case, one, other), -one[0], -other[0])
            for i, one in enumerate(groups)
            for other in groups[i + 1 :]
            if not any((a in one and b in other) or (b in one and a in other) for a, b in apart)
        ]
        best = max(possible, default=(LINK - 1, 0, 0))
        if best[0] < LINK:
            return [min(next(group for group in groups if member in group)) for member in range(size)]
        one, other = (next(group for group in groups if group[0] == -first) for first in best[1:])
        groups = sorted([sorted(one + other), *(g for g in groups if g is not one and g is not other)])


def strength(case: PairEvidence, one: list[int], other: list[int]) -> int:
    pairs = {(min(a, b), max(a, b)) for a in one for b in other}
    rows = [i for i, pair in enumerate(zip(case.left, case.right, strict=True)) if pair in pairs]
    sums = []
    for rival in range(2):
        total = int(PRIOR[rival])
        for topic, rule in enumerate(RULES):
            clearest = max([int(case.clarity[row, topic]) for row in rows], default=SILENT)
            weights = [
                int(case.weights[row, rival, topic])
                for row in rows
                if case.clarity[row, topic] == clearest > SILENT
            ]
            if weights:
                total += by_rule(CombiningRule(int(rule)), weights)
        sums.append(total)
    return min(sums)


def by_rule(rule: CombiningRule, weights: list[int]) -> int:
    if rule is CombiningRule.MEAN:
        return sum(weights) // len(weights)
    return min(weights) if rule is CombiningRule.WORST else mixture(weights)


def mixture(weights: list[int]) -> int:
    """The weight of the mean odds, in whole 256ths up to 2^30; between the best and the best alone."""
    whole = sum(round(2 ** min(one / BIT, 30) * 256) for one in weights)
    mean = round(BIT * math.log2(max(whole, 1) / 256 / len(weights)))
    return min(max(mean, max(weights) - round(BIT * math.log2(len(weights)))), max(weights))


SIZE = 5
PAIRS = SIZE * (SIZE - 1) // 2
SAID = st.lists(
    st.integers(-24, 70).map(lambda half: half * BIT // 2 - 5 * BIT), min_size=PAIRS * 6, max_size=PAIRS * 6
)
SPOKEN = st.lists(st.integers(SILENT, CLEAR), min_size=PAIRS * 3, max_size=PAIRS * 3)
APART = st.lists(
    st.tuples(st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)).filter(lambda p: p[0] < p[1]), max_size=3
)


@settings(max_examples=150, deadline=None)
@given(SAID, SPOKEN, APART)
def test_joins_are_those_of_the_rule_written_plainly(said: Any, spoken: Any, apart: Any) -> None:
    case = pair_evidence(SIZE, said, spoken)
    assert clusters_of(case, SIZE, apart) == naive_clusters(case, SIZE, apart)


@settings(max_examples=100, deadline=None)
@given(SAID, SPOKEN, APART)
def test_a_join_never_unites_an_apart_pair(said: Any, spoken: Any, apart: Any) -> None:
    found = clusters_of(pair_evidence(SIZE, said, spoken), SIZE, apart)
    assert all(found[one] != found[other] for one, other in apart)


@settings(max_examples=50, deadline=None)
@given(SAID, SPOKEN)
def test_the_order_of_the_topics_changes_nothing(said: Any, spoken: Any) -> None:
    case = pair_evidence(SIZE, said, spoken)
    turned = replace(
        case, weights=case.weights[..., ::-1], clarity=case.clarity[:, ::-1], rules=case.rules[::-1]
    )
    assert clusters_of(turned, SIZE, []) == clusters_of(case, SIZE, [])


def test_a_contact_with_both_values_joins_one_with_each() -> None:
    silent = [[0] * 3] * 2
    same = [[0, 9 * BIT, 0]] * 2
    said = [silent, same, same]  # 0–1 silent, 0–2 and 1–2 the same value
    spoken = [[False] * 3, [False, True, False], [False, True, False]]
    assert clusters_of(pair_evidence(3, said, spoken), 3, []) == [0, 0, 0]


def test_an_alias_that_agrees_with_one_of_several_joins_and_counts_less() -> None:
    case = pair_evidence(2, [[[0, 9 * BIT, 0]] * 2], [[False, True, False]])
    assert strength(case, [0], [1]) == 6 * BIT
    # 0 and 1 are one person under two names; 2 bears the second one.
    said = [[[0, 20 * BIT, 0]] * 2, [[0, -6 * BIT, 0]] * 2, [[0, 9 * BIT, 0]] * 2]
    named = pair_evidence(3, said, [[False, True, False]] * 3)
    assert strength(named, [0, 1], [2]) == 5 * BIT
    assert clusters_of(named, 3, []) == [0, 0, 0]


def test_what_only_contradicts_counts_by_the_worst_pair() -> None:
    same, other = [[0, 9 * BIT, 3 * BIT]] * 2, [[0, 9 * BIT, -8 * BIT]] * 2
    case = pair_evidence(3, [same, same, other], [[False, True, True]] * 3)
    assert clusters_of(case, 3, []) == [0, 0, 2]


LINKS = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(1, 5)).filter(lambda x: x[0] < x[1]),
    max_size=60,
)


@given(LINKS, st.randoms(use_true_random=False))
def test_breaking_bears_on_size_and_not_on_order(links: Any, rng: random.Random) -> None:
    shuffled = list(links)
    rng.shuffle(shuffled)
    found = [bounded_components(31, *ends(rows), largest=6) for rows in (links, shuffled)]
    assert found[0].tolist() == found[1].tolist()
    assert np.bincount(found[0]).max() <= 6


@given(LINKS)
def test_what_is_small_enough_is_not_broken(links: Any) -> None:
    left, right, weight = ends(links)
    assert (
        bounded_components(31, left, right, weight, largest=31).tolist()
        == components(31, left, right).tolist()
    )


def ends(rows: Any) -> tuple[Any, Any, Any]:
    table = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    return table[0], table[1], table[2]


def test_what_is_said_vaguely_counts_only_where_nothing_is_said_clearly() -> None:
    """Emily and Ella contradict each other clearly; E. agrees with both, vaguely."""
    emily, ella, initial = 0, 1, 2
    said = {(emily, ella): -9 * BIT, (emily, initial): 9 * BIT, (ella, initial): 8 * BIT}
    weights = [[[0, weight, 0]] * 2 for weight in said.values()]
    clarity = [[SILENT, CLEAR if weight < 0 else VAGUE, SILENT] for weight in said.values()]
    assert clusters_of(pair_evidence(3, weights, clarity), 3, []) == [0, 1, 0]
    as_clear = [[SILENT, CLEAR, SILENT]] * 3
    assert clusters_of(pair_evidence(3, weights, as_clear), 3, []) == [0, 0, 0]
