"""What people say of an email or a phone holds for every contact that has it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as made
from typing import Any
from uuid import UUID

import pyarrow as pa

from dedupe.golden.judged_values import judged
from dedupe.model import ValueVerdict
from tests.golden.handmade_clusters import contacts, email, row

SEEDS = pa.array([str(UUID(int=number)) for number in range(3)])
PEOPLE = contacts(
    [
        row("a:1", emails=["jo@x.org", email("team@x.org", marks=["free"])], phones=["+44"]),
        row("a:2"),
        row("a:3", emails=["team@x.org"], phones=["+44"]),
    ]
)


@dataclass(frozen=True)
class Judged:
    field: str
    key: str
    verdict: ValueVerdict
    source_contacts: list[UUID] = made(default_factory=list)


def after(*judgements: Judged) -> list[dict[str, Any]]:
    table = judged(PEOPLE, judgements, SEEDS)
    assert table.schema == PEOPLE.schema
    return table.to_pylist()


def test_without_judgements_nothing_changes() -> None:
    assert judged(PEOPLE, [], SEEDS) == PEOPLE


def test_a_shared_value_is_marked_wherever_it_stands() -> None:
    first, second, third = after(Judged("email", "team@x.org", ValueVerdict.SHARED))
    assert [each["marks"] for each in first["emails"]] == [[], ["free", "shared"]]
    assert [each["marks"] for each in third["emails"]] == [["shared"]]
    assert (second["emails"], first["phones"][0]["marks"]) == ([], [])


def test_a_placeholder_is_marked() -> None:
    first, *_ = after(Judged("phone", "+44", ValueVerdict.PLACEHOLDER))
    assert first["phones"][0]["marks"] == ["placeholder"]


def test_a_value_that_is_no_longer_theirs_is_taken_from_those_named_only() -> None:
    first, _, third = after(Judged("phone", "+44", ValueVerdict.NOT_THEIRS, [UUID(int=0)]))
    assert (first["phones"], [each["value"] for each in third["phones"]]) == ([], ["+44"])
    assert [each["value"] for each in first["emails"]] == ["jo@x.org", "team@x.org"]
