"""Who saw golden contacts during some time, and which events of theirs were told to whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.copying import array_text
from dedupe.storage.golden_contacts import Event
from dedupe.storage.tables import SCHEMA


@dataclass(frozen=True, slots=True)
class Period:
    """A golden id during some time; `since` None: from its beginning, `until` None: up to now. The positions
    are those of the events that began and ended it."""

    golden_id: UUID
    since: datetime | None
    until: datetime | None
    first: int = 0
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Visit:
    """One line of the access log: who looked, by which door. An export of everybody names nobody: `whole`."""

    id: int
    who: str
    door: str
    action: str
    occurred_at: datetime
    whole: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """How far a subscription is that has begun."""

    position: int
    began_at: datetime


@dataclass(frozen=True, slots=True)
class Undelivered:
    state: str  # waiting, dead
    attempts: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class FormerLink:
    """A link that is no more, with the evidence it was made by."""

    left: UUID
    right: UUID
    weight: int  # in 1/1024 bit
    levels: dict[str, str]  # comparison: name of its level; silent ones are left out


def visits(connection: Connection, during: Sequence[Period], limit: int, after: int = 0) -> list[Visit]:
    """Up to `limit` lines after the line `after`, the oldest first."""
    rows = connection.execute(_VISITS, {**_periods(during), "after": after, "limit": limit})
    return [Visit(*row) for row in rows]


def count_visits(connection: Connection, during: Sequence[Period]) -> int:
    return int(connection.execute(_COUNT_VISITS, _periods(during)).scalar_one())


def log_begins(connection: Connection) -> datetime | None:
    """When the oldest line was written that is kept."""
    return connection.execute(_BEGINS).scalar()


def events(connection: Connection, during: Sequence[Period], limit: int, after: int = 0) -> list[Event]:
    """Up to `limit` events that name the golden ids during these periods, in commit order."""
    rows = connection.execute(_EVENTS, {**_periods(during), "after": after, "limit": limit})
    return [Event(**row) for row in rows.mappings()]


def count_events(connection: Connection, during: Sequence[Period]) -> int:
    return int(connection.execute(_COUNT_EVENTS, _periods(during)).scalar_one())


def begun(connection: Connection) -> dict[str, Begun]:
    """Every subscription that has begun, by its name; those that are configured no longer as well."""
    return {row.name: Begun(row.position, row.began_at) for row in connection.execute(_BEGUN)}


def undelivered(connection: Connection, positions: Sequence[int]) -> dict[tuple[str, int], Undelivered]:
    """What of these events hasn't reached its receiver, by subscription and position."""
    rows = connection.execute(_UNDELIVERED, {"positions": list(positions)})
    return {
        (row.subscription, row.position): Undelivered(row.state, row.attempts, row.reason) for row in rows
    }


def links_taken_apart(
    connection: Connection, run_id: UUID, left: Sequence[UUID], right: Sequence[UUID]
) -> list[FormerLink]:
    """The links between two groups of source contacts that this run removed, the strongest first."""
    sides = {"run": run_id, "left": array_text(left), "right": array_text(right)}
    return [FormerLink(*row) for row in connection.execute(_TAKEN_APART, sides)]


def _periods(during: Sequence[Period]) -> dict[str, Any]:
    return {
        "ids": [each.golden_id for each in during],
        "sinces": [each.since for each in during],
        "untils": [each.until for each in during],
        "firsts": [each.first for each in during],
        "lasts": [each.last for each in during],
    }


_SAW = f"""
      FROM {SCHEMA}.access_log l
     WHERE l.occurred_at >= (SELECT min(coalesce(since, '-infinity'))
                               FROM unnest(CAST(:sinces AS timestamptz[])) AS _ (since))
       AND EXISTS (
         SELECT FROM unnest(CAST(:ids AS uuid[]), CAST(:sinces AS timestamptz[]),
                            CAST(:untils AS timestamptz[])) AS p(id, since, until)
          WHERE (p.since IS NULL OR l.occurred_at >= p.since) AND (p.until IS NULL OR l.occurred_at < p.until)
            AND (p.id = ANY(l.golden_ids) OR (l.golden_ids = '{{}}' AND starts_with(l.action, 'export '))))"""
_VISITS = text(f"""
    SELECT l.id, l.who, l.door, l.action, l.occurred_at, l.golden_ids = '{{}}' AS whole {_SAW}
       AND l.id > :after ORDER BY l.id LIMIT :limit""")
_COUNT_VISITS = text(f"SELECT count(*) {_SAW}")
_BEGINS = text(f"SELECT min(occurred_at) FROM {SCHEMA}.access_log")
_TOLD = f"""
      FROM {SCHEMA}.golden_events e
     WHERE EXISTS (
         SELECT FROM unnest(CAST(:ids AS uuid[]), CAST(:firsts AS bigint[]),
                            CAST(:lasts AS bigint[])) AS p(id, first, last)
          WHERE (e.golden_id = p.id OR e.related @> ARRAY[p.id])
            AND e.position >= p.first AND (p.last IS NULL OR e.position <= p.last))"""
_EVENTS = text(f"""
    SELECT e.position, e.golden_id, e.kind, e.cause, e.run_id, e.members_before, e.members_after, e.related,
           e.occurred_at, e.decision_id, e.because {_TOLD}
       AND e.position > :after ORDER BY e.position LIMIT :limit""")
_COUNT_EVENTS = text(f"SELECT count(*) {_TOLD}")
_BEGUN = text(f"SELECT name, position, began_at FROM {SCHEMA}.subscriptions ORDER BY name")
_UNDELIVERED = text(f"""
    SELECT subscription, position, state, attempts, reason FROM {SCHEMA}.undelivered_events
     WHERE position = ANY(:positions) AND state <> 'lost'""")
_TAKEN_APART = text(f"""
    SELECT l.left_contact, l.right_contact, l.weight, l.levels
      FROM {SCHEMA}.replaced_rows r
      CROSS JOIN LATERAL json_populate_record(CAST(NULL AS {SCHEMA}.links), r.content) l
     WHERE r.run_id = :run AND r.about = 'links'
       AND ((l.left_contact = ANY(CAST(:left AS uuid[])) AND l.right_contact = ANY(CAST(:right AS uuid[])))
         OR (l.right_contact = ANY(CAST(:left AS uuid[])) AND l.left_contact = ANY(CAST(:right AS uuid[]))))
     ORDER BY l.weight DESC, 1, 2""")
