"""The API for operators: nights that wait to be published, and the state of each source; scope admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Path, Request
from pydantic import Field

from dedupe.pipeline import operating
from dedupe.pipeline.merge_report import MergeReport
from dedupe.pipeline.operating import SourceState
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage import merge_runs
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.tokens import Scope
from dedupe.web.problems import responses, telling_operators
from dedupe.web.services import Services

AT_ONCE = 1
"""Nights and walks at work by a request; others wait in order. They are apart from all other requests."""

RunId = Annotated[UUID, Path(description="a night's id, as the list or its report shows it")]
SourceName = Annotated[str, Path(description="a source's name", max_length=200, pattern=r"^[^\x00/]+$")]
_log = structlog.stdlib.get_logger("dedupe.web")


@dataclass(frozen=True, slots=True)
class HeldRun:
    """A night that waits for a person: it was held back by the publish gate, or only planned."""

    id: Annotated[UUID, Field(description="by which it is published or refused")]
    status: Annotated[str, Field(description="held or planned", examples=["held"])]
    started_at: Annotated[datetime, Field(description="when it began")]
    ended_at: Annotated[datetime | None, Field(description="when it had staged what it would publish")]
    reasons: Annotated[
        list[str], Field(description="why the publish gate holds it, in words; none of one that was planned")
    ]
    numbers: Annotated[dict[str, Any], Field(description="what the publish gate looked at")]
    limits: Annotated[dict[str, Any], Field(description="the limits that the numbers were held against")]
    would: Annotated[
        dict[str, int],
        Field(description="golden contacts that it would make, change, merge, split …"),
    ]
    source_contacts: Annotated[dict[str, int], Field(description="source contacts that it saw, by source")]


@dataclass(frozen=True, slots=True)
class HeldRuns:
    """The nights that wait for a person."""

    runs: Annotated[list[HeldRun], Field(description="the latest first")]


@dataclass(frozen=True, slots=True)
class PublishedRun:
    """What became of a night that a person published: staged again from what stood then."""

    run: Annotated[UUID, Field(description="the run that published, or was held back again")]
    status: Annotated[str, Field(description="published, unchanged or held", examples=["published"])]
    reasons: Annotated[list[str], Field(description="why it was held back once more; none if it wasn't")]
    golden: Annotated[dict[str, int], Field(description="golden contacts made, changed, merged, split …")]


@dataclass(frozen=True, slots=True)
class Sources:
    """Every source that is configured, or that contacts came from."""

    sources: Annotated[list[SourceState], Field(description="by name")]


@dataclass(frozen=True, slots=True)
class AcceptedSource:
    """What a walk of a held source found, its losses and changed payloads accepted."""

    source: Annotated[str, Field(description="the source's name")]
    status: Annotated[str, Field(description="complete, incomplete or failed", examples=["complete"])]
    reason: Annotated[str | None, Field(description="why it is not complete, in words")]
    fetched: Annotated[int, Field(description="contacts that the walk saw")]
    new: Annotated[int, Field(description="of these, new ones")]
    changed: Annotated[int, Field(description="of these, changed ones")]
    gone: Annotated[int, Field(description="source contacts that are proven gone")]
    quarantined: Annotated[int, Field(description="records that were set aside")]
    notes: Annotated[list[str], Field(description="what was accepted, and what else is worth knowing")]


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["operating"], responses=responses(400, 401, 403, 413, 421, 422, 503))
    at_once = CapacityLimiter(AT_ONCE)
    _add_runs(api, services, at_once)
    _add_sources(api, services, at_once)
    return api


def _add_runs(api: APIRouter, services: Services, at_once: CapacityLimiter) -> None:
    @api.get("/held-runs", operation_id="held_runs")
    def listed(request: Request) -> HeldRuns:
        """The nights that were held back or planned, why, and what they would do."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return HeldRuns([held_run(one) for one in merge_runs.waiting(connection)])

    @api.get("/held-runs/{run_id}", operation_id="held_run", responses=responses(404, 409))
    def one(request: Request, run_id: RunId) -> HeldRun:
        """One of them. 409 for a run that waits no longer."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return held_run(operating.waiting_run(connection, run_id))

    @api.post("/held-runs/{run_id}/publish", operation_id="publish_run", responses=responses(404, 409))
    async def publish(request: Request, run_id: RunId) -> PublishedRun:
        """Publish it: staged again from what stands now, within the numbers that were seen; or redo a run
        that was rolled back. It takes as long as a night, and goes on when the client doesn't wait. 503 while
        another night runs."""
        return await to_thread.run_sync(_published, services, request, run_id, limiter=at_once)

    @api.post("/held-runs/{run_id}/refuse", operation_id="refuse_run", responses=responses(404, 409))
    def refuse(request: Request, run_id: RunId) -> HeldRuns:
        """It is never published. The next night works everything out anew. Gives those that wait still."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            operating.refuse_run(connection, run_id)
            left = HeldRuns([held_run(one) for one in merge_runs.waiting(connection)])
        _log.info("night refused", refused=str(run_id), by=visitor.who)
        return left


def _add_sources(api: APIRouter, services: Services, at_once: CapacityLimiter) -> None:
    @api.get("/sources", operation_id="sources")
    def listed(request: Request) -> Sources:
        """Each source: its last good walk, whether it is held, and how many contacts it has."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return Sources(operating.source_states(connection, services.operating.configured))

    @api.get("/sources/{source}", operation_id="source", responses=responses(404))
    def one(request: Request, source: SourceName) -> SourceState:
        """One of them."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return operating.source_state(connection, services.operating.configured, source)

    @api.post("/sources/{source}/accept", operation_id="accept_source", responses=responses(404, 409))
    async def accept(request: Request, source: SourceName) -> AcceptedSource:
        """Walk a held source again and take what it shows, whatever losses and changed payloads kept it held.
        It takes as long as a walk, and goes on when the client doesn't wait; the next night merges it."""
        return await to_thread.run_sync(_accepted, services, request, source, limiter=at_once)


def _published(services: Services, request: Request, run_id: UUID) -> PublishedRun:
    with services.enter(request, Scope.ADMIN) as (connection, visitor):
        operating.publishable_run(connection, run_id)
    _log.info("night to be published", waited=str(run_id), by=visitor.who)
    with telling_operators():
        return _outcome(services.operating.publish(services.database, run_id))


def _outcome(told: MergeReport) -> PublishedRun:
    return PublishedRun(UUID(told.run_id), told.status, told.held_for, told.golden)


def _accepted(services: Services, request: Request, source: str) -> AcceptedSource:
    with services.enter(request, Scope.ADMIN) as (_, visitor):
        pass
    _log.info("source to be accepted", source=source, by=visitor.who)
    with telling_operators():
        return _walked(services.operating.accept(services.database, source))


def _walked(told: SourceReport) -> AcceptedSource:
    return AcceptedSource(
        told.source,
        told.status,
        told.reason,
        told.fetched,
        told.new,
        told.changed,
        told.gone,
        told.quarantined,
        told.notes,
    )


def held_run(run: MergeRun) -> HeldRun:
    gate: dict[str, Any] = run.gate or {}
    report: dict[str, Any] = run.report or {}
    return HeldRun(
        run.id,
        run.status,
        run.started_at,
        run.ended_at,
        gate.get("reasons", []),
        gate.get("numbers", {}),
        gate.get("limits", {}),
        report.get("golden", {}),
        report.get("source_contacts", {}),
    )
