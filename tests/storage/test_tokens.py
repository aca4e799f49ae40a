"""Tokens: shown once, stored hashed, with a name, scopes and an end."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from dedupe.errors import InputError, NotFound
from dedupe.storage import idempotency, tokens
from dedupe.storage.database import Database
from dedupe.storage.tables import api_tokens
from dedupe.storage.tokens import Scope


def test_a_token_is_found_by_its_secret_alone(database: Database) -> None:
    with database.begin() as connection:
        made = tokens.make(connection, "Ada", [Scope.REVIEW])
        found = tokens.find(connection, made.secret)
        assert found is not None
        assert (found.id, found.name, found.scopes) == (made.id, "Ada", ["review"])
        assert tokens.find(connection, made.secret + "x") is None
        kept = connection.execute(select(api_tokens)).one()
        assert made.secret not in str(kept)
        assert made.secret.encode() not in kept.token_hash


def test_a_wider_scope_holds_the_narrower(database: Database) -> None:
    with database.begin() as connection:
        made = tokens.make(connection, "Ada", [Scope.REVIEW])
        token = tokens.find(connection, made.secret)
    assert token is not None
    assert token.allows(Scope.LOOKUP)
    assert not token.allows(Scope.ADMIN)


def test_a_revoked_or_expired_token_opens_nothing(database: Database) -> None:
    with database.begin() as connection:
        revoked = tokens.make(connection, "Ada", [Scope.ADMIN])
        tokens.revoke(connection, revoked.id)
        expired = tokens.make(connection, "Ada", [Scope.ADMIN], datetime(2020, 1, 1, tzinfo=UTC))
        assert tokens.find(connection, revoked.secret) is None
        assert tokens.find(connection, expired.secret) is None
        with pytest.raises(NotFound):
            tokens.revoke(connection, revoked.id)
        assert [token.name for token in tokens.listed(connection)] == ["Ada", "Ada"]


def test_a_token_without_a_holder_is_refused(database: Database) -> None:
    with database.begin() as connection, pytest.raises(InputError):
        tokens.make(connection, " ", [Scope.LOOKUP])


def test_an_answer_given_once_is_remembered_with_its_request(database: Database) -> None:
    with database.begin() as connection:
        idempotency.take(connection, "Ada", "k")
        assert idempotency.recall(connection, "Ada", "k", b"one") is None
        idempotency.remember(connection, "Ada", "k", b"one", 201, {"done": True})
        again = idempotency.recall(connection, "Ada", "k", b"one")
        assert again == idempotency.StoredAnswer(201, {"done": True}, True)
        other = idempotency.recall(connection, "Ada", "k", b"two")
        assert other is not None
        assert not other.same_request
        assert idempotency.recall(connection, "Eve", "k", b"one") is None
