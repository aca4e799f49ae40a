import random
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from dedupe import schemas
from dedupe.clustering.clusters import cluster

PEOPLE = 9
PAIR = st.tuples(st.integers(0, PEOPLE - 1), st.integers(0, PEOPLE - 1)).filter(lambda p: p[0] != p[1])
LINKS = st.lists(st.tuples(PAIR, st.integers(1, 4)), max_size=14, unique_by=lambda link: frozenset(link[0]))
APART = st.lists(PAIR, max_size=4)


def links(rows: list[tuple[tuple[int, int], int]]) -> pa.Table:
    made: list[Any] = [{"left": min(pair), "right": max(pair), "weight": weight} for pair, weight in rows]
    return pa.Table.from_pylist(made, schema=schemas.LINKS)


def apart(rows: list[tuple[int, int]]) -> pa.Table:
    schema = pa.schema({"left": pa.int64(), "right": pa.int64()})
    made: list[Any] = [{"left": min(pair), "right": max(pair)} for pair in rows]
    return pa.Table.from_pylist(made, schema=schema)


def labels(rows: list[tuple[tuple[int, int], int]], kept: list[tuple[int, int]]) -> list[int]:
    return cluster(PEOPLE, links(rows), apart(kept)).column("cluster").to_pylist()  # type: ignore[return-value]


def naive(rows: list[tuple[tuple[int, int], int]], kept: list[tuple[int, int]]) -> list[int]:
    """The same rule written plainly: strongest link first, a join refused if it unites an apart pair."""
    groups = [{contact} for contact in range(PEOPLE)]
    for pair, _ in sorted(rows, key=lambda row: (-row[1], min(row[0]), max(row[0]))):
        one, other = (next(group for group in groups if contact in group) for contact in pair)
        joined = one | other
        if one is not other and not any(set(each) <= joined for each in kept):
            groups = [group for group in groups if group is not one and group is not other] + [joined]
    return [min(next(group for group in groups if contact in group)) for contact in range(PEOPLE)]


@given(LINKS, APART)
def test_clusters_are_those_of_the_rule_written_plainly(rows: Any, kept: Any) -> None:
    assert labels(rows, kept) == naive(rows, kept)


@given(LINKS, APART)
def test_no_cluster_holds_a_pair_that_stays_apart(rows: Any, kept: Any) -> None:
    found = labels(rows, kept)
    assert all(found[one] != found[other] for one, other in kept)


@given(LINKS, APART, st.randoms(use_true_random=False))
def test_clusters_do_not_depend_on_the_order_of_links(rows: Any, kept: Any, rng: random.Random) -> None:
    shuffled = list(rows)
    rng.shuffle(shuffled)
    assert labels(rows, kept) == labels(shuffled, kept)


@given(LINKS)
def test_without_constraints_clusters_are_connected_components(rows: Any) -> None:
    left, right = [min(pair) for pair, _ in rows], [max(pair) for pair, _ in rows]
    graph = coo_array((np.ones(len(rows)), (left, right)), shape=(PEOPLE, PEOPLE))
    _, component = connected_components(graph, directed=False)
    found = labels(rows, [])
    assert [[a == b for b in found] for a in found] == [[a == b for b in component] for a in component]


def test_nobody_makes_no_clusters() -> None:
    assert cluster(0, links([]), apart([])).num_rows == 0
