"""The source contacts that an email, a phone number, a golden id or a source contact's id names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from dedupe.errors import NotFound, UnreadableValue
from dedupe.normalizers import queries
from dedupe.storage import contact_status, lookups
from dedupe.storage.contact_status import ListedContact, UnreadableRecord
from dedupe.storage.database import Connection

SOURCE_CONTACT, GOLDEN_CONTACT, EMAIL, PHONE = "source contact", "golden contact", "email", "phone"


@dataclass(frozen=True, slots=True)
class ResolvedReference:
    """The source contacts that were named; none of them where no source holds it."""

    asked: str
    by: str  # source contact, golden contact, email, phone
    contacts: list[ListedContact]
    source: str | None = None  # the one that was named
    set_aside: list[UnreadableRecord] = field(
        default_factory=list
    )  # only looked for where no contact was found

    @property
    def live(self) -> list[ListedContact]:
        """Those that can be matched, by kind or not."""
        return [one for one in self.contacts if one.gone_at is None and one.kind is not None]


def resolve_reference(connection: Connection, asked: str, region: str | None = None) -> ResolvedReference:
    """The source contacts that `asked` names; `region` is where a national phone number is dialled.

    Raises NotFound for what is none of the four, and for an id that nobody has or had.
    """
    named = asked.strip()
    if not named:
        raise NotFound("name a contact: an email, a phone number, an id, or source:id")
    some_id = _as_uuid(named)
    if some_id is not None:
        return _by_id(connection, named, some_id)
    source, external_id = _split(connection, named)
    if source is not None:
        found = contact_status.by_key(connection, source, external_id)
        aside = [] if found else contact_status.unreadable(connection, external_id, source)
        return ResolvedReference(named, SOURCE_CONTACT, found, source, aside)
    if "@" in named:
        return _by_value(connection, named, EMAIL, queries.email_query(named))
    if not _like_a_number(named):
        raise NotFound(_no_such_source(connection, named))
    dialled = queries.region_of(region) if region else None
    return _by_value(connection, named, PHONE, queries.phone_query(named, dialled))


def _by_id(connection: Connection, named: str, some_id: UUID) -> ResolvedReference:
    """Of a golden contact, also one that was merged or is gone, or else of a source contact."""
    led = lookups.leads_to(connection, some_id)
    if led:
        members = contact_status.members_of(connection, led)
        return ResolvedReference(named, GOLDEN_CONTACT, contact_status.by_ids(connection, members))
    before = contact_status.last_members(connection, some_id)
    if before:
        return ResolvedReference(named, GOLDEN_CONTACT, contact_status.by_ids(connection, before))
    found = contact_status.by_ids(connection, [some_id])
    if not found:
        raise NotFound(f"no golden contact or source contact has or had the id {some_id}")
    return ResolvedReference(named, SOURCE_CONTACT, found, found[0].source)


def _by_value(connection: Connection, named: str, by: str, query: queries.Query) -> ResolvedReference:
    if query.value is None:
        advice = ": give it with its country code, as in +44 20 7946 0018, or say the region" * (by == PHONE)
        raise UnreadableValue(f"that is no {by} we can look for ({query.reason}){advice}")
    texts = {query.value, *query.keys[:1], *([named] if by == EMAIL else [])}
    found = contact_status.by_ids(connection, contact_status.holding(connection, texts))
    aside = [] if found else contact_status.unreadable(connection, named)
    return ResolvedReference(named, by, found, None, aside)


def _split(connection: Connection, named: str) -> tuple[str | None, str]:
    """Source and external id, written source:id or source/id; no source where none of that name is known."""
    for sign in ":/":
        source, found, external_id = named.partition(sign)
        if found and lookups.is_source(connection, source):
            return source, external_id
    return None, named


def _like_a_number(named: str) -> bool:
    return sum(sign.isdigit() for sign in named) >= max(3, sum(sign.isalpha() for sign in named))


def _no_such_source(connection: Connection, named: str) -> str:
    known: Sequence[str] = contact_status.sources(connection)
    if not known:
        return "the database holds no source yet: bring contacts in by `dedupe import` or `dedupe nightly`"
    what = "there is no such source" if ":" in named or "/" in named else "that names no contact"
    return f"{what}: write an email, a phone number, an id, or source:id with one of {', '.join(known)}"


def _as_uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) == 36 else None
    except ValueError:
        return None
