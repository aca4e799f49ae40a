"""Sources, the configured accounts: one row each, whose id stays the same when the source is renamed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, insert, select, text, update

from dedupe.storage.tables import sources


@dataclass(frozen=True, slots=True)
class Source:
    """A source; `checkpoint` is where the next incremental run starts, `profile` describes the last good
    run."""

    id: UUID
    name: str
    provider: str
    checkpoint: dict[str, Any]
    profile: dict[str, Any]
    last_complete_at: datetime | None


def ensure(
    connection: Connection,
    name: str,
    provider: str,
    fingerprint: str | None = None,
    configured: Collection[str] = (),
) -> Source:
    """The source of that name, added if there is none.

    A source whose name is no longer configured and that has the same provider and account is renamed.
    """
    found = by_name(connection, name)
    if found is None and fingerprint is not None:
        found = _renamed(connection, name, provider, fingerprint, configured)
    if found is None:
        values = {"id": uuids.uuid7(), "name": name, "provider": provider, "created_at": datetime.now(UTC)}
        connection.execute(insert(sources).values(**values, account_fingerprint=fingerprint))
    elif fingerprint is not None:
        changed = update(sources).where(sources.c.id == found.id)
        connection.execute(changed.values(provider=provider, account_fingerprint=fingerprint))
    made = by_name(connection, name)
    assert made is not None
    return made


def by_name(connection: Connection, name: str) -> Source | None:
    return next((source for source in every(connection) if source.name == name), None)


def every(connection: Connection) -> list[Source]:
    """All sources by name, paused ones included."""
    columns = [
        sources.c[name] for name in ("id", "name", "provider", "checkpoint", "profile", "last_complete_at")
    ]
    rows = connection.execute(select(*columns).order_by(sources.c.name))
    return [
        Source(row.id, row.name, row.provider, row.checkpoint or {}, row.profile or {}, row.last_complete_at)
        for row in rows
    ]


def names(connection: Connection) -> list[str]:
    """The names of all sources; empty where there are no tables yet."""
    there = connection.execute(text("SELECT to_regclass('dedupe.sources')")).scalar()
    return [source.name for source in every(connection)] if there else []


def save(
    connection: Connection,
    source_id: UUID,
    *,
    checkpoint: dict[str, Any] | None = None,
    profile: dict[str, Any] | None = None,
    last_complete_at: datetime | None = None,
) -> None:
    """Write the arguments that are given; the others stay as they are."""
    given = {"checkpoint": checkpoint, "profile": profile, "last_complete_at": last_complete_at}
    values = {name: value for name, value in given.items() if value is not None}
    if values:
        connection.execute(update(sources).where(sources.c.id == source_id).values(**values))


def _renamed(
    connection: Connection, name: str, provider: str, fingerprint: str, configured: Collection[str]
) -> Source | None:
    same = select(sources.c.name).where(
        sources.c.provider == provider,
        sources.c.account_fingerprint == fingerprint,
        sources.c.name.not_in(list(configured)),
    )
    renamed = connection.execute(same).scalars().all()
    if len(renamed) != 1:
        return None
    connection.execute(update(sources).where(sources.c.name == renamed[0]).values(name=name))
    return by_name(connection, name)
