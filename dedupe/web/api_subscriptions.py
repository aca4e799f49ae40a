"""The API of webhooks out: how far each subscription is, its dead letters, and their replay; scope admin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import ConfigDict, Field

from dedupe.deliveries.subscription import EventSubscription
from dedupe.errors import NotFound
from dedupe.storage import access_log, subscriptions, undelivered
from dedupe.storage.database import Connection
from dedupe.storage.event_cursors import event_cursor
from dedupe.storage.subscriptions import SubscriptionState
from dedupe.storage.tokens import Scope
from dedupe.storage.undelivered import DeadLetter
from dedupe.web.answers import Body, EventCursor, read_event_cursor
from dedupe.web.problems import responses
from dedupe.web.services import Services

DEAD_AT_ONCE = 500
"""The most dead letters of one answer (chosen)."""

SubscriptionName = Annotated[str, Path(description="a webhook's name in the configuration", max_length=63)]


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """`behind`: events of its kinds that it has not been told yet; `waiting`: those that failed or wait
    behind one that did; `dead`: those that were given up; `oldest`: when the first that it lacks happened;
    `cursor`: how far it is, as of GET /v1/events; `reason`: why the last delivery that failed did; `lost`:
    between which cursors events were deleted before it had them all, and what to do."""

    cursor: str
    behind: int
    waiting: int
    dead: int
    oldest: datetime | None
    delivered: int
    last_delivered_at: datetime | None
    rests_until: datetime | None
    reason: str | None
    began_at: datetime
    lost: str | None


@dataclass(frozen=True, slots=True)
class SubscriptionShown:
    """`host`: of its address, without path; `state`: none before anything has delivered."""

    name: str
    host: str
    kinds: list[str]
    sources: list[str]
    include_values: bool
    state: DeliveryState | None


@dataclass(frozen=True, slots=True)
class Subscriptions:
    subscriptions: list[SubscriptionShown]


@dataclass(frozen=True, slots=True)
class DeadLetterShown:
    event_id: UUID
    kind: str
    golden_id: UUID
    attempts: int
    first_failed_at: datetime
    died_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class DeadLetters:
    dead_letters: list[DeadLetterShown]
    after: str  # ask for what comes next with this
    more: bool


class ReplayBody(Body):
    """Which dead letters to deliver again; without `event_ids` all of them."""

    event_ids: list[UUID] | None = Field(None, min_length=1, max_length=DEAD_AT_ONCE)

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"event_ids": ["0f8fad5b-d9cb-569f-a165-70867728950e"]}, {}]},
    )


@dataclass(frozen=True, slots=True)
class Replayed:
    events: int  # that are to be delivered again


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1/subscriptions",
        tags=["webhooks out"],
        responses=responses(400, 401, 403, 413, 421, 422, 503),
    )

    @api.get("", operation_id="subscriptions")
    def every(request: Request) -> Subscriptions:
        """Every webhook of the configuration, and how far it is."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return Subscriptions([_shown(connection, one) for one in services.subscriptions])

    @api.get("/{name}", operation_id="subscription", responses=responses(404))
    def one(request: Request, name: SubscriptionName) -> SubscriptionShown:
        """One of them."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return _shown(connection, _named(services, name))

    @api.get("/{name}/dead-letters", operation_id="dead_letters", responses=responses(404))
    def dead(
        request: Request,
        name: SubscriptionName,
        after: Annotated[EventCursor | None, Query(description="the `after` of the answer before")] = None,
        limit: Annotated[int, Query(ge=1, le=DEAD_AT_ONCE)] = DEAD_AT_ONCE,
    ) -> DeadLetters:
        """The events that were given up, in the order in which they happened."""
        position = read_event_cursor(after)
        with services.enter(request, Scope.ADMIN) as (connection, _):
            found = undelivered.dead(connection, _named(services, name).name, position, limit)
        last = found[-1].position if found else position
        return DeadLetters([_letter(one) for one in found], event_cursor(last), more=len(found) == limit)

    @api.post("/{name}/replay", operation_id="replay", responses=responses(404))
    def replay(request: Request, name: SubscriptionName, which: ReplayBody) -> Replayed:
        """Deliver dead letters again, in their order; they come late, and say so. Those that are no dead
        letters are left alone."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            count = undelivered.replay(connection, _named(services, name).name, which.event_ids)
            access_log.write(connection, visitor, "replay")
        return Replayed(count)

    return api


def _named(services: Services, name: str) -> EventSubscription:
    for one in services.subscriptions:
        if one.name == name:
            return one
    raise NotFound("there is no such webhook in the configuration")


def _shown(connection: Connection, one: EventSubscription) -> SubscriptionShown:
    state = subscriptions.state(connection, one.name, one.kinds)
    return SubscriptionShown(
        one.name,
        one.target.shown,
        list(one.kinds),
        sorted(one.sources),
        one.include_values,
        _state(state) if state else None,
    )


def _state(state: SubscriptionState) -> DeliveryState:
    return DeliveryState(
        event_cursor(state.position),
        state.behind,
        state.waiting,
        state.dead,
        state.oldest,
        state.delivered,
        state.last_delivered_at,
        state.rests_until,
        state.reason,
        state.began_at,
        state.lost,
    )


def _letter(one: DeadLetter) -> DeadLetterShown:
    return DeadLetterShown(
        one.event_id, one.kind, one.golden_id, one.attempts, one.first_failed_at, one.died_at, one.reason
    )
