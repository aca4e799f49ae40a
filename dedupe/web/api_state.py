"""The API of the state of the service: is everything in order, and what of each source could not be read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import Field

from dedupe.pipeline.findings import Finding, findings, next_step
from dedupe.pipeline.operating import SourceState, source_id
from dedupe.pipeline.service_state import (
    NightState,
    QualityState,
    QueueState,
    ServiceState,
    StageTime,
    WaitingNight,
    service_state,
)
from dedupe.storage import source_states
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body
from dedupe.web.problems import responses
from dedupe.web.services import Services

SourceName = Annotated[str, Path(description="a source's name", max_length=200, pattern=r"^[^\x00/]+$")]
LARGEST_ID = 2**63 - 1


@dataclass(frozen=True, slots=True)
class StateShown:
    """Is everything in order? What the home page tells."""

    in_order: bool
    next_step: str
    findings: list[Finding]
    looked_at: datetime
    sources: list[SourceState]
    nights: list[NightState]
    stages: list[StageTime]
    waiting: list[WaitingNight]
    queue: QueueState
    quality: QualityState


@dataclass(frozen=True, slots=True)
class RejectedShown:
    """A field of a source contact with a value that could not be read; never the value."""

    source_contact: UUID
    external_id: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectedPage:
    rejected: list[RejectedShown]
    after: UUID | None


@dataclass(frozen=True, slots=True)
class QuarantinedShown:
    """A record that could not be stored as a contact; never its content."""

    id: int
    place: str
    reason: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class QuarantinePage:
    quarantined: list[QuarantinedShown]
    after: int | None


class RejectedQuery(Body):
    after: UUID | None = Field(None, description="the `after` of the page before")
    limit: int = Field(50, ge=1, le=500)


class QuarantineQuery(Body):
    after: int | None = Field(None, ge=0, le=LARGEST_ID, description="the `after` of the page before")
    limit: int = Field(50, ge=1, le=500)


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1", tags=["operating"], responses=responses(400, 401, 403, 413, 421, 422, 503))

    @api.get("/state", operation_id="state")
    def state(request: Request) -> StateShown:
        """Sources, nights, queue and audits in one look, what is not in order, and what to do next. It counts
        nothing that grows with the number of contacts: that is told by the last night's report."""
        with services.enter(request, Scope.LOOKUP) as (connection, _):
            return shown(service_state(connection, services.operating.configured))

    @api.get("/sources/{source}/rejected", operation_id="rejected", responses=responses(404))
    def rejected(
        request: Request, source: SourceName, asked: Annotated[RejectedQuery, Query()]
    ) -> RejectedPage:
        """Values that could not be read, by contact: which field, and why."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            found, after = source_states.rejected(
                connection, source_id(connection, source), asked.after, asked.limit
            )
        return RejectedPage([RejectedShown(*one) for one in found], after)

    @api.get("/sources/{source}/quarantined", operation_id="quarantined", responses=responses(404))
    def quarantined(
        request: Request, source: SourceName, asked: Annotated[QuarantineQuery, Query()]
    ) -> QuarantinePage:
        """Records that were set aside, the latest first: where they stood, and why."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            found = source_states.quarantined(
                connection, source_id(connection, source), asked.after, asked.limit
            )
        after = found[-1].id if len(found) == asked.limit else None
        return QuarantinePage([QuarantinedShown(*one) for one in found], after)

    return api


def shown(state: ServiceState) -> StateShown:
    found = findings(state)
    return StateShown(
        not found,
        next_step(found),
        found,
        state.looked_at,
        state.sources,
        state.nights,
        state.stages,
        state.waiting,
        state.queue,
        state.quality,
    )
