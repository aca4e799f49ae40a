"""Pages to review: the queue, one question with both sides and the waterfall, what was decided."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from dedupe.errors import DecisionContradicts, DecisionRefused, EvidenceOutdated, NotFound
from dedupe.model import Verdict
from dedupe.review import claims, deciding, opinions, queue
from dedupe.review.preview import previewed
from dedupe.review.recording import LONGEST_NOTE, DecisionResult
from dedupe.storage import decisions, review_candidates, review_claims, review_facets
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web import side_by_side
from dedupe.web.conditions import conditions_in
from dedupe.web.pages_queue import DOOR, LONGEST_QUERY, FormToken, queue_page
from dedupe.web.rendering import page
from dedupe.web.services import Services

__all__ = ["DOOR", "FormToken", "Note", "router"]

LONGEST_NAME = 1000  # characters of a reviewer's

Note = Annotated[str, Form(max_length=LONGEST_NOTE)]
Within = Annotated[str, Query(max_length=LONGEST_QUERY)]
WithinForm = Annotated[str, Form(max_length=LONGEST_QUERY)]
"""What the visitor has narrowed the queue to, as the query of its address."""
Ahead = Annotated[UUID | None, Form()]
"""The question that the browser shows already: it is told of the answer, rather than led on."""


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    _add_queue(pages, services)
    _add_deciding(pages, services)
    return pages


def _add_queue(pages: APIRouter, services: Services) -> None:
    @pages.get("/review/next")
    def following(
        request: Request,
        decided: UUID | None = None,
        answered: UUID | None = None,
        within: Within = "",
        besides: UUID | None = None,
    ) -> Response:
        """The question that the visitor is given, theirs alone while they work on it. `besides`: they are at
        this one, and look ahead."""
        conditions = conditions_in(within)
        with services.enter(request, Scope.REVIEW, DOOR):
            pass
        conditions.refresh(services.database)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = claims.claim_next(connection, visitor, conditions.wanted(), besides)
        if found is None and besides is not None:
            return Response(status_code=204)
        if found is None:
            last = {"decided": decided, "answered": answered, "done": 1} | conditions.said()
            return _to("/review", **last)
        return _to(f"/review/{found}", decided=decided, answered=answered, within=conditions.query())

    @pages.post("/review/{candidate_id}/skip")
    def skip(
        request: Request,
        candidate_id: UUID,
        form_token: FormToken = "",
        within: WithinForm = "",
        ahead: Ahead = None,
    ) -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            queue.skip(connection, visitor, candidate_id)
        if ahead is not None:
            return _answered(services, request, ahead)
        return _to("/review/next", within=within)

    @pages.get("/review/{candidate_id}")
    def candidate(
        request: Request,
        candidate_id: UUID,
        decided: UUID | None = None,
        answered: UUID | None = None,
        thought: Verdict | None = None,
        within: Within = "",
    ) -> Response:
        last: dict[str, Any] = {"decided": decided, "answered": answered, "thought": thought}
        return _question(services, request, candidate_id, **last, within=conditions_in(within).query())

    @pages.get("/review/{candidate_id}/preview")
    def preview(request: Request, candidate_id: UUID) -> Response:
        """What would become of both sides if they were one person; a part of the question's page."""
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            shown = queue.show(connection, visitor, services.scorer, candidate_id)

        def same(connection: Connection) -> DecisionResult:
            return deciding.decide(
                connection, services.republish, visitor, candidate_id, Verdict.SAME, shown.seen
            )

        given: dict[str, Any] = {"candidate_id": candidate_id, "preview": None, "refusal": None}
        try:
            given["preview"] = previewed(services.database, visitor, same)
        except DecisionRefused as refusal:
            given["refusal"] = refusal
        alone = "hx-request" not in request.headers
        return page(services, request, "question_preview.html", standalone=alone, **given)


def _add_deciding(pages: APIRouter, services: Services) -> None:
    @pages.post("/review/{candidate_id}/decision")
    def decide(
        request: Request,
        candidate_id: UUID,
        verdict: Annotated[Verdict, Form()],
        seen: Annotated[str, Form()],
        form_token: FormToken = "",
        note: Note = "",
        within: WithinForm = "",
        ahead: Ahead = None,
    ) -> Response:
        services.check_form(request, form_token)
        try:
            with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
                others = opinions.differing(connection, visitor, candidate_id, verdict, seen, note)
            if others:
                return _to(f"/review/{candidate_id}", thought=verdict.value, within=within)
            with deciding.publishing(services.database) as connection:
                done = deciding.decide(
                    connection, services.republish, visitor, candidate_id, verdict, seen, note
                )
        except DecisionRefused as refusal:
            return _refused(services, request, candidate_id, seen, note, refusal, within)
        if ahead is not None:
            return _answered(services, request, ahead, done.decision, candidate_id)
        return _to("/review/next", decided=done.decision, answered=candidate_id, within=within)

    @pages.post("/review/{candidate_id}/opinion")
    def opinion(
        request: Request,
        candidate_id: UUID,
        opinion: Annotated[Verdict, Form()],
        seen: Annotated[str, Form()],
        form_token: FormToken = "",
        note: Note = "",
        ask: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
        within: WithinForm = "",
    ) -> Response:
        """Say what one thinks, and leave it to another."""
        services.check_form(request, form_token)
        try:
            with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
                opinions.give(connection, visitor, candidate_id, opinion, seen, note, ask or None)
        except DecisionRefused as refusal:
            return _refused(services, request, candidate_id, seen, note, refusal, within)
        return _to("/review/next", within=within)

    @pages.post("/review/{candidate_id}/claim")
    def claim(request: Request, candidate_id: UUID, form_token: FormToken = "") -> Response:
        """Take a question over from whoever is at it."""
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            claims.claim(connection, visitor, candidate_id, take_over=True)
        return RedirectResponse(f"/review/{candidate_id}", 303)

    @pages.post("/review/{candidate_id}/assignment")
    def assign(
        request: Request,
        candidate_id: UUID,
        form_token: FormToken = "",
        who: Annotated[str, Form(max_length=LONGEST_NAME)] = "",
        within: WithinForm = "",
    ) -> Response:
        """Give it to a reviewer; without a name back to all."""
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            claims.assign(connection, visitor, candidate_id, who or None)
        return _to("/review/next" if who else f"/review/{candidate_id}", within=within)


def _answered(
    services: Services,
    request: Request,
    ahead: UUID,
    decided: UUID | None = None,
    answered: UUID | None = None,
) -> Response:
    """What an answer came to, for a browser that went on, and whether what it shows now is asked still."""
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, _):
        asked = review_candidates.is_asked(connection, ahead)
    return page(services, request, "answered.html", decided=decided, answered=answered, asked=asked)


def _refused(
    services: Services,
    request: Request,
    candidate_id: UUID,
    seen: str,
    note: str,
    refusal: DecisionRefused,
    within: str = "",
) -> Response:
    """The question again, with what stands in the way; or the queue, if it isn't asked any more."""
    path = refusal.path if isinstance(refusal, DecisionContradicts) else []
    before = seen if isinstance(refusal, EvidenceOutdated) else None
    given: dict[str, Any] = {"refusal": refusal, "in_the_way": path, "note": note, "within": within}
    try:
        return _question(services, request, candidate_id, 409, before=before, **given)
    except NotFound:
        return queue_page(services, request, conditions_in(within), 409, refusal=refusal)


def _question(
    services: Services,
    request: Request,
    candidate_id: UUID,
    status: int = 200,
    before: str | None = None,
    **given: Any,
) -> Response:
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        claim = claims.claim(connection, visitor, candidate_id)
        shown = queue.show(connection, visitor, services.scorer, candidate_id, before)
        reviewers = [one for one in review_claims.reviewers(connection) if one != visitor.who]
        hanging = review_facets.hanging_on(connection, candidate_id)
        waiting, pace = review_candidates.count(connection), decisions.pace_of(connection, visitor.who)
    question, strongest = shown.question, shown.pairs[0] if shown.pairs else None
    most, least = side_by_side.strongest(strongest)
    more: dict[str, Any] = {
        "visitor": visitor,
        "shown": shown,
        "question": question,
        "people": {person.id: person for person in (*question.left, *question.right)},
        "rows": side_by_side.rows(question.left, question.right, strongest),
        "most": most,
        "least": least,
        "waiting": waiting,
        "minutes": _time(waiting * pace) if pace else None,
        "claim": claim,
        "theirs": claim is not None and claim.who != visitor.who,
        "reviewers": reviewers,
        "hanging": hanging,
    }
    defaults: dict[str, Any] = {"refusal": None, "in_the_way": [], "note": "", "decided": None}
    defaults |= {"answered": None, "thought": None, "within": ""}
    return page(services, request, "candidate.html", status, **(defaults | given), **more)


def _to(address: str, **given: Any) -> Response:
    """To an address with these parameters, of those that say something."""
    query = urlencode({name: one for name, one in given.items() if one})
    return RedirectResponse(f"{address}?{query}" if query else address, 303)


def _time(seconds: float) -> str:
    minutes = max(round(seconds / 60), 1)
    if minutes < 90:
        return f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
    return f"{round(minutes / 60)} hours"
