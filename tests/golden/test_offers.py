"""What source contacts offer, and why a value was chosen."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.golden.offers import Offer, offers
from dedupe.golden.records import golden_records
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import COLUMNS_OF, FIELDS, PINS
from tests.golden.handmade_clusters import Row, clusters, contacts, email, row

RULES = SurvivorshipRules()


def offered(*rows: Row, rules: SurvivorshipRules = RULES, pins: Any = None) -> dict[str, list[Offer]]:
    return offers(contacts(rows), rules, PINS.empty_table() if pins is None else pins)


def reasons(found: list[Offer]) -> dict[str, tuple[bool, str]]:
    return {one.value: (one.chosen, one.by) for one in found}


@pytest.mark.parametrize(
    ("rows", "by"),
    [
        ([row("app:1", names=["Jo Doe"]), row("crm:1", names=["Joan Doe"])], "trusted"),
        ([row("app:1", names=["J. Doe"]), row("web:1", names=["Joan Doe"])], "complete"),
        (
            [row("app:1", names=["Jo Doe"]), row("web:1", names=["Joan Doe"]), row("x:1", names=["Jo Doe"])],
            "frequent",
        ),
        ([row("app:1", names=["Jo Doe"], day=1), row("web:1", names=["Joan Doe"], day=2)], "recent"),
        ([row("app:1", names=["Jo Doe"]), row("web:1", names=["Joan Doe"])], "tie"),
    ],
)
def test_the_first_criterion_that_tells_them_apart_is_named(rows: list[Row], by: str) -> None:
    found = offered(*rows, rules=SurvivorshipRules(trusted_sources=("crm",)))["name"]
    assert {one.by for one in found} == {by}
    assert [one.value for one in found if one.chosen] != []


def test_what_nobody_contradicts_needed_no_criterion() -> None:
    found = offered(row("a:1", company="Acme"), row("b:1", company="Acme"), row("c:1"))["company"]
    assert [(one.agrees, one.by) for one in found] == [(True, "alone")] * 2
    assert sum(one.chosen for one in found) == 1


def test_a_role_s_mailbox_is_not_the_first_to_use() -> None:
    found = offered(
        row("a:1", emails=[email("info@x.example", marks=["role"])]), row("b:1", emails=["jo@x.example"])
    )
    assert reasons(found["emails"]) == {
        "info@x.example": (False, "personal"),
        "jo@x.example": (True, "personal"),
    }
    assert {one.pin for one in found["emails"]} == {None}


def test_a_pin_goes_before_all() -> None:
    pin = {"contact": 0, "field": "company", "value": "Acme", "decided_at": 1}
    rows = row("a:1", company="Acme", day=1), row("b:1", company="Bolt", day=9)
    found = offered(*rows, pins=PINS.empty_table().from_pylist([pin], schema=PINS))["company"]
    assert reasons(found) == {"Acme": (True, "pinned"), "Bolt": (False, "pinned")}


NAMES = st.sampled_from(["Jo Doe", "Joan Doe", "J. Doe", "Doe"])
ROWS = st.lists(
    st.fixed_dictionaries(
        {"names": st.lists(NAMES, max_size=2)},
        optional={
            "company": st.sampled_from(["Acme", "Bolt"]),
            "job_title": st.sampled_from(["Clerk", "Chief"]),
            "emails": st.lists(st.sampled_from(["a@x.example", "b@x.example"]), max_size=2),
            "day": st.integers(1, 3),
        },
    ),
    min_size=1,
    max_size=6,
)


@given(ROWS)
def test_what_is_chosen_is_what_is_served(fields: list[dict[str, Any]]) -> None:
    rows = [row(f"{'crm' if at % 2 else 'app'}:{at}", **one) for at, one in enumerate(fields)]
    table = contacts(rows)
    together = [f"{each['source']}:{each['external_id']}" for each in rows]
    golden = golden_records(table, clusters(table, together), RULES)
    record, found = golden.records.to_pylist()[0], offered(*rows)
    for field in FIELDS:
        chosen = [(one.value, one.contact) for one in found.get(field, []) if one.chosen]
        shown = record[COLUMNS_OF[field][0]]
        assert chosen == ([] if shown is None else [(shown, record[f"{field}_from"])])
    first = [one["value"] for one in golden.emails.to_pylist() if one["position"] == 0]
    assert [one.value for one in found.get("emails", []) if one.chosen] == first
