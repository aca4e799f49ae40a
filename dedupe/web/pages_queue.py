"""The queue as pages: the list with its facets, search within it, and views that are kept."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from dedupe.errors import InputError
from dedupe.matching.comparisons.agreement_patterns import in_words
from dedupe.review import progress, queue, workbench
from dedupe.storage.tokens import Scope
from dedupe.web.answers import QueueCursor, queue_cursor, read_queue_cursor
from dedupe.web.conditions import Conditions, conditions_in
from dedupe.web.rendering import page
from dedupe.web.services import Services

DOOR = "page"
AT_ONCE = 25  # questions of a page (chosen)
FOUND = 100  # questions that a search shows (chosen)
SHOWN = 6  # values of a facet before the rest is folded (chosen)
LONGEST_QUERY = 2000  # characters of what the queue is narrowed to

FormToken = Annotated[str, Form()]
WithinForm = Annotated[str, Form(max_length=LONGEST_QUERY)]
_FACETS = (
    ("cause", "Why asked"),
    ("pattern", "In what they agree"),
    ("probability", "Likely one person"),
    ("source", "Source"),
    ("country", "Country"),
    ("holder", "With"),
)


class ListQuery(Conditions):
    """What the list is narrowed to, and what was done last."""

    after: QueueCursor | None = None
    decided: UUID | None = None
    answered: UUID | None = None
    done: bool = False


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.get("/review")
    def listed(request: Request, asked: Annotated[ListQuery, Query()]) -> Response:
        last: dict[str, Any] = {"decided": asked.decided, "answered": asked.answered, "done": asked.done}
        return queue_page(services, request, asked, after=asked.after, **last)

    @pages.get("/review/progress")
    def how_far(request: Request) -> Response:
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            found = progress.progress(connection, visitor)
        most = max((one.answers for one in found.days), default=0)
        first = found.since.date()
        bars = [((one.day - first).days * 10, round(one.answers / most * 58, 1)) for one in found.days]
        given: dict[str, Any] = {"visitor": visitor, "progress": found, "days": progress.DAYS}
        return page(services, request, "progress.html", bars=bars, most=most, **given)

    @pages.get("/review/search")
    @pages.get("/review/answers")
    def again() -> Response:
        """Where a browser asks anew for what a form had led to."""
        return RedirectResponse("/review", 303)

    @pages.post("/review/search")
    def search(
        request: Request,
        text: Annotated[str, Form(max_length=1000)] = "",
        form_token: FormToken = "",
        within: WithinForm = "",
    ) -> Response:
        """By a form: what is looked for stays out of addresses."""
        services.check_form(request, form_token)
        return queue_page(services, request, conditions_in(within), text=text)

    @pages.post("/review/views")
    def keep(
        request: Request,
        name: Annotated[str, Form(max_length=LONGEST_QUERY)],
        form_token: FormToken = "",
        within: WithinForm = "",
        shared: Annotated[bool, Form()] = False,
    ) -> Response:
        services.check_form(request, form_token)
        conditions = conditions_in(within)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            workbench.keep_view(connection, visitor, name, conditions.said(), shared=shared)
        return RedirectResponse(f"/review?{conditions.query()}", 303)

    @pages.post("/review/views/{view_id}/remove")
    def remove(
        request: Request, view_id: UUID, form_token: FormToken = "", within: WithinForm = ""
    ) -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
            workbench.remove_view(connection, visitor, view_id)
        return RedirectResponse(f"/review?{conditions_in(within).query()}", 303)

    return pages


def queue_page(
    services: Services,
    request: Request,
    conditions: Conditions,
    status: int = 200,
    after: str | None = None,
    text: str = "",
    **last: Any,
) -> Response:
    """The list of what conditions hold for and `text` is found in."""
    with services.enter(request, Scope.REVIEW, DOOR):
        pass
    workbench.refresh(services.database)
    wanted, mistake = conditions.wanted(), None
    if text:
        try:
            wanted = workbench.holding_words(wanted, text)
        except InputError as error:
            mistake, status = error, 422
    limit = FOUND if text else AT_ONCE
    with services.enter(request, Scope.REVIEW, DOOR) as (connection, visitor):
        found = queue.queue(connection, visitor, limit, read_queue_cursor(after), wanted=wanted)
        facets = workbench.facets(connection, visitor, wanted)
        views = workbench.views(connection, visitor)
    given: dict[str, Any] = {
        "visitor": visitor,
        "queue": found,
        "more": queue_cursor(found.last) if found.last and not text else None,
        "facets": [(title, _links(conditions, getattr(facets, name))) for name, title in _FACETS],
        "narrowed": _narrowed(conditions),
        "within": conditions.query(),
        "views": [(view, urlencode(view.filter)) for view in views],
        "shown": SHOWN,
        "text": text,
        "mistake": mistake,
    }
    defaults: dict[str, Any] = {"decided": None, "answered": None, "refusal": None, "done": False}
    return page(services, request, "queue.html", status, **(defaults | last), **given)


def _links(conditions: Conditions, values: list[workbench.FacetValue]) -> list[dict[str, Any]]:
    """Each value with the address that narrows to it, or that no longer does."""
    links = []
    for one in values:
        on = all(conditions.said().get(name) == value for name, value in one.condition.items())
        change = dict.fromkeys(one.condition) if on else one.condition
        links.append(
            {
                "words": one.words,
                "questions": one.questions,
                "on": on,
                "query": conditions.query(**change),
            }
        )
    return links


def _narrowed(conditions: Conditions) -> list[tuple[str, str]]:
    """Each condition in words, with the query without it."""
    said = conditions.said()
    words = {**said, "pattern": in_words(conditions.pattern)} if conditions.pattern else said
    return [
        (f"{name.replace('_', ' ')}: {str(value).replace('_', ' ')}", conditions.query(**{name: None}))
        for name, value in words.items()
    ]
