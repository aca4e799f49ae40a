"""Thresholds for a budget of wrong golden contacts, and for what people can look at."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.matching.training.error_budget import budgeted, within_alone

PAIRS = st.lists(
    st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(-4, 12)).filter(
        lambda one: one[0] < one[1]
    ),
    min_size=1,
    max_size=40,
)


def columns(pairs: Any) -> tuple[Any, Any, Any]:
    table = np.array(pairs, dtype=np.int64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2] * BIT


def naive(pairs: Any, link: int) -> tuple[float, int]:
    """Wrong and merged clusters at a threshold, by growing them anew."""
    of = {contact: {contact} for one in pairs for contact in one[:2]}
    right = {id(group): 0.0 for group in of.values()}
    for one, other, weight in sorted(pairs, key=lambda pair: -pair[2]):
        if weight * BIT >= link and of[one] is not of[other]:
            joined = of[one] | of[other]
            right[id(joined)] = right[id(of[one])] + right[id(of[other])] - math.log1p(2.0**-weight)
            for contact in joined:
                of[contact] = joined
    groups = {id(group): group for group in of.values()}
    several = [name for name, group in groups.items() if len(group) > 1]
    return sum(1 - math.exp(right[name]) for name in several), len(several)


@given(PAIRS, st.sampled_from([0.005, 0.05, 0.3]))
@example([(0, 1, 2), (2, 3, 2), (4, 5, 0)], 0.3)  # just kept
def test_the_link_threshold_is_the_lowest_that_keeps_the_budget(pairs: Any, most: float) -> None:
    found = budgeted(*columns(pairs), most, None)
    kept = [
        weight * BIT
        for weight in {weight for _, _, weight in pairs}
        if weight >= 0 and naive(pairs, weight * BIT)[0] <= most * naive(pairs, weight * BIT)[1] + 1e-12
    ]
    if kept:
        assert found.link == min(kept)
        wrong, merged = naive(pairs, found.link)
        assert found.wrong_merges[0] == pytest.approx(wrong / merged)
    else:
        assert found.link == within_alone(most)


@given(PAIRS, st.integers(0, 6))
def test_no_more_is_asked_than_people_can_look_at(pairs: Any, capacity: int) -> None:
    found = budgeted(*columns(pairs), 0.05, capacity)
    doubtful = [one for one in pairs if found.review <= one[2] * BIT < found.link]
    linked = [one for one in pairs if one[2] * BIT >= found.link]
    of = {contact: contact for one in pairs for contact in one[:2]}
    for one, other, _ in linked:
        old, new = of[other], of[one]
        of = {contact: new if name == old else name for contact, name in of.items()}
    asked = {frozenset((of[one], of[other])) for one, other, _ in doubtful if of[one] != of[other]}
    assert len(asked) <= capacity


def test_chains_count_once_a_cluster_and_not_once_a_link() -> None:
    """Ten sure pairs, and one chain whose every link is a little doubtful."""
    sure = [(at, at + 1, 12) for at in range(100, 120, 2)]
    chain = [(one, other, 5) for one, other in pairwise(range(8))]
    found = budgeted(*columns([*sure, *chain]), 0.01, None)
    assert found.link == 12 * BIT


def test_where_nothing_keeps_the_budget_nothing_is_linked() -> None:
    found = budgeted(*columns([(0, 1, 1)]), 0.005, None)
    assert found.link > BIT
