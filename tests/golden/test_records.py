"""One golden contact a cluster, each value with the source contact that it came from."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from dedupe.golden.records import golden_records
from dedupe.golden.survivorship import By, SurvivorshipRules
from dedupe.golden.tables import PINS, GoldenTables
from tests.golden.handmade_clusters import Row, clusters, contacts, email, name, row

RULES = SurvivorshipRules()


def merged(*rows: Row, rules: SurvivorshipRules = RULES, pins: pa.Table | None = None) -> dict[str, Any]:
    """The golden contact of all these rows, with its lists, contacts named by their key."""
    golden = tables(*rows, rules=rules, pins=pins)
    key = {n: f"{each['source']}:{each['external_id']}" for n, each in enumerate(contacts(rows).to_pylist())}
    record: dict[str, Any] = golden.records.to_pylist()[0]
    for field in [each for each in record if each.endswith("_from")]:
        record[field] = key.get(record[field])
    for kind in ("emails", "phones", "identifiers", "preferences"):
        listed = getattr(golden, kind).to_pylist()
        record[kind] = [each | {"contacts": [key[n] for n in each["contacts"]]} for each in listed]
    return record


def tables(*rows: Row, rules: SurvivorshipRules = RULES, pins: pa.Table | None = None) -> GoldenTables:
    table = contacts(rows)
    together = [f"{each['source']}:{each['external_id']}" for each in rows]
    return golden_records(table, clusters(table, together), rules, pins)


def test_the_most_trusted_source_names_the_person() -> None:
    rules = SurvivorshipRules(trusted_sources=("billing", "crm"))
    golden = merged(row("app:1", names=["Jo Doe"]), row("crm:1", names=["Joan Doe"]), rules=rules)
    assert (golden["display_name"], golden["name_from"]) == ("Joan Doe", "crm:1")


def test_one_field_can_trust_another_source() -> None:
    rules = SurvivorshipRules(trusted_sources=("crm",), trusted_for={"company": ("app",)})
    rows = row("app:1", names=["Jo Doe"], company="App Ltd"), row("crm:1", names=["Jo D"], company="Crm")
    golden = merged(*rows, rules=rules)
    assert (golden["name_from"], golden["company"]) == ("crm:1", "App Ltd")


def test_trust_for_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="shoe_size"):
        SurvivorshipRules(trusted_for={"shoe_size": ("crm",)})


def test_the_latest_job_title_survives() -> None:
    golden = merged(row("a:1", job_title="Clerk", day=9), row("b:1", job_title="Chief", day=10), row("c:1"))
    assert (golden["job_title"], golden["job_title_from"]) == ("Chief", "b:1")


def test_a_full_name_goes_before_an_initial() -> None:
    golden = merged(row("a:1", names=["J. Smith"], day=20), row("b:1", names=["Jane Smith"], day=1))
    assert golden["display_name"] == "Jane Smith"


def test_a_spelling_that_two_share_goes_before_a_typo() -> None:
    golden = merged(
        row("a:1", names=["Jnae Smith"], day=9),
        row("b:1", names=["Jane Smith"]),
        row("c:1", names=["Jane Smith"]),
    )
    assert (golden["display_name"], golden["name_from"]) == ("Jane Smith", "b:1")


def test_a_name_is_taken_whole() -> None:
    golden = merged(row("a:1", names=["Jane Smith"]), row("b:1", names=["Janey"]))
    assert (golden["given_name"], golden["family_name"]) == ("Jane", "Smith")


def test_a_place_is_taken_whole_from_the_most_complete() -> None:
    golden = merged(
        row("a:1", place={"city": "Leeds"}, day=9), row("b:1", place={"street": "1 Mill Rd", "city": "York"})
    )
    assert (golden["street"], golden["city"], golden["place_from"]) == ("1 Mill Rd", "York", "b:1")


def test_a_place_of_nothing_is_no_place() -> None:
    assert merged(row("a:1", place={"city": ""}))["place_from"] is None


@pytest.mark.parametrize(
    ("birth", "written"),
    [
        ({"year": 1984, "month": 2, "day": 29}, "1984-02-29"),
        ({"month": 2, "day": 29}, "--02-29"),
        ({"year": 1984}, "1984"),
        ({"year": 1984, "month": 2}, "1984-02"),
    ],
)
def test_a_birth_date_is_written_as_far_as_it_is_known(birth: Row, written: str) -> None:
    assert merged(row("a:1", birth=birth))["birth_date"] == written


def test_a_whole_birth_date_goes_before_a_year() -> None:
    golden = merged(
        row("a:1", birth={"year": 1984}, day=9), row("b:1", birth={"year": 1984, "month": 2, "day": 1})
    )
    assert (golden["birth_date"], golden["birth_from"]) == ("1984-02-01", "b:1")


def test_all_emails_are_kept_each_once_with_all_who_gave_it() -> None:
    golden = merged(row("a:1", emails=["jo@x.org", "jo@y.org"]), row("b:1", emails=["jo@y.org"]))
    assert {each["value"]: each["contacts"] for each in golden["emails"]} == {
        "jo@y.org": ["a:1", "b:1"],
        "jo@x.org": ["a:1"],
    }


def test_the_email_that_a_channel_carried_is_the_one_to_use() -> None:
    golden = merged(row("a:1", emails=["a@x.org"]), row("b:1", emails=[email("z@x.org", "channel")]))
    assert [(each["position"], each["value"]) for each in golden["emails"]] == [
        (0, "z@x.org"),
        (1, "a@x.org"),
    ]


def test_a_role_mailbox_is_not_the_one_to_use() -> None:
    golden = merged(row("a:1", emails=[email("info@x.org", "channel", ["role"]), "jo@x.org"]))
    assert [each["value"] for each in golden["emails"]] == ["jo@x.org", "info@x.org"]


def test_the_best_witness_of_an_email_counts() -> None:
    golden = merged(row("a:1", emails=["jo@x.org"]), row("b:1", emails=[email("jo@x.org", "person")]))
    assert [each["attested"] for each in golden["emails"]] == ["person"]


def test_blocked_anywhere_is_blocked() -> None:
    assert merged(row("a:1"), row("b:1", blocked=True))["blocked"] is True
    assert merged(row("a:1", blocked=False), row("b:1"))["blocked"] is False


def test_the_most_restrictive_preference_wins() -> None:
    may = [{"channel": "email", "allowed": True}, {"channel": "sms", "allowed": True}]
    golden = merged(
        row("a:1", preferences=may), row("b:1", preferences=[{"channel": "email", "allowed": False}])
    )
    assert {each["channel"]: (each["allowed"], each["contacts"]) for each in golden["preferences"]} == {
        "email": (False, ["b:1"]),
        "sms": (True, ["a:1"]),
    }


def test_identifiers_are_kept_with_all_who_gave_them() -> None:
    same = [{"given": "7", "value": "crm/id:7"}]
    golden = merged(row("a:1", identifiers=same), row("b:1", identifiers=same))
    assert [(each["value"], each["contacts"]) for each in golden["identifiers"]] == [
        ("crm/id:7", ["a:1", "b:1"])
    ]


def _pins(*pins: tuple[int, str, str, int]) -> pa.Table:
    return pa.Table.from_pylist([dict(zip(PINS.names, pin, strict=True)) for pin in pins], schema=PINS)


def test_a_pinned_field_holds_against_every_rule_and_the_latest_pin_holds() -> None:
    rules = SurvivorshipRules(trusted_sources=("a",))
    pins = _pins((0, "name", "Bo", 10), (1, "name", "Cy", 20))
    rows = [row("a:1", names=["Anna Bell"]), row("b:1", names=["Bo"]), row("c:1", names=["Cy"])]
    assert merged(*rows, rules=rules, pins=pins)["name_from"] == "c:1"


def test_a_pin_to_a_value_that_nobody_gives_any_more_holds_nothing() -> None:
    pins = _pins((0, "name", "Bo", 10), (0, "name", "Gone", 20))
    assert merged(row("a:1", names=["Anna Bell"]), row("b:1", names=["Bo"]), pins=pins)["name_from"] == "b:1"


def test_a_pinned_email_is_the_one_to_use() -> None:
    golden = merged(row("a:1", emails=["a@x.org", "b@x.org"]), pins=_pins((0, "emails", "b@x.org", 1)))
    assert [each["value"] for each in golden["emails"]] == ["b@x.org", "a@x.org"]


def test_only_kinds_that_are_matched_become_golden() -> None:
    table = contacts([row("a:1"), row("a:2", kind="group"), row("a:3", kind="staff")])
    assert golden_records(table, clusters(table), RULES).members["contact"].to_pylist() == [0]
    staff = golden_records(table, clusters(table), RULES, kinds=frozenset({"person", "staff"}))
    assert staff.records["kind"].to_pylist() == ["person", "staff"]


def test_every_criterion_can_be_put_first() -> None:
    rows = [
        row("a:1", names=[name("Ann Bee", "channel")], day=1),
        row("b:1", names=["Bo Cy"], day=9),
        row("c:1", names=["Cy"], day=2),
        row("d:1", names=["Cy"], day=3),
    ]
    first = {By.ATTESTED: "a:1", By.RECENT: "b:1", By.FREQUENT: "c:1", By.TRUSTED: "d:1", By.COMPLETE: "a:1"}
    for by, source in first.items():
        rules = SurvivorshipRules(trusted_sources=("d",), name=(by,))
        assert merged(*rows, rules=rules)["name_from"] == source


def test_nobody_gives_no_golden_contacts() -> None:
    table = contacts([])
    golden = golden_records(table, clusters(table), RULES)
    assert golden.records.num_rows == golden.emails.num_rows == golden.preferences.num_rows == 0


def test_an_address_that_is_told_to_be_somebody_elses_is_not_served() -> None:
    golden = merged(
        row("a:1", emails=["ann@x.org", email("bo@x.org", marks=["anothers"])]),
        row("b:1", emails=["a@x.org"]),
    )
    assert [each["value"] for each in golden["emails"]] == ["a@x.org", "ann@x.org"]
