"""Answers given before, by the idempotency key of the client's request: a request sent twice acts once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text

from dedupe.storage.tables import idempotency_keys


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """The answer to an earlier request with the same key."""

    status_code: int
    response: Any
    same_request: bool  # False: the key was used for another request


def take(connection: Connection, who: str, key: str) -> None:
    """Make a second request with the same key wait until this transaction ends."""
    connection.execute(_TAKE, {"name": f"idempotency {who} {key}"})


def recall(connection: Connection, who: str, key: str, request: bytes) -> StoredAnswer | None:
    mine = (idempotency_keys.c.key == key, idempotency_keys.c.who == who)
    row = connection.execute(select(idempotency_keys).where(*mine)).mappings().one_or_none()
    if row is None:
        return None
    return StoredAnswer(row["status_code"], row["response"], row["request_hash"] == sha256(request).digest())


def remember(
    connection: Connection, who: str, key: str, request: bytes, status_code: int, response: Any
) -> None:
    connection.execute(
        insert(idempotency_keys).values(created_at=func.clock_timestamp()),
        {
            "key": key,
            "who": who,
            "request_hash": sha256(request).digest(),
            "response": response,
            "status_code": status_code,
        },
    )


def delete_before(connection: Connection, moment: datetime) -> int:
    """Delete the answers of before that moment (retention); gives their number."""
    return connection.execute(delete(idempotency_keys).where(idempotency_keys.c.created_at < moment)).rowcount


_TAKE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
