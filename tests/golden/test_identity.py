"""Golden ids survive the nights: merges, splits, departures, returns and rebuilds."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.golden.identity import golden_ids, heirs_after
from dedupe.golden.tables import HEIRS, ID, LINKED, MEMBERS

Groups = list[set[int]]


class Nights:
    """What is kept from night to night; contact n has the seed n."""

    def __init__(self) -> None:
        self.heirs: pa.Table = HEIRS.empty_table()
        self.links: pa.Table = LINKED.empty_table()

    def night(self, *groups: set[int]) -> dict[int, int]:
        """Publishes this partition of the live contacts; contact → golden id."""
        rows = sorted((min(group), contact) for group in groups for contact in group)
        members = pa.Table.from_pylist([{"cluster": a, "contact": b} for a, b in rows], schema=MEMBERS)
        live = sorted(contact for _, contact in rows)
        self.heirs = heirs_after(self.heirs, self.links, _ids(live))
        ids = [_number(each) for each in golden_ids(members, _ids(range(100)), self.heirs).to_pylist()]
        of = dict(zip(sorted(min(group) for group in groups), ids, strict=True))
        golden = {contact: of[cluster] for cluster, contact in rows}
        self.links = pa.table(
            [_ids(golden), _ids(golden.values()), pa.array(["match"] * len(golden), pa.string())],
            schema=LINKED,
        )
        return golden

    def rebuild(self) -> None:
        """Everything derived is dropped; heirs are facts and stay."""
        self.links = LINKED.empty_table()


def _ids(numbers: Iterable[int]) -> pa.Array:  # type: ignore[type-arg]
    return pa.array([str(UUID(int=n)) for n in numbers], ID)


def _number(value: str | None) -> int:
    return UUID(value).int


def test_the_oldest_seed_of_a_cluster_is_its_id() -> None:
    assert Nights().night({3, 5}, {4}) == {3: 3, 5: 3, 4: 4}


def test_a_merge_keeps_the_oldest_id_and_a_split_gives_both_parts_their_former_ids() -> None:
    nights = Nights()
    before = nights.night({1, 4}, {2, 3})
    assert set(nights.night({1, 2, 3, 4}).values()) == {1}
    assert nights.night({1, 4}, {2, 3}) == before


def test_an_id_outlives_its_oldest_member() -> None:
    nights = Nights()
    nights.night({1, 2, 3})
    assert nights.night({2, 3}) == {2: 1, 3: 1}
    assert nights.night({3}) == {3: 1}


def test_the_seed_of_a_gone_member_stays_with_the_oldest_of_its_cluster() -> None:
    nights = Nights()
    nights.night({1, 2, 3})
    nights.night({2, 3})
    assert nights.night({2}, {3}) == {2: 1, 3: 3}


def test_who_comes_back_has_its_id_back() -> None:
    nights = Nights()
    nights.night({1, 2})
    nights.night({2})
    assert nights.night({1}, {2}) == {1: 1, 2: 2}


def test_a_golden_contact_whose_last_member_went_comes_back_with_its_id() -> None:
    nights = Nights()
    nights.night({1}, {7})
    nights.night({7})
    assert nights.night({1}, {7}) == {1: 1, 7: 7}


def test_the_first_of_a_vanished_cluster_to_come_back_inherits_its_id() -> None:
    nights = Nights()
    nights.night({1, 2, 3})
    nights.night()
    assert nights.night({3}) == {3: 1}
    assert nights.night({2}, {3}) == {2: 2, 3: 1}
    assert nights.night({1}, {2}, {3}) == {1: 1, 2: 2, 3: 3}


def test_of_two_that_come_back_at_once_the_oldest_inherits() -> None:
    nights = Nights()
    nights.night({1, 2, 3})
    nights.night()
    assert nights.night({2}, {3}) == {2: 1, 3: 3}


def test_nobody_is_no_golden_contact() -> None:
    assert Nights().night() == {}


@st.composite
def _partitions(draw: st.DrawFn) -> list[Groups]:
    nights = []
    for _ in range(draw(st.integers(1, 5))):
        labels = draw(st.lists(st.none() | st.integers(0, 3), min_size=7, max_size=7))
        named = {label for label in labels if label is not None}
        nights.append([{n for n, each in enumerate(labels) if each == label} for label in sorted(named)])
    return nights


@given(_partitions())
@settings(max_examples=80, deadline=None)
def test_no_two_golden_contacts_share_an_id(partitions: list[Groups]) -> None:
    nights = Nights()
    for groups in partitions:
        golden = nights.night(*groups)
        assert len(set(golden.values())) == len(groups)
        assert all(len({golden[each] for each in group}) == 1 for group in groups)


@given(_partitions())
@settings(max_examples=80, deadline=None)
def test_a_rebuild_and_a_second_night_without_news_give_the_same_ids(partitions: list[Groups]) -> None:
    nights = Nights()
    for groups in partitions:
        golden, heirs = nights.night(*groups), nights.heirs
        assert nights.night(*groups) == golden
        nights.rebuild()
        assert nights.night(*groups) == golden
        assert nights.heirs.equals(heirs)


@given(_partitions())
@settings(max_examples=80, deadline=None)
def test_merge_then_split_gives_all_parts_their_former_ids(partitions: list[Groups]) -> None:
    nights = Nights()
    for groups in partitions:
        golden = nights.night(*groups)
        if groups:
            nights.night(set().union(*groups))
            assert nights.night(*groups) == golden
