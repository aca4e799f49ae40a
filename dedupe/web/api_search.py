"""The API's search: what the box of the pages does with a text."""

from __future__ import annotations

from typing import Annotated

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request
from pydantic import Field, TypeAdapter
from starlette.responses import Response

from dedupe.review.who import USUAL
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Region, Text, known_region
from dedupe.web.api_match import AT_ONCE
from dedupe.web.problems import responses
from dedupe.web.services import Services
from dedupe.wiring.searching import Search, search

_SEARCH = TypeAdapter(Search)


class SearchBody(Body):
    """Anything that somebody may be known by."""

    asked: Text
    region: Region | None = Field(None, description="of a phone without a country code")
    limit: Annotated[int, Field(ge=1, le=50)] = Field(USUAL, description="of those that it may be, at most")


def router(services: Services) -> APIRouter:
    at_once = CapacityLimiter(AT_ONCE)
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.post("/search", operation_id="search", response_model=Search, responses=responses(404))
    async def searching(request: Request, body: SearchBody) -> Response:
        """Golden contacts by an email, a phone number, an id, a name with or without a town, a company: those
        that have the value, else whom it may mean, ranked, and what it was understood as."""
        return await to_thread.run_sync(_searched, services, request, body, limiter=at_once)

    return api


def _searched(services: Services, request: Request, body: SearchBody) -> Response:
    with services.enter(request, Scope.LOOKUP) as (connection, visitor):
        region = known_region(body.region) or services.default_region
        found = search(services.who, connection, visitor, body.asked, region, body.limit)
    return Response(_SEARCH.dump_json(found), media_type="application/json")
