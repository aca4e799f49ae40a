"""Pins: decisions of people about fields, as the table that survivorship reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import pyarrow as pa

from dedupe.golden.tables import COLUMNS_OF, PINS

_FIELD_OF = {column: name for name, columns in COLUMNS_OF.items() for column in columns}
_FIELD_OF |= {"email": "emails", "phone": "phones"}


class PinnedField(Protocol):
    """A live decision that the field has this value in the cluster of these source contacts."""

    @property
    def field(self) -> str: ...
    @property
    def value(self) -> str: ...
    @property
    def source_contacts(self) -> Sequence[UUID]: ...
    @property
    def decided_at(self) -> datetime: ...


def pins_table(pins: Iterable[PinnedField], seeds: Any) -> pa.Table:
    """PINS: a row for each pin and each live contact that it names; `seeds[i]` is the id of contact i.

    A pin may name a field by any of its columns.
    """
    pins = list(pins)
    number = {seed: at for at, seed in enumerate(seeds.to_pylist())} if pins else {}
    rows = [
        {
            "contact": number[str(contact)],
            "field": _FIELD_OF.get(pin.field, pin.field),
            "value": pin.value,
            "decided_at": round(pin.decided_at.timestamp() * 1_000_000),
        }
        for pin in pins
        for contact in pin.source_contacts
        if str(contact) in number
    ]
    return pa.Table.from_pylist(rows, schema=PINS)
