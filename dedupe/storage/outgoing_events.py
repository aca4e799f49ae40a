"""Events on their way to other systems, with the source contacts that they are about."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, RowMapping, text

from dedupe.storage.golden_contacts import Event
from dedupe.storage.subscriptions import note_lost
from dedupe.storage.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class NamedContact:
    """A source contact as others know it; `external_id` is None of one that was erased."""

    id: UUID
    source: str
    external_id: str | None


@dataclass(frozen=True, slots=True)
class OutgoingEvent:
    """`attempts` are those before; `replays`: how often a person sent it again after it was given up."""

    event: Event
    attempts: int = 0
    replays: int = 0
    ids: frozenset[UUID] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "ids", frozenset((self.event.golden_id, *self.event.related)))

    @property
    def position(self) -> int:
        return self.event.position

    @property
    def id(self) -> UUID:
        """The same each time it is sent, and no other event's, in this Postgres or another."""
        return uuid5(self.event.run_id, str(self.event.position))


def last_position(connection: Connection) -> int:
    """The position of the latest event; 0 where there is none."""
    return int(connection.execute(_LAST).scalar_one())


def expired_through(connection: Connection) -> int:
    """The position up to which events are kept no more; 0 where all are."""
    return int(connection.execute(_EXPIRED).scalar_one())


def new_events(
    connection: Connection, after: int, upto: int, kinds: Sequence[str], limit: int
) -> list[OutgoingEvent]:
    """Up to `limit` events of these kinds after a position, up to another, in commit order."""
    found = {"after": after, "upto": upto, "kinds": list(kinds), "limit": limit}
    return [_outgoing(row) for row in connection.execute(_NEW, found).mappings()]


def due(connection: Connection, name: str, limit: int) -> list[OutgoingEvent]:
    """Up to `limit` events of a subscription whose time has come to be tried again, the earliest first; no
    two of them name the same golden id."""
    rows = connection.execute(_DUE, {"name": name, "limit": limit}).mappings()
    return [_outgoing(row) for row in rows]


def named_contacts(connection: Connection, ids: Iterable[UUID]) -> dict[UUID, NamedContact]:
    """Source contacts by their ids."""
    rows = connection.execute(_NAMED, {"ids": list(ids)})
    return {row.id: NamedContact(row.id, row.name, row.external_id) for row in rows}


def expire(connection: Connection, before: datetime, subscriptions: Sequence[str]) -> int:
    """Delete the events of before that moment that every one of these subscriptions has had; gives their
    number. Dead letters go with their events. For other subscriptions that lack some of them it is noted what
    they lost, and forgotten when it was noted before that moment."""
    kept = {"before": before, "names": list(subscriptions)}
    connection.execute(_FORGET_LOST, {"before": before})
    through = connection.execute(_EXPIRE_THROUGH, kept).scalar_one()
    if through is None or through <= expired_through(connection):
        return 0
    lacking = connection.execute(_LACKING, {"through": through}).all()
    count = connection.execute(_DELETE_EVENTS, {"through": through}).rowcount
    connection.execute(_DELETE_UNDELIVERED, {"through": through})
    connection.execute(_NOTE_EXPIRED, {"through": through})
    for one in lacking:
        note_lost(connection, one.name, one.after, through)
    connection.execute(_PASS_GAPS, {"through": through})
    return count


def _outgoing(row: RowMapping) -> OutgoingEvent:
    known: dict[str, Any] = dict(row)
    attempts, replays = known.pop("attempts", 0), known.pop("replays", 0)
    return OutgoingEvent(Event(**known), attempts, replays)


_COLUMNS = """
    e.position, e.golden_id, e.kind, e.cause, e.run_id, e.members_before, e.members_after, e.related,
    e.occurred_at, e.decision_id, e.because"""
_LAST = text(f"""
    SELECT coalesce((SELECT max(position) FROM {SCHEMA}.golden_events),
                    (SELECT max(through) FROM {SCHEMA}.expired_events), 0)""")
_EXPIRED = text(f"SELECT coalesce(max(through), 0) FROM {SCHEMA}.expired_events")
_NEW = text(f"""
    SELECT {_COLUMNS} FROM {SCHEMA}.golden_events e
     WHERE position > :after AND position <= :upto AND kind = ANY(:kinds) ORDER BY position LIMIT :limit""")
_DUE = text(f"""
    SELECT {_COLUMNS}, u.attempts, u.replays
      FROM {SCHEMA}.undelivered_events u JOIN {SCHEMA}.golden_events e USING (position)
     WHERE u.subscription = :name AND u.next_at <= clock_timestamp()
     ORDER BY u.next_at, u.position LIMIT :limit""")
_NAMED = text(f"""
    SELECT c.id, s.name, CASE WHEN c.gone_because = 'erased' THEN NULL ELSE c.external_id END AS external_id
      FROM {SCHEMA}.source_contacts c JOIN {SCHEMA}.sources s ON s.id = c.source_id WHERE c.id = ANY(:ids)""")
# All that comes before the first event that must stay: by its age, or because a subscription lacks it.
_EXPIRE_THROUGH = text(f"""
    SELECT least(
      coalesce((SELECT min(position) - 1 FROM {SCHEMA}.golden_events
                 WHERE occurred_at >= :before),
               (SELECT max(position) FROM {SCHEMA}.golden_events)),
      (SELECT min(position) FROM {SCHEMA}.subscriptions WHERE name = ANY(:names)),
      (SELECT min(position) - 1 FROM {SCHEMA}.undelivered_events
        WHERE subscription = ANY(:names) AND state = 'waiting'))""")
_DELETE_EVENTS = text(f"DELETE FROM {SCHEMA}.golden_events WHERE position <= :through")
# Behind which position a subscription lacks an event up to there: it has not looked at it, or it failed.
_LACKING = text(f"""
    SELECT name, after FROM (
        SELECT s.name, least(
            (SELECT s.position WHERE EXISTS (SELECT FROM {SCHEMA}.golden_events e
                                              WHERE e.position > s.position AND e.position <= :through)),
            (SELECT min(u.position) - 1 FROM {SCHEMA}.undelivered_events u
              WHERE u.subscription = s.name AND u.state = 'waiting' AND u.position <= :through)) AS after
          FROM {SCHEMA}.subscriptions s) found
     WHERE after IS NOT NULL""")
_DELETE_UNDELIVERED = text(f"""
    DELETE FROM {SCHEMA}.undelivered_events WHERE position <= :through AND state <> 'lost'""")
_FORGET_LOST = text(f"""
    DELETE FROM {SCHEMA}.undelivered_events WHERE state = 'lost' AND died_at < :before""")
_PASS_GAPS = text(f"UPDATE {SCHEMA}.subscriptions SET position = :through WHERE position < :through")
_NOTE_EXPIRED = text(f"INSERT INTO {SCHEMA}.expired_events VALUES (:through, clock_timestamp())")
