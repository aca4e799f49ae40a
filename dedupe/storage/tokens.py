"""API tokens: shown once when made, stored hashed, each with its holder's name and scopes."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, bindparam, func, insert, or_, select, update

from dedupe.errors import InputError, NotFound
from dedupe.storage.tables import api_tokens

PREFIX = "dedupe_"
NOTED_EVERY = timedelta(minutes=1)  # that a token was used (chosen)


class Scope(StrEnum):
    LOOKUP = "lookup"
    REVIEW = "review"  # holds lookup too
    INTAKE = "intake"  # may tell of source contacts, and see nothing
    ADMIN = "admin"  # holds all


_HOLDS = {
    Scope.LOOKUP: {Scope.LOOKUP},
    Scope.REVIEW: {Scope.LOOKUP, Scope.REVIEW},
    Scope.INTAKE: {Scope.INTAKE},
    Scope.ADMIN: set(Scope),
}


@dataclass(frozen=True, slots=True)
class Token:
    id: UUID
    name: str  # whose it is: the decider's name
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None  # to the minute; None: never

    def allows(self, scope: Scope) -> bool:
        return holds(self.scopes, scope)


def holds(scopes: Iterable[str], scope: Scope) -> bool:
    """Whether any of these scopes is that one or holds it."""
    return any(scope in _HOLDS[Scope(held)] for held in scopes)


class MadeToken(NamedTuple):
    id: UUID
    secret: str  # not kept anywhere: only its hash is


def make(
    connection: Connection, name: str, scopes: Iterable[Scope], expires_at: datetime | None = None
) -> MadeToken:
    """Make a token. Raises InputError without a name or a scope."""
    wanted = sorted({Scope(scope).value for scope in scopes})
    if not name.strip() or not wanted:
        raise InputError("a token needs the name of its holder and at least one scope")
    made = MadeToken(uuids.uuid7(), PREFIX + secrets.token_urlsafe(32))
    connection.execute(
        insert(api_tokens).values(created_at=func.clock_timestamp()),
        {
            "id": made.id,
            "name": name.strip(),
            "token_hash": _hash(made.secret),
            "scopes": wanted,
            "expires_at": expires_at,
        },
    )
    return made


def listed(connection: Connection) -> list[Token]:
    rows = connection.execute(select(*_COLUMNS).order_by(api_tokens.c.created_at, api_tokens.c.id))
    return [Token(**row) for row in rows.mappings()]


def get(connection: Connection, token_id: UUID) -> Token:
    """The token with that id, revoked or not. Raises NotFound."""
    row = connection.execute(select(*_COLUMNS).where(api_tokens.c.id == token_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no token {token_id}")
    return Token(**row)


def revoke(connection: Connection, token_id: UUID) -> None:
    """End a token from the next request on. Raises NotFound where there is none with that id or it was
    revoked before."""
    changed = connection.execute(
        update(api_tokens)
        .where(api_tokens.c.id == token_id, api_tokens.c.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp())
    ).rowcount
    if changed == 0:
        raise NotFound(f"there is no live token {token_id}")


def find(connection: Connection, secret: str) -> Token | None:
    """The live token with this secret, or None."""
    live = (
        api_tokens.c.token_hash == _hash(secret),
        api_tokens.c.revoked_at.is_(None),
        or_(api_tokens.c.expires_at.is_(None), api_tokens.c.expires_at > func.clock_timestamp()),
    )
    row = connection.execute(select(*_COLUMNS).where(*live)).mappings().one_or_none()
    return Token(**row) if row else None


def use(connection: Connection, secret: str) -> Token | None:
    """The live token with this secret, noted as used now, or None.

    It is noted once a minute, and not at all while another request of the token is noting it: nobody waits
    for it.
    """
    token = find(connection, secret)
    if token is not None and (token.last_used_at is None or _is_stale(token.last_used_at)):
        connection.execute(_NOTE_USE, {"token": token.id})
    return token


def _is_stale(moment: datetime) -> bool:
    return datetime.now(UTC) - moment > NOTED_EVERY


_STALE = or_(
    api_tokens.c.last_used_at.is_(None), api_tokens.c.last_used_at < func.clock_timestamp() - NOTED_EVERY
)
_NOTE_USE = (
    update(api_tokens)
    .where(
        api_tokens.c.id
        == select(api_tokens.c.id)
        .where(api_tokens.c.id == bindparam("token"), _STALE)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    .values(last_used_at=func.clock_timestamp())
)


def _hash(secret: str) -> bytes:
    # a secret of 256 random bits needs no slow hash: there is nothing to guess
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


_COLUMNS = tuple(column for column in api_tokens.c if column.name != "token_hash")
