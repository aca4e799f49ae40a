"""Signing in with an API token, where tokens are required: the browser keeps it in a cookie of its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from dedupe.web.rendering import page, set_cookie
from dedupe.web.services import TOKEN_COOKIE, Services


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)

    @pages.get("/sign-in")
    def form(request: Request, to: str = "/") -> Response:
        return page(services, request, "sign_in.html", visitor=None, to=_own(to), problem=None)

    @pages.post("/sign-in")
    def sign_in(
        request: Request,
        token: Annotated[str, Form(max_length=200)] = "",
        to: Annotated[str, Form(max_length=2000)] = "/",
        form_token: Annotated[str, Form()] = "",
    ) -> Response:
        services.check_form(request, form_token)
        with services.database.begin() as connection:
            found = services.known_token(connection, request, token.strip())
        if found is None:
            problem = "This token isn't known, was revoked or has expired."
            return page(services, request, "sign_in.html", 401, visitor=None, to=_own(to), problem=problem)
        response = RedirectResponse(_own(to), 303)
        set_cookie(response, request, TOKEN_COOKIE, token.strip())
        return response

    @pages.post("/sign-out")
    def sign_out(request: Request, form_token: Annotated[str, Form()] = "") -> Response:
        services.check_form(request, form_token)
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(TOKEN_COOKIE, path="/")
        return response

    return pages


def _own(address: str) -> str:
    """The address if it is a path of ours; the home page for anything that could lead elsewhere."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe else "/"
