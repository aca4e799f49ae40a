"""The API of API tokens: made, listed, revoked; scope admin. A secret is in one answer alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import structlog
from fastapi import APIRouter, Path, Request
from pydantic import ConfigDict, Field

from dedupe.storage import tokens
from dedupe.storage.tokens import Scope, Token
from dedupe.web.answers import Body
from dedupe.web.moments import Moment
from dedupe.web.problem_types import MOMENT_PAST
from dedupe.web.problems import Problem, responses
from dedupe.web.services import Services

TokenId = Annotated[UUID, Path(description="a token's id, as the list shows it")]
_log = structlog.stdlib.get_logger("dedupe.web")


class TokenBody(Body):
    """A token to be made."""

    name: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")] = Field(
        description="whose it is; decisions made with it bear this name", examples=["nightly reports"]
    )
    scopes: list[Scope] = Field(
        min_length=1,
        max_length=10,
        description="what it opens: lookup; review, which holds lookup; intake; admin, which holds all",
    )
    expires_at: Moment | None = Field(
        None, description="until when it opens anything; default: for good", examples=["2027-01-01T00:00:00Z"]
    )

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "nightly reports", "scopes": ["lookup"]}]},
    )


@dataclass(frozen=True, slots=True)
class TokenShown:
    """A token without its secret, of which only a hash is kept."""

    id: Annotated[UUID, Field(description="by which it is revoked")]
    name: Annotated[str, Field(description="whose it is")]
    scopes: Annotated[list[Scope], Field(description="what it opens")]
    created_at: Annotated[datetime, Field(description="when it was made")]
    expires_at: Annotated[datetime | None, Field(description="until when it opens anything; null: for good")]
    revoked_at: Annotated[datetime | None, Field(description="since when it opens nothing; null: it does")]
    last_used_at: Annotated[
        datetime | None, Field(description="when it last opened something, to the minute; null: never")
    ]


@dataclass(frozen=True, slots=True)
class MadeToken:
    """A new token, with its secret this once."""

    token: Annotated[TokenShown, Field(description="as the list will show it")]
    secret: Annotated[str, Field(description="goes into `Authorization: Bearer`; nobody can show it again")]


@dataclass(frozen=True, slots=True)
class Tokens:
    """Every token ever made."""

    tokens: Annotated[list[TokenShown], Field(description="the oldest first, revoked ones too")]


def router(services: Services) -> APIRouter:
    api = APIRouter(
        prefix="/v1/tokens", tags=["operating"], responses=responses(400, 401, 403, 413, 421, 422, 503)
    )

    @api.get("", operation_id="tokens")
    def listed(request: Request) -> Tokens:
        """Every token, without its secret."""
        with services.enter(request, Scope.ADMIN) as (connection, _):
            return Tokens([_shown(one) for one in tokens.listed(connection)])

    @api.post("", operation_id="make_token", status_code=201, responses=responses(409))
    def make(request: Request, body: TokenBody) -> MadeToken:
        """Make a token. Its secret is in this answer and nowhere else; whoever loses it revokes the token and
        makes another."""
        if body.expires_at is not None and body.expires_at <= datetime.now(UTC):
            raise Problem(MOMENT_PAST, "expires_at: that moment is past, and the token would open nothing.")
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            made = tokens.make(connection, body.name, body.scopes, body.expires_at)
            token = _shown(tokens.get(connection, made.id))
        _log.info("token made", token=str(made.id), scopes=[one.value for one in body.scopes], by=visitor.who)
        return MadeToken(token, made.secret)

    @api.post("/{token_id}/revoke", operation_id="revoke_token", responses=responses(404))
    def revoke(request: Request, token_id: TokenId) -> TokenShown:
        """End a token, from the next request on. 404 for one that was revoked before."""
        with services.enter(request, Scope.ADMIN) as (connection, visitor):
            tokens.revoke(connection, token_id)
            token = _shown(tokens.get(connection, token_id))
        _log.info("token revoked", token=str(token_id), by=visitor.who)
        return token

    return api


def _shown(token: Token) -> TokenShown:
    return TokenShown(
        token.id,
        token.name,
        [Scope(one) for one in token.scopes],
        token.created_at,
        token.expires_at,
        token.revoked_at,
        token.last_used_at,
    )
