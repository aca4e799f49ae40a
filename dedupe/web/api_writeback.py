"""The API of write-back: what stands at each provider, and what is planned; scope admin. No provider is asked
here."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request

from dedupe.errors import InputError, NotFound
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.writeback_plan import Action, PlanPosition, counts, plan, written_sources
from dedupe.storage import access_log, writebacks
from dedupe.storage.database import Connection
from dedupe.storage.sources import Source
from dedupe.storage.tokens import Scope
from dedupe.web.answers import NO_NUL
from dedupe.web.problems import responses
from dedupe.web.services import Services

AT_ONCE = 500
"""The most planned writes of one answer (chosen)."""
_PAGES = 20  # of the plan looked through for one answer (chosen)

SourceName = Annotated[str, Path(description="a source's name in the configuration", max_length=63)]
FieldName = Annotated[
    str, Query(description="the `field` of the answer before", max_length=200, pattern=NO_NUL)
]


@dataclass(frozen=True, slots=True)
class WritebackState:
    """`contacts`: how many source contacts each action is planned for; `keep`: they are as they should be.
    `last_noted_at`: when an apply noted something last."""

    source: str
    field: str
    overwrite: bool
    withdraw: bool
    nightly: bool
    contacts: dict[str, int]
    last_noted_at: datetime | None


@dataclass(frozen=True, slots=True)
class WritebackStates:
    """`not_configured`: source → golden ids of ours that stand there although nothing is configured now."""

    sources: list[WritebackState]
    not_configured: dict[str, int]


@dataclass(frozen=True, slots=True)
class PlannedWriteShown:
    """`written`: the golden id that stands there by us; `golden_id`: the one that is to stand there."""

    external_id: str
    source_contact_id: UUID
    field: str
    action: Action
    written: UUID | None
    golden_id: UUID | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class WritebackPlan:
    """Ask for what comes next with `field` and `after`, while there is `more`."""

    writes: list[PlannedWriteShown]
    field: str | None
    after: UUID | None
    more: bool


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1/writeback",
        tags=["write-back"],
        responses=responses(400, 401, 403, 413, 421, 422, 503),
    )

    @api.get("", operation_id="writeback_states")
    def states(request: Request) -> WritebackStates:
        """Every source whose write-back is configured, and how far it is."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            chosen = written_sources(connection, list(services.live.sources.values()))
            shown = [_state(connection, own, source) for own, source in chosen]
            return WritebackStates(
                shown, writebacks.held_elsewhere(connection, [one.source for one in shown])
            )

    @api.get("/{source}/plan", operation_id="writeback_plan", responses=responses(404))
    def planned(
        request: Request,
        source: SourceName,
        field: FieldName = "",
        after: Annotated[UUID | None, Query(description="the `after` of the answer before")] = None,
        limit: Annotated[int, Query(ge=1, le=AT_ONCE)] = AT_ONCE,
    ) -> WritebackPlan:
        """What the next apply would do with the source's contacts, less those that are as they should be."""
        start = None if after is None else PlanPosition(field, after)
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            own, known = _named(services, connection, source)
            if known is None:
                return WritebackPlan([], None, None, more=False)
            access_log.write(connection, visitor, "writeback plan")
            return _planned(connection, own, known, start, limit)

    return api


def _named(services: Services, connection: Connection, name: str) -> tuple[SourceSettings, Source | None]:
    try:
        return written_sources(connection, list(services.live.sources.values()), [name])[0]
    except InputError:
        raise NotFound("there is no such source with a write-back in the configuration") from None


def _state(connection: Connection, own: SourceSettings, source: Source | None) -> WritebackState:
    writeback = own.writeback
    assert writeback is not None
    number = counts(lambda: nullcontext(connection), source, own) if source is not None else {}
    return WritebackState(
        own.name,
        writeback.field,
        writeback.overwrite,
        writeback.withdraw,
        writeback.nightly,
        {action.value: number.get(action, 0) for action in Action},
        None if source is None else writebacks.last_noted(connection, source.id),
    )


def _planned(
    connection: Connection, own: SourceSettings, source: Source, start: PlanPosition | None, limit: int
) -> WritebackPlan:
    shown: list[PlannedWriteShown] = []
    position = start
    pages = plan(lambda: nullcontext(connection), source, own, start=start)
    for number, page in enumerate(pages, start=1):
        for one in page.writes:
            if one.action is Action.KEEP:
                continue
            seed = one.wanted.source_contact_id
            shown.append(
                PlannedWriteShown(
                    one.wanted.external_id,
                    seed,
                    one.field,
                    one.action,
                    one.wanted.value,
                    one.golden_id,
                    one.reason,
                )
            )
            if len(shown) == limit:
                return WritebackPlan(shown, one.field, seed, more=True)
        position = page.position
        if number == _PAGES:
            return WritebackPlan(shown, position.field, position.after, more=True)
    return WritebackPlan(shown, position and position.field, position and position.after, more=False)
