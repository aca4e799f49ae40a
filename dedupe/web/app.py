"""Assembles the web application: the API under /v1, the pages, and the middleware around every request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from http import HTTPStatus
from threading import Thread
from urllib.parse import quote

import anyio.to_thread
from fastapi import Depends, FastAPI, Request
from starlette.responses import RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from dedupe import __version__
from dedupe.review.who import warm
from dedupe.web import (
    api_acts,
    api_aftermaths,
    api_answering,
    api_audits,
    api_decisions,
    api_golden,
    api_live,
    api_lookups,
    api_many_lookups,
    api_match,
    api_operating,
    api_persons,
    api_review_work,
    api_reviews,
    api_runs,
    api_schedule,
    api_search,
    api_sign_ins,
    api_state,
    api_subscriptions,
    api_tokens,
    api_values,
    api_workbench,
    api_writeback,
    explaining,
    openapi_document,
    operations,
    pages_acts,
    pages_answering,
    pages_audits,
    pages_decisions,
    pages_golden,
    pages_home,
    pages_lookups,
    pages_queue,
    pages_reviews,
    pages_signing_in,
    problems,
)
from dedupe.web.guarding import Guard
from dedupe.web.metrics import Metrics
from dedupe.web.problems import Problem
from dedupe.web.rendering import page
from dedupe.web.services import Services

THREADS = 12
"""Requests at work at the same time, lookups apart; others wait in order. More threads only take turns at the
interpreter's lock, and each would hold a connection to Postgres (`database.CONNECTIONS` bounds those)."""

_ABOUT = """Golden contacts by email, phone, source contact and id; the review queue; acts; events; operating.

Errors are problem+json (RFC 9457): programs go by their `type`; docs/reference/problems.md lists them. A
token goes into `Authorization: Bearer`; each route names the scope that opens it. None is needed where the
service answers on loopback alone. The pages, which browsers sign in to by a cookie, are no part of this."""


def _life(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = THREADS
        Thread(target=warm, args=(services.normalize,), name="warming").start()
        yield

    return life


def create_app(services: Services) -> FastAPI:
    """The ASGI application. The services must outlive it."""
    metrics = Metrics()
    app = FastAPI(
        title="contact-dedupe",
        version=__version__,
        description=_ABOUT,
        lifespan=_life(services),
        docs_url=None,  # their pages fetch scripts from elsewhere
        redoc_url=None,
    )
    checks = [Depends(problems.refuse_unknown_parameters)]
    app.include_router(api_lookups.router(services), dependencies=checks)
    app.include_router(api_many_lookups.router(services), dependencies=checks)
    app.include_router(api_match.router(services), dependencies=checks)
    app.include_router(api_search.router(services), dependencies=checks)
    app.include_router(api_reviews.router(services), dependencies=checks)
    app.include_router(api_review_work.router(services), dependencies=checks)
    app.include_router(api_workbench.router(services), dependencies=checks)
    app.include_router(api_answering.router(services), dependencies=checks)
    app.include_router(api_decisions.router(services), dependencies=checks)
    app.include_router(api_acts.router(services), dependencies=checks)
    app.include_router(api_golden.router(services), dependencies=checks)
    app.include_router(api_aftermaths.router(services), dependencies=checks)
    app.include_router(api_values.router(services), dependencies=checks)
    app.include_router(api_runs.router(services), dependencies=checks)
    app.include_router(api_audits.router(services), dependencies=checks)
    app.include_router(explaining.router(services), dependencies=checks)
    app.include_router(api_persons.router(services), dependencies=checks)
    app.include_router(api_subscriptions.router(services), dependencies=checks)
    app.include_router(api_writeback.router(services), dependencies=checks)
    app.include_router(api_tokens.router(services), dependencies=checks)
    app.include_router(api_sign_ins.router(services), dependencies=checks)
    app.include_router(api_operating.router(services), dependencies=checks)
    app.include_router(api_state.router(services), dependencies=checks)
    app.include_router(api_schedule.router(services), dependencies=checks)
    app.include_router(api_live.router(services), dependencies=checks)
    app.include_router(api_live.webhooks(services), dependencies=checks)
    app.include_router(operations.router(services, metrics), dependencies=checks)
    looking, deciding = (
        (pages_home, pages_lookups, pages_golden),
        (pages_queue, pages_answering, pages_acts, pages_reviews, pages_decisions),
    )
    for pages in (*looking, *deciding, pages_audits, pages_signing_in):
        app.include_router(pages.router(services))
    app.include_router(explaining.pages(services))
    app.mount("/static", StaticFiles(packages=[("dedupe.web", "static")]), name="static")
    problems.install(app, lambda request, problem: _as_page(services, request, problem))
    openapi_document.install(app, tokens_required=services.callers.required)
    app.add_middleware(Guard, hosts=services.hosts, metrics=metrics)
    return app


def _as_page(services: Services, request: Request, problem: Problem) -> Response:
    """The error page; a person without a token is asked for one and then redirected back."""
    if problem.status == 401:
        to = request.url.path if request.method == "GET" else "/"
        return RedirectResponse(f"/sign-in?to={quote(to)}", 303)
    title = HTTPStatus(problem.status).phrase
    shown = page(
        services, request, "problem.html", problem.status, visitor=None, title=title, detail=problem.detail
    )
    shown.headers.update(problem.headers)
    return shown
