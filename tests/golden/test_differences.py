"""Night against night: what changed, why, and what has to be written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any
from uuid import UUID

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.golden.differences import Causes, Difference, Live, differ
from dedupe.golden.identity import heirs_after
from dedupe.golden.records import golden_records
from dedupe.golden.staging import Staged, stage
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import HEIRS, ID, LINKED
from dedupe.schemas import LINKS
from tests.golden.handmade_clusters import Row, clusters, contacts, row

RULES = SurvivorshipRules()
NOBODY = pa.array([], ID)


class House:
    """Publishes in memory; a source contact's seed is handed out when it first comes."""

    def __init__(self) -> None:
        self.seeds: dict[str, int] = {}
        self.ledger: set[str] = set()
        self.live = Live(LINKED.empty_table(), NOBODY, stage_nothing().prints, NOBODY)
        self.heirs: pa.Table = HEIRS.empty_table()

    def night(self, rows: Sequence[Row], *groups: Sequence[str], decided: Sequence[str] = ()) -> Difference:
        staged = self.staged(rows, *groups)
        causes = Causes(NOBODY, pa.array([self.seed(each) for each in decided], ID), "model")
        difference = differ(self.live, staged, causes)
        self.ledger |= set(staged.ids.to_pylist())
        retired = sorted(self.ledger - set(staged.ids.to_pylist()))
        self.live = Live(staged.linked, staged.ids, staged.prints, pa.array(retired, ID))
        self.heirs = staged.heirs
        return difference

    def staged(self, rows: Sequence[Row], *groups: Sequence[str]) -> Staged:
        table = contacts(rows)
        keys = [f"{each['source']}:{each['external_id']}" for each in table.to_pylist()]
        for each in rows:
            self.seed(f"{each['source']}:{each['external_id']}")
        seeds = pa.array([self.seed(key) for key in keys], ID)
        heirs = heirs_after(self.heirs, self.live.linked, seeds)
        parts = clusters(table, *groups)
        pairs = [pairwise([keys.index(key) for key in group]) for group in groups]
        links = [{"left": a, "right": b, "weight": 99} for each in pairs for a, b in each]
        linked = pa.Table.from_pylist(links, schema=LINKS)
        return stage(golden_records(table, parts, RULES), seeds, heirs, linked)

    def seed(self, key: str) -> str:
        return str(UUID(int=self.seeds.setdefault(key, len(self.seeds) + 1)))

    def events(self, difference: Difference) -> list[tuple[Any, ...]]:
        """kind, golden contact, cause, members before, members after, related."""
        name = {str(UUID(int=number)): key for key, number in self.seeds.items()}
        return [
            (
                each["kind"],
                name[each["golden_id"]],
                each["cause"],
                *(
                    {name[n] for n in each[column]}
                    for column in ("members_before", "members_after", "related")
                ),
            )
            for each in difference.events.to_pylist()
        ]


def stage_nothing() -> Staged:
    table = contacts([])
    empty = golden_records(table, clusters(table), RULES)
    return stage(empty, NOBODY, HEIRS.empty_table(), LINKS.empty_table())


A, B, C = row("a:1", names=["Ann"]), row("b:1", names=["Ann Bee"]), row("c:1", names=["Cy"])


def test_the_first_night_makes_everything() -> None:
    house = House()
    first = house.night([A, B, C], ["a:1", "b:1"])
    assert first.counts["made"] == 2
    assert house.events(first) == [
        ("made", "a:1", "contact", set(), {"a:1", "b:1"}, set()),
        ("made", "c:1", "contact", set(), {"c:1"}, set()),
    ]


def test_a_night_without_news_differs_in_nothing() -> None:
    house = House()
    house.night([A, B, C], ["a:1", "b:1"])
    again = house.night([A, B, C], ["a:1", "b:1"])
    assert again.nothing
    assert again.events.num_rows == 0
    assert again.counts["unchanged"] == 2


def test_a_merge_keeps_the_older_and_says_where_the_other_went() -> None:
    house = House()
    house.night([A, B])
    merge = house.night([A, B], ["a:1", "b:1"], decided=["b:1"])
    assert house.events(merge) == [
        ("merged", "a:1", "decision", {"a:1"}, {"a:1", "b:1"}, {"b:1"}),
        ("retired", "b:1", "decision", {"b:1"}, set(), {"a:1"}),
    ]
    assert (merge.counts["merged"], merge.counts["retired"]) == (1, 0)
    assert merge.gone.to_pylist() == [{"id": str(UUID(int=2)), "successors": [str(UUID(int=1))]}]


def test_a_split_brings_the_former_id_back() -> None:
    house = House()
    house.night([A, B])
    house.night([A, B], ["a:1", "b:1"])
    split = house.night([A, B])
    assert house.events(split) == [
        ("split", "a:1", "model", {"a:1", "b:1"}, {"a:1"}, {"b:1"}),
        ("revived", "b:1", "model", set(), {"b:1"}, {"a:1"}),
    ]


def test_who_moves_between_two_leaves_one_and_changes_the_other() -> None:
    house = House()
    house.night([A, B, C], ["a:1", "b:1"])
    moved = house.night([A, B, C], ["b:1", "c:1"])
    assert [(kind, golden) for kind, golden, *_ in house.events(moved)] == [
        ("split", "a:1"),
        ("made", "b:1"),
        ("retired", "c:1"),
    ]


def test_a_golden_contact_without_members_is_retired_and_comes_back_with_its_id() -> None:
    house = House()
    house.night([A, B])
    gone = house.night([A])
    assert house.events(gone) == [("retired", "b:1", "contact", {"b:1"}, set(), set())]
    assert gone.counts["retired"] == 1
    back = house.night([A, B])
    assert house.events(back) == [("revived", "b:1", "contact", set(), {"b:1"}, set())]


def test_a_change_of_content_is_one_change() -> None:
    house = House()
    house.night([A, B])
    changed = house.night([A, row("b:1", names=["Ann Bey"])])
    assert [(kind, golden) for kind, golden, *_ in house.events(changed)] == [("changed", "b:1")]
    assert len(changed.written) == 1
    assert len(changed.linked) == 0


def test_a_change_that_nobody_sees_is_none() -> None:
    house = House()
    house.night([A, B])
    assert house.night([A, row("b:1", names=["Ann Bee"], custom='{"x": 1}')]).nothing


def test_a_new_companion_changes_why_the_first_stands_there() -> None:
    house = House()
    house.night([A])
    joined = house.night([A, B], ["a:1", "b:1"])
    assert len(joined.linked) == 2
    assert [(kind, golden) for kind, golden, *_ in house.events(joined)] == [("changed", "a:1")]


_labels = st.lists(st.none() | st.integers(0, 3), min_size=6, max_size=6)
_titles = st.lists(st.sampled_from(["x", "y"]), min_size=6, max_size=6)


@given(st.lists(st.tuples(_labels, _titles), min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_what_is_written_makes_the_live_state_the_staged_one(nights: list[Any]) -> None:
    house = House()
    served: dict[str, int] = {}
    linked: dict[str, str] = {}
    for labels, titles in nights:
        rows = [row(f"a:{n}", job_title=titles[n]) for n, label in enumerate(labels) if label is not None]
        groups = [
            [f"a:{n}" for n, each in enumerate(labels) if each == label] for label in {*labels} - {None}
        ]
        before, staged = house.live, house.staged(rows, *groups)
        difference = house.night(rows, *groups)
        assert differ(house.live, house.staged(rows, *groups), Causes(NOBODY, NOBODY)).nothing
        _write(served, linked, staged, difference)
        assert served == dict(zip(staged.ids.to_pylist(), staged.prints.tolist(), strict=True))
        assert linked == _links(staged.linked)
        assert _members_after(before, difference) == _links(staged.linked)


def _write(served: dict[str, int], linked: dict[str, str], staged: Staged, what: Difference) -> None:
    for each in what.gone.to_pylist():
        served.pop(each["id"])
    for contact in what.unlinked.to_pylist():
        linked.pop(contact)
    for at in what.written.tolist():
        served[staged.ids[at].as_py()] = int(staged.prints[at])
    linked |= _links(staged.linked.take(what.linked))


def _links(linked: pa.Table) -> dict[str, str]:
    return {each["source_contact_id"]: each["golden_id"] for each in linked.to_pylist()}


def _members_after(before: Live, difference: Difference) -> dict[str, str]:
    """Who reads only the events ends with the same members."""
    linked = _links(before.linked)
    events = difference.events.to_pylist()
    for each in events:
        for contact in each["members_before"]:
            linked.pop(contact, None)
    for each in events:
        linked |= dict.fromkeys(each["members_after"], each["golden_id"])
    return linked
