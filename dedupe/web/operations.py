"""Endpoints for operators: health, readiness, metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fastapi import APIRouter, Request, Response
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_1_0_0

from dedupe import __version__
from dedupe.storage import review_candidates
from dedupe.storage.tokens import Scope
from dedupe.web.guarding import Metrics
from dedupe.web.problems import responses
from dedupe.web.services import Services


@dataclass(frozen=True, slots=True)
class Health:
    status: Literal["ok"]
    version: str


def router(services: Services, metrics: Metrics) -> APIRouter:
    api = APIRouter(tags=["operations"])

    @api.get("/healthz", operation_id="healthz")
    def healthz() -> Health:
        """The process answers."""
        return Health("ok", __version__)

    @api.get("/readyz", operation_id="readyz", responses=responses(503))
    def readyz() -> Health:
        """Postgres answers too, and has our tables."""
        with services.database.begin() as connection:
            review_candidates.count(connection)
        return Health("ok", __version__)

    @api.get(
        "/metrics",
        operation_id="metrics",
        response_class=Response,
        responses={200: {"content": {"text/plain": {}}}, **responses(401, 403, 503)},
    )
    def told(request: Request) -> Response:
        """For Prometheus: counts and times, never values."""
        with services.enter(request, Scope.LOOKUP) as (connection, _):
            metrics.candidates.set(review_candidates.count(connection))
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_PLAIN_1_0_0)

    return api
