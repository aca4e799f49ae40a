"""The API's runs: one taken back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from dedupe.review.preview import FieldChange
from dedupe.review.rollback import RolledBack, alone, roll_back
from dedupe.review.rollback_preview import previewed
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, EventShown, event_shown
from dedupe.web.deciding_once import Note, Previewed
from dedupe.web.problems import responses
from dedupe.web.services import Services

RunId = Annotated[UUID, Path(description="a run that published, as its report or an event says")]


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
