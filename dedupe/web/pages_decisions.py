"""Pages of decisions: whom they are about, what they did, filtered and page by page; taking one back."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from pydantic import BaseModel, ConfigDict, Field, field_validator
from starlette.responses import RedirectResponse, Response

from dedupe.model import Grouping, Origin, Subject, ValueVerdict, Verdict
from dedupe.review import deciding, decision_history, queue
from dedupe.review.decision_history import ORIGINS
from dedupe.storage import decision_lists, decisions, review_candidates
from dedupe.storage.decision_lists import DecisionFilter
from dedupe.storage.decisions import PINNED
from dedupe.storage.tokens import Scope
from dedupe.web.pages_reviews import DOOR, FormToken, Note
from dedupe.web.rendering import page
from dedupe.web.services import Services

AT_ONCE = 50  # decisions of a page (chosen)
VERDICTS = [str(one) for one in (*Verdict, *Grouping, *ValueVerdict, PINNED)]
LONGEST_BACK = 2000  # characters of the address that a form leads back to


class Asked(BaseModel):
    """What the form asks for; a field that is left empty asks for nothing."""

    model_config = ConfigDict(extra="forbid")

    by: str = Field("", max_length=200)
    verdict: str = Field("", max_length=50)
    kind: Subject | None = None
    origin: Origin | None = None
    since: date | None = None
    until: date | None = None
    state: Literal["", "live", "revoked"] = ""
    batch: UUID | None = None
    after: UUID | None = None

    @field_validator("kind", "origin", "since", "until", "batch", "after", mode="before")
    @classmethod
    def _empty(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("by", "verdict")
    @classmethod
    def _storable(cls, given: str) -> str:
        if "\x00" in given:
            raise ValueError("holds a NUL")
        return given

    def filter(self) -> DecisionFilter:
        live = {"": None, "live": True, "revoked": False}[self.state]
        return DecisionFilter(
            decided_by=self.by or None,
            subject=self.kind,
            verdict=self.verdict or None,
            origin=self.origin,
            batch=self.batch,
            live=live,
            since=_begin(self.since) if self.since else None,
            before=_begin(self.until) + timedelta(days=1) if self.until else None,
        )

    def address(self, after: UUID | None = None) -> str:
        """The query of this page, or of the one after a decision."""
        given = self.model_dump(exclude_defaults=True, exclude={"after"}, mode="json")
        if after is not None:
            given["after"] = str(after)
        return urlencode({name: value for name, value in given.items() if value})


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False, prefix="/decisions")

    @pages.get("")
    def listed(request: Request, asked: Annotated[Asked, Query()]) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = decision_history.told(connection, visitor, AT_ONCE, asked.filter(), asked.after)
            deciders = decision_lists.deciders(connection)
        more = asked.address(found[-1].decision.id) if len(found) == AT_ONCE else None
        given: dict[str, Any] = {
            "visitor": visitor,
            "decisions": found,
            "asked": asked,
            "filtered": bool(asked.address()),
            "deciders": deciders,
            "verdicts": [(one, one.replace("_", " ")) for one in VERDICTS],
            "subjects": {"contacts": "contacts", "value": "a value", "field": "a golden field"},
            "origins": ORIGINS,
            "more": more,
            "back": asked.address(asked.after),
        }
        return page(services, request, "decisions.html", **given)

    @pages.get("/{decision_id}")
    def decision(request: Request, decision_id: UUID) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = decisions.get(connection, decision_id)
            people = queue.people(connection, visitor, [member.source_contact for member in found.members])
        given: dict[str, Any] = {"visitor": visitor, "decision": found, "people": people, "refusal": None}
        return page(services, request, "decision.html", **given)

    @pages.post("/{decision_id}/revoke")
    def revoke(
        request: Request,
        decision_id: UUID,
        form_token: FormToken = "",
        note: Note = "",
        question: Annotated[UUID | None, Form()] = None,
        back: Annotated[str | None, Form(max_length=LONGEST_BACK)] = None,
    ) -> Response:
        """Leads to the decision, back to the question that it had answered, or to the list it was taken back
        in (`back`: the list's query)."""
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (_, visitor):
            pass
        with deciding.publishing(services.database) as connection:
            deciding.revoke(connection, services.republish, visitor, decision_id, note)
            asked = question is not None and review_candidates.is_asked(connection, question)
        if back is not None:
            return RedirectResponse(f"/decisions?{urlencode(parse_qsl(back))}#{decision_id}", 303)
        return RedirectResponse(f"/review/{question}" if asked else f"/decisions/{decision_id}", 303)

    return pages


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
