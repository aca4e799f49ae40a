"""What a night expects of its clusters, from the probabilities of its pairs."""

from __future__ import annotations

import numpy as np
import pytest

from dedupe.arrays.intervals import OVERSTATED, UNDERSTATED
from dedupe.clustering.expected_quality import expected_quality


def whole(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=np.int64)


def test_a_cluster_is_as_right_as_the_strongest_links_that_span_it() -> None:
    chance = np.array([0.9, 0.8, 0.5])  # the weakest of the triangle isn't needed
    found = expected_quality(whole(0, 0, 0, 3), whole(0, 1, 0), whole(1, 2, 2), chance, 3)
    assert found.wrong_merges[0] == pytest.approx(1 - 0.9 * 0.8)
    assert found.wrong_links[0] == pytest.approx(1 - np.mean(chance))
    assert found.missed[0] == 0


def test_doubtful_pairs_between_clusters_may_be_missed() -> None:
    found = expected_quality(whole(0, 0, 2), whole(0, 1), whole(1, 2), np.array([0.9, 0.3]), 1)
    assert found.missed[0] == pytest.approx(0.3 / 1.2)


def test_a_share_among_many_clusters_comes_with_an_interval() -> None:
    count = 50_000
    left, right = np.arange(0, 2 * count, 2), np.arange(1, 2 * count, 2)
    label = np.repeat(left, 2)
    share, low, high = expected_quality(label, left, right, np.full(count, 0.98), count).wrong_merges
    assert share == pytest.approx(0.02)
    assert 0.02 / OVERSTATED - 0.0015 < low < 0.02 / OVERSTATED - 0.001
    assert 0.02 * UNDERSTATED + 0.001 < high < 0.02 * UNDERSTATED + 0.0015


def test_nobody_merged_is_nothing_wrong() -> None:
    found = expected_quality(whole(0, 1), whole(), whole(), np.zeros(0), 0)
    assert found.wrong_merges == (0.0, 0.0, 1.0)


def test_what_people_decided_is_sure() -> None:
    found = expected_quality(whole(0, 0), whole(0), whole(1), np.array([1.0]), 1)
    assert found.wrong_merges[0] == pytest.approx(0.0, abs=1e-8)
