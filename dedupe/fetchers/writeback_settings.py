"""Which field of a provider holds the golden id, and how a payload reads without it.

What we wrote ourselves is no news of a source and no evidence: it is left out of the content hash, of
`read`, and of schema drift. Golden ids are known by their form (UUIDv7), so that whatever else stands in
the field is read as before.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

_GOLDEN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class WritebackSettings:
    """`field`: a key of the provider's contact, or `object.key`. `overwrite`: also what isn't ours.
    `replaces`: the provider takes the object that is sent for the whole of it. `withdraw`: nothing is
    wanted there, what we wrote is cleared. `nightly`: a night that has published applies it. `rate`: in
    requests a second."""

    field: str
    overwrite: bool = False
    replaces: bool = False
    withdraw: bool = False
    nightly: bool = False
    rate: float | None = None


def value_at(payload: Any, field: str) -> Any:
    """What stands in the field; None for nothing, and for an empty text."""
    for step in field.split("."):
        payload = payload.get(step) if isinstance(payload, Mapping) else None
    return None if payload == "" else payload


def golden_id_in(value: Any) -> UUID | None:
    """The value as a golden id, where it has the form of one."""
    return UUID(value) if isinstance(value, str) and _GOLDEN_ID.fullmatch(value) else None


def unwritten(payload: Any, writeback: WritebackSettings | None) -> Any:
    """The payload as it would be if we had written nothing: a key of the contact itself is null, one of an
    inner object isn't there. The same object where there is nothing to leave out."""
    if writeback is None or not isinstance(payload, Mapping):
        return payload
    outer, _, inner = writeback.field.partition(".")
    value = value_at(payload, writeback.field)
    if value is not None and golden_id_in(value) is None:
        return payload
    if not inner:
        return payload if payload.get(outer) is None else {**payload, outer: None}
    held = payload.get(outer)
    if not isinstance(held, Mapping) or inner not in held:
        return payload
    return {**payload, outer: {key: one for key, one in held.items() if key != inner}}


def all_unwritten(payloads: Sequence[Any], writeback: WritebackSettings | None) -> Sequence[Any]:
    return payloads if writeback is None else [unwritten(one, writeback) for one in payloads]
