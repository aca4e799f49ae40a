"""Pages to look golden contacts up: what a search finds."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from dedupe.errors import InputError
from dedupe.storage.tokens import Scope
from dedupe.web.pages_home import home_page
from dedupe.web.rendering import page
from dedupe.web.services import Services
from dedupe.wiring.searching import search

DOOR = "page"


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.post("/search")
    def searching(
        request: Request,
        asked: Annotated[str, Form(max_length=1000)] = "",
        form_token: Annotated[str, Form()] = "",
    ) -> Response:
        """By POST: what is searched for stays out of addresses, histories and logs."""
        services.check_form(request, form_token)
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            try:
                found = search(services.who, connection, visitor, asked, services.default_region)
            except InputError as error:
                return home_page(services, request, connection, visitor, 422, asked, str(error))
        if found.exact and len(found.found) == 1:
            return RedirectResponse(f"/golden-contacts/{found.found[0].contact.id}", 303)
        status = 422 if found.unread and not found.found else 200
        return page(services, request, "found.html", status, visitor=visitor, asked=asked, search=found)

    return pages
