"""The API's review queue: what is asked, and answering it."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field, TypeAdapter
from starlette.responses import JSONResponse

from dedupe.errors import EvidenceOutdated, NotFound
from dedupe.model import Verdict
from dedupe.review import deciding, opinions, queue
from dedupe.review.recording import DecisionResult
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import QueueOrder
from dedupe.storage.tokens import Scope
from dedupe.web.answers import (
    Body,
    CandidatePage,
    CandidateShown,
    QueueCursor,
    candidate_shown,
    queue_cursor,
    read_queue_cursor,
)
from dedupe.web.conditions import Conditions
from dedupe.web.deciding_once import (
    ACT,
    Key,
    Note,
    Previewed,
    Seen,
    decide_once,
)
from dedupe.web.problem_types import OPINIONS_DIFFER
from dedupe.web.problems import Problem, of_error, responses
from dedupe.web.services import Services

CandidateId = Annotated[UUID, Path(description="a review candidate's id")]


class CandidateQuery(Conditions):
    """Conditions that hold together, and the order."""

    sort: QueueOrder = Field(
        QueueOrder.PRIORITY,
        description="what matters most, is likeliest or waits longest first; with `after` that of the page "
        "before holds",
    )
    after: QueueCursor | None = Field(None, description="the `after` of the page before")
    limit: int = Field(50, ge=1, le=200, description="at most so many")


class AnswerBody(Body):
    """The answer to a review candidate."""

    verdict: Verdict
    seen: Seen = Field(description="of the candidate as it was read: what the decider looked at")
    note: Note = ""
    despite_opinions: bool = Field(
        False, description="decide though other reviewers' opinions differ, which were looked at"
    )


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 413, 421, 422, 503))
    _add_reading(api, services)
    _add_deciding(api, services)
    return api


def _add_reading(api: APIRouter, services: Services) -> None:
    @api.get("/review-candidates", operation_id="review_candidates")
    def candidates(
        request: Request,
        asked: Annotated[CandidateQuery, Query()],
    ) -> CandidatePage:
        """What waits for a person, of what all conditions hold for; what the visitor skipped comes last. Each
        has its `seen`, so that it can be answered from the list."""
        position = read_queue_cursor(asked.after)
        with services.enter(request, Scope.REVIEW):
            pass
        asked.refresh(services.database)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            found = queue.queue(connection, visitor, asked.limit, position, asked.sort, asked.wanted())
        last = queue_cursor(found.last) if found.last else None
        return CandidatePage(found.waiting, found.matching, found.candidates, last)

    @api.get("/review-candidates/{candidate_id}", operation_id="review_candidate", responses=responses(404))
    def candidate(request: Request, candidate_id: CandidateId) -> CandidateShown:
        """Both sides, every comparison with its weight, and the decisions about the members."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            return shown_candidate(services, connection, visitor, candidate_id)

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


def _add_deciding(api: APIRouter, services: Services) -> None:
    @api.post(
        "/review-candidates/{candidate_id}/decision",
        operation_id="decide",
        **ACT,
    )
    def decide(
        request: Request,
        candidate_id: CandidateId,
        body: AnswerBody,
        key: Key = None,
        preview: Previewed = False,
    ) -> JSONResponse:
        """Answer it. 409 when its members changed since (`news` holds the candidate as it is now), when live
        decisions say otherwise (`path` names those in the way), when somebody answered before, or when
        another reviewer's opinion differs: the verdict is kept as an opinion then, and `news` holds both."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            return deciding.decide(
                connection, services.republish, visitor, candidate_id, body.verdict, body.seen, body.note
            )

        try:
            if not (preview or body.despite_opinions):
                _look_at_opinions(services, request, candidate_id, body)
            given = [str(candidate_id), body.model_dump(mode="json")]
            return decide_once(services, request, key, given, act, preview=preview)
        except EvidenceOutdated as error:
            raise _with_news(services, request, candidate_id, error) from None


def shown_candidate(
    services: Services, connection: Connection, visitor: Visitor, candidate_id: UUID
) -> CandidateShown:
    return candidate_shown(queue.show(connection, visitor, services.scorer, candidate_id))


def _look_at_opinions(services: Services, request: Request, candidate_id: UUID, body: AnswerBody) -> None:
    """Raises Problem (409) where another reviewer thinks otherwise."""
    with services.enter(request, Scope.REVIEW) as (connection, visitor):
        found = opinions.differing(
            connection, visitor, candidate_id, body.verdict, body.seen, body.note, seen_too=True
        )
    if found:
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            shown = shown_candidate(services, connection, visitor, candidate_id)
        news = TypeAdapter(CandidateShown).dump_python(shown, mode="json")
        raise Problem(OPINIONS_DIFFER, "Another reviewer thinks otherwise: look at both opinions.", news=news)


def _with_news(services: Services, request: Request, candidate_id: UUID, error: EvidenceOutdated) -> Problem:
    """The refusal, with the candidate's present state if it is still open."""
    problem = of_error(error)
    try:
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            shown = shown_candidate(services, connection, visitor, candidate_id)
            problem.more["news"] = TypeAdapter(CandidateShown).dump_python(shown, mode="json")
    except NotFound:
        problem.more["news"] = None
    return problem
