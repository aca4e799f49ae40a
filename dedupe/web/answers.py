"""The request and response bodies of the API."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from dedupe.errors import UnreadableValue
from dedupe.normalizers.phones.parsing import REGIONS
from dedupe.review.decision_history import DecisionInWords
from dedupe.review.explain.scored_pair import Pair
from dedupe.review.queue import Listed, ShownQuestion
from dedupe.storage.decisions import Decision
from dedupe.storage.event_cursors import EVENT_CURSOR, as_cursor, of_cursor, position_of
from dedupe.storage.golden_contacts import Event, GoldenContact, Hit
from dedupe.storage.review_candidates import QueueOrder, QueuePosition
from dedupe.storage.review_opinions import Opinion

NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=NO_NUL)]
NOT_BLANK = r"^[^\x00]*[^\s\x00][^\x00]*$"


Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


def known_region(region: str | None) -> str | None:
    """The region's code. Raises UnreadableValue for two capitals that are no region."""
    if region is not None and region not in REGIONS:
        raise UnreadableValue(
            "there is no such region of phone numbers: write its two capitals, as US, IL or DE"
        )
    return region


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


_ASKED_BY = ({"email"}, {"phone"}, {"source", "source_contact"})


def one_question(given: Mapping[str, Any], silent: Any) -> dict[str, Any]:
    """For OpenAPI: exactly one of the ways to ask. `given`: the properties as they are when they are said;
    `silent`: how one that isn't may stand there all the same (False: not at all)."""
    every = sorted(set().union(*_ASKED_BY))
    ways = [
        {
            "required": sorted(asked),
            "properties": {one: given[one] if one in asked else silent for one in every},
        }
        for asked in _ASKED_BY
    ]
    return within_one_class({"oneOf": ways})


def within_one_class(condition: dict[str, Any]) -> dict[str, Any]:
    """A condition on a whole object, put so that generators of clients make one class of the object, rather
    than one of each way to fulfil it."""
    return {"allOf": [condition]}


_SAID = {name: {"type": "string"} for asked in _ASKED_BY for name in sorted(asked)}


class LookupBody(Body):
    """Exactly one of: `email`; `phone` (with `region` if it has no country code); source and its contact."""

    email: Text | None = None
    phone: Text | None = None
    region: Region | None = Field(None, description="ISO 3166-1 alpha-2, for a phone without country code")
    source: Text | None = None
    source_contact: Text | None = Field(None, description="the contact's id in that source")

    model_config = ConfigDict(extra="forbid", json_schema_extra=one_question(_SAID, {"type": "null"}))

    @model_validator(mode="after")
    def _one_question(self) -> LookupBody:
        if (self.source is None) != (self.source_contact is None):
            raise ValueError("source and source_contact go together")
        if sum(given is not None for given in (self.email, self.phone, self.source)) != 1:
            raise ValueError("give exactly one of email, phone, source with source_contact")
        return self


@dataclass(frozen=True, slots=True)
class Found:
    hits: list[Hit]


@dataclass(frozen=True, slots=True)
class Known:
    """A golden id and where it leads now: itself ("live") or the several it was split into.

    Asked as of a moment, what the id showed from `shown_from` until `shown_until` (null: it does so now).
    """

    id: UUID
    status: Literal["live", "split"]
    contacts: list[GoldenContact]
    shown_from: datetime | None = None
    shown_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventShown:
    golden_id: UUID
    kind: str
    cause: str
    run_id: UUID
    members_before: list[UUID]
    members_after: list[UUID]
    related: list[UUID]
    occurred_at: datetime
    decision_id: UUID | None  # the decision, or batch of them, whose making or revoking caused it
    because: list[UUID]  # source contacts whose own change caused it
    words: str  # what happened, and because of what


@dataclass(frozen=True, slots=True)
class Events:
    events: list[EventShown]
    after: str  # ask for what comes next with this
    more: bool


def event_shown(event: Event) -> EventShown:
    return EventShown(
        event.golden_id,
        event.kind,
        event.cause,
        event.run_id,
        event.members_before,
        event.members_after,
        event.related,
        event.occurred_at,
        event.decision_id,
        event.because,
        event.words,
    )


EventCursor = Annotated[str, StringConstraints(pattern=EVENT_CURSOR)]
# a byte for the order, one of three, and 32 of the position: no bits are left over
QueueCursor = Annotated[str, StringConstraints(pattern=r"^A[A-Za-v][A-Za-z0-9_-]{42}$")]
_ORDERS = tuple(QueueOrder)


def read_event_cursor(after: EventCursor | None) -> int:
    """The position of the last event that the client has."""
    return position_of(after) if after else 0


def queue_cursor(place: QueuePosition) -> str:
    return as_cursor(struct.pack(">Bqd16s", _ORDERS.index(place.order), *place[1:3], place.id.bytes))


def read_queue_cursor(after: QueueCursor | None) -> QueuePosition | None:
    """The queue position of the last candidate that the client has."""
    if after is None:
        return None
    order, skipped, place, last = struct.unpack(">Bqd16s", of_cursor(after))
    return QueuePosition(_ORDERS[order], skipped, place, UUID(bytes=last))


@dataclass(frozen=True, slots=True)
class DecisionShown:
    id: UUID
    subject: str  # contacts, value, field
    verdict: str
    field: str | None
    value: str | None
    sides: list[list[UUID]]
    decided_by: str
    decided_at: datetime
    origin: str
    note: str
    revoked_by: str | None
    revoked_at: datetime | None
    revoked_note: str | None
    batch: UUID | None  # of decisions made at once
    act: str | None  # split, move, join, confirm, report: what was done on golden contacts


@dataclass(frozen=True, slots=True)
class DecisionListed(DecisionShown):
    names: list[str]  # of each side, as its golden contact is served now
    did: str  # what became of golden contacts by it, in words


@dataclass(frozen=True, slots=True)
class CandidatePage:
    waiting: int  # in the whole queue
    matching: int  # of those, the ones that the filters let through
    candidates: list[Listed]
    after: str | None  # ask for the next page with this


@dataclass(frozen=True, slots=True)
class CandidateShown:
    question: Listed
    seen: str  # send it back with the answer
    pairs: list[Pair]
    pairs_in_all: int
    decisions: list[DecisionShown]
    asked_again: list[UUID]
    held_apart_by: str | None  # of one that is likely but held apart: what does it
    opinions: list[Opinion]  # to one who gave theirs


def decision_shown(decision: Decision) -> DecisionShown:
    return DecisionShown(**_shown(decision))


def decision_listed(told: DecisionInWords) -> DecisionListed:
    return DecisionListed(**_shown(told.decision), names=[side.name for side in told.sides], did=told.did)


def _shown(decision: Decision) -> dict[str, Any]:
    return {
        "id": decision.id,
        "subject": decision.subject,
        "verdict": decision.verdict,
        "field": decision.field,
        "value": decision.value,
        "sides": decision.sides,
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at,
        "origin": decision.origin,
        "note": decision.note,
        "revoked_by": decision.revoked_by,
        "revoked_at": decision.revoked_at,
        "revoked_note": decision.revoked_note,
        "batch": decision.batch_id,
        "act": (decision.evidence or {}).get("act"),
    }


def candidate_shown(shown: ShownQuestion) -> CandidateShown:
    return CandidateShown(
        shown.question,
        shown.seen,
        shown.pairs,
        shown.pairs_in_all,
        [decision_shown(decision) for decision in shown.decisions],
        shown.asked_again,
        shown.held_apart_by,
        shown.opinions,
    )
