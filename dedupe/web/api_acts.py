"""The API's acts on golden contacts: split, move, join, confirm, report."""

from __future__ import annotations

from itertools import chain
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import Field
from starlette.responses import JSONResponse

from dedupe.review.acts import Acting
from dedupe.review.recording import DecisionResult
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body
from dedupe.web.deciding_once import ACT, Key, Note, Previewed, Seen, decide_once, each_once
from dedupe.web.problems import responses
from dedupe.web.services import Services

GoldenId = Annotated[UUID, Path(description="a golden contact's id, of one that is served")]
Members = Annotated[list[UUID], Field(min_length=1, max_length=1000, description="ids of source contacts")]


class ActBody(Body):
    note: Note = ""
    seen: Seen | None = Field(None, description="of the preview: refuse if a member changed since (409)")


class SplitBody(ActBody):
    """One group: these are somebody else. Several: a person each; what is in no group is one more."""

    groups: list[Members] = Field(min_length=1, max_length=50)


class MoveBody(ActBody):
    source_contacts: Members


class JoinBody(ActBody):
    golden_contacts: list[UUID] = Field(min_length=1, max_length=50)


class ReportBody(ActBody):
    source_contacts: list[UUID] = Field(
        [], max_length=1000, description="those that don't belong; none: the one that is held most weakly"
    )


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )
    _add_parting(api, services)
    _add_joining(api, services)
    return api


def _acting(services: Services, connection: Connection, visitor: Visitor) -> Acting:
    return Acting(connection, services.republish, visitor)


def _add_parting(api: APIRouter, services: Services) -> None:
    @api.post("/golden-contacts/{golden_id}/split", operation_id="split", **ACT)
    def split(
        request: Request, golden_id: GoldenId, body: SplitBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """Some of its source contacts are somebody else, or it is several people. 409 for source contacts
        that don't belong to it now, and where live decisions say otherwise (`path`)."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            each_once(list(chain(*body.groups)))
            return _acting(services, connection, visitor).split(golden_id, body.groups, body.note, body.seen)

        return decide_once(services, request, key, _given(golden_id, body), act, preview=preview)

    @api.post("/golden-contacts/{golden_id}/move", operation_id="move", **ACT)
    def move(
        request: Request, golden_id: GoldenId, body: MoveBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """Move source contacts here from the golden contacts that they belong to now."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            each_once(body.source_contacts)
            acting = _acting(services, connection, visitor)
            return acting.move(body.source_contacts, golden_id, body.note, body.seen)

        return decide_once(services, request, key, _given(golden_id, body), act, preview=preview)

    @api.post("/golden-contacts/{golden_id}/report", operation_id="report", **ACT)
    def report(
        request: Request, golden_id: GoldenId, body: ReportBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """It may hold two people: asked of those who decide before all else. For everybody who may look."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            each_once(body.source_contacts)
            acting = _acting(services, connection, visitor)
            return acting.report(golden_id, body.source_contacts, body.note, body.seen)

        given = _given(golden_id, body)
        return decide_once(services, request, key, given, act, preview=preview, scope=Scope.LOOKUP)


def _add_joining(api: APIRouter, services: Services) -> None:
    @api.post("/golden-contacts/{golden_id}/join", operation_id="join", **ACT)
    def join(
        request: Request, golden_id: GoldenId, body: JoinBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """It and these golden contacts are one person."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            each_once([golden_id, *body.golden_contacts])
            acting = _acting(services, connection, visitor)
            return acting.join([golden_id, *body.golden_contacts], body.note, body.seen)

        return decide_once(services, request, key, _given(golden_id, body), act, preview=preview)

    @api.post("/golden-contacts/{golden_id}/confirm", operation_id="confirm", **ACT)
    def confirm(
        request: Request, golden_id: GoldenId, body: ActBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """It is one person: a night may add to it, and never takes it apart."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            return _acting(services, connection, visitor).confirm(golden_id, body.note, body.seen)

        return decide_once(services, request, key, _given(golden_id, body), act, preview=preview)


def _given(golden_id: UUID, body: Body) -> list[Any]:
    """What an idempotency key stands for."""
    return [str(golden_id), body.model_dump(mode="json")]
