"""The API's review queue: what is asked, answering it, deciding by hand, taking back."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import chain
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query, Request
from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter, model_validator
from starlette.responses import JSONResponse

from dedupe.errors import EvidenceOutdated, NotFound
from dedupe.model import Origin, Verdict
from dedupe.review import deciding, queue
from dedupe.review.recording import LONGEST_NOTE, DecisionResult
from dedupe.storage import decisions, idempotency
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.answers import (
    Body,
    CandidatePage,
    CandidateShown,
    DecisionShown,
    QueueCursor,
    candidate_shown,
    decision_shown,
    queue_cursor,
    read_queue_cursor,
)
from dedupe.web.problems import Problem, of_error, responses
from dedupe.web.services import Services

CandidateId = Annotated[UUID, Path(description="a review candidate's id")]
DecisionId = Annotated[UUID, Path(description="a decision's id")]
Note = Annotated[str, StringConstraints(max_length=LONGEST_NOTE, pattern=r"^[^\x00]*$")]
Seen = Annotated[
    str, StringConstraints(max_length=200_000, pattern=r"^[0-9a-f]{48}(\.[0-9a-f]{48})*$")
]  # as seen.token makes it
Side = Annotated[list[UUID], Field(min_length=1, max_length=1000)]
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="The same key with the same request acts once and gets the same answer.",
    ),
]
_DECIDED = TypeAdapter(DecisionResult)


class AnswerBody(Body):
    """The answer to a review candidate."""

    verdict: Verdict
    seen: Seen = Field(description="of the candidate as it was read: what the decider looked at")
    note: Note = ""


_ENOUGH: dict[str, Any] = {
    "anyOf": [
        {"properties": {"sides": {"minItems": 2}}},
        {"properties": {"verdict": {"const": "same"}, "sides": {"items": {"minItems": 2}}}},
    ]
}


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


class RevokeBody(Body):
    note: Note = ""


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 413, 421, 422, 503))
    _add_reading(api, services)
    _add_deciding(api, services)
    return api


def _add_reading(api: APIRouter, services: Services) -> None:
    @api.get("/review-candidates", operation_id="review_candidates")
    def candidates(
        request: Request,
        after: Annotated[QueueCursor | None, Query(description="the `after` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> CandidatePage:
        """What waits for a person, by how much it matters; what the visitor skipped comes last."""
        position = read_queue_cursor(after)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            found = queue.queue(connection, visitor, limit, position)
        last = queue_cursor(found.last) if found.last else None
        return CandidatePage(found.waiting, found.candidates, last)

    @api.get("/review-candidates/{candidate_id}", operation_id="review_candidate", responses=responses(404))
    def candidate(request: Request, candidate_id: CandidateId) -> CandidateShown:
        """Both sides, every comparison with its weight, and the decisions about the members."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return _shown(services, connection, visitor, candidate_id)

    @api.post(
        "/review-candidates/{candidate_id}/skip",
        operation_id="skip",
        status_code=204,
        responses=responses(404),
    )
    def skip(request: Request, candidate_id: CandidateId) -> None:
        """Ask it later: after everything that the visitor has not skipped."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            queue.skip(connection, visitor, candidate_id)

    @api.get("/decisions/{decision_id}", operation_id="decision", responses=responses(404))
    def decision(request: Request, decision_id: DecisionId) -> DecisionShown:
        with services.enter(request, Scope.REVIEW) as (connection, _):
            return decision_shown(decisions.get(connection, decision_id))


def _add_deciding(api: APIRouter, services: Services) -> None:
    @api.post(
        "/review-candidates/{candidate_id}/decision",
        operation_id="decide",
        status_code=201,
        response_model=DecisionResult,
        responses=responses(404, 409),
    )
    def decide(
        request: Request, candidate_id: CandidateId, body: AnswerBody, key: Key = None
    ) -> JSONResponse:
        """Answer it. 409 when its members changed since (`news` holds the candidate as it is now), when live
        decisions say otherwise (`path` names those in the way), or when somebody answered before."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            return deciding.decide(
                connection, services.republish, visitor, candidate_id, body.verdict, body.seen, body.note
            )

        try:
            return _once(services, request, key, [str(candidate_id), body.model_dump(mode="json")], act)
        except EvidenceOutdated as error:
            raise _with_news(services, request, candidate_id, error) from None

    @api.post(
        "/decisions",
        operation_id="decide_by_hand",
        status_code=201,
        response_model=DecisionResult,
        responses=responses(404, 409),
    )
    def by_hand(request: Request, body: HandBody, key: Key = None) -> JSONResponse:
        """About source contacts, in the queue or not: "same" holds all together, "different" sides apart."""
        if len(set(chain(*body.sides))) != sum(map(len, body.sides)):
            raise Problem(409, "A source contact is named twice: name each once.")

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            verdict = Verdict(body.verdict)
            return deciding.decide_by_hand(
                connection, services.republish, visitor, body.sides, verdict, body.note, Origin.HAND
            )

        return _once(services, request, key, body.model_dump(mode="json"), act)

    @api.post(
        "/decisions/{decision_id}/revoke",
        operation_id="revoke",
        response_model=DecisionResult,
        status_code=200,
        responses=responses(404, 409),
    )
    def revoke(request: Request, decision_id: DecisionId, body: RevokeBody, key: Key = None) -> JSONResponse:
        """Take it back, whole; what it held is worked out anew and published."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            return deciding.revoke(connection, services.republish, visitor, decision_id, body.note)

        return _once(
            services, request, key, [str(decision_id), body.model_dump(mode="json")], act, status_code=200
        )


def _once(
    services: Services,
    request: Request,
    key: str | None,
    body: Any,
    act: Callable[[Connection, Visitor], DecisionResult],
    status_code: int = 201,
) -> JSONResponse:
    """Decide under the publish lock; a repeated idempotency key gets the stored answer."""
    with services.enter(request, Scope.REVIEW) as (_, visitor):
        pass
    content = json.dumps([request.scope["route"].path, body], sort_keys=True).encode()
    with deciding.publishing(services.database) as connection:
        if key is not None:
            before = idempotency.recall(connection, visitor.who, key, content)
            if before is not None and not before.same_request:
                raise Problem(409, "This Idempotency-Key was used for another request.")
            if before is not None:
                return JSONResponse(before.response, before.status_code)
        answer = _DECIDED.dump_python(act(connection, visitor), mode="json")
        if key is not None:
            idempotency.remember(connection, visitor.who, key, content, status_code, answer)
    return JSONResponse(answer, status_code)


def _shown(
    services: Services, connection: Connection, visitor: Visitor, candidate_id: UUID
) -> CandidateShown:
    return candidate_shown(queue.show(connection, visitor, services.scorer, candidate_id))


def _with_news(services: Services, request: Request, candidate_id: UUID, error: EvidenceOutdated) -> Problem:
    """The refusal, with the candidate's present state if it is still open."""
    problem = of_error(error)
    try:
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            shown = _shown(services, connection, visitor, candidate_id)
            problem.more["news"] = TypeAdapter(CandidateShown).dump_python(shown, mode="json")
    except NotFound:
        problem.more["news"] = None
    return problem
