"""The API's golden contacts: by email, phone, source contact and id, their history and events."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import TypeAdapter

from dedupe import lookup
from dedupe.errors import InputError
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.event_cursors import event_cursor
from dedupe.storage.golden_contacts import Event, Hit
from dedupe.storage.outgoing_events import expired_through, last_position
from dedupe.storage.tokens import Scope
from dedupe.web.answers import (
    NO_NUL,
    EventCursor,
    Events,
    Found,
    Known,
    LookupBody,
    Region,
    Text,
    event_shown,
    known_region,
    one_question,
    read_event_cursor,
)
from dedupe.web.conditional import CONDITIONAL, IfNoneMatch, tagged
from dedupe.web.moments import Moment
from dedupe.web.problem_types import CURSOR_EXPIRED, GONE
from dedupe.web.problems import Problem, responses
from dedupe.web.services import Services

AT_ONCE = 4
"""Lookups at work at the same time; others wait in order. Each is a millisecond of our own work around one
way to Postgres, so that more threads only take turns at the interpreter's lock. They are apart from those of
all other requests (`app.THREADS`), some of which take long."""

GoldenId = Annotated[UUID, Path(description="a golden contact's id, of now or of before")]

AsOf = Annotated[Moment, Query(description="a moment with its zone, as 2026-03-01T12:30:00Z: as it was then")]

_EXPIRED = (
    "Events after this cursor are kept no more (privacy.events_kept): take all golden contacts anew, as "
    "`dedupe export` writes them, and go on from the cursor that it prints."
)
_ANOTHERS = (
    "No event is as late as this cursor: it is of before a backup was restored, or another database's. Take "
    "all golden contacts anew, as `dedupe export` writes them, and go on from the cursor that it prints."
)
_FOUND = TypeAdapter(Found)
_KNOWN = TypeAdapter(Known)
_HIDDEN = Query(include_in_schema=False)  # described together, since which go together is the point
_TEXT: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": 1000, "pattern": NO_NUL}
_TEXTS = dict.fromkeys(("email", "phone", "source", "source_contact"), _TEXT)
_ASKED: dict[str, Any] = {
    "name": "asked",
    "in": "query",
    "required": True,
    "style": "form",
    "explode": True,
    "description": "by email, by phone (`region` is for one without country code), or by source contact",
    "schema": {
        "type": "object",
        "properties": {**_TEXTS, "region": {"type": "string", "pattern": "^[A-Z]{2}$"}},
        "additionalProperties": False,
        **one_question(_TEXTS, silent={"not": {}}),  # as false, which generators of clients refuse
    },
}


def router(services: Services) -> APIRouter:
    at_once = CapacityLimiter(AT_ONCE)
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.get(
        "/golden-contacts",
        operation_id="find_golden_contacts",
        openapi_extra={"parameters": [_ASKED]},
        response_model=Found,
        responses={**responses(404), **CONDITIONAL},
    )
    async def find(
        request: Request,
        email: Annotated[Text | None, _HIDDEN] = None,
        phone: Annotated[Text | None, _HIDDEN] = None,
        region: Annotated[Region | None, _HIDDEN] = None,
        source: Annotated[Text | None, _HIDDEN] = None,
        source_contact: Annotated[Text | None, _HIDDEN] = None,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        """By exactly one of: `email`, `phone`, `source` with `source_contact`. Prefer POST /v1/lookup,
        which keeps values out of addresses."""
        one = [email, phone, source]
        if sum(given is not None for given in one) != 1 or (source is None) != (source_contact is None):
            raise InputError("give exactly one of: email, phone, source with source_contact")
        asked = LookupBody(
            email=email, phone=phone, region=region, source=source, source_contact=source_contact
        )
        found = await to_thread.run_sync(_found, services, request, asked, limiter=at_once)
        return tagged(found, if_none_match)

    @api.post("/lookup", operation_id="lookup", response_model=Found, responses=responses(404))
    async def find_quietly(request: Request, asked: LookupBody) -> Response:
        """As GET /v1/golden-contacts, asked in the body. 404 for what can be no email or phone."""
        found = await to_thread.run_sync(_found, services, request, asked, limiter=at_once)
        return Response(found, media_type="application/json")

    @api.get(
        "/golden-contacts/{golden_id}",
        operation_id="golden_contact",
        response_model=Known,
        responses={
            **responses(404, 410),
            **CONDITIONAL,
            307: {"description": "Merged: its successor's address"},
        },
    )
    def by_id(
        request: Request, golden_id: GoldenId, as_of: AsOf | None = None, if_none_match: IfNoneMatch = None
    ) -> Response:
        """One that was merged leads to its successor; one whose parts went to several lists them all. With
        `as_of`, what the id itself showed then: 404 where it wasn't served, or that isn't kept any more."""
        if as_of is not None:
            with services.enter(request, Scope.LOOKUP) as (connection, visitor):
                then = lookup.as_of(connection, visitor, golden_id, as_of)
            known = Known(golden_id, "live", [then.contact], then.shown_from, then.shown_until)
            return tagged(_KNOWN.dump_json(known), if_none_match)
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            found = lookup.by_id(connection, visitor, golden_id)
        if found.status == "merged":
            address = f"/v1/golden-contacts/{found.contacts[0].id}"
            return RedirectResponse(address, 307, {"Cache-Control": "no-store"})
        if found.status == "gone":
            raise Problem(GONE, f"The golden contact {golden_id} is gone: all its source contacts are.")
        return tagged(_KNOWN.dump_json(Known(found.id, found.status, found.contacts)), if_none_match)

    @api.get("/golden-contacts/{golden_id}/history", operation_id="history", responses=responses(404))
    def history(request: Request, golden_id: GoldenId) -> Events:
        """Everything that happened to the id, oldest first. Who decided, and their notes, are told to who may
        review."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            discreet = not services.allows(connection, request, Scope.REVIEW)
            found = lookup.history(connection, visitor, golden_id, discreet=discreet)
        return Events([event_shown(event) for event in found], event_cursor(_last(found, 0)), more=False)

    @api.get("/events", operation_id="events", responses=responses(410))
    def events(
        request: Request,
        after: Annotated[EventCursor | None, Query(description="the `after` of the answer before")] = None,
        limit: Annotated[int, Query(ge=1, le=lookup.EVENTS_AT_ONCE)] = lookup.EVENTS_AT_ONCE,
    ) -> Events:
        """What happened to golden contacts, in the order it was published. Without `after` from the first
        that is kept; 410 where events after it are kept no more, or none is as late as it. Who
        decided, and their notes, are told to who may review."""
        position = read_event_cursor(after)
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            if position > last_position(connection):
                raise Problem(CURSOR_EXPIRED, _ANOTHERS)
            if after is not None and position < expired_through(connection):
                raise Problem(CURSOR_EXPIRED, _EXPIRED)
            discreet = not services.allows(connection, request, Scope.REVIEW)
            found = lookup.events(connection, visitor, position, limit, discreet=discreet)
        shown = [event_shown(event) for event in found]
        return Events(shown, event_cursor(_last(found, position)), more=len(found) == limit)

    return api


def _found(services: Services, request: Request, asked: LookupBody) -> bytes:
    """The answer, serialized in the thread of the lookup; the framework would wait for another thread."""
    with services.look_up(request) as (connection, visitor):
        found = Found(_find(connection, visitor, asked, services.default_region))
    return _FOUND.dump_json(found)


def _find(connection: Connection, visitor: Visitor, asked: LookupBody, region: str | None) -> list[Hit]:
    if asked.email is not None:
        return lookup.by_email(connection, visitor, asked.email)
    if asked.phone is not None:
        return lookup.by_phone(connection, visitor, asked.phone, known_region(asked.region) or region)
    assert asked.source is not None
    assert asked.source_contact is not None
    return lookup.by_source_contact(connection, visitor, asked.source, asked.source_contact)


def _last(found: list[Event], before: int) -> int:
    return found[-1].position if found else before
