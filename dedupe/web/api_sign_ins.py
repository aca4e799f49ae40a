"""The API of sign-ins: one's own, or everybody's by who may do all; ended one by one, or everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from dedupe.storage import sign_ins
from dedupe.storage.sign_ins import SignIn
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, Text
from dedupe.web.pages_signing_in import end_everywhere
from dedupe.web.problems import responses
from dedupe.web.services import Services

SignInId = Annotated[UUID, Path(description="a sign-in's id, as the list shows it")]


@dataclass(frozen=True, slots=True)
class SignInPage:
    sign_ins: list[SignIn]
    after: UUID | None


@dataclass(frozen=True, slots=True)
class EndedSignIns:
    ended: int


class SignInQuery(Body):
    who: Text | None = None
    live: bool = False
    after: UUID | None = Field(None, description="the `after` of the page before")
    limit: int = Field(50, ge=1, le=500)


class EndBody(Body):
    """Whose sign-ins to end."""

    who: Text | None = Field(None, description="default: one's own; those of others needs the scope admin")


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1/sign-ins", tags=["operating"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.get("", operation_id="sign_ins")
    def listed(request: Request, asked: Annotated[SignInQuery, Query()]) -> SignInPage:
        """Who signed in, when, how, from where, and when they were last here: one's own, or everybody's by
        the scope admin. The latest first."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            everybody = services.allows(connection, request, Scope.ADMIN)
            who = asked.who if everybody else visitor.who
            found = sign_ins.listed(connection, asked.limit, who, live_only=asked.live, after=asked.after)
        return SignInPage(found, found[-1].id if len(found) == asked.limit else None)

    @api.post("/end", operation_id="sign_out_everywhere")
    def everywhere(request: Request, body: EndBody) -> EndedSignIns:
        """Sign out everywhere: all of one's own sign-ins end from the next request on. API tokens stay."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            who = body.who or visitor.who
            return EndedSignIns(end_everywhere(services, request, connection, visitor, who, "api"))

    @api.post("/{sign_in_id}/end", operation_id="end_sign_in", responses=responses(404))
    def end(request: Request, sign_in_id: SignInId) -> EndedSignIns:
        """End one of one's own, or anybody's by the scope admin. 404 for one that has ended."""
        with services.enter(request, Scope.LOOKUP) as (connection, visitor):
            everybody = services.allows(connection, request, Scope.ADMIN)
            sign_ins.end(connection, sign_in_id, visitor.who, None if everybody else visitor.who)
        return EndedSignIns(1)

    return api
