"""Samples by strata, and the intervals that they give."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.clustering.audit_sampling import (
    StratumSample,
    allocate_sample,
    draw_units,
    estimate_share,
    wilson,
)

SIZES = st.lists(st.integers(0, 3000), min_size=1, max_size=12)


@given(SIZES, st.integers(1, 300), st.data())
def test_no_stratum_gives_more_than_it_has_nor_less_than_two(sizes, wanted, data) -> None:
    expected = data.draw(st.lists(st.floats(0, 1), min_size=len(sizes), max_size=len(sizes)))
    shared = allocate_sample(sizes, expected, wanted)
    assert all(min(size, 2) <= one <= size for one, size in zip(shared, sizes, strict=True))
    assert sum(shared) <= max(wanted + len(sizes), 2 * len(sizes)) or sum(sizes) <= wanted


def test_doubtful_strata_give_more_than_their_size_asks_for() -> None:
    safe, doubtful = allocate_sample([9000, 1000], [0.001, 0.2], 100)
    assert doubtful > 10
    assert safe > 30
    assert abs(safe + doubtful - 100) <= 1


def test_the_draw_is_by_content_and_seed() -> None:
    keys = [f"unit {at}" for at in range(50)]
    first = {keys[at] for at in draw_units(keys, [0] * 50, [10], "a")}
    again = {keys[::-1][at] for at in draw_units(keys[::-1], [0] * 50, [10], "a")}
    assert first == again
    assert len(first) == 10
    assert first != {keys[at] for at in draw_units(keys, [0] * 50, [10], "b")}


def test_wilson_s_interval_is_that_of_the_tables() -> None:
    low, high = wilson(0.1, 100)
    assert (round(low, 4), round(high, 4)) == (0.0552, 0.1744)


def test_each_stratum_counts_by_its_size() -> None:
    found = estimate_share(
        [StratumSample(900, [0] * 9 + [1], [1] * 10), StratumSample(100, [1] * 10, [1] * 10)]
    )
    assert found.share == pytest.approx(0.9 * 0.1 + 0.1 * 1.0)
    assert found.low < found.share < found.high


def test_a_stratum_judged_whole_leaves_no_doubt() -> None:
    found = estimate_share([StratumSample(4, [0, 1, 0, 0], [1] * 4)])
    assert found.low == found.share == found.high == 0.25


def test_finding_nothing_does_not_mean_that_there_is_nothing() -> None:
    found = estimate_share([StratumSample(5000, [0] * 60, [1] * 60), StratumSample(50, [0] * 30, [1] * 30)])
    assert found.share == 0
    assert 0.03 < found.high < 0.09


def test_strata_that_nobody_judged_are_told() -> None:
    found = estimate_share([StratumSample(50, [0] * 10, [1] * 10), StratumSample(150, [], [])])
    assert found.covered == 0.25
    assert estimate_share([StratumSample(10, [], [])]).high == 1.0


@pytest.mark.parametrize("shares", [(0.004, 0.02, 0.3), (0.0, 0.01, 0.15), (0.05, 0.05, 0.05)])
def test_intervals_hold_the_truth_as_often_as_they_say(shares) -> None:
    """Of 400 audits each; strata as a night has them: most of it safe, a little of it doubtful."""
    rng, sizes = np.random.default_rng(5), (4000, 800, 200)
    people = [
        rng.permutation(np.arange(size) < round(size * share))
        for size, share in zip(sizes, shares, strict=True)
    ]
    truth = sum(int(one.sum()) for one in people) / sum(sizes)
    wanted = allocate_sample(sizes, [0.002, 0.02, 0.2], 150)
    held = 0
    for _ in range(400):
        strata = []
        for size, one, count in zip(sizes, people, wanted, strict=True):
            judged = rng.choice(one, count, replace=False).astype(float).tolist()
            strata.append(StratumSample(size, judged, [1.0] * count))
        found = estimate_share(strata)
        held += found.low <= truth <= found.high
    assert held >= 0.94 * 400
