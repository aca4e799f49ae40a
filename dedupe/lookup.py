"""Golden contacts by email, phone, source contact or id, for the pages, the API and the command line.

Each function reads in the caller's transaction and writes one line to the access log (ids only).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from dedupe.errors import NotFound, UnreadableValue
from dedupe.normalizers import queries
from dedupe.storage import (
    access_log,
    contact_status,
    event_reasons,
    lookups,
    many_lookups,
)
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import Event, GoldenContact, Hit
from dedupe.storage.many_lookups import Sought

if TYPE_CHECKING:
    from dedupe.storage.golden_versions import GoldenVersion

EVENTS_AT_ONCE = 500
"""The most events of one answer (chosen)."""
MANY = 1000
"""The most questions of `many` (chosen)."""
_NO_EMAIL = "not an email address: it needs a name, an @ and a domain"
_NO_PHONE = "not a phone number: give it with its country code, as in +44 20 7946 0018"


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
        raise UnreadableValue(_NO_EMAIL)
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
        raise UnreadableValue(_NO_PHONE)
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
        return Resolved(golden_id, "live", [hit.contact for hit in hits])
    status: Literal["gone", "merged", "split"] = ("gone", "merged", "split")[min(len(hits), 2)]
    return Resolved(golden_id, status, [hit.contact for hit in hits])


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of many, by exactly one of: `email`; `phone`, dialled in `region` if it has no country
    code; `source` with `source_contact`; `golden_id`."""

    email: str | None = None
    phone: str | None = None
    region: str | None = None
    source: str | None = None
    source_contact: str | None = None
    golden_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """What a lookup by itself would say. `status` of an id: live ones are "found", then as `Resolved`;
    "unknown": never handed out. `reason`: why something can be no email or phone."""

    status: Literal["found", "nobody", "merged", "split", "gone", "unknown", "unreadable"]
    hits: list[Hit]
    reason: str | None = None


def many(connection: Connection, visitor: Visitor, asked: Sequence[Asked]) -> list[Answered]:
    """The answer to each, in the order asked: what single lookups say, and as many lines of the access log;
    three statements, however many are asked."""
    answers: dict[int, Answered] = {}
    sought: dict[int, list[Sought]] = {}
    ids = {one.golden_id for one in asked if one.golden_id is not None}
    known = many_lookups.known_ids(connection, ids) if ids else set()
    phones = _phones_of_many(connection, {at: one for at, one in enumerate(asked) if one.phone is not None})
    for at, one in enumerate(asked):
        if one.golden_id is not None and one.golden_id not in known:
            answers[at] = Answered("unknown", [], f"no golden contact has or had the id {one.golden_id}")
        elif ways := phones[at] if at in phones else _sought(one):
            sought[at] = ways
        else:
            answers[at] = Answered("unreadable", [], _NO_EMAIL if one.phone is None else _NO_PHONE)
    first = _found(connection, visitor, {at: ways[0] for at, ways in sought.items()})
    others = {at: sought[at][1] for at, hits in first.items() if not hits and len(sought[at]) > 1}
    found = first | _found(connection, visitor, others)
    answers |= {at: Answered(_status(asked[at], hits), hits) for at, hits in found.items()}
    return [answers[at] for at in range(len(asked))]


def asked_for(connection: Connection, values: Sequence[str], region: str | None = None) -> list[Asked]:
    """Values as `by_anything` takes them: an id, `source:external id`, an email or a phone number."""
    known = set(contact_status.sources(connection))
    return [_asked_for(value.strip(), known, region) for value in values]


def _asked_for(value: str, sources: set[str], region: str | None) -> Asked:
    golden_id, (source, colon, external_id) = _as_uuid(value), value.partition(":")
    if golden_id is not None:
        return Asked(golden_id=golden_id)
    if colon and source in sources:
        return Asked(source=source, source_contact=external_id)
    return Asked(email=value) if "@" in value else Asked(phone=value, region=region)


def _found(connection: Connection, visitor: Visitor, sought: dict[int, Sought]) -> dict[int, list[Hit]]:
    if not sought:
        return {}
    return dict(zip(sought, many_lookups.find(connection, visitor, list(sought.values())), strict=True))


def _status(asked: Asked, hits: Sequence[Hit]) -> Literal["found", "nobody", "merged", "split", "gone"]:
    if asked.golden_id is None:
        return "found" if hits else "nobody"
    if [hit.contact.id for hit in hits] == [asked.golden_id]:
        return "found"
    status: Literal["gone", "merged", "split"] = ("gone", "merged", "split")[min(len(hits), 2)]
    return status


def _sought(asked: Asked) -> list[Sought]:
    """What is looked up; nothing where the text can be no email."""
    if asked.golden_id is not None:
        return [Sought("id", str(asked.golden_id), "")]
    if asked.email is not None:
        query = queries.email_query(asked.email)
        if query.value is None:
            return []
        return [Sought("email", query.value, query.keys[0] if query.keys else query.value)]
    return [Sought("source_contact", asked.source or "", asked.source_contact or "")]


def _phones_of_many(connection: Connection, asked: dict[int, Asked]) -> dict[int, list[Sought]]:
    """The numbers that each text may be, the likelier first, none where it can be no phone; a number that is
    stored in this spelling is not parsed."""
    texts = {at: (one.phone or "").strip() for at, one in asked.items()}
    written = {text for text in texts.values() if text.startswith("+")}
    held = many_lookups.phone_keys(connection, written) if written else {}
    parsed = [at for at, text in texts.items() if text not in held]
    read = queries.phone_queries([texts[at] for at in parsed], [asked[at].region for at in parsed])
    made = {at: [Sought("phone", text, held[text])] for at, text in texts.items() if text in held}
    for at, query in zip(parsed, read, strict=True):
        numbers = [(query.value, query.keys[0] if query.keys else query.value), (query.other, query.other)]
        made[at] = [Sought("phone", value, key) for value, key in numbers if value and key]
    return made


def as_of(connection: Connection, visitor: Visitor, golden_id: UUID, moment: datetime) -> GoldenVersion:
    """What an id showed at a moment, with its source contacts and why they were there.

    Raises NotFound for an id that was never handed out or wasn't served then, and where that isn't kept.
    """
    from dedupe.storage import golden_versions  # not above: it loads Arrow, which no lookup of today needs

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
        those = ", ".join(contact_status.sources(connection)) or "none yet"
        raise NotFound(f"there is no such source; those there are: {those}")
    if "@" in asked:
        return by_email(connection, visitor, asked)
    return by_phone(connection, visitor, asked, region)


def history(
    connection: Connection, visitor: Visitor, golden_id: UUID, *, discreet: bool = False
) -> list[Event]:
    """Everything that happened to a golden id, and what came to it through others, oldest first, in words;
    `discreet`: neither who decided nor their note. Raises NotFound for an id that was never handed out."""
    if not lookups.was_published(connection, golden_id):
        raise NotFound(f"no golden contact has or had the id {golden_id}")
    access_log.write(connection, visitor, "history", [golden_id])
    return event_reasons.with_words(connection, lookups.history(connection, golden_id), discreet=discreet)


def events(
    connection: Connection,
    visitor: Visitor,
    after: int = 0,
    limit: int = EVENTS_AT_ONCE,
    *,
    discreet: bool = False,
) -> list[Event]:
    """Up to `limit` events after the position `after`, in commit order, in words; `discreet`: neither who
    decided nor their note."""
    access_log.write(connection, visitor, "events")
    found = lookups.events_after(connection, after, limit)
    return event_reasons.with_words(connection, found, discreet=discreet)


def _by_any_id(connection: Connection, visitor: Visitor, some_id: UUID) -> list[Hit]:
    """Golden contacts by a golden id, or by the id of a source contact, which a merged contact may be known
    by."""
    ids = lookups.leads_to(connection, some_id)
    if not ids:
        of_member = lookups.golden_id_of(connection, some_id)
        ids = [of_member] if of_member else []
    return lookups.by_ids(connection, visitor, ids)


def _as_uuid(value: str) -> UUID | None:
    try:
        return UUID(value) if len(value) == 36 else None
    except ValueError:
        return None
