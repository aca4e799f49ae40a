"""Endpoints for operators: health, readiness, metrics."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from dedupe import __version__
from dedupe.pipeline.figures import figures
from dedupe.storage import held_contacts, review_candidates, told_changes
from dedupe.storage.tokens import Scope
from dedupe.web.metrics import Metrics
from dedupe.web.problems import responses
from dedupe.web.services import Services


@dataclass(frozen=True, slots=True)
class Health:
    status: Literal["ok"]
    version: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """`backlog`: contacts that sources told of and that wait to be merged; `backlog_seconds`: since when;
    `held`: changed contacts in components that are held back from live merging."""

    status: Literal["ok"]
    version: str
    backlog: int
    backlog_seconds: float
    held: int


def router(services: Services, metrics: Metrics) -> APIRouter:
    api = APIRouter(tags=["operations"])

    @api.get("/healthz", operation_id="healthz")
    def healthz() -> Health:
        """The process answers."""
        return Health("ok", __version__)

    @api.get("/readyz", operation_id="readyz", responses=responses(503))
    def readyz() -> Readiness:
        """Postgres answers too, and has our tables; how many contacts that sources told of wait to be
        merged."""
        with services.database.begin() as connection:
            review_candidates.count(connection)
            waiting, held = told_changes.backlog(connection), held_contacts.count(connection)
        since = round(_seconds(waiting.since), 1)
        return Readiness("ok", __version__, waiting.contacts, since, held.contacts)

    @api.get(
        "/metrics",
        operation_id="metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **responses(401, 403, 503)},
    )
    def scraped(request: Request) -> Response:
        """For Prometheus: counts and times, never values."""
        with services.enter(request, Scope.LOOKUP) as (connection, _):
            told = metrics.text(services.database, figures(connection, services.subscriptions))
        return Response(told, media_type=CONTENT_TYPE_PLAIN_1_0_0)

    return api


def _seconds(since: datetime | None) -> float:
    """Since then; 0 for never."""
    return 0.0 if since is None else max(0.0, (datetime.now(UTC) - since).total_seconds())
