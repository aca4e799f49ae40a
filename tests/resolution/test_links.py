"""Of the scored pairs which are links, and which are left to ask about."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from dedupe.clustering.clusters import clusters_table
from dedupe.clustering.decided_constraints import CERTAIN
from dedupe.matching.features.build import build_features
from dedupe.model import Kind, matched_kinds
from dedupe.resolution.links import doubtful_pairs, links
from tests.matching.normalized_contacts import contact, contacts, pairs

LINK, MOST = 10, 6
PAIR = st.tuples(st.integers(0, MOST - 1), st.integers(0, MOST - 1)).filter(lambda pair: pair[0] < pair[1])


@given(
    st.dictionaries(PAIR, st.integers(0, 20)),
    st.lists(st.integers(0, 2), min_size=MOST, max_size=MOST),
    st.sets(PAIR),
    st.sets(PAIR),
)
def test_strong_pairs_of_a_cluster_are_links_and_pairs_between_clusters_are_doubtful(
    weights: dict[tuple[int, int], int],
    labels: list[int],
    together: set[tuple[int, int]],
    apart: set[tuple[int, int]],
) -> None:
    clusters = clusters_table(pa.array([labels.index(label) for label in labels]).to_numpy())
    scored = pairs(*weights).append_column("weight", pa.array(list(weights.values()), pa.int32()))
    found = links(scored, clusters, LINK, pairs(*together))
    one = {pair: weight for pair, weight in weights.items() if labels[pair[0]] == labels[pair[1]]}
    strong = {pair: weight for pair, weight in one.items() if weight >= LINK}
    assert rows(found) == sorted((strong | dict.fromkeys(together, CERTAIN)).items())
    doubtful = doubtful_pairs(scored, clusters, pairs(*apart))
    assert {pair for pair, _ in rows(doubtful)} == weights.keys() - one.keys() - apart


def rows(table: pa.Table) -> list[tuple[tuple[int, int], int]]:
    return [((row["left"], row["right"]), row["weight"]) for row in table.to_pylist()]


def test_who_is_matched_becomes_golden_and_nobody_else() -> None:
    everybody = contacts(*(contact("ann lee", kind=kind.value) for kind in Kind))
    for staff in (False, True):
        matched = build_features(everybody, staff).matched.tolist()
        assert {kind for kind, is_matched in zip(Kind, matched, strict=True) if is_matched} == matched_kinds(
            staff
        )
