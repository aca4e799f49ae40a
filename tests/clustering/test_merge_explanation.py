"""The explanation of one join holds the sums that clustering makes."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.clustering.agglomerative import PairEvidence, join_clusters
from dedupe.clustering.merge_explanation import explain_join
from tests.clustering.test_agglomerative import (
    LINK,
    PRIOR,
    RULES,
    SAID,
    SIZE,
    SPOKEN,
    clusters_of,
    pair_evidence,
    strength,
)


def between(case: PairEvidence, one: list[int], other: list[int]) -> PairEvidence:
    wanted = {(min(a, b), max(a, b)) for a in one for b in other}
    rows = [at for at, pair in enumerate(zip(case.left, case.right, strict=True)) if pair in wanted]
    return PairEvidence(
        case.left[rows], case.right[rows], case.weights[rows], case.clarity[rows], RULES, PRIOR, LINK
    )


@settings(max_examples=150, deadline=None)
@given(SAID, SPOKEN, st.integers(1, SIZE - 1))
def test_a_join_weighs_what_the_rule_written_plainly_gives(said: Any, spoken: Any, first: int) -> None:
    case = pair_evidence(SIZE, said, spoken)
    one, other = list(range(first)), list(range(first, SIZE))
    found = explain_join(between(case, one, other))
    assert found.weight == strength(case, one, other)
    assert found.weight == found.prior + sum(part.weights[found.rival] for part in found.parts)


@settings(max_examples=150, deadline=None)
@given(SAID, SPOKEN)
def test_clusters_that_the_judge_left_apart_are_told_below_the_threshold(said: Any, spoken: Any) -> None:
    case = pair_evidence(SIZE, said, spoken)
    label = clusters_of(case, SIZE, [])
    groups = [[at for at in range(SIZE) if label[at] == one] for one in sorted(set(label))]
    for number, one in enumerate(groups):
        for other in groups[number + 1 :]:
            assert explain_join(between(case, one, other)).weight < LINK


def test_the_topic_that_speaks_most_against_a_join_is_named() -> None:
    case = pair_evidence(2, [[[0, 5 * BIT, -9 * BIT]] * 2], [[False, True, True]])
    worst = explain_join(case).worst
    assert worst is not None
    assert worst.topic == 2
    assert join_clusters(
        np.zeros(2, np.int64), np.arange(2), case, (np.zeros(0, int), np.zeros(0, int))
    ).tolist() == [
        0,
        1,
    ]
