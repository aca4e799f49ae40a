"""The best partition by trying every one."""

import numpy as np
import pytest

from benchmarks.partitions import best, partitions


@pytest.mark.parametrize(("size", "count"), [(1, 1), (2, 2), (3, 5), (4, 15), (5, 52), (6, 203)])
def test_every_partition_is_tried_once(size, count) -> None:
    labels, _ = partitions(size)
    assert len({tuple(row) for row in labels.tolist()}) == len(labels) == count


def test_a_strong_enemy_keeps_a_friend_of_a_friend_out() -> None:
    labels, most = best(3, np.array([[5, 3, -9], [5, 3, -1]]))  # pairs 01, 02, 12
    assert labels[0].tolist() == [0, 0, 1]
    assert labels[1].tolist() == [0, 0, 0]
    assert most.tolist() == [5, 7]
