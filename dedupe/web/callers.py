"""Who sends a request: by a token, by the cookie of a sign-in, by an authenticating proxy, or on loopback."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from starlette.requests import Request

from dedupe.errors import SignInRefused
from dedupe.storage import sign_ins, tokens
from dedupe.storage.database import Connection
from dedupe.storage.tokens import Scope, Token, holds
from dedupe.web.problems import Problem
from dedupe.web.rate_limits import RateLimits, too_many
from dedupe.wiring.signing_in import SigningIn

SIGN_IN_COOKIE = "dedupe_sign_in"
NO_ROLE = "none of your groups gives a role here: the operator names them in sign_in.roles"
PEER = "dedupe.peer"
"""Key of the ASGI scope: the address that the connection comes from, whatever forwarded headers say."""
_TOLD_EVERY = 60.0  # seconds between two notes that a proxy's visitor is here
_REMEMBERED = 10_000  # visitors of a proxy


@dataclass(frozen=True, slots=True)
class Caller:
    """`scopes`: None of who needs none, on loopback. `token_id`: None of who came by none."""

    name: str
    scopes: tuple[str, ...] | None
    token_id: UUID | None = None

    @property
    def limited_as(self) -> Hashable:
        """Whose lookups count together."""
        return self.token_id or self.name

    def allows(self, scope: Scope) -> bool:
        return self.scopes is None or holds(self.scopes, scope)


@dataclass
class Callers:
    """`local_name`: who it is where nobody has to sign in."""

    signing_in: SigningIn
    local_name: str
    required: bool
    limits: RateLimits = field(default_factory=RateLimits)
    _told: dict[tuple[str, str], float] = field(default_factory=dict)

    def of(self, connection: Connection, request: Request, door: str) -> Caller:
        """Raises Problem 401, or 429 after too many wrong tokens from there, and SignInRefused for a proxy's
        headers from elsewhere, which are refused whatever else is sent, and for its visitors without a
        role."""
        by_proxy = self._by_proxy(connection, request)
        secret = _bearer(request)
        if secret is not None:
            return self._by_token(connection, request, secret)
        if by_proxy is not None:
            return by_proxy
        cookie = request.cookies.get(SIGN_IN_COOKIE) if door == "page" else None
        if cookie is not None and (found := sign_ins.find(connection, cookie, address_of(request))):
            return Caller(found.who, tuple(found.scopes))
        if self.required:
            raise Problem(401, "A token is needed.", {"WWW-Authenticate": "Bearer"})
        return Caller(self.local_name, None)

    def known_token(self, connection: Connection, request: Request, secret: str) -> Token | None:
        """The live token with this secret, or None. Raises Problem 429 after too many wrong ones from
        there."""
        address, digest = address_of(request), sha256(secret.encode("utf-8", "replace")).digest()
        if not self.limits.was_right(digest) and (wait := self.limits.failures.wait(address)):
            raise too_many("Too many wrong tokens came from this address.", wait)
        token = tokens.use(connection, secret)
        self.limits.note(digest, right=token is not None)
        if token is None:
            self.limits.failures.take(address)
        return token

    def _by_token(self, connection: Connection, request: Request, secret: str) -> Caller:
        token = self.known_token(connection, request, secret)
        if token is None:
            headers = {"WWW-Authenticate": 'Bearer error="invalid_token"'}
            raise Problem(401, "This token isn't known, was revoked or has expired.", headers)
        return Caller(token.name, tuple(token.scopes), token.id)

    def _by_proxy(self, connection: Connection, request: Request) -> Caller | None:
        if self.signing_in.proxy is None:
            return None
        peer = str(request.scope.get(PEER) or "")
        identity = self.signing_in.proxy.identity(request.headers.getlist, peer)
        if identity is None:
            return None
        scopes = tuple(scope.value for scope in self.signing_in.roles.scopes(identity.groups))
        if not scopes:
            raise SignInRefused(NO_ROLE)
        self._note(connection, identity.name, scopes, address_of(request))
        return Caller(identity.name, scopes)

    def _note(self, connection: Connection, name: str, scopes: tuple[str, ...], address: str) -> None:
        now = time.monotonic()
        if now - self._told.get((name, address), -_TOLD_EVERY) >= _TOLD_EVERY:
            if len(self._told) >= _REMEMBERED:
                self._told.clear()
            sign_ins.by_proxy(connection, name, scopes, address)
            self._told[name, address] = now


def address_of(request: Request) -> str:
    """From where the visitor comes, as a trusted proxy in front tells it."""
    return request.client.host if request.client else ""


def _bearer(request: Request) -> str | None:
    header = request.headers.get("authorization")
    if header is None:
        return None
    kind, _, secret = header.partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise Problem(401, "Give the token as `Authorization: Bearer …`.", {"WWW-Authenticate": "Bearer"})
    return secret.strip()
