"""The page of a golden contact: what its source contacts say, what holds them together, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from dedupe import lookup
from dedupe.errors import NotFound
from dedupe.review import offers as offered
from dedupe.review import queue
from dedupe.review.cluster import cluster_of
from dedupe.storage import review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import Event, GoldenContact
from dedupe.storage.golden_versions import GoldenVersion
from dedupe.storage.tokens import Scope
from dedupe.web.cluster_graph import graph
from dedupe.web.matrix import matrix
from dedupe.web.rendering import page
from dedupe.web.services import Services

DOOR = "page"
_BEFORE = timedelta(microseconds=1)


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.get("/golden-contacts/{golden_id}")
    def golden_contact(
        request: Request,
        golden_id: UUID,
        step: Annotated[int | None, Query(ge=1)] = None,
        was: UUID | None = None,
        decided: UUID | None = None,
        reported: bool = False,
        refused: bool = False,
    ) -> Response:
        """`step`: what it showed after so many of the moments at which something happened to it."""
        said: dict[str, Any] = {"was": was, "decided": decided, "reported": reported, "refused": refused}
        return shown(services, request, golden_id, step=step, **said)

    return pages


def shown(
    services: Services,
    request: Request,
    golden_id: UUID,
    status: int = 200,
    step: int | None = None,
    **said: Any,
) -> Response:
    """The page. `said`: was, decided, reported, refused, refusal, in_the_way, ticked."""
    with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
        found = lookup.by_id(connection, visitor, golden_id)
        if found.status == "merged":
            query = f"?was={golden_id}" + (f"&decided={said['decided']}" if said.get("decided") else "")
            query += "&refused=true" if said.get("refusal") else ""
            # 307 would send a form that was refused once more, to a page that takes none
            again = 307 if request.method in ("GET", "HEAD") else 303
            return RedirectResponse(f"/golden-contacts/{found.contacts[0].id}{query}", again)
        may_decide = services.allows(connection, request, Scope.REVIEW, DOOR)
        events = lookup.history(connection, visitor, golden_id, discreet=not may_decide)
        members = [link.source_contact for contact in found.contacts for link in contact.source_links]
        questions = review_candidates.touching(connection, members) if may_decide else []
        given: dict[str, Any] = {"visitor": visitor, "golden_id": golden_id, "may_decide": may_decide}
        given |= {"events": events, "questions": questions, "moments": moments(events)}
        given["then"] = _then(connection, visitor, golden_id, given["moments"], step)
        if found.status == "live":
            given |= _inside(services, connection, visitor, found.contacts[0])
    if found.status == "live":
        defaults: dict[str, Any] = dict.fromkeys(("was", "decided", "reported", "refused", "refusal"))
        defaults |= {"in_the_way": [], "ticked": []}
        return page(services, request, "golden_contact.html", status, **defaults | said, **given)
    gone = 410 if found.status == "gone" else 200
    return page(services, request, "parted.html", gone, contacts=found.contacts, **given)


def _inside(
    services: Services, connection: Connection, visitor: Visitor, contact: GoldenContact
) -> dict[str, Any]:
    cluster = cluster_of(connection, contact.id, contact.source_links, services.addresses)
    seeds = [member.source_contact for member in cluster.members]
    people = queue.people(connection, visitor, seeds)
    rules = services.rules.survivorship
    offers = offered.offers(connection, visitor, rules, contact.id) if people else []
    return {
        "contact": contact,
        "matrix": matrix(cluster, offers, people),
        "graph": graph(cluster) if len(seeds) > 1 else None,
        "links": cluster.links,
        "key_of": {
            member.source_contact: f"{member.source}:{member.external_id}" for member in cluster.members
        },
    }


@dataclass(frozen=True, slots=True)
class Then:
    """What a golden contact showed after the moment number `step`; without a version it wasn't served, or
    that isn't kept (`why`)."""

    step: int
    version: GoldenVersion | None
    why: str | None


def moments(events: list[Event]) -> list[datetime]:
    """When something happened, each moment once, the first first."""
    return sorted({event.occurred_at for event in events})


def _then(
    connection: Connection, visitor: Visitor, golden_id: UUID, when: list[datetime], step: int | None
) -> Then | None:
    if step is None or not when:
        return None
    step = min(step, len(when))
    until = when[step] - _BEFORE if step < len(when) else datetime.now(UTC)
    try:
        return Then(step, lookup.as_of(connection, visitor, golden_id, until), None)
    except NotFound as error:
        return Then(step, None, str(error))
