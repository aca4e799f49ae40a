"""The API of the schedule of nights, as `dedupe run` keeps it; scope admin."""

from __future__ import annotations

import structlog
from fastapi import APIRouter, Request

from dedupe.pipeline import scheduling
from dedupe.pipeline.scheduling import NightSchedule
from dedupe.storage.tokens import Scope
from dedupe.web.problems import responses
from dedupe.web.services import Services

_log = structlog.stdlib.get_logger("dedupe.web")


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1/schedule", tags=["operating"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.get("", operation_id="schedule")
    def shown(request: Request) -> NightSchedule:
        """When the next night is due, which process runs them, and what became of the latest."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return scheduling.schedule(connection)

    @api.post("/pause", operation_id="pause_nights")
    def pause(request: Request) -> NightSchedule:
        """Begin no night and look at no source until they are resumed; a night at work goes on."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            found = scheduling.pause(connection)
        _log.info("nights paused", by=visitor.who)
        return found

    @api.post("/resume", operation_id="resume_nights")
    def resume(request: Request) -> NightSchedule:
        """Go on with nights; one that was due meanwhile begins at once."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            found = scheduling.resume(connection)
        _log.info("nights resumed", by=visitor.who)
        return found

    @api.post("/now", operation_id="ask_for_a_night")
    def now(request: Request) -> NightSchedule:
        """Ask the process that runs nights for one now, even while they are paused. It is asked for once,
        however often that is said before it begins."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            found = scheduling.ask(connection)
        _log.info("a night was asked for", by=visitor.who)
        return found

    return api
