"""The API's runs: the list of them, and one taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from dedupe.review.preview import FieldChange
from dedupe.review.rollback import RolledBack, alone, roll_back
from dedupe.review.rollback_preview import previewed
from dedupe.storage import merge_runs
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.storage.merge_runs import MergeRun, RunKind, RunStatus
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, EventShown, event_shown
from dedupe.web.deciding_once import Note, Previewed
from dedupe.web.problems import responses
from dedupe.web.services import Services

RunId = Annotated[UUID, Path(description="a run that published, as its report or an event says")]


@dataclass(frozen=True, slots=True)
class RunShown:
    """`golden`: golden contacts that it made, changed, merged, split …, or would."""

    id: UUID
    kind: RunKind
    status: RunStatus
    started_at: datetime
    ended_at: datetime | None
    mode: str | None
    why: str | None
    reasons: list[str]
    golden: dict[str, int]


@dataclass(frozen=True, slots=True)
class Runs:
    """`before`: ask for the next page with this; null on the last."""

    runs: list[RunShown]
    before: UUID | None


class RollbackBody(Body):
    note: Note = ""


@dataclass(frozen=True, slots=True)
class RollbackPreviewShown:
    """What would be done. `golden_contacts` would change in all; the rest is of the first of them."""

    rolled_back: RolledBack
    golden_contacts: int
    before: list[GoldenContact]
    after: list[GoldenContact]
    changes: list[FieldChange]
    events: list[EventShown]


def router(services: Services) -> APIRouter:
    api = APIRouter(prefix="/v1/runs", tags=["runs"], responses=responses(400, 401, 403, 413, 421, 422, 503))

    @api.get("", operation_id="runs", responses=responses(404))
    def runs(
        request: Request,
        kind: Annotated[list[RunKind] | None, Query(description="only of these kinds")] = None,
        status: Annotated[list[RunStatus] | None, Query(description="only of these statuses")] = None,
        before: Annotated[UUID | None, Query(description="the `before` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=500, description="so many at most")] = 50,
    ) -> Runs:
        """Runs that merged, the latest first: nights, live merges, decisions, erasures and rollbacks."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            found = merge_runs.listed(
                connection, kinds=kind or (), statuses=status or (), before=before, limit=limit + 1
            )
        more = len(found) > limit
        return Runs([_shown(one) for one in found[:limit]], found[limit - 1].id if more else None)

    @api.post("/{run_id}/rollback", operation_id="rollback", responses=responses(404, 409))
    def rollback(
        request: Request,
        run_id: RunId,
        body: RollbackBody,
        preview: Previewed = False,
        limit: Annotated[int, Query(ge=1, le=500, description="golden contacts of a preview")] = 20,
    ) -> RolledBack | RollbackPreviewShown:
        """Take a run back: golden contacts are as they were before it, by ids and values. 409 where later
        decisions (`path`) or runs stand on what it made, and for a run that can't be taken back."""
        with services.enter(request, Scope.ADMIN) as (_, visitor):
            pass

        def act(connection: Connection) -> RolledBack:
            return roll_back(connection, services.make_anew, visitor, run_id, body.note)

        if not preview:
            with alone(services.database) as connection:
                return act(connection)
        told = previewed(services.database, visitor, act, limit)
        return RollbackPreviewShown(
            told.rolled_back,
            told.golden_contacts,
            told.before,
            told.after,
            told.changes,
            [event_shown(event) for event in told.events],
        )

    return api


def _shown(run: MergeRun) -> RunShown:
    report, gate = run.report or {}, run.gate or {}
    return RunShown(
        run.id,
        RunKind(run.kind),
        RunStatus(run.status),
        run.started_at,
        run.ended_at,
        report.get("mode"),
        report.get("why"),
        gate.get("reasons", []),
        report.get("golden", {}),
    )
