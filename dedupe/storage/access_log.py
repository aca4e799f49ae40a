"""The access log: who looked at which golden contacts, and by which door; ids only, never values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, delete, func, insert

from dedupe.storage.tables import access_log


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks, and by which door: cli, api or page."""

    who: str
    door: str


def write(connection: Connection, visitor: Visitor, action: str, golden_ids: Iterable[UUID] = ()) -> None:
    connection.execute(
        _WRITE,
        {"who": visitor.who, "door": visitor.door, "action": action, "golden_ids": list(golden_ids)},
    )


_WRITE = insert(access_log).values(occurred_at=func.clock_timestamp())


def delete_before(connection: Connection, moment: datetime) -> int:
    """Delete the lines of before that moment (retention); gives their number."""
    return connection.execute(delete(access_log).where(access_log.c.occurred_at < moment)).rowcount
