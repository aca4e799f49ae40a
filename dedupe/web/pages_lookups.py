"""Pages to look golden contacts up: search, one contact with its sources."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from dedupe import lookup
from dedupe.errors import IndexUnusable, InputError, NotFound
from dedupe.review.described import readings
from dedupe.review.who import Match
from dedupe.storage import review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.storage.tokens import Scope
from dedupe.web.pages_home import home_page
from dedupe.web.rendering import page
from dedupe.web.services import Services

DOOR = "page"


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.post("/search")
    def search(
        request: Request,
        asked: Annotated[str, Form(max_length=1000)] = "",
        form_token: Annotated[str, Form()] = "",
    ) -> Response:
        """By POST: what is searched for stays out of addresses, histories and logs."""
        services.check_form(request, form_token)
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            problem = None
            try:
                hits = lookup.by_anything(connection, visitor, asked, services.default_region)
            except NotFound as error:
                hits, problem = [], str(error)
            likely = [] if hits else _likely(services, connection, visitor, asked)
            if problem is not None and not likely:
                return home_page(services, request, connection, visitor, 422, asked, problem)
        if len(hits) == 1:
            return RedirectResponse(f"/golden-contacts/{hits[0].contact.id}", 303)
        return page(services, request, "found.html", visitor=visitor, asked=asked, hits=hits, likely=likely)

    @pages.get("/golden-contacts/{golden_id}")
    def golden_contact(request: Request, golden_id: UUID) -> Response:
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            found = lookup.by_id(connection, visitor, golden_id)
            if found.status == "merged":
                return RedirectResponse(f"/golden-contacts/{found.contacts[0].id}?was={golden_id}", 307)
            events = lookup.history(connection, visitor, golden_id)
            members = [link.source_contact for contact in found.contacts for link in contact.source_links]
            questions = review_candidates.touching(connection, members)
        given: dict[str, Any] = {
            "visitor": visitor,
            "events": events,
            "questions": questions,
            "golden_id": golden_id,
        }
        if found.status == "live":
            [contact] = found.contacts
            was = request.query_params.get("was")
            shown: dict[str, Any] = {"contact": contact, "sources": _sources(contact), "was": was}
            return page(services, request, "golden_contact.html", **given, **shown)
        status = 410 if found.status == "gone" else 200
        return page(services, request, "parted.html", status, contacts=found.contacts, **given)

    return pages


def _likely(services: Services, connection: Connection, visitor: Visitor, asked: str) -> list[Match]:
    """Whom a name, or values with a slip in them, may mean; nobody before the first night."""
    try:
        return services.who.ask(connection, visitor, readings(asked)).matches
    except (InputError, IndexUnusable):
        return []


def _sources(contact: GoldenContact) -> dict[UUID, str]:
    """What to call each source contact of it."""
    return {link.source_contact: f"{link.source}:{link.external_id}" for link in contact.source_links}
