"""Signing in: with an API token or at an OpenID provider; the browser keeps a secret of its own in a cookie.
And the list of sign-ins, and signing out, here or everywhere."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from dedupe.errors import ProviderUnavailable, SignInRefused
from dedupe.signing_in.oidc import OpenIdProvider
from dedupe.storage import sign_ins
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.sign_ins import MadeSignIn
from dedupe.storage.tokens import Scope
from dedupe.web.callers import NO_ROLE, SIGN_IN_COOKIE, address_of
from dedupe.web.problems import Problem
from dedupe.web.rendering import page, set_cookie
from dedupe.web.services import Services

FLOW_COOKIE = "dedupe_signing_in"
_FLOW_PATH = "/sign-in/oidc"
_FLOW_LASTS = 600  # seconds that somebody may take at the provider
DOOR = "page"
AT_ONCE = 100  # sign-ins of a page (chosen)
LONGEST_ADDRESS = 2000
FormToken = Annotated[str, Form()]
_log = structlog.stdlib.get_logger("dedupe.web")


def router(services: Services) -> APIRouter:
    pages = APIRouter(include_in_schema=False)
    _add_tokens(pages, services)
    if services.signing_in.provider is not None:
        _add_provider(pages, services, services.signing_in.provider)
    _add_sign_ins(pages, services)
    return pages


def _add_tokens(pages: APIRouter, services: Services) -> None:
    @pages.get("/sign-in")
    def form(request: Request, to: str = "/") -> Response:
        return _form(services, request, to)

    @pages.post("/sign-in")
    def sign_in(
        request: Request,
        token: Annotated[str, Form(max_length=200)] = "",
        to: Annotated[str, Form(max_length=LONGEST_ADDRESS)] = "/",
        form_token: FormToken = "",
    ) -> Response:
        services.check_form(request, form_token)
        with services.database.begin() as connection:
            found = services.callers.known_token(connection, request, token.strip())
            if found is not None:
                lasts, where = services.signing_in.lasts, address_of(request)
                made = sign_ins.make(
                    connection, found.name, "token", found.scopes, where, lasts, token_id=found.id
                )
        if found is None:
            return _form(services, request, to, "This token isn't known, was revoked or has expired.", 401)
        _log.info("signed in", way="token", sign_in=str(made.id))
        response = RedirectResponse(_own(to), 303)
        set_cookie(response, request, SIGN_IN_COOKIE, made.secret)
        return response

    @pages.post("/sign-out")
    def sign_out(request: Request, form_token: FormToken = "") -> Response:
        services.check_form(request, form_token)
        with services.database.begin() as connection:
            sign_ins.end_by_secret(connection, request.cookies.get(SIGN_IN_COOKIE, ""))
        return _signed_out()


def _add_provider(pages: APIRouter, services: Services, provider: OpenIdProvider) -> None:
    @pages.get(_FLOW_PATH)
    def begin(request: Request, to: str = "/") -> Response:
        """To the provider. A link, no form: browsers hold a form to addresses of ours."""
        try:
            begun = provider.begin()
        except ProviderUnavailable as error:
            _log.error("the OpenID provider can't be used", reason=str(error))
            return _form(services, request, to, f"{error}.", 503)
        response = RedirectResponse(begun.url, 303)
        flow = f"{begun.secret}.{_packed(_own(to))}"
        response.set_cookie(
            FLOW_COOKIE,
            flow,
            max_age=_FLOW_LASTS,
            path=_FLOW_PATH,
            httponly=True,
            samesite="lax",  # the way back begins at the provider
            secure=request.url.scheme == "https",
        )
        return response

    @pages.get(f"{_FLOW_PATH}/callback")
    def come_back(request: Request) -> Response:
        secret, _, packed = request.cookies.get(FLOW_COOKIE, "").partition(".")
        to = _own(_unpacked(packed))
        try:
            made = _signed_in(services, request, provider, secret)
        except (SignInRefused, ProviderUnavailable) as error:
            status = 503 if isinstance(error, ProviderUnavailable) else 403
            _log.warning("sign-in refused", way="oidc", reason=str(error))
            response: Response = _form(services, request, to, f"{error}.", status)
        else:
            # a page, no redirect: the cookie is sent to none that another site began
            response = page(services, request, "signed_in.html", visitor=None, to=to)
            set_cookie(response, request, SIGN_IN_COOKIE, made.secret)
        response.delete_cookie(FLOW_COOKIE, path=_FLOW_PATH)
        return response


def _signed_in(services: Services, request: Request, provider: OpenIdProvider, secret: str) -> MadeSignIn:
    """Raises SignInRefused and ProviderUnavailable."""
    identity = provider.finish(secret, dict(request.query_params))
    scopes = [scope.value for scope in services.signing_in.roles.scopes(identity.groups)]
    if not scopes:
        raise SignInRefused(NO_ROLE)
    with services.database.begin() as connection:
        made = sign_ins.make(
            connection,
            identity.name,
            "oidc",
            scopes,
            address_of(request),
            services.signing_in.lasts,
            subject=identity.subject,
        )
    _log.info("signed in", way="oidc", sign_in=str(made.id))
    return made


def _add_sign_ins(pages: APIRouter, services: Services) -> None:
    @pages.get("/sign-ins")
    def listed(request: Request, who: str | None = None, after: UUID | None = None) -> Response:
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            everybody = services.allows(connection, request, Scope.ADMIN, DOOR)
            of = (who or None) if everybody else visitor.who
            found = sign_ins.listed(connection, AT_ONCE, of, after=after)
        more = found[-1].id if len(found) == AT_ONCE else None
        given: dict[str, Any] = {"visitor": visitor, "sign_ins": found, "everybody": everybody, "of": of}
        return page(services, request, "sign_ins.html", more=more, **given)

    @pages.post("/sign-ins/{sign_in}/end")
    def end(request: Request, sign_in: UUID, form_token: FormToken = "") -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            everybody = services.allows(connection, request, Scope.ADMIN, DOOR)
            sign_ins.end(connection, sign_in, visitor.who, None if everybody else visitor.who)
        return RedirectResponse("/sign-ins", 303)

    @pages.post("/sign-ins/end")
    def everywhere(
        request: Request, who: Annotated[str, Form(max_length=200)] = "", form_token: FormToken = ""
    ) -> Response:
        services.check_form(request, form_token)
        with services.enter(request, Scope.LOOKUP, DOOR) as (connection, visitor):
            chosen = who or visitor.who
            end_everywhere(services, request, connection, visitor, chosen, DOOR)
        return _signed_out() if chosen == visitor.who else RedirectResponse("/sign-ins", 303)


def end_everywhere(
    services: Services, request: Request, connection: Connection, visitor: Visitor, who: str, door: str
) -> int:
    """End all of somebody's sign-ins: one's own, or anybody's by who may do all. Raises Problem 403."""
    if who != visitor.who and not services.allows(connection, request, Scope.ADMIN, door):
        raise Problem(403, "Only who may do all ends the sign-ins of others.")
    ended = sign_ins.end_everywhere(connection, who, visitor.who)
    _log.info("signed out everywhere", ended=ended)
    return ended


def _form(
    services: Services, request: Request, to: str, problem: str | None = None, status: int = 200
) -> Response:
    provider = services.signing_in.provider
    given: dict[str, Any] = {"to": _own(to), "problem": problem}
    given["provider"] = provider.settings.label if provider else None
    return page(services, request, "sign_in.html", status, visitor=None, **given)


def _signed_out() -> Response:
    response = RedirectResponse("/sign-in", 303)
    response.delete_cookie(SIGN_IN_COOKIE, path="/")
    return response


def _own(address: str) -> str:
    """The address if it is a path of ours; the home page for anything that could lead elsewhere."""
    safe = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if safe and len(address) <= LONGEST_ADDRESS else "/"


def _packed(address: str) -> str:
    return base64.urlsafe_b64encode(address.encode("utf-8", "surrogatepass")).decode()


def _unpacked(packed: str) -> str:
    try:
        return base64.urlsafe_b64decode(packed).decode("utf-8")
    except (binascii.Error, UnicodeError, ValueError):
        return "/"
