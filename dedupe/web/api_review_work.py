"""The API's work on the queue: the next question for one reviewer alone, assigning one, a second opinion."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import Field

from dedupe.model import Verdict
from dedupe.review import claims, opinions
from dedupe.storage.review_claims import Claim
from dedupe.storage.review_opinions import Opinion
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, CandidateShown, Text
from dedupe.web.api_reviews import CandidateId, shown_candidate
from dedupe.web.conditions import Conditions
from dedupe.web.deciding_once import Note, Seen
from dedupe.web.problems import responses
from dedupe.web.services import Services


class NextBody(Conditions):
    """Which question to be given; without conditions what matters most."""

    besides: UUID | None = Field(None, description="not this one: the visitor is at it")


class ClaimBody(Body):
    """To be the one who works on it."""

    take_over: bool = Field(False, strict=True, description="also where another is at work on it")


class AssignmentBody(Body):
    """Whose it is until it is answered."""

    who: Text | None = Field(
        description="a reviewer's name; null: whoever is given it next", examples=["ann"]
    )


class OpinionBody(Body):
    """What the visitor thinks, without deciding."""

    verdict: Verdict
    seen: Seen = Field(description="of the candidate as it was read: what the visitor looked at")
    note: Note = ""
    ask: Text | None = Field(
        None, description="who is to decide: a reviewer's name; null: another one", examples=["ann"]
    )


@dataclass(frozen=True, slots=True)
class NextCandidate:
    """The candidate that the visitor is given."""

    candidate: CandidateShown | None


@dataclass(frozen=True, slots=True)
class ClaimShown:
    """Who has the candidate now."""

    claim: Claim | None
    yours: bool


@dataclass(frozen=True, slots=True)
class OpinionsShown:
    """What reviewers think of it."""

    opinions: list[Opinion]


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["review"], responses=responses(400, 401, 403, 413, 421, 422, 503))
    _add_claims(api, services)
    _add_opinions(api, services)
    return api


def _add_claims(api: APIRouter, services: Services) -> None:
    @api.post("/review-queue/next", operation_id="next_review_candidate")
    def following(request: Request, body: NextBody) -> NextCandidate:
        """The question that the visitor is given, theirs alone for ten minutes: their own first, then what
        matters most, then what they skipped."""
        with services.enter(request, Scope.REVIEW):
            pass
        body.refresh(services.database)
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            found = claims.claim_next(connection, visitor, body.wanted(), body.besides)
            if found is None:
                return NextCandidate(None)
            return NextCandidate(shown_candidate(services, connection, visitor, found))

    @api.post("/review-candidates/{candidate_id}/claim", operation_id="claim", responses=responses(404))
    def claim(request: Request, candidate_id: CandidateId, body: ClaimBody) -> ClaimShown:
        """Be the one who works on it for ten minutes; where another is, `claim` is theirs."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            held = claims.claim(connection, visitor, candidate_id, take_over=body.take_over)
            return ClaimShown(held, held is not None and held.who == visitor.who)

    @api.post(
        "/review-candidates/{candidate_id}/release",
        operation_id="release",
        status_code=204,
        responses=responses(404),
    )
    def release(request: Request, candidate_id: CandidateId) -> None:
        """Give it back to all before the ten minutes are over. What was assigned stays so."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            claims.release(connection, visitor, candidate_id)

    @api.post("/review-candidates/{candidate_id}/assignment", operation_id="assign", responses=responses(404))
    def assign(request: Request, candidate_id: CandidateId, body: AssignmentBody) -> ClaimShown:
        """Give it to a reviewer until it is answered: to nobody else it comes as the next one."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            held = claims.assign(connection, visitor, candidate_id, body.who)
            return ClaimShown(held, held is not None and held.who == visitor.who)


def _add_opinions(api: APIRouter, services: Services) -> None:
    @api.post(
        "/review-candidates/{candidate_id}/opinion",
        operation_id="give_opinion",
        status_code=201,
        responses=responses(404, 409),
    )
    def opinion(request: Request, candidate_id: CandidateId, body: OpinionBody) -> OpinionsShown:
        """Say what the visitor thinks, and give it to another reviewer, who says first what they think and
        then sees both. What others said is shown to one who said theirs."""
        with services.enter(request, Scope.REVIEW) as (connection, visitor):
            said = opinions.give(
                connection, visitor, candidate_id, body.verdict, body.seen, body.note, body.ask
            )
            return OpinionsShown(said)
