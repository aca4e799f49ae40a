"""The home page: search, and whether everything is in order; nights that wait, and what could not be read."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Path, Query, Request
from starlette.responses import RedirectResponse, Response

from dedupe.pipeline import operating
from dedupe.pipeline.findings import ENDED_WELL, is_stale
from dedupe.pipeline.operating import source_id
from dedupe.pipeline.service_state import NightState, service_state
from dedupe.storage import merge_runs, source_states
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.api_operating import held_run
from dedupe.web.api_state import LARGEST_ID, shown
from dedupe.web.publishing_runs import PublishedByPage
from dedupe.web.rendering import page
from dedupe.web.services import Services
from dedupe.wiring.state_charts import Bar, nights_chart

DOOR = "page"
AT_ONCE = 100  # lines of a list (chosen)
FormToken = Annotated[str, Form()]
SourceName = Annotated[str, Path(max_length=200, pattern=r"^[^\x00/]+$")]
_CHARTS = {
    "golden_contacts": "Golden contacts",
    "questions": "Questions in the queue",
    "seconds": "Seconds a night took",
    "changes": "Golden contacts that changed",
}
_log = structlog.stdlib.get_logger("dedupe.web")


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    _add_home(pages, services)
    _add_held(pages, services, PublishedByPage())
    _add_set_aside(pages, services)
    return pages


def _add_home(pages: APIRouter, services: Services) -> None:
    @pages.get("/")
    def home(request: Request) -> Response:
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            return home_page(services, request, connection, visitor)

    @pages.get("/nights")
    def nights(request: Request) -> Response:
        """The last nights as charts and as a table; without the rest of the page where htmx asks for it."""
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            found = service_state(connection, services.operating.configured).nights
        given: dict[str, Any] = {"visitor": visitor, "nights": found, "charts": charts(found)}
        alone = "hx-request" not in request.headers or "hx-boosted" in request.headers
        return page(services, request, "nights.html", standalone=alone, **given)


def home_page(
    services: Services,
    request: Request,
    connection: Connection,
    visitor: Visitor,
    status: int = 200,
    asked: str = "",
    problem: str | None = None,
) -> Response:
    """The home page. `problem`: why what was asked for can't be looked up."""
    state = shown(service_state(connection, services.operating.configured))
    given: dict[str, Any] = {
        "visitor": visitor,
        "asked": asked,
        "problem": problem,
        "state": state,
        "stale": {one.name for one in state.sources if is_stale(one, state.looked_at)},
        "reviews": services.allows(connection, request, Scope.REVIEW, DOOR),
        "operates": services.allows(connection, request, Scope.ADMIN, DOOR),
    }
    return page(services, request, "home.html", status, **given)


def charts(nights: list[NightState]) -> list[dict[str, Any]]:
    """A chart of each number over the nights that have it: title, SVG, and the same in words."""
    made = []
    for name, title in _CHARTS.items():
        told = [(one, getattr(one, name)) for one in reversed(nights) if getattr(one, name) is not None]
        if len(told) < 2:
            continue
        bars = tuple(
            Bar(f"{one.started_at:%Y-%m-%d}", float(number), one.status in ENDED_WELL) for one, number in told
        )
        numbers = [number for _, number in told]
        made.append(
            {
                "title": title,
                "svg": nights_chart(bars),
                "first": numbers[0],
                "last": numbers[-1],
                "low": min(numbers),
                "high": max(numbers),
                "nights": len(numbers),
            }
        )
    return made


def _add_held(pages: APIRouter, services: Services, published: PublishedByPage) -> None:
    @pages.get("/held-runs/{run_id}")
    def held(request: Request, run_id: UUID) -> Response:
        with services.enter(request, Scope.ADMIN, DOOR) as (connection, visitor):
            run = merge_runs.get(connection, run_id)
            waits = run.kind == "night" and run.status in merge_runs.WAITING
        given: dict[str, Any] = {
            "visitor": visitor,
            "run": held_run(run),
            "waits": waits,
            "told": published.told(run_id),
            "under_way": published.is_under_way(run_id),
        }
        return page(services, request, "held_run.html", **given)

    @pages.post("/held-runs/{run_id}/publish")
    def publish(request: Request, run_id: UUID, form_token: FormToken = "") -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.ADMIN, DOOR) as (connection, visitor):
            operating.publishable_run(connection, run_id)
        _log.info("night to be published", waited=str(run_id), by=visitor.who)
        published.publish(services, run_id)
        return RedirectResponse(f"/held-runs/{run_id}", 303)

    @pages.post("/held-runs/{run_id}/refuse")
    def refuse(request: Request, run_id: UUID, form_token: FormToken = "") -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.ADMIN, DOOR) as (connection, visitor):
            operating.refuse_run(connection, run_id)
        _log.info("night refused", refused=str(run_id), by=visitor.who)
        return RedirectResponse("/", 303)


def _add_set_aside(pages: APIRouter, services: Services) -> None:
    @pages.get("/sources/{source}/rejected")
    def rejected(request: Request, source: SourceName, after: UUID | None = None) -> Response:
        with services.enter(request, Scope.ADMIN, DOOR) as (connection, visitor):
            of = source_id(connection, source)
            found, more = source_states.rejected(connection, of, after, AT_ONCE)
        given: dict[str, Any] = {"visitor": visitor, "source": source, "rejected": found, "more": more}
        return page(services, request, "rejected.html", after=after, **given)

    @pages.get("/sources/{source}/quarantined")
    def quarantined(
        request: Request, source: SourceName, after: Annotated[int | None, Query(ge=0, le=LARGEST_ID)] = None
    ) -> Response:
        with services.enter(request, Scope.ADMIN, DOOR) as (connection, visitor):
            of = source_id(connection, source)
            found = source_states.quarantined(connection, of, after, AT_ONCE)
        more = found[-1].id if len(found) == AT_ONCE else None
        given: dict[str, Any] = {"visitor": visitor, "source": source, "set_aside": found, "more": more}
        return page(services, request, "quarantined.html", after=after, **given)
