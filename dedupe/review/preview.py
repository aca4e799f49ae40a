"""What a decision would make of golden contacts: it is made and published in a transaction that is rolled
back, so that a preview can't differ from what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from dedupe.review import queue, version_token
from dedupe.review.deciding import LOCK_WAIT
from dedupe.review.queue import Listed
from dedupe.review.recording import DecisionResult
from dedupe.storage import (
    access_log,
    decisions,
    event_reasons,
    lookups,
    outgoing_events,
    review_candidates,
    tombstones,
)
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.golden_contacts import FIELDS, Event, GoldenContact
from dedupe.storage.publishing import PUBLISH_LOCK

LISTS = ("emails", "phones", "identifiers")
"""The fields of a golden contact that hold several values."""
OTHERS = ("kind", "blocked", "preferences")
"""What else of a golden contact changes by who it is made of."""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of a golden contact that is served before and after. A list's first value is the one to use."""

    golden_id: UUID
    field: str  # of FIELDS, LISTS or OTHERS
    before: list[str]
    after: list[str]


@dataclass(frozen=True, slots=True)
class Preview:
    """What would be published. `seen` goes back with the act itself: it says what was looked at."""

    seen: str
    before: list[GoldenContact]
    after: list[GoldenContact]
    changes: list[FieldChange]
    events: list[Event]
    questions_gone: list[Listed]
    questions_new: list[Listed]


@dataclass(frozen=True, slots=True)
class _State:
    contacts: list[GoldenContact]
    questions: dict[UUID, Listed]


def previewed(database: Database, visitor: Visitor, act: Callable[[Connection], DecisionResult]) -> Preview:
    """What `act` would do, a decision or the revocation of one. Raises what it raises."""
    with database.lock(PUBLISH_LOCK, wait=LOCK_WAIT) as locked:
        with locked.connect() as connection:  # never committed
            tombstones.hold_off_tombstones(connection)
            last = outgoing_events.last_position(connection)
            done = act(connection)
            events = event_reasons.with_words(connection, lookups.events_after(connection, last))
            named = _named(connection, done, events)
            seen = version_token.token(review_candidates.members(connection, _decided(connection, done)))
            ids = _golden_ids(done, events)
            after = _state(connection, visitor, ids, named)
            with locked.connect() as outside:
                before = _state(outside, visitor, ids, named)
        with locked.begin() as connection:
            access_log.write(connection, visitor, "preview", ids)
    return Preview(
        seen,
        before.contacts,
        after.contacts,
        field_changes(before.contacts, after.contacts),
        events,
        _without(before.questions, after.questions),
        _without(after.questions, before.questions),
    )


def _decided(connection: Connection, done: DecisionResult) -> list[UUID]:
    made = decisions.with_id(connection, done.decision)
    return sorted({member.source_contact for each in made for member in each.members})


def _named(connection: Connection, done: DecisionResult, events: Sequence[Event]) -> list[UUID]:
    """The source contacts whose questions may come or go."""
    touched = chain.from_iterable((*event.members_before, *event.members_after) for event in events)
    return sorted({*_decided(connection, done), *touched})


def _golden_ids(done: DecisionResult, events: Sequence[Event]) -> list[UUID]:
    told = chain.from_iterable((event.golden_id, *event.related) for event in events)
    return sorted({*done.golden_ids, *told})


def _state(connection: Connection, visitor: Visitor, ids: Collection[UUID], named: Sequence[UUID]) -> _State:
    hits = lookups.by_ids(connection, visitor, list(ids))
    candidates = review_candidates.touching(connection, named)
    return _State([hit.contact for hit in hits], queue.listed_with_people(connection, candidates))


def _without(questions: Mapping[UUID, Listed], others: Mapping[UUID, Listed]) -> list[Listed]:
    return [question for key, question in questions.items() if key not in others]


def field_changes(before: Sequence[GoldenContact], after: Sequence[GoldenContact]) -> list[FieldChange]:
    """The fields that differ of golden contacts that are served before and after."""
    was = {contact.id: contact for contact in before}
    return [
        FieldChange(contact.id, field, old, new)
        for contact in after
        if contact.id in was
        for field in (*FIELDS, *LISTS, *OTHERS)
        if (old := _values(was[contact.id], field)) != (new := _values(contact, field))
    ]


def _values(contact: GoldenContact, field: str) -> list[str]:
    if field == "preferences":
        allowed = sorted(contact.preferences.items())
        return [f"{channel}: {'allowed' if yes else 'not allowed'}" for channel, yes in allowed]
    if field == "blocked":
        return ["blocked"] if contact.blocked else []
    if field == "kind":
        return [contact.kind]
    if field in LISTS:
        return [each.value for each in getattr(contact, field)]
    return [contact.fields[field].value] if field in contact.fields else []
