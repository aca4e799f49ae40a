"""Pages to audit: draw a sample, judge one after the other, see what that measures."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request
from starlette.responses import RedirectResponse, Response

from dedupe.clustering.audit_estimates import Measured
from dedupe.errors import DecisionRefused, InputError
from dedupe.model import Verdict
from dedupe.review import auditing
from dedupe.storage import audits
from dedupe.storage.audits import MERGED
from dedupe.storage.tokens import Scope
from dedupe.web.api_audits import (
    LARGEST_NUMBER,
    MOST,
    DrawBody,
    JudgeBody,
    audit_shown,
    drawn_by,
    found_sample,
    judged_by,
    sample_shown,
)
from dedupe.web.pages_reviews import DOOR, FormToken, Note
from dedupe.web.rendering import on_both_sides, page
from dedupe.web.services import Services
from dedupe.wiring.state_charts import Interval, interval_chart

Wanted = Annotated[int, Form(ge=0, le=MOST)]
Number = Annotated[int, Path(ge=1, le=LARGEST_NUMBER)]


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False, prefix="/audits")
    _add_audits(pages, services)
    _add_samples(pages, services)
    return pages


def _add_audits(pages: APIRouter, services: Services) -> None:
    @pages.get("")
    def listed(request: Request) -> Response:
        return _audits(services, request)

    @pages.post("")
    def draw(
        request: Request, merged: Wanted = 100, near: Wanted = 100, form_token: FormToken = ""
    ) -> Response:
        services.check_form(request, form_token)
        try:
            drawn = drawn_by(services, request, DrawBody(merged=merged, near=near), DOOR)
        except InputError as error:  # nothing is published yet
            return _audits(services, request, str(error))
        return RedirectResponse(f"/audits/{drawn}", 303)

    @pages.get("/{audit_id}")
    def audit(request: Request, audit_id: UUID) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = audit_shown(connection, audit_id)
        chart = _chart(found.measured)
        return page(services, request, "audit.html", visitor=visitor, found=found, chart=chart)

    @pages.get("/{audit_id}/next")
    def following(request: Request, audit_id: UUID) -> Response:
        """The first sample that was not judged yet; the audit when all are."""
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, _):
            found = audit_shown(connection, audit_id)
        return RedirectResponse(f"/audits/{audit_id}" + (f"/{found.next}" if found.next else ""), 303)


def _add_samples(pages: APIRouter, services: Services) -> None:
    @pages.get("/{audit_id}/{number}")
    def sample(request: Request, audit_id: UUID, number: Number) -> Response:
        return _sample(services, request, audit_id, number)

    @pages.post("/{audit_id}/{number}")
    def judge(
        request: Request,
        audit_id: UUID,
        number: Number,
        verdict: Annotated[Verdict, Form()],
        astray: Annotated[list[UUID] | None, Form()] = None,
        note: Note = "",
        decide: Annotated[bool, Form()] = False,
        form_token: FormToken = "",
    ) -> Response:
        services.check_form(request, form_token)
        chosen = (astray or []) if verdict is Verdict.DIFFERENT else []
        body = JudgeBody.model_construct(verdict=verdict, astray=chosen, note=note, decide=decide)
        try:
            judged_by(services, request, audit_id, number, body, DOOR)
        except (InputError, DecisionRefused) as refusal:
            status = 422 if isinstance(refusal, InputError) else 409
            given = {"refusal": str(refusal), "note": note, "ticked": set(chosen)}
            return _sample(services, request, audit_id, number, status, **given)
        return RedirectResponse(f"/audits/{audit_id}/next", 303)


def _chart(measured: Measured) -> str | None:
    """The shares of which any sample is judged, with their intervals."""
    named = {
        "wrong merges": measured.wrong_merges,
        "wrong pairs": measured.wrong_pairs,
        "missed joins": measured.missed,
    }
    known = tuple(Interval(name, one.share, one.low, one.high) for name, one in named.items() if one.judged)
    return interval_chart(known) if known else None


def _audits(services: Services, request: Request, refusal: str | None = None) -> Response:
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        found = auditing.listed(connection)
        measured = {one.id: audits.measured(connection, audits.get(connection, one.id)) for one in found}
    given: dict[str, Any] = {"visitor": visitor, "audits": found, "measured": measured}
    given |= {"refusal": refusal, "most": MOST}
    return page(services, request, "audits.html", 422 if refusal else 200, **given)


def _sample(
    services: Services, request: Request, audit_id: UUID, number: int, status: int = 200, **given: Any
) -> Response:
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        shown = found_sample(connection, visitor, audit_id, number)
        audit = audit_shown(connection, audit_id).audit
    one = sample_shown(shown)
    defaults: dict[str, Any] = {"refusal": None, "note": one.note, "ticked": set()}
    more: dict[str, Any] = {"visitor": visitor, "one": one, "audit": audit, "merged": one.kind == MERGED}
    shared = on_both_sides(one.left, one.right)
    return page(services, request, "sample.html", status, **(defaults | given), **more, shared=shared)
