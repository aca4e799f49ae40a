"""What sources tell of single contacts by themselves, beside what is stored of them; deliveries taken before.

A source's contacts are stored by one transaction at a time (`storing_turns`): what is read here holds until
it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from dedupe.storage.tables import SCHEMA, told_changes, webhook_deliveries


@dataclass(frozen=True, slots=True)
class ContactState:
    """What is stored of a contact; of one whose raw was dropped, no `payload` (JSON) and `content_hash`."""

    id: UUID
    payload: str | None
    content_hash: bytes | None
    seen_at: datetime | None  # when the walk or file that brought this content was stored
    gone: bool
    buried_at: datetime | None  # when a walk found it gone
    told_at: datetime | None  # the moment up to which the source has told its state


class ToldMoment(NamedTuple):
    """Up to which moment a source has told a contact's state; `news`: it is to be merged."""

    as_of: datetime
    deleted: bool = False
    news: bool = True


class Told(NamedTuple):
    """When a source told of a contact, and of which moment."""

    as_of: datetime
    received_at: datetime


class Waiting(NamedTuple):
    """A contact that waits to be merged."""

    source_contact_id: UUID
    source_id: UUID
    received_at: datetime


class Backlog(NamedTuple):
    """Contacts that sources have told of and that aren't merged yet."""

    contacts: int
    since: datetime | None


def states(connection: Connection, source_id: UUID, external_ids: Sequence[str]) -> dict[str, ContactState]:
    """What is stored of each of these contacts that is stored at all, by its external id."""
    rows = connection.execute(_STATES, {"source": source_id, "ids": list(external_ids)})
    return {
        row.external_id: ContactState(
            row.id,
            row.payload,
            None if row.content_hash is None else bytes(row.content_hash),
            row.seen_at,
            row.gone,
            row.buried_at,
            row.told_at,
        )
        for row in rows
    }


def note(
    connection: Connection, source_id: UUID, moments: Mapping[UUID, ToldMoment], received_at: datetime
) -> None:
    """Note up to which moment the source has told these contacts' states."""
    rows = [
        {
            "source_contact_id": seed,
            "source_id": source_id,
            "as_of": one.as_of,
            "received_at": received_at,
            "deleted": one.deleted,
            "waits": one.news,
        }
        for seed, one in moments.items()
    ]
    if not rows:
        return
    added = insert(told_changes)
    news: dict[str, Any] = {name: added.excluded[name] for name in ("as_of", "received_at", "deleted")}
    news["waits"] = told_changes.c.waits | added.excluded.waits
    connection.execute(added.on_conflict_do_update(index_elements=["source_contact_id"], set_=news), rows)


def told_since(
    connection: Connection, source_id: UUID, external_ids: Sequence[str], moment: datetime
) -> dict[str, Told]:
    """What the source told after that moment, of those external ids of which it told something."""
    rows = connection.execute(_TOLD_SINCE, {"source": source_id, "ids": list(external_ids), "moment": moment})
    return {row.external_id: Told(row.as_of, row.received_at) for row in rows}


def backlog(connection: Connection) -> Backlog:
    """How many contacts wait to be merged, and since when the first of them does; held ones don't count."""
    row = connection.execute(_BACKLOG).one()
    return Backlog(row.contacts, row.since)


def waiting(connection: Connection, limit: int) -> list[Waiting]:
    """Those that wait to be merged, the first told first; not those that are held as they were told."""
    return [Waiting(*row) for row in connection.execute(_WAITING, {"limit": limit})]


def merged(connection: Connection, some: Sequence[Waiting]) -> None:
    """Note that these are merged; one of which the source has told more since, or that is held, goes on
    waiting."""
    values = {
        "seeds": [one.source_contact_id for one in some],
        "received": [one.received_at for one in some],
    }
    connection.execute(_MERGED, values)


def settle(connection: Connection, before: datetime) -> int:
    """Note that what was told before that moment is merged; gives the number of contacts."""
    told = update(told_changes).where(told_changes.c.waits, told_changes.c.received_at < before)
    return connection.execute(told.values(waits=False)).rowcount


def deletions_since(connection: Connection, source_id: UUID, moment: datetime) -> int:
    """How many contacts the source has told as deleted since that moment."""
    count = select(func.count()).where(
        told_changes.c.source_id == source_id,
        told_changes.c.received_at >= moment,
        told_changes.c.deleted,
    )
    return connection.execute(count).scalar_one()


def is_first(connection: Connection, source_id: UUID, signature: bytes, now: datetime) -> bool:
    """Whether a delivery with this signature was not taken before; it is from now on, if this transaction
    commits."""
    values = {"source_id": source_id, "signature": signature, "received_at": now}
    added = insert(webhook_deliveries).values(**values).on_conflict_do_nothing()
    taken = connection.execute(added.returning(webhook_deliveries.c.received_at))
    return taken.one_or_none() is not None


def forget_deliveries(connection: Connection, before: datetime) -> int:
    """Delete deliveries of before that moment, whose timestamps are refused by now; gives their number."""
    old = delete(webhook_deliveries).where(webhook_deliveries.c.received_at < before)
    return connection.execute(old).rowcount


# `id + 0`: see source_contacts.
_STATES = text(f"""
    SELECT c.external_id, c.id, c.gone_at IS NOT NULL AS gone,
           CASE WHEN t.deleted IS NOT TRUE THEN c.gone_at END AS buried_at,
           v.payload::text AS payload, v.content_hash,
           CASE WHEN v.sync_run_id IS NOT NULL THEN v.observed_at END AS seen_at, t.as_of AS told_at
    FROM {SCHEMA}.source_contacts c
    LEFT JOIN LATERAL (
        SELECT payload, content_hash, observed_at, sync_run_id FROM {SCHEMA}.source_contact_versions
        WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
    LEFT JOIN {SCHEMA}.told_changes t ON t.source_contact_id = c.id
    WHERE c.source_id = :source AND c.external_id = ANY(:ids)""")
_MERGED = text(f"""
    UPDATE {SCHEMA}.told_changes t SET waits = false
    FROM unnest(CAST(:seeds AS uuid[]), CAST(:received AS timestamptz[])) AS done(seed, received_at)
    WHERE t.source_contact_id = done.seed AND t.received_at = done.received_at
      AND NOT EXISTS (SELECT FROM {SCHEMA}.held_contacts h
                       WHERE h.source_contact_id = t.source_contact_id AND h.changed)""")
_WAITS = f"""t.waits AND NOT EXISTS (
      SELECT FROM {SCHEMA}.held_contacts h
       WHERE h.source_contact_id = t.source_contact_id AND h.changed AND h.held_at >= t.received_at)"""
_WAITING = text(f"""
    SELECT t.source_contact_id, t.source_id, t.received_at FROM {SCHEMA}.told_changes t
     WHERE {_WAITS} ORDER BY t.received_at, t.source_contact_id LIMIT :limit""")
_BACKLOG = text(f"""
    SELECT count(*) AS contacts, min(t.received_at) AS since FROM {SCHEMA}.told_changes t WHERE {_WAITS}""")
_TOLD_SINCE = text(f"""
    SELECT c.external_id, t.as_of, t.received_at FROM {SCHEMA}.told_changes t
    JOIN {SCHEMA}.source_contacts c ON c.id = t.source_contact_id
    WHERE t.source_id = :source AND t.received_at > :moment AND c.external_id = ANY(:ids)""")
