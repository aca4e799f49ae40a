"""Pins of people reach the cluster of the contacts they name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import pyarrow as pa
import pytest

from dedupe.golden.pinning import pins_table


@dataclass(frozen=True)
class Pin:
    field: str
    source_contacts: list[UUID]
    value: str = "Jo"
    decided_at: datetime = datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)


SEEDS = pa.array([str(UUID(int=number)) for number in (7, 8)])


def test_a_pin_stands_at_every_live_contact_it_names() -> None:
    pins = pins_table([Pin("name", [UUID(int=8), UUID(int=9)])], SEEDS)
    assert pins.to_pylist() == [{"contact": 1, "field": "name", "value": "Jo", "decided_at": 1_000_000}]


@pytest.mark.parametrize(
    ("named", "field"), [("display_name", "name"), ("city", "place"), ("email", "emails")]
)
def test_a_field_may_be_named_by_its_column(named: str, field: str) -> None:
    assert pins_table([Pin(named, [UUID(int=7)])], SEEDS)["field"].to_pylist() == [field]
