"""The figures of a clustering, held against counting pairs one by one."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.clustering.metrics import figures

labels = st.integers(0, 5)
rows = st.lists(st.tuples(labels, labels), max_size=30)


@given(rows)
def test_pairs_are_those_that_counting_them_one_by_one_finds(rows) -> None:
    found = figures(*(np.array([row[i] for row in rows], dtype=np.int64) for i in (0, 1)))
    pairs = list(combinations(rows, 2))
    assert found.true_pairs == sum(a[0] == b[0] for a, b in pairs)
    assert found.found == sum(a == b for a, b in pairs)
    assert found.wrong == sum(a[1] == b[1] and a[0] != b[0] for a, b in pairs)


@given(rows)
def test_names_of_labels_and_order_of_rows_do_not_matter(rows) -> None:
    truth, predicted = (np.array([row[i] for row in rows], dtype=np.int64) for i in (0, 1))
    again = figures(truth[::-1] * -7 + 3, predicted[::-1] + 100)
    for name, value in vars(figures(truth, predicted)).items():
        assert vars(again)[name] == pytest.approx(value)


def test_a_cluster_of_two_people_is_one_wrong_merge() -> None:
    found = figures(np.array([1, 1, 2, 3, 3]), np.array([1, 1, 1, 4, 4]))
    assert (found.linked_clusters, found.wrong_clusters) == (2, 1)
    assert found.share_of_wrong_merges == 0.5
    assert found.precision == 0.5
    assert found.recall == 1.0


def test_b_cubed_of_a_known_example() -> None:
    # contact 3 shares its cluster with two strangers: 1/3 there, 2/3 for the two, 1 for the others
    found = figures(np.array([1, 1, 2, 3, 3]), np.array([1, 1, 1, 4, 4]))
    assert found.bcubed_precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1) / 5)
    assert found.bcubed_recall == 1.0
