"""Doubtful pairs become questions about two groups of source contacts."""

import random
from uuid import uuid5

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.arrays.units import BIT
from dedupe.clustering.review_candidates import (
    _QUESTIONS,
    _digest,
    candidate_id,
    expected_pairs,
    group_candidates,
)
from dedupe.schemas import CLUSTERS


def clusters(*groups: list[int]) -> pa.Table:
    rows = [{"contact": contact, "cluster": min(group)} for group in groups for contact in group]
    return pa.Table.from_pylist(rows, schema=CLUSTERS)


def pairs(*rows: tuple[int, int, int]) -> pa.Table:
    schema = pa.schema([("left", pa.int64()), ("right", pa.int64()), ("weight", pa.int32())])
    return pa.Table.from_pylist([dict(zip(schema.names, row, strict=True)) for row in rows], schema=schema)


def names(count: int) -> pa.StringArray:
    return pa.array([f"seed-{i}" for i in range(count)])


def test_a_messy_person_is_one_candidate_not_thirty() -> None:
    rows = [(left, right, 100 * left + right) for left in range(6) for right in range(6, 11)]
    found = group_candidates(clusters([0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10]), pairs(*rows), names(11))
    assert found.num_rows == 1
    only = found.to_pylist()[0]
    assert only["left"] == [0, 1, 2, 3, 4, 5]
    assert only["right"] == [6, 7, 8, 9, 10]
    assert len(only["rows"]) == 30
    assert rows[only["rows"][0]] == (5, 10, 510)
    assert only["weight"] == 510


def test_a_pair_inside_one_cluster_asks_nothing() -> None:
    assert group_candidates(clusters([0, 1]), pairs((0, 1, 5)), names(2)).num_rows == 0


def test_no_pairs_no_candidates() -> None:
    assert group_candidates(clusters([0], [1]), pairs(), names(2)).num_rows == 0
    assert group_candidates(clusters(), pairs(), names(0)).num_rows == 0


def test_the_id_is_that_of_its_members_whatever_else_there_is() -> None:
    alone = group_candidates(clusters([0], [1, 2]), pairs((0, 2, 7)), pa.array(["a", "b", "c"]))
    shifted = group_candidates(
        clusters([0], [1], [2, 3]), pairs((1, 3, 900)), pa.array(["new", "a", "b", "c"])
    )
    assert alone["candidate"].to_pylist() == shifted["candidate"].to_pylist()
    assert alone["candidate"].to_pylist() == [candidate_id(["c", "b"], ["a"])]


def test_the_id_changes_with_the_members() -> None:
    before = candidate_id(["a"], ["b"])
    assert before != candidate_id(["a"], ["b", "c"])
    assert candidate_id(["a", "b"], ["c"]) != candidate_id(["a"], ["b", "c"])
    assert candidate_id(["ab"], ["c"]) != candidate_id(["a", "b"], ["c"])


def test_larger_groups_and_likelier_pairs_matter_more() -> None:
    assert expected_pairs(0.7, 1, 1) == pytest.approx(0.7)
    assert expected_pairs(0.9, 1, 1) > expected_pairs(0.6, 1, 1)
    assert expected_pairs(0.99, 2, 2) > expected_pairs(0.99, 1, 1)  # likely all the same, and it joins more
    assert expected_pairs(0.7, 4, 5) < expected_pairs(0.7, 1, 1)  # of twenty pairs the strongest says little
    assert 0 <= expected_pairs(0.0, 3, 3) < expected_pairs(1.0, 3, 3) <= 9


def test_questions_are_ordered_by_the_calibrated_probability() -> None:
    doubtful = pa.table(
        {"left": [0, 2], "right": [1, 3], "weight": pa.array([2 * BIT, BIT]), "probability": [0.2, 0.8]}
    )
    found = group_candidates(clusters([0], [1], [2], [3]), doubtful, names(4))
    ordered = found.sort_by([("matters", "descending")])["left"].to_pylist()
    assert ordered == [[2], [0]]


@given(
    st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(-3, 3)), max_size=20), st.randoms()
)
def test_the_order_of_rows_is_nothing(drawn: list[tuple[int, int, int]], shuffler: random.Random) -> None:
    rows = sorted({(min(a, b), max(a, b)): w for a, b, w in drawn if a != b}.items())
    flat = [(left, right, weight) for (left, right), weight in rows]
    shuffled = list(flat)
    shuffler.shuffle(shuffled)
    groups = clusters([0, 3], [1], [2, 4, 5], [6, 7])
    one = group_candidates(groups, pairs(*flat), names(8)).to_pylist()
    other = group_candidates(groups, pairs(*shuffled), names(8)).to_pylist()
    for found, source in ((one, flat), (other, shuffled)):
        for row in found:
            row["rows"] = [source[at] for at in row["rows"]]
    assert one == other


@given(st.lists(st.text("abcdef0123456789-", min_size=1), min_size=2, max_size=4, unique=True))
def test_an_id_is_the_version_5_uuid_of_both_groups(members: list[str]) -> None:
    left, right = members[:1], members[1:]
    digests = sorted(_digest(side).hex() for side in (left, right))
    assert candidate_id(left, right) == str(uuid5(_QUESTIONS, "".join(digests)))
