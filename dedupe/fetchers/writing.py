"""The protocol of a writer: it puts a golden id into one field of a contact at its provider, nothing else.

    after = writer.write(api, "17", before, field, "0198…")   the contact as the provider answered
    lost_fields(before, after, field, moves)                   what the provider took away besides

A write is sent once: whoever gets no answer reads the contact before sending it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import mapping_of
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.http.request import Request

_EMPTY: tuple[Any, ...] = (None, "", [], {})


class Writer(Protocol):
    """Writes one field of one source's contacts."""

    @property
    def unique(self) -> bool:
        """Whether only one contact of the account can hold a value."""
        ...

    @property
    def moves(self) -> tuple[str, ...]:
        """Keys of a payload that a write moves besides, such as the time of its last change."""
        ...

    def write(
        self, api: Api, external_id: str, before: Any, field: str, value: str | None, *, whole: bool = False
    ) -> Any:
        """Set the field, or clear it (None); gives the contact as the provider answered. `before`: the
        contact as it was read just now; `whole`: send the object around the field with all that it held.

        Raises SourceError: whether it was written is known for CredentialsRefused and RequestRefused only.
        """
        ...


def changed(api: Api, path: str, verb: str, external_id: str, body: Any, wrapped: str) -> Any:
    """Send a change of a contact, once; gives the contact that the answer holds."""
    address = path.replace("{id}", quote(external_id, safe=""))
    answer = api.ask(Request(address, json=body, verb=verb, once=True)).body
    if not isinstance(answer, dict):
        raise ContractChanged(f"{api.source}: the answer to a write is no object")
    return mapping_of(answer.get(wrapped, answer))


def lost_fields(before: Any, after: Any, field: str, moves: tuple[str, ...]) -> list[str]:
    """The fields of the contact that were filled before the write and are empty after it, without values."""
    outer, _, inner = field.partition(".")
    was, now = mapping_of(before), mapping_of(after)
    lost = [key for key in _filled(was) if key not in moves and key != outer and now.get(key) in _EMPTY]
    if inner:
        held, left = mapping_of(was.get(outer)), mapping_of(now.get(outer))
        lost += [f"{outer}.{key}" for key in _filled(held) if key != inner and left.get(key) in _EMPTY]
    return lost


def _filled(fields: Mapping[str, Any]) -> list[str]:
    return [key for key, value in fields.items() if value not in _EMPTY]
