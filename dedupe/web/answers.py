"""The shapes of what the API takes and gives."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from dedupe.errors import InputError
from dedupe.review.explanations import Pair
from dedupe.review.queue import Listed, Shown
from dedupe.storage.decisions import Decision
from dedupe.storage.lookups import Event, GoldenContact, Hit

_NO_NUL = r"^[^\x00]*$"
Text = Annotated[str, StringConstraints(min_length=1, max_length=1000, pattern=_NO_NUL)]
Region = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class LookupBody(Body):
    """Exactly one of: `email`; `phone` (with `region` if it has no country code); source and its contact."""

    email: Text | None = None
    phone: Text | None = None
    region: Region | None = Field(None, description="ISO 3166-1 alpha-2, for a phone without country code")
    source: Text | None = None
    source_contact: Text | None = Field(None, description="the contact's id in that source")

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
    """A golden id and where it leads now: itself ("live") or the several it was split into."""

    id: UUID
    status: Literal["live", "split"]
    contacts: list[GoldenContact]


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
    )


def cursor(*parts: object) -> str:
    """Opaque for the client: what it may do with it is to send it back."""
    return base64.urlsafe_b64encode("\n".join(map(str, parts)).encode()).decode().rstrip("=")


def read_cursor(given: str, parts: int) -> list[str]:
    """Raises InputError for one that we didn't make."""
    try:
        text = base64.b64decode(given + "=" * (-len(given) % 4), altchars=b"-_", validate=True).decode()
    except ValueError:  # not base64, or not text
        text = ""
    found = text.split("\n")
    if len(found) != parts or not all(found):
        raise InputError("this cursor wasn't given out here; begin without one")
    return found


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


@dataclass(frozen=True, slots=True)
class CandidatePage:
    waiting: int  # in the whole queue
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


def decision_shown(decision: Decision) -> DecisionShown:
    return DecisionShown(
        id=decision.id,
        subject=decision.subject,
        verdict=decision.verdict,
        field=decision.field,
        value=decision.value,
        sides=decision.sides,
        decided_by=decision.decided_by,
        decided_at=decision.decided_at,
        origin=decision.origin,
        note=decision.note,
        revoked_by=decision.revoked_by,
        revoked_at=decision.revoked_at,
        revoked_note=decision.revoked_note,
    )


def candidate_shown(shown: Shown) -> CandidateShown:
    return CandidateShown(
        shown.question,
        shown.seen,
        shown.pairs,
        shown.pairs_in_all,
        [decision_shown(decision) for decision in shown.decisions],
        shown.asked_again,
    )


def read_queue_cursor(after: str | None) -> tuple[float, UUID] | None:
    """The (priority, id) of the last candidate had. Raises InputError for one that we didn't make."""
    if after is None:
        return None
    priority, last = read_cursor(after, 2)
    try:
        return float(priority), UUID(last)
    except ValueError:
        raise InputError("this cursor wasn't given out here; begin without one") from None
