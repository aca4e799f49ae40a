"""The API's aftermath of a wrong merge: what else rests on it, who saw it, whom it reached; and deciding of
what is like it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request
from pydantic import StringConstraints
from starlette.responses import JSONResponse

from dedupe.model import Verdict
from dedupe.review.aftermath import Aftermath, Alike, Delivery, Pages, Visits, decide_alike, what_else
from dedupe.review.recording import DecisionResult
from dedupe.review.similar import Similar
from dedupe.review.wrong_merges import WrongMerge
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope
from dedupe.web.answers import Body, EventShown, event_shown
from dedupe.web.deciding_once import ACT, Key, Note, Previewed, decide_once
from dedupe.web.problems import responses
from dedupe.web.services import Services

SomeId = Annotated[
    UUID,
    Path(
        description="a golden contact's id, of now or before; or of the decision or batch that put it right"
    ),
]

_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SimilarPlace = Annotated[str, StringConstraints(pattern=f"^-?[0-9]{{1,9}}/{_ID}/{_ID}$")]


@dataclass(frozen=True, slots=True)
class WrongMergeShown:
    """`began`: the event that brought them together, null where that isn't known; `put_right`: the one that
    parted them, null where nothing has. `people`: source contacts, as they were parted."""

    golden_id: UUID
    people: list[list[UUID]]
    since: datetime | None
    until: datetime | None
    began: EventShown | None
    put_right: EventShown | None


@dataclass(frozen=True, slots=True)
class ToldEventShown:
    event_id: UUID
    event: EventShown
    deliveries: list[Delivery]


@dataclass(frozen=True, slots=True)
class ToldEventsShown:
    in_all: int
    events: list[ToldEventShown]
    after: int | None  # ask for the next page with this, as `told_after`


@dataclass(frozen=True, slots=True)
class AftermathShown:
    """Each list is a page: ask for the next one with its `after`."""

    wrong: list[WrongMergeShown]
    similar: Similar | None
    similar_unknown: str | None
    seen: Visits
    told: ToldEventsShown


class AlikeBody(Body):
    """Of all links that are like the wrong one: by the same levels, or by the same value of a field."""

    verdict: Literal["same", "different", "unsure"]
    by: Alike
    note: Note = ""


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1", tags=["golden contacts"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.get("/golden-contacts/{golden_id}/aftermath", operation_id="aftermath", responses=responses(404))
    def aftermath(
        request: Request,
        golden_id: SomeId,
        limit: Annotated[int, Query(ge=1, le=500, description="of each list")] = 50,
        similar_after: Annotated[SimilarPlace | None, Query(description="`after` of the page before")] = None,
        seen_after: Annotated[int, Query(ge=0, le=2**63 - 1, description="as `similar_after`")] = 0,
        told_after: Annotated[int, Query(ge=0, le=2**63 - 1, description="as `similar_after`")] = 0,
    ) -> AftermathShown:
        """What a wrong merge may have led to: other links on the same evidence, who saw it while it was
        wrong, and to whom its events went."""
        pages = Pages(limit, similar_after, seen_after, told_after)
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            found = what_else(connection, visitor, services.scorer, services.subscriptions, golden_id, pages)
        return _shown(found)

    @api.post("/golden-contacts/{golden_id}/aftermath", operation_id="decide_alike", **ACT)
    def decide(
        request: Request, golden_id: SomeId, body: AlikeBody, key: Key = None, preview: Previewed = False
    ) -> JSONResponse:
        """Decide of all links that are like the wrong one, in one batch, which is revoked at once."""

        def act(connection: Connection, visitor: Visitor) -> DecisionResult:
            verdict = Verdict(body.verdict)
            return decide_alike(
                connection,
                services.republish,
                visitor,
                services.scorer,
                golden_id,
                verdict,
                body.by,
                body.note,
            )

        given: list[Any] = [str(golden_id), body.model_dump(mode="json")]
        return decide_once(services, request, key, given, act, preview=preview)

    return api


def _shown(found: Aftermath) -> AftermathShown:
    told = [ToldEventShown(one.event_id, event_shown(one.event), one.deliveries) for one in found.told.events]
    return AftermathShown(
        [_wrong_shown(each) for each in found.wrong],
        found.similar,
        found.similar_unknown,
        found.seen,
        ToldEventsShown(found.told.in_all, told, found.told.after),
    )


def _wrong_shown(one: WrongMerge) -> WrongMergeShown:
    return WrongMergeShown(
        one.golden_id,
        one.people,
        one.period.since,
        one.period.until,
        event_shown(one.began) if one.began else None,
        event_shown(one.put_right) if one.put_right else None,
    )
