"""Golden contacts by email, phone, source contact or id, for the pages, the API and the command line.

Each function reads in the caller's transaction and writes one line to the access log (ids only).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from dedupe.errors import NotFound, UnreadableValue
from dedupe.normalizers import queries
from dedupe.storage import access_log, contact_status, golden_versions, lookups
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import Event, GoldenContact, Hit
from dedupe.storage.golden_versions import GoldenVersion

EVENTS_AT_ONCE = 500
"""The most events of one answer (chosen)."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What became of a golden id: it is live, merged into one successor, split into several, or gone."""

    id: UUID
    status: Literal["live", "merged", "split", "gone"]
    contacts: list[GoldenContact]


def by_email(connection: Connection, visitor: Visitor, address: str) -> list[Hit]:
    """Golden contacts with this address, then those with an address of the same mailbox. Raises NotFound
    unless it is an email address."""
    query = queries.email_query(address)
    if query.value is None:
        raise UnreadableValue("not an email address: it needs a name, an @ and a domain")
    key = query.keys[0] if query.keys else query.value
    return lookups.by_email(connection, visitor, query.value, key)


def by_phone(connection: Connection, visitor: Visitor, number: str, region: str | None = None) -> list[Hit]:
    """Golden contacts with this number. Raises NotFound unless it is a phone number.

    `region` (ISO 3166 alpha-2) reads a number without a country code. Digits that may be either of two
    numbers are looked up as the likelier one, then as the other.
    """
    hits: list[Hit] = []
    for value, key in _phones(connection, number.strip(), region):
        hits = hits or lookups.by_phone(connection, visitor, value, key)
    return hits


def _phones(connection: Connection, number: str, region: str | None) -> Iterator[tuple[str, str]]:
    """Value and match key of each number that the text may be; a number that is stored in this spelling is
    not parsed."""
    if number.startswith("+"):
        held = lookups.phone_key(connection, number)
        if held is not None:
            yield number, held
            return
    query = queries.phone_query(number, region)
    if query.value is None:
        raise UnreadableValue("not a phone number: give it with its country code, as in +44 20 7946 0018")
    yield query.value, query.keys[0] if query.keys else query.value
    if query.other is not None:
        yield query.other, query.other


def by_source_contact(connection: Connection, visitor: Visitor, source: str, external_id: str) -> list[Hit]:
    return lookups.by_source_contact(connection, visitor, source, external_id)


def by_id(connection: Connection, visitor: Visitor, golden_id: UUID) -> Resolved:
    """The golden contacts that an id leads to. Raises NotFound for an id that was never handed out."""
    led = lookups.leads_to(connection, golden_id)
    if not led and not lookups.was_published(connection, golden_id):
        raise NotFound(f"no golden contact has or had the id {golden_id}")
    hits = lookups.by_ids(connection, visitor, led)
    if led == [golden_id]:
        return Resolved(golden_id, "live", _contacts(hits))
    status: Literal["gone", "merged", "split"] = ("gone", "merged", "split")[min(len(hits), 2)]
    return Resolved(golden_id, status, _contacts(hits))


def as_of(connection: Connection, visitor: Visitor, golden_id: UUID, moment: datetime) -> GoldenVersion:
    """What an id showed at a moment, with its source contacts and why they were there.

    Raises NotFound for an id that was never handed out or wasn't served then, and where that isn't kept.
    """
    first = lookups.first_published(connection, golden_id)
    if first is None:
        raise NotFound(f"no golden contact has or had the id {golden_id}")
    found = golden_versions.as_of(connection, golden_id, moment)
    access_log.write(connection, visitor, "history", [golden_id])
    if found is None:
        raise NotFound(_not_then(connection, golden_id, first, moment))
    return found


def _not_then(connection: Connection, golden_id: UUID, first: datetime, moment: datetime) -> str:
    """Why nothing is known of what an id, served first at `first`, showed at that moment."""
    if moment < first:
        return f"{golden_id} was not served yet at that moment"
    if _retired_by(connection, golden_id, moment):
        return f"{golden_id} was not served at that moment: it was retired before"
    return (
        f"what {golden_id} showed then is kept no longer: erased, or its time is over (privacy.history_kept)"
    )


def _retired_by(connection: Connection, golden_id: UUID, moment: datetime) -> bool:
    """Whether an id was served no longer at that moment. Of ids that were served again events know it, as
    long as they are kept (privacy.events_kept)."""
    retired = lookups.retired_at(connection, golden_id)
    events = [event for event in lookups.history(connection, golden_id) if event.occurred_at <= moment]
    mine = [event for event in events if event.golden_id == golden_id]
    return (retired is not None and retired <= moment) or bool(mine and not mine[-1].members_after)


def by_anything(connection: Connection, visitor: Visitor, value: str, region: str | None = None) -> list[Hit]:
    """Golden contacts by an id, `source:external id`, an email address or a phone number. Raises NotFound
    where the value is none of them."""
    asked = value.strip()
    golden_id = _as_uuid(asked)
    if golden_id is not None:
        return _by_any_id(connection, visitor, golden_id)
    source, colon, external_id = asked.partition(":")
    if colon and lookups.is_source(connection, source):
        return by_source_contact(connection, visitor, source, external_id)
    query = queries.email_query(asked) if "@" in asked else queries.phone_query(asked, region)
    if colon and query.value is None:
        raise NotFound(f"there is no such source; those there are: {_sources(connection)}")
    if "@" in asked:
        return by_email(connection, visitor, asked)
    return by_phone(connection, visitor, asked, region)


def history(connection: Connection, visitor: Visitor, golden_id: UUID) -> list[Event]:
    """Everything that happened to a golden id, oldest first. Raises NotFound for an id that was never handed
    out."""
    if not lookups.was_published(connection, golden_id):
        raise NotFound(f"no golden contact has or had the id {golden_id}")
    access_log.write(connection, visitor, "history", [golden_id])
    return lookups.history(connection, golden_id)


def events(
    connection: Connection, visitor: Visitor, after: int = 0, limit: int = EVENTS_AT_ONCE
) -> list[Event]:
    """Up to `limit` events after the position `after`, in commit order."""
    access_log.write(connection, visitor, "events")
    return lookups.events_after(connection, after, limit)


def _sources(connection: Connection) -> str:
    return ", ".join(contact_status.sources(connection)) or "none yet"


def _by_any_id(connection: Connection, visitor: Visitor, some_id: UUID) -> list[Hit]:
    """Golden contacts by a golden id, or by the id of a source contact, which a merged contact may be known
    by."""
    ids = lookups.leads_to(connection, some_id)
    if not ids:
        of_member = lookups.golden_id_of(connection, some_id)
        ids = [of_member] if of_member else []
    return lookups.by_ids(connection, visitor, ids)


def _contacts(hits: list[Hit]) -> list[GoldenContact]:
    return [hit.contact for hit in hits]


def _as_uuid(value: str) -> UUID | None:
    try:
        return UUID(value) if len(value) == 36 else None
    except ValueError:
        return None
