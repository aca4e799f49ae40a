"""Staged golden contacts as rows: every value with its source contacts by id."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from dedupe.golden.records import golden_records
from dedupe.golden.rows import contact_rows, email_rows, phone_rows
from dedupe.golden.staging import Staged, stage
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import HEIRS, ID
from dedupe.schemas import LINKS
from tests.golden.handmade_clusters import clusters, contacts, phone, row


def seed(number: int) -> str:
    return str(UUID(int=number + 100))


def staged() -> Staged:
    table = contacts(
        [
            row("a:1", names=["Ann"], identifiers=[{"value": 'x:"1"\n'}], emails=["a@x.org"]),
            row("b:1", preferences=[{"channel": "sms", "allowed": False}], birth={"year": 1990}),
            row("d:1"),
            row("c:1", names=["Cy"], emails=["a@x.org"], phones=[phone("+44", marks=["role"])]),
        ]
    )
    golden = golden_records(table, clusters(table, ["a:1", "b:1"]), SurvivorshipRules())
    seeds = pa.array([seed(n) for n in range(4)], ID)
    return stage(golden, seeds, HEIRS.empty_table(), LINKS.empty_table())


def contact(at: int) -> dict[str, Any]:
    row: dict[str, Any] = contact_rows(staged(), np.array([at])).to_pylist()[0]
    return row


def test_provenance_names_the_source_contact_of_each_field_that_says_something() -> None:
    assert json.loads(contact(2)["provenance"]) == {}
    assert json.loads(contact(0)["provenance"]) == {
        "display_name": seed(0),
        "given_name": seed(0),
        "birth_date": seed(1),
    }


def test_identifiers_are_json_whatever_stands_in_them() -> None:
    assert json.loads(contact(0)["identifiers"]) == [{"value": 'x:"1"\n', "source_contacts": [seed(0)]}]
    assert json.loads(contact(1)["identifiers"]) == []


def test_preferences_are_json() -> None:
    assert json.loads(contact(0)["preferences"]) == {"sms": False}
    assert json.loads(contact(1)["preferences"]) == {}


def test_only_the_rows_asked_for_are_made_and_in_their_order() -> None:
    both = contact_rows(staged(), np.array([1, 0]))
    assert both["id"].to_pylist() == [seed(2), seed(0)]
    assert both["preferences"].to_pylist() == ["{}", '{"sms":false}']


def test_emails_and_phones_name_their_golden_contact_and_who_gave_them() -> None:
    assert email_rows(staged(), np.array([0])).to_pylist() == [
        {
            "golden_id": seed(0),
            "position": 0,
            "value": "a@x.org",
            "key": "a@x.org",
            "attested": "unknown",
            "marks": [],
            "source_contact_ids": [seed(0)],
        }
    ]
    phones = phone_rows(staged(), np.array([0, 1])).to_pylist()
    assert [(each["golden_id"], each["value"], each["marks"], each["extension"]) for each in phones] == [
        (seed(2), "+44", ["role"], "")
    ]
