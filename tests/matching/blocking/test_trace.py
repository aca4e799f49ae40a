"""Whether two contacts meet in a block, told for one pair, is what blocking finds for all of them."""

from itertools import combinations
from typing import Any

import pyarrow as pa
import pytest

from dedupe.engines.local import LocalEngine
from dedupe.matching.blocking import candidate_pairs
from dedupe.matching.blocking.trace import PAIRED_OUTCOMES, BlockOutcome, BlockTrace, trace_pair
from dedupe.matching.features.build import build_features
from dedupe.pipeline.record_linkage import block
from tests.matching.normalized_contacts import contact, contacts, unrelated_people

SWITCHBOARD = "+14155550100"


def office(people: int) -> list[dict[str, Any]]:
    """Everybody has the switchboard's number, under a name of their own."""
    return [{**one, "phones": contact(phone=SWITCHBOARD)["phones"]} for one in unrelated_people(people)]


def traced(table: pa.Table, left: int, right: int) -> dict[str, BlockTrace]:
    return {one.rule: one for one in trace_pair(table, left, right)}


def blocked(table: pa.Table) -> dict[tuple[int, int], set[str]]:
    pairs, _ = block(build_features(table), LocalEngine(threads=1))
    return {
        (row["left"], row["right"]): {
            name for bit, name in enumerate(candidate_pairs.RULE_NAMES) if row["rules"] >> bit & 1
        }
        for row in pairs.to_pylist()
    }


def test_who_shares_no_key_never_meets() -> None:
    table = contacts(contact("ann lee", email="a@x.org"), contact("bob ray", email="b@y.org"))
    assert traced(table, 0, 1) == {}


def test_a_key_that_few_hold_brings_its_holders_together() -> None:
    table = contacts(contact("ann lee", phone=SWITCHBOARD), contact("a lee", phone=SWITCHBOARD))
    assert traced(table, 0, 1)["phone"].outcome is BlockOutcome.PAIRED
    assert traced(table, 0, 1)["phone"].size == 2


def test_an_over_full_number_is_split_by_what_else_they_share() -> None:
    twin = {**contact("ann lee", birth="1980-02-03"), "phones": contact(phone=SWITCHBOARD)["phones"]}
    table = contacts(twin, twin, *office(100))
    assert traced(table, 0, 1)["phone"].outcome is BlockOutcome.PAIRED_IN_PART
    assert traced(table, 0, 2)["phone"].outcome is BlockOutcome.SKIPPED
    assert traced(table, 0, 2)["phone"].size == 102
    assert "phone" in blocked(table)[0, 1]


def test_a_broad_rule_is_not_used_on_a_large_file(monkeypatch) -> None:
    monkeypatch.setattr(candidate_pairs, "BROAD_UP_TO", 3)
    table = contacts(contact("ann lee", city="ur"), contact("ann ray", city="ur"), *unrelated_people(5))
    assert traced(table, 0, 1)["given_city"].outcome is BlockOutcome.UNUSED


@pytest.mark.parametrize("large", [True, False])
def test_every_pair_is_told_as_blocking_found_it(large: bool, monkeypatch) -> None:
    monkeypatch.setattr(candidate_pairs, "BROAD_UP_TO", 10 if large else 1000)
    pool = [*unrelated_people(18), *office(70)[:66], *unrelated_people(9)]
    table = contacts(*pool)
    found = blocked(table)
    some = [pair for number, pair in enumerate(combinations(range(len(pool)), 2)) if number % 97 == 0]
    for pair in {*some, *list(found)[:12]}:
        told = {one.rule for one in traced(table, *pair).values() if one.outcome in PAIRED_OUTCOMES}
        assert told == found.get(pair, set())


def test_exact_duplicates_are_paired_with_the_first_of_them() -> None:
    copy = contact("ann lee", email="ann@x.org", city="ur")
    table = contacts(*[copy] * 70, contact("ann lee", email="ann@x.org"))
    assert traced(table, 3, 5)["email"].outcome is BlockOutcome.EXACT_DUPLICATES
    assert traced(table, 5, 70)["email"].outcome is BlockOutcome.PAIRED
    assert "email" in blocked(table)[0, 70]
