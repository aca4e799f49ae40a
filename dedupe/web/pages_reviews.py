"""Pages to review: the queue, one question with both sides and the waterfall, what was decided."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from dedupe.errors import DecisionContradicts, DecisionRefused, EvidenceOutdated, NotFound
from dedupe.model import Verdict
from dedupe.review import deciding, queue
from dedupe.review.recording import LONGEST_NOTE
from dedupe.storage import decisions
from dedupe.storage.tokens import Scope
from dedupe.web.answers import QueueCursor, queue_cursor, read_queue_cursor
from dedupe.web.rendering import on_both_sides, page
from dedupe.web.services import Services

DOOR = "page"
AT_ONCE = 25  # questions of a page (chosen)

FormToken = Annotated[str, Form()]
Note = Annotated[str, Form(max_length=LONGEST_NOTE)]


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    _add_queue(pages, services)
    _add_deciding(pages, services)
    _add_decisions(pages, services)
    return pages


def _add_queue(pages: APIRouter, services: Services) -> None:
    @pages.get("/review")
    def listed(request: Request, after: QueueCursor | None = None, decided: UUID | None = None) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = queue.queue(connection, visitor, AT_ONCE, read_queue_cursor(after))
        more = queue_cursor(found.last) if found.last else None
        given: dict[str, Any] = {
            "visitor": visitor,
            "queue": found,
            "more": more,
            "decided": decided,
            "refusal": None,
        }
        return page(services, request, "queue.html", **given)

    @pages.get("/review/next")
    def following(request: Request, decided: UUID | None = None) -> Response:
        """The question that matters most, of those that the visitor has not skipped while there are any."""
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = queue.queue(connection, visitor, 1)
        query = f"?decided={decided}" if decided else ""
        address = f"/review/{found.candidates[0].id}" if found.candidates else "/review"
        return RedirectResponse(address + query, 303)

    @pages.post("/review/{candidate_id}/skip")
    def skip(request: Request, candidate_id: UUID, form_token: FormToken = "") -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            queue.skip(connection, visitor, candidate_id)
        return RedirectResponse("/review/next", 303)

    @pages.get("/review/{candidate_id}")
    def candidate(request: Request, candidate_id: UUID, decided: UUID | None = None) -> Response:
        return _question(services, request, candidate_id, decided=decided)


def _add_deciding(pages: APIRouter, services: Services) -> None:
    @pages.post("/review/{candidate_id}/decision")
    def decide(
        request: Request,
        candidate_id: UUID,
        verdict: Annotated[Verdict, Form()],
        seen: Annotated[str, Form()],
        form_token: FormToken = "",
        note: Note = "",
    ) -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (_, visitor):
            pass
        try:
            with deciding.publishing(services.database) as connection:
                done = deciding.decide(
                    connection, services.republish, visitor, candidate_id, verdict, seen, note
                )
        except DecisionRefused as refusal:
            return _refused(services, request, candidate_id, seen, note, refusal)
        return RedirectResponse(f"/review/next?decided={done.decision}", 303)


def _add_decisions(pages: APIRouter, services: Services) -> None:
    @pages.get("/decisions")
    def history(request: Request, live: Annotated[bool, Query()] = False) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = queue.history(connection, visitor, 100, live)
        return page(services, request, "decisions.html", visitor=visitor, decisions=found, live=live)

    @pages.get("/decisions/{decision_id}")
    def decision(request: Request, decision_id: UUID) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = decisions.get(connection, decision_id)
            people = queue.people(connection, visitor, [member.source_contact for member in found.members])
        given: dict[str, Any] = {"visitor": visitor, "decision": found, "people": people, "refusal": None}
        return page(services, request, "decision.html", **given)

    @pages.post("/decisions/{decision_id}/revoke")
    def revoke(request: Request, decision_id: UUID, form_token: FormToken = "", note: Note = "") -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (_, visitor):
            pass
        with deciding.publishing(services.database) as connection:
            deciding.revoke(connection, services.republish, visitor, decision_id, note)
        return RedirectResponse(f"/decisions/{decision_id}", 303)


def _refused(
    services: Services,
    request: Request,
    candidate_id: UUID,
    seen: str,
    note: str,
    refusal: DecisionRefused,
) -> Response:
    """The question again, with what stands in the way; or the queue, if it isn't asked any more."""
    path = refusal.path if isinstance(refusal, DecisionContradicts) else []
    before = seen if isinstance(refusal, EvidenceOutdated) else None
    given: dict[str, Any] = {"refusal": refusal, "in_the_way": path, "note": note}
    try:
        return _question(services, request, candidate_id, 409, before=before, **given)
    except NotFound:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = queue.queue(connection, visitor, AT_ONCE)
        shown = {"visitor": visitor, "queue": found, "more": None, "decided": None, "refusal": refusal}
        return page(services, request, "queue.html", 409, **shown)


def _question(
    services: Services,
    request: Request,
    candidate_id: UUID,
    status: int = 200,
    before: str | None = None,
    **given: Any,
) -> Response:
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        shown = queue.show(connection, visitor, services.scorer, candidate_id, before)
    question = shown.question
    names = {person.id: person for person in (*question.left, *question.right)}
    defaults: dict[str, Any] = {"refusal": None, "in_the_way": [], "note": "", "decided": None}
    shared = on_both_sides(question.left, question.right)
    more: dict[str, Any] = {"visitor": visitor, "shown": shown, "question": question, "shared": shared}
    more |= {"people": names}
    return page(services, request, "candidate.html", status, **(defaults | given), **more)
