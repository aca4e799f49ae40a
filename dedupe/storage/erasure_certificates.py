"""Certificates of erasures, the events by which others are told, and who has acknowledged them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert, select, text

from dedupe.errors import NotFound
from dedupe.storage.outgoing_events import OutgoingEvent
from dedupe.storage.tables import SCHEMA, erasure_certificates

KIND = "erased"
WHOLE = 0
"""The position of an acknowledgement of all of an erasure, noted by a person."""


@dataclass(frozen=True, slots=True)
class StoredCertificate:
    """`content`: as `pipeline.erasure_certificate` makes it; `content_hash`, `mac`: of its canonical form."""

    id: UUID
    erased_at: datetime
    content: dict[str, Any]
    content_hash: bytes
    mac: bytes


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """`acknowledged_by`: the person who noted it; None: the receiver's own answer."""

    recipient: str
    acknowledged_at: datetime
    acknowledged_by: str | None
    note: str


@dataclass(frozen=True, slots=True)
class EventDelivery:
    """Where the events of one erasure are at one webhook.

    `began_at`: None before it has been told anything at all; `passed`: of the events how many it has been
    told or has behind it otherwise; `accepted`, `waiting`, `dead`: how many of them; `reason`: why the last
    attempt failed.
    """

    webhook: str
    began_at: datetime | None
    events: int
    passed: int
    accepted: int
    accepted_at: datetime | None
    waiting: int
    dead: int
    reason: str | None


@dataclass(frozen=True, slots=True)
class GoldenMembers:
    golden_id: UUID
    members: list[UUID]


def add(connection: Connection, made: StoredCertificate) -> None:
    row = {name: getattr(made, name) for name in StoredCertificate.__slots__}
    connection.execute(insert(erasure_certificates), [row])


def latest(connection: Connection) -> StoredCertificate | None:
    """The last certificate; erasures go one after the other."""
    found = listed(connection, 1)
    return found[0] if found else None


def listed(connection: Connection, limit: int, before: UUID | None = None) -> list[StoredCertificate]:
    """Up to `limit` certificates, the latest first, of those before the certificate `before`."""
    ids = erasure_certificates.c.id  # UUIDv7: in the order in which they were made
    query = select(erasure_certificates).order_by(ids.desc()).limit(limit)
    if before is not None:
        query = query.where(ids < before)
    return [StoredCertificate(**row) for row in connection.execute(query).mappings()]


def get(connection: Connection, erasure: UUID) -> StoredCertificate:
    """The certificate of an erasure. Raises NotFound."""
    found = with_id(connection, erasure)
    if not found:
        raise NotFound(f"there is no erasure {erasure}: `dedupe erasures list` shows those there are")
    return found[0]


def with_id(connection: Connection, erasure: UUID) -> list[StoredCertificate]:
    """The certificate of an erasure, if there is one."""
    query = select(erasure_certificates).where(erasure_certificates.c.id == erasure)
    return [StoredCertificate(**row) for row in connection.execute(query).mappings()]


def golden_of(connection: Connection, seeds: Collection[UUID]) -> list[GoldenMembers]:
    """The golden contacts that these source contacts are part of, or were as far as that is kept, with all
    members they are served with, and the golden ids that they gave."""
    rows = connection.execute(_GOLDEN_OF, {"ids": list(seeds)})
    return [GoldenMembers(row.id, list(row.members)) for row in rows]


def members_of(connection: Connection, golden_ids: Collection[UUID]) -> list[GoldenMembers]:
    """The members with which these golden ids are served; none of those that aren't."""
    rows = connection.execute(_MEMBERS_OF, {"ids": list(golden_ids)})
    return [GoldenMembers(row.id, list(row.members)) for row in rows]


def tell(connection: Connection, erasure: UUID, before: Sequence[GoldenMembers]) -> int:
    """Write an event for each golden id of which something was erased, under the publish lock; `before`: the
    members before. Gives the number of events."""
    rows = [{"erasure": erasure, "id": one.golden_id, "before": one.members} for one in before]
    if rows:
        connection.execute(_TELL, rows)
    return len(rows)


def accepted(connection: Connection, webhook: str, events: Sequence[OutgoingEvent]) -> None:
    """Note that a webhook has accepted what it was told of erasures."""
    for one in events:
        if one.event.kind == KIND:
            row = {"erasure": one.event.run_id, "recipient": webhook, "position": one.position}
            connection.execute(_ACCEPTED, row)


def acknowledge(connection: Connection, erasure: UUID, recipient: str, by: str, note: str) -> None:
    """A person notes that a recipient has erased, or has been told; noted again, the last note counts."""
    get(connection, erasure)
    row = {"erasure": erasure, "recipient": recipient, "by": by, "note": note}
    connection.execute(_ACKNOWLEDGE, row)


def acknowledgements(connection: Connection, erasure: UUID) -> list[Acknowledgement]:
    """What people noted of recipients, the oldest first."""
    rows = connection.execute(_BY_HAND, {"erasure": erasure}).mappings()
    return [Acknowledgement(**row) for row in rows]


def deliveries(connection: Connection, erasure: UUID, webhooks: Collection[str]) -> list[EventDelivery]:
    """Where the events of an erasure are, at these webhooks and at all that have ever been told anything."""
    rows = connection.execute(_DELIVERIES, {"erasure": erasure, "names": list(webhooks)}).mappings()
    return [EventDelivery(**row) for row in rows]


_MEMBERS = f"""
    coalesce((SELECT array_agg(l.source_contact_id ORDER BY l.source_contact_id)
                FROM {SCHEMA}.source_links l WHERE l.golden_id = {{id}}), '{{{{}}}}')"""
_GOLDEN_OF = text(f"""
    SELECT found.id, {_MEMBERS.format(id="found.id")} AS members FROM (
        SELECT golden_id AS id FROM {SCHEMA}.source_links WHERE source_contact_id = ANY(:ids)
        UNION SELECT golden_id FROM {SCHEMA}.golden_versions WHERE members && CAST(:ids AS uuid[])
        UNION SELECT id FROM {SCHEMA}.golden_ids WHERE id = ANY(:ids)) found
     ORDER BY found.id""")
_MEMBERS_OF = text(f"""
    SELECT found.id, {_MEMBERS.format(id="found.id")} AS members
      FROM unnest(CAST(:ids AS uuid[])) AS found(id) ORDER BY found.id""")
_TELL = text(f"""
    INSERT INTO {SCHEMA}.golden_events
        (golden_id, kind, cause, run_id, members_before, members_after, related, occurred_at)
    VALUES (:id, '{KIND}', 'erasure', :erasure, CAST(:before AS uuid[]), {_MEMBERS.format(id=":id")}, '{{}}',
            clock_timestamp())""")
_ACCEPTED = text(f"""
    INSERT INTO {SCHEMA}.erasure_acknowledgements (erasure_id, recipient, position, acknowledged_at)
    SELECT c.id, :recipient, :position, clock_timestamp()
      FROM {SCHEMA}.erasure_certificates c WHERE c.id = :erasure
    ON CONFLICT DO NOTHING""")
_ACKNOWLEDGE = text(f"""
    INSERT INTO {SCHEMA}.erasure_acknowledgements
        (erasure_id, recipient, position, acknowledged_at, acknowledged_by, note)
    VALUES (:erasure, :recipient, {WHOLE}, clock_timestamp(), :by, :note)
    ON CONFLICT (erasure_id, recipient, position) DO UPDATE SET
        acknowledged_at = excluded.acknowledged_at, acknowledged_by = excluded.acknowledged_by,
        note = excluded.note""")
_BY_HAND = text(f"""
    SELECT recipient, acknowledged_at, acknowledged_by, note FROM {SCHEMA}.erasure_acknowledgements
     WHERE erasure_id = :erasure AND position = {WHOLE} ORDER BY acknowledged_at, recipient""")
_DELIVERIES = text(f"""
    WITH told AS (SELECT position FROM {SCHEMA}.golden_events WHERE kind = '{KIND}' AND run_id = :erasure),
         named AS (SELECT unnest(CAST(:names AS text[])) AS name UNION SELECT name FROM {SCHEMA}.subscriptions
                   UNION SELECT recipient FROM {SCHEMA}.erasure_acknowledgements
                          WHERE erasure_id = :erasure AND position > {WHOLE})
    SELECT n.name AS webhook, s.began_at,
           (SELECT count(*) FROM told) AS events,
           (SELECT count(*) FROM told WHERE told.position <= s.position) AS passed,
           a.accepted, a.accepted_at, u.waiting, u.dead, u.reason
      FROM named n LEFT JOIN {SCHEMA}.subscriptions s ON s.name = n.name,
           LATERAL (SELECT count(*) AS accepted, max(acknowledged_at) AS accepted_at
                      FROM {SCHEMA}.erasure_acknowledgements
                     WHERE erasure_id = :erasure AND recipient = n.name AND position > {WHOLE}) a,
           LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                           count(*) FILTER (WHERE state = 'dead') AS dead, max(reason) AS reason
                      FROM {SCHEMA}.undelivered_events f JOIN told USING (position)
                     WHERE f.subscription = n.name) u
     ORDER BY n.name""")
