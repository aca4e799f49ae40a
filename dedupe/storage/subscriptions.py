"""How far each subscription to events is, whether its receiver is left alone for a while, and what it lost.

Events that were deleted before a subscription had them are lost to it: one row of the state `lost` among its
undelivered events says so, at the position behind which the first of them was.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from dedupe.storage.event_cursors import event_cursor
from dedupe.storage.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class SubscriptionProgress:
    position: int  # every event up to here was delivered or is among the undelivered ones
    rests: int  # times in a row that nothing was accepted
    resting: bool  # now


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """Of one subscription; `behind`: events of its kinds that it has not looked at yet, `waiting`: those that
    failed or wait behind one that did, `dead`: those that were given up; `lost`: which are kept no more,
    though it has not had them all, and what to do."""

    name: str
    position: int
    behind: int
    waiting: int
    dead: int
    oldest: datetime | None  # when the first event that it lacks happened, dead ones aside
    delivered: int
    last_delivered_at: datetime | None
    rests_until: datetime | None
    reason: str | None
    began_at: datetime
    lost: str | None


def begin(connection: Connection, name: str, starts_after: int | None) -> str | None:
    """Begin a subscription that isn't known yet, behind the event at `starts_after` (None: the last one).
    Gives which events it lost, if any: what was deleted behind its position is noted.

    A position that no event has had yet, a cursor of another Postgres, is the last one.
    """
    connection.execute(_BEGIN, {"name": name, "position": starts_after})
    behind = connection.execute(_BEHIND_WHAT_IS_KEPT, {"name": name}).one_or_none()
    if behind is not None:
        note_lost(connection, name, behind.position, behind.through)
    return connection.execute(_LOST, {"name": name}).scalar_one_or_none()


def note_lost(connection: Connection, name: str, after: int, through: int) -> None:
    """Events after a position, up to another, are kept no more, and the subscription hasn't had them all: it
    goes on behind them."""
    known = connection.execute(_FORGET_LOST, {"name": name}).scalars().all()
    first = min([after, *known])
    reason = (
        f"not all events after {event_cursor(first)} up to {event_cursor(through)} were delivered before "
        "they were deleted (privacy.events_kept): take a whole export (dedupe export golden)"
    )
    connection.execute(_NOTE_LOST, {"name": name, "position": first, "reason": reason})
    advance(connection, name, through, 0)


def progress(connection: Connection, name: str) -> SubscriptionProgress:
    row = connection.execute(_PROGRESS, {"name": name}).one()
    return SubscriptionProgress(row.position, row.rests, row.resting)


def advance(connection: Connection, name: str, position: int, delivered: int) -> None:
    """Everything up to the position is delivered or noted as undelivered; `delivered` more were accepted."""
    connection.execute(_ADVANCE, {"name": name, "position": position, "delivered": delivered})


def rest(connection: Connection, name: str, seconds: float, reason: str) -> None:
    """Leave the receiver alone for so many seconds."""
    connection.execute(_REST, {"name": name, "seconds": seconds, "reason": reason})


def failed(connection: Connection, name: str, reason: str) -> None:
    """Note why a delivery failed."""
    connection.execute(_FAILED, {"name": name, "reason": reason})


def recovered(connection: Connection, name: str) -> None:
    """The receiver accepts again: what failed meanwhile is due at once."""
    for statement in _RECOVERED:
        connection.execute(statement, {"name": name})


def state(connection: Connection, name: str, kinds: tuple[str, ...]) -> SubscriptionState | None:
    """None for one that has not begun yet. `kinds`: of the events that it is told."""
    row = connection.execute(_STATE, {"name": name, "kinds": list(kinds)}).mappings().one_or_none()
    return SubscriptionState(**row) if row else None


_BEGIN = text(f"""
    INSERT INTO {SCHEMA}.subscriptions (name, position, delivered, rests, began_at)
    SELECT :name, least(CAST(:position AS bigint),
                        coalesce((SELECT max(position) FROM {SCHEMA}.golden_events),
                                 (SELECT max(through) FROM {SCHEMA}.expired_events), 0)),
           0, 0, clock_timestamp()
    ON CONFLICT (name) DO NOTHING""")
_BEHIND_WHAT_IS_KEPT = text(f"""
    SELECT s.position, max(e.through) AS through
      FROM {SCHEMA}.subscriptions s JOIN {SCHEMA}.expired_events e ON e.through > s.position
     WHERE s.name = :name GROUP BY s.position""")
_LOST = text(f"SELECT reason FROM {SCHEMA}.undelivered_events WHERE subscription = :name AND state = 'lost'")
_FORGET_LOST = text(f"""
    DELETE FROM {SCHEMA}.undelivered_events
     WHERE subscription = :name AND state = 'lost' RETURNING position""")
_NOTE_LOST = text(f"""
    INSERT INTO {SCHEMA}.undelivered_events
        (subscription, position, event_id, ids, state, attempts, died_at, reason)
    VALUES (:name, :position, '00000000-0000-0000-0000-000000000000', '{{}}', 'lost', 0, clock_timestamp(),
            :reason)""")
_PROGRESS = text(f"""
    SELECT position, rests, coalesce(rests_until > clock_timestamp(), false) AS resting
      FROM {SCHEMA}.subscriptions WHERE name = :name""")
_ADVANCE = text(f"""
    UPDATE {SCHEMA}.subscriptions
       SET position = greatest(position, :position), delivered = delivered + :delivered,
           last_delivered_at = CASE WHEN :delivered > 0 THEN clock_timestamp() ELSE last_delivered_at END
     WHERE name = :name""")
_REST = text(f"""
    UPDATE {SCHEMA}.subscriptions
       SET rests = rests + 1, reason = :reason,
           rests_until = clock_timestamp() + make_interval(secs => :seconds)
     WHERE name = :name""")
_FAILED = text(f"UPDATE {SCHEMA}.subscriptions SET reason = :reason WHERE name = :name")
_RECOVERED = (
    text(f"UPDATE {SCHEMA}.subscriptions SET rests = 0, rests_until = NULL WHERE name = :name"),
    text(f"""
        UPDATE {SCHEMA}.undelivered_events SET next_at = clock_timestamp()
         WHERE subscription = :name AND next_at > clock_timestamp()"""),
)
_STATE = text(f"""
    SELECT s.name, s.position, s.delivered, s.last_delivered_at, s.rests_until, s.reason, s.began_at,
           later.behind, lacking.waiting, lacking.dead, lacking.lost,
           least(later.oldest, (SELECT min(e.occurred_at) FROM {SCHEMA}.golden_events e
                                 WHERE e.position = lacking.first)) AS oldest
      FROM {SCHEMA}.subscriptions s,
           LATERAL (SELECT count(*) AS behind, min(occurred_at) AS oldest FROM {SCHEMA}.golden_events e
                     WHERE e.position > s.position AND e.kind = ANY(:kinds)) later,
           LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                           count(*) FILTER (WHERE state = 'dead') AS dead,
                           min(reason) FILTER (WHERE state = 'lost') AS lost,
                           min(position) FILTER (WHERE state = 'waiting') AS first
                      FROM {SCHEMA}.undelivered_events u WHERE u.subscription = s.name) lacking
     WHERE s.name = :name""")
