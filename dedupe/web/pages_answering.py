"""Pages that answer many questions: of one pattern after a sample, and by a value that they hang on."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from dedupe.errors import DecisionRefused
from dedupe.model import ValueVerdict, Verdict
from dedupe.review import answering_many, deciding, hanging, workbench
from dedupe.review.queue import Listed
from dedupe.review.recording import LONGEST_NOTE
from dedupe.storage.tokens import Scope
from dedupe.web import side_by_side
from dedupe.web.conditions import Conditions, conditions_in
from dedupe.web.pages_queue import DOOR, FormToken, WithinForm
from dedupe.web.rendering import page
from dedupe.web.services import Services

Note = Annotated[str, Form(max_length=LONGEST_NOTE)]
Field = Annotated[Literal["email", "phone"], Form()]
MatchKey = Annotated[str, Form(min_length=1, max_length=1000)]


class Done(Conditions):
    """What was answered last, besides what the queue is narrowed to."""

    decided: UUID | None = None
    answered: int = 0
    left_out: int = 0


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    _add_patterns(pages, services)
    _add_values(pages, services)

    @pages.post("/review/answers/{batch}/revoke")
    def revoke(request: Request, batch: UUID, form_token: FormToken = "") -> Response:
        """Take back what was answered at once."""
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (_, visitor):
            pass
        with deciding.publishing(services.database) as connection:
            deciding.revoke(connection, services.republish, visitor, batch)
        return RedirectResponse("/review", 303)

    return pages


def _add_patterns(pages: APIRouter, services: Services) -> None:
    @pages.get("/review/patterns")
    def patterns(request: Request, asked: Annotated[Done, Query()]) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR):
            pass
        workbench.refresh(services.database)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = workbench.facets(connection, visitor, asked.wanted())
        links = [(one, asked.query(pattern=one.value)) for one in found.pattern if one.value]
        given: dict[str, Any] = {"visitor": visitor, "links": links, "done": asked}
        return page(services, request, "patterns.html", **given)

    @pages.get("/review/group")
    def group(request: Request, asked: Annotated[Conditions, Query()]) -> Response:
        return _group(services, request, asked)

    @pages.post("/review/answers")
    def answers(
        request: Request,
        verdict: Annotated[Verdict, Form()],
        seen: Annotated[str, Form()],
        form_token: FormToken = "",
        note: Note = "",
        within: WithinForm = "",
    ) -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (_, visitor):
            pass
        conditions = conditions_in(within)
        try:
            with deciding.publishing(services.database) as connection:
                done = answering_many.answer_many(
                    connection, services.republish, visitor, verdict, seen, note
                )
        except DecisionRefused as refusal:
            return _group(services, request, conditions, 409, refusal=refusal)
        last = {"decided": done.decision, "answered": done.answered, "left_out": len(done.left_out)}
        return RedirectResponse(f"/review/patterns?{conditions.query(pattern=None, **last)}", 303)


def _group(
    services: Services, request: Request, conditions: Conditions, status: int = 200, **given: Any
) -> Response:
    with services.enter(request, Scope.REVIEW, DOOR):
        pass
    workbench.refresh(services.database)
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        found = answering_many.look(connection, visitor, conditions.wanted())
    shown: dict[str, Any] = {
        "visitor": visitor,
        "group": found,
        "sample": [(question, _rows(question)) for question in found.sample],
        "within": conditions.query(),
        "refusal": None,
    }
    return page(services, request, "group.html", status, **(shown | given))


def _rows(question: Listed) -> list[side_by_side.Row]:
    return side_by_side.rows(question.left, question.right, None)


def _add_values(pages: APIRouter, services: Services) -> None:
    @pages.get("/review/values")
    def values(
        request: Request,
        decided: UUID | None = None,
        answered: Annotated[int, Query(ge=0)] = 0,
        left: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR):
            pass
        workbench.refresh(services.database)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = hanging.values(connection, visitor)
        given: dict[str, Any] = {"visitor": visitor, "values": found, "decided": decided}
        given |= {"answered": answered, "left": left}
        return page(services, request, "values.html", **given)

    @pages.post("/review/values")
    def value(request: Request, field: Field, key: MatchKey, form_token: FormToken = "") -> Response:
        """What hangs on a value; by a form, so that it stays out of addresses."""
        services.check_form(request, form_token)
        return _value(services, request, field, key)

    @pages.post("/review/values/answer")
    def answer(
        request: Request,
        field: Field,
        key: MatchKey,
        verdict: Annotated[Literal["shared", "placeholder"], Form()],
        form_token: FormToken = "",
        note: Note = "",
    ) -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (_, visitor):
            pass
        workbench.refresh(services.database)
        try:
            with deciding.publishing(services.database) as connection:
                done = hanging.answer(
                    connection, services.republish, visitor, field, key, ValueVerdict(verdict), note
                )
        except DecisionRefused as refusal:
            return _value(services, request, field, key, 409, refusal=refusal)
        query = f"decided={done.decision}&answered={done.answered}&left={len(done.left)}"
        return RedirectResponse(f"/review/values?{query}", 303)


def _value(
    services: Services, request: Request, field: str, key: str, status: int = 200, **given: Any
) -> Response:
    with services.enter(request, Scope.REVIEW, DOOR):
        pass
    workbench.refresh(services.database)
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        found = hanging.look(connection, visitor, field, key)
    shown: dict[str, Any] = {"visitor": visitor, "value": found, "refusal": None}
    return page(services, request, "value.html", status, **(shown | given))
