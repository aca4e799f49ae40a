"""The API's "who is this?": a described contact in, the golden contacts that it may be out."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from dedupe.model import GivenContact
from dedupe.review.who import USUAL, Answer
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Text
from dedupe.web.problems import responses
from dedupe.web.services import Services

AT_ONCE = 2
"""Described contacts at work at the same time; others wait in order. Each is much work of our own, so that
more threads only take turns at the interpreter's lock."""
_SINGLE = ("company", "job_title", "street", "city", "region", "postcode", "country", "language", "time_zone")
_ANSWER = TypeAdapter(Answer)

Texts = Annotated[list[Text], Field(max_length=50)]


class DescribedIdentifier(Body):
    namespace: Text
    value: Text


class DescribedBody(Body):
    """Any fields of a contact; what isn't known is left out."""

    name: Text | None = Field(None, description="the whole name, however it is written")
    given_name: Text | None = None
    family_name: Text | None = None
    email: Text | None = None
    emails: Texts = Field(default_factory=list)
    phone: Text | None = None
    phones: Texts = Field(default_factory=list)
    company: Text | None = None
    job_title: Text | None = None
    street: Text | None = None
    city: Text | None = None
    region: Text | None = None
    postcode: Text | None = None
    country: Text | None = None
    language: Text | None = None
    time_zone: Text | None = None
    birth_date: Text | None = None
    identifiers: Annotated[list[DescribedIdentifier], Field(max_length=50)] = Field(default_factory=list)
    limit: Annotated[int, Field(ge=1, le=50)] = Field(USUAL, description="golden contacts at most")


def router(services: Services) -> APIRouter:
    at_once = CapacityLimiter(AT_ONCE)
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.post("/match", operation_id="match", response_model=Answer)
    async def match(request: Request, body: DescribedBody) -> Response:
        """The golden contacts that it may be, the likeliest first, with what speaks for it and against it, by
        the very functions of the night. Nothing is stored but a line in the access log."""
        return await to_thread.run_sync(_matched, services, request, body, limiter=at_once)

    return api


def _matched(services: Services, request: Request, body: DescribedBody) -> Response:
    with services.enter(request, Scope.LOOKUP) as (connection, visitor):
        found = services.who.ask(connection, visitor, [_given(body)], body.limit)
    return Response(_ANSWER.dump_json(found), media_type="application/json")


def _given(body: DescribedBody) -> GivenContact:
    parts = {"full": body.name, "given": body.given_name, "family": body.family_name}
    name: Any = {part: text for part, text in parts.items() if text is not None}
    single: Any = {field: text for field in _SINGLE if (text := getattr(body, field)) is not None}
    made: GivenContact = {
        "names": [name] if name else [],
        "emails": [{"given": text} for text in (body.email, *body.emails) if text is not None],
        "phones": [{"given": text} for text in (body.phone, *body.phones) if text is not None],
        "identifiers": [{"namespace": one.namespace, "given": one.value} for one in body.identifiers],
    }
    made.update(single)
    if body.birth_date is not None:
        made["birth"] = body.birth_date
    return made
