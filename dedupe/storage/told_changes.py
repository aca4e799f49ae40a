"""What sources tell of single contacts by themselves, beside what is stored of them; deliveries taken before.

A source's contacts are stored by one transaction at a time (`storing_turns`): what is read here holds until
it ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text
from sqlalchemy.dialects.postgresql import insert

from dedupe.storage.tables import SCHEMA, told_changes, webhook_deliveries


@dataclass(frozen=True, slots=True)
class ContactState:
    """What is stored of a contact; of one whose raw was dropped, no `payload` (JSON) and `content_hash`."""

    id: UUID
    payload: str | None
    content_hash: bytes | None
    seen_at: datetime | None  # when the walk or file that brought this content was stored
    gone_at: datetime | None
    told_at: datetime | None  # the moment up to which the source has told its state


class ToldMoment(NamedTuple):
    """Up to which moment a source has told a contact's state."""

    as_of: datetime
    deleted: bool = False


class Told(NamedTuple):
    """When a source told of a contact, and of which moment."""

    as_of: datetime
    received_at: datetime


def states(connection: Connection, source_id: UUID, external_ids: Sequence[str]) -> dict[str, ContactState]:
    """What is stored of each of these contacts that is stored at all, by its external id."""
    rows = connection.execute(_STATES, {"source": source_id, "ids": list(external_ids)})
    return {
        row.external_id: ContactState(
            row.id,
            row.payload,
            None if row.content_hash is None else bytes(row.content_hash),
            row.seen_at,
            row.gone_at,
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
        }
        for seed, one in moments.items()
    ]
    if not rows:
        return
    added = insert(told_changes)
    news = {name: added.excluded[name] for name in ("as_of", "received_at", "deleted")}
    connection.execute(added.on_conflict_do_update(index_elements=["source_contact_id"], set_=news), rows)


def told_since(
    connection: Connection, source_id: UUID, external_ids: Sequence[str], moment: datetime
) -> dict[str, Told]:
    """What the source told after that moment, of those external ids of which it told something."""
    rows = connection.execute(_TOLD_SINCE, {"source": source_id, "ids": list(external_ids), "moment": moment})
    return {row.external_id: Told(row.as_of, row.received_at) for row in rows}


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
    added = insert(webhook_deliveries).on_conflict_do_nothing()
    values = {"source_id": source_id, "signature": signature, "received_at": now}
    return connection.execute(added, values).rowcount == 1


def forget_deliveries(connection: Connection, before: datetime) -> int:
    """Delete deliveries of before that moment, whose timestamps are refused by now; gives their number."""
    old = delete(webhook_deliveries).where(webhook_deliveries.c.received_at < before)
    return connection.execute(old).rowcount


# `id + 0`: see source_contacts.
_STATES = text(f"""
    SELECT c.external_id, c.id, c.gone_at, v.payload::text AS payload, v.content_hash,
           CASE WHEN v.sync_run_id IS NOT NULL THEN v.observed_at END AS seen_at, t.as_of AS told_at
    FROM {SCHEMA}.source_contacts c
    LEFT JOIN LATERAL (
        SELECT payload, content_hash, observed_at, sync_run_id FROM {SCHEMA}.source_contact_versions
        WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
    LEFT JOIN {SCHEMA}.told_changes t ON t.source_contact_id = c.id
    WHERE c.source_id = :source AND c.external_id = ANY(:ids)""")
_TOLD_SINCE = text(f"""
    SELECT c.external_id, t.as_of, t.received_at FROM {SCHEMA}.told_changes t
    JOIN {SCHEMA}.source_contacts c ON c.id = t.source_contact_id
    WHERE t.source_id = :source AND t.received_at > :moment AND c.external_id = ANY(:ids)""")
