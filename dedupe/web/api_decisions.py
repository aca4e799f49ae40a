"""The API's decisions about source contacts: listed, made by hand, one or many at once, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import ConfigDict, Field, model_validator
from starlette.responses import JSONResponse

from dedupe.model import Origin, Verdict
from dedupe.review import deciding, decision_history
from dedupe.review.deciding import ByHand
from dedupe.review.recording import DecisionResult
from dedupe.storage import decisions
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decision_lists import DecisionFilter
from dedupe.storage.tokens import Scope
from dedupe.web.answers import (
    Body,
    DecisionListed,
    DecisionShown,
    Text,
    decision_listed,
    decision_shown,
    within_one_class,
)
from dedupe.web.deciding_once import ACT, Key, Note, Previewed, PreviewShown, decide_once, each_once
from dedupe.web.moments import Moment
from dedupe.web.problems import responses
from dedupe.web.services import Services

DecisionId = Annotated[UUID, Path(description="a decision's id, or that of a batch where it is revoked")]
Side = Annotated[list[UUID], Field(min_length=1, max_length=1000)]


@dataclass(frozen=True, slots=True)
class DecisionPage:
    """`after`: ask for the next page with this; null on the last."""

    decisions: list[DecisionListed]
    after: UUID | None


class DecisionQuery(Body):
    """Conditions that hold together."""

    decided_by: Text | None = None
    subject: Literal["contacts", "value", "field"] | None = None
    verdict: Text | None = Field(None, description="same, different, unsure, grouped, somebody_else, …")
    origin: Literal["queue", "audit", "hand", "import"] | None = None
    batch: UUID | None = None
    live: bool | None = Field(None, description="false: those that were revoked")
    source_contact: UUID | None = Field(None, description="that name this one")
    since: Moment | None = Field(None, description="decided at this moment or later")
    before: Moment | None = Field(None, description="decided before it")
    after: UUID | None = Field(None, description="the `after` of the page before")
    limit: int = Field(50, ge=1, le=500)


_ENOUGH = within_one_class(
    {
        "anyOf": [
            {"properties": {"sides": {"minItems": 2}}},
            {"properties": {"verdict": {"const": "same"}, "sides": {"items": {"minItems": 2}}}},
        ]
    }
)


class HandBody(Body):
    """A decision about source contacts that aren't in the queue."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_ENOUGH)

    verdict: Literal["same", "different", "unsure"]
    sides: list[Side] = Field(min_length=1, max_length=50, description="ids of source contacts")
    note: Note = ""

    @model_validator(mode="after")
    def _enough(self) -> HandBody:
        if sum(map(len, self.sides)) < 2:
            raise ValueError("name at least two source contacts")
        if self.verdict != "same" and len(self.sides) < 2:
            raise ValueError("that needs two sides")
        return self


class BatchBody(Body):
    decisions: list[HandBody] = Field(min_length=1, max_length=500)


class RevokeBody(Body):
    note: Note = ""


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 413, 421, 422, 503))
    _add_reading(api, services)
    _add_deciding(api, services)
    return api


def _add_reading(api: APIRouter, services: Services) -> None:
    @api.get("/decisions", operation_id="decisions")
    def listed(request: Request, asked: Annotated[DecisionQuery, Query()]) -> DecisionPage:
        """The latest first, of those that all conditions hold for."""
        about = None if asked.source_contact is None else [asked.source_contact]
        wanted = DecisionFilter(
            asked.decided_by,
            asked.subject,
            asked.verdict,
            asked.origin,
            asked.batch,
            asked.live,
            about,
            asked.since,
            asked.before,
        )
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            found = decision_history.told(connection, visitor, asked.limit, wanted, asked.after)
        last = found[-1].decision.id if len(found) == asked.limit else None
        return DecisionPage([decision_listed(each) for each in found], last)

    @api.get("/decisions/{decision_id}", operation_id="decision", responses=responses(404))
    def decision(request: Request, decision_id: DecisionId) -> DecisionShown:
        with services.enter(request, Scope.REVIEW) as (connection, _):
            return decision_shown(decisions.get(connection, decision_id))


def _add_deciding(api: APIRouter, services: Services) -> None:
    @api.post("/decisions", operation_id="decide_by_hand", **ACT)
    def by_hand(
        request: Request, body: HandBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """About source contacts, in the queue or not: "same" holds all together, "different" sides apart."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            each_once(list(chain(*body.sides)))
            verdict = Verdict(body.verdict)
            return deciding.decide_by_hand(
                connection, services.republish, visitor, body.sides, verdict, body.note, Origin.HAND
            )

        return decide_once(services, request, key, body.model_dump(mode="json"), act, preview=preview)

    @api.post("/decision-batches", operation_id="decide_at_once", **ACT)
    def at_once(
        request: Request, body: BatchBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """Many at once, or none: published at once; `decision` is the id of the batch, which is revoked as
        one."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            for each in body.decisions:
                each_once(list(chain(*each.sides)))
            said = [ByHand(each.sides, Verdict(each.verdict), each.note) for each in body.decisions]
            return deciding.decide_at_once(connection, services.republish, visitor, said)

        return decide_once(services, request, key, body.model_dump(mode="json"), act, preview=preview)

    @api.post(
        "/decisions/{decision_id}/revoke",
        operation_id="revoke",
        response_model=DecisionResult | PreviewShown,
        status_code=200,
        responses=responses(404, 409),
    )
    def revoke(
        request: Request,
        decision_id: DecisionId,
        body: RevokeBody,
        key: Key = None,
        preview: Previewed = False,
    ) -> JSONResponse:
        """Take it back, whole, or a batch; what it held is worked out anew and published."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            return deciding.revoke(connection, services.republish, visitor, decision_id, body.note)

        given = [str(decision_id), body.model_dump(mode="json")]
        return decide_once(services, request, key, given, act, preview=preview, status_code=200)
