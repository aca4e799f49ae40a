"""Why two contacts are or aren't one golden contact, over HTTP: the same explanation steps as `dedupe
explain`."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from pydantic import Field
from starlette.responses import Response

from dedupe.errors import UsageError
from dedupe.review import queue
from dedupe.review.explain.pair import WhyNot, why_not
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Region, Text, known_region
from dedupe.web.problems import responses
from dedupe.web.rendering import page
from dedupe.web.services import Services

DOOR = "page"
NAMED = "an email, a phone number, a golden contact's id, `source:id` or `source/id`"


class ExplainBody(Body):
    """Two contacts, each an email, a phone number, a golden contact's id, `source:id` or `source/id`."""

    left: Text
    right: Text
    region: Region | None = Field(None, description="ISO 3166-1 alpha-2, for a phone without country code")


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 404, 421, 422, 503))

    @api.get("/explain", operation_id="explain")
    def explain(
        request: Request,
        left: Annotated[Text, Query(description=NAMED)],
        right: Annotated[Text, Query(description=NAMED)],
        region: Annotated[Region | None, Query(description="for a phone without country code")] = None,
    ) -> WhyNot:
        """Why two contacts are or aren't one golden contact: every gate, the first that stopped them, and the
        strongest pair between them with each weight."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            return _why_not(services, connection, visitor, ExplainBody(left=left, right=right, region=region))

    @api.post("/explain", operation_id="explain_by_body", responses=responses(413))
    def by_body(request: Request, body: ExplainBody) -> WhyNot:
        """The same, with the values in the body: they stay out of addresses and of other people's logs."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            return _why_not(services, connection, visitor, body)

    return api


def pages(services: Services) -> APIRouter:
    """The pages: POST keeps what is asked out of URLs; GET serves links from page to page."""
    router = APIRouter(include_in_schema=False)

    @router.get("/explain")
    def linked(
        request: Request,
        left: Annotated[str, Query(max_length=1000)] = "",
        right: Annotated[str, Query(max_length=1000)] = "",
    ) -> Response:
        return _page(services, request, left, right)

    @router.post("/explain")
    def asked(
        request: Request,
        left: Annotated[str, Form(max_length=1000)] = "",
        right: Annotated[str, Form(max_length=1000)] = "",
        form_token: Annotated[str, Form()] = "",
    ) -> Response:
        services.check_form(request, form_token)
        return _page(services, request, left, right)

    return router


def _page(services: Services, request: Request, left: str, right: str) -> Response:
    found, people, problem = None, {}, None
    with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
        if left.strip() and right.strip():
            try:
                body = ExplainBody(left=left, right=right)
                found = _why_not(services, connection, visitor, body)
                if found.pair:
                    people = queue.people(connection, visitor, [found.pair.left, found.pair.right])
            except (UsageError, ValueError) as error:
                problem = str(error) if isinstance(error, UsageError) else "That names no contact"
    stopped = next((gate for gate in found.gates if gate.name == found.gate), None) if found else None
    given: dict[str, Any] = {"found": found, "stopped": stopped, "people": people, "problem": problem}
    status = 422 if problem else 200
    return page(services, request, "explain.html", status, visitor=visitor, left=left, right=right, **given)


def _why_not(services: Services, connection: Connection, visitor: Visitor, asked: ExplainBody) -> WhyNot:
    return why_not(
        connection,
        visitor,
        services.scorer,
        asked.left,
        asked.right,
        known_region(asked.region) or services.default_region,
    )
