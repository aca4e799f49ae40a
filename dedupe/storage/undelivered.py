"""Events that a subscription lacks: those that failed, and those that wait behind one that did.

Two that name a golden id in common go one after the other: only the first has a time to be tried again
(`next_at`). When it is gone, delivered or given up, the next one is freed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.outgoing_events import OutgoingEvent
from dedupe.storage.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class FailedDelivery:
    """`again_in`: seconds until it is tried again."""

    event: OutgoingEvent
    reason: str
    again_in: float


@dataclass(frozen=True, slots=True)
class DeadLetter:
    position: int
    event_id: UUID
    kind: str
    golden_id: UUID
    attempts: int
    first_failed_at: datetime
    died_at: datetime
    reason: str


def waiting_among(connection: Connection, name: str, ids: Iterable[UUID]) -> set[UUID]:
    """The golden ids named by waiting events that name one of these."""
    rows = connection.execute(_WAITING_AMONG, {"name": name, "ids": list(ids)})
    return set(rows.scalars())


def delivered(connection: Connection, name: str, events: Sequence[OutgoingEvent]) -> None:
    """Forget events that were accepted."""
    if events:
        connection.execute(_DELIVERED, {"name": name, "positions": [one.position for one in events]})


def note_failed(
    connection: Connection, name: str, failed: Sequence[FailedDelivery], give_up_after: float
) -> list[UUID]:
    """Note events that were not accepted; one that has failed for `give_up_after` seconds is dead. Gives the
    ids of those that died."""
    died = []
    for one in failed:
        row = {
            **_row(name, one.event),
            "reason": one.reason,
            "again_in": one.again_in,
            "after": give_up_after,
        }
        if connection.execute(_FAILED, row).scalar_one() == "dead":
            died.append(one.event.id)
    return died


def hold(connection: Connection, name: str, events: Sequence[OutgoingEvent]) -> None:
    """Note events that were not tried; those that are noted already stay as they are."""
    if events:
        connection.execute(_HOLD, [_row(name, one) for one in events])


def free(connection: Connection, name: str, ids: Iterable[UUID]) -> None:
    """Of the waiting events that name one of these golden ids, those that no earlier one holds back any more
    are due at once; the others wait."""
    connection.execute(_ARRANGE, {"name": name, "ids": list(ids)})


def dead(connection: Connection, name: str, after: int, limit: int) -> list[DeadLetter]:
    """Up to `limit` dead letters after a position, in commit order."""
    rows = connection.execute(_DEAD, {"name": name, "after": after, "limit": limit}).mappings()
    return [DeadLetter(**row) for row in rows]


def replay(connection: Connection, name: str, event_ids: Sequence[UUID] | None) -> int:
    """Dead letters, those named or all, are to be delivered again, in their order; gives their number."""
    named = None if event_ids is None else list(event_ids)
    rows = connection.execute(_REPLAY, {"name": name, "event_ids": named}).all()
    free(connection, name, {golden_id for row in rows for golden_id in row.ids})
    return len(rows)


def _row(name: str, one: OutgoingEvent) -> dict[str, object]:
    return {"name": name, "position": one.position, "event_id": one.id, "ids": sorted(one.ids)}


_WAITING_AMONG = text(f"""
    SELECT DISTINCT unnest(ids) FROM {SCHEMA}.undelivered_events
     WHERE subscription = :name AND state = 'waiting' AND ids && CAST(:ids AS uuid[])""")
_DELIVERED = text(f"""
    DELETE FROM {SCHEMA}.undelivered_events WHERE subscription = :name AND position = ANY(:positions)""")
_HELD_BACK = f"""
    EXISTS (SELECT FROM {SCHEMA}.undelivered_events earlier
             WHERE earlier.subscription = u.subscription AND earlier.state = 'waiting'
               AND earlier.position < u.position AND earlier.ids && u.ids)"""
_TRIED_LONG = (
    "coalesce(u.first_failed_at, clock_timestamp()) + make_interval(secs => :after) <= clock_timestamp()"
)
_AGAIN = "clock_timestamp() + make_interval(secs => :again_in)"
_FAILED = text(f"""
    INSERT INTO {SCHEMA}.undelivered_events AS u
        (subscription, position, event_id, ids, state, attempts, first_failed_at, next_at, reason)
    VALUES (:name, :position, :event_id, :ids, 'waiting', 1, clock_timestamp(), {_AGAIN}, :reason)
    ON CONFLICT (subscription, position) DO UPDATE SET
        attempts = u.attempts + 1, reason = excluded.reason,
        first_failed_at = coalesce(u.first_failed_at, clock_timestamp()),
        state = CASE WHEN {_TRIED_LONG} THEN 'dead' ELSE 'waiting' END,
        died_at = CASE WHEN {_TRIED_LONG} THEN clock_timestamp() END,
        next_at = CASE WHEN NOT {_TRIED_LONG} AND NOT {_HELD_BACK} THEN excluded.next_at END
    RETURNING state""")
_HOLD = text(f"""
    INSERT INTO {SCHEMA}.undelivered_events (subscription, position, event_id, ids, state, attempts)
    VALUES (:name, :position, :event_id, :ids, 'waiting', 0) ON CONFLICT DO NOTHING""")
_ARRANGE = text(f"""
    UPDATE {SCHEMA}.undelivered_events u
       SET next_at = CASE WHEN NOT {_HELD_BACK} THEN coalesce(u.next_at, clock_timestamp()) END
     WHERE subscription = :name AND state = 'waiting' AND ids && CAST(:ids AS uuid[])""")
_DEAD = text(f"""
    SELECT u.position, u.event_id, e.kind, e.golden_id, u.attempts, u.first_failed_at, u.died_at, u.reason
      FROM {SCHEMA}.undelivered_events u JOIN {SCHEMA}.golden_events e USING (position)
     WHERE u.subscription = :name AND u.state = 'dead' AND u.position > :after
     ORDER BY u.position LIMIT :limit""")
_REPLAY = text(f"""
    UPDATE {SCHEMA}.undelivered_events
       SET state = 'waiting', next_at = NULL, died_at = NULL, first_failed_at = NULL, replays = replays + 1
     WHERE subscription = :name AND state = 'dead'
       AND (CAST(:event_ids AS uuid[]) IS NULL OR event_id = ANY(CAST(:event_ids AS uuid[])))
    RETURNING ids""")
