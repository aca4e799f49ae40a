"""How many source contacts each source has, and what of it was set aside or could not be read."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text


class SourceCounts(NamedTuple):
    """Live source contacts (None: not counted), those gone, those with values that could not be read, and
    records in quarantine."""

    contacts: int | None
    gone: int
    rejected: int
    quarantined: int


class SetAside(NamedTuple):
    """A record that could not be stored as a contact; its content stays in the table."""

    id: int
    place: str
    reason: str
    observed_at: datetime


class RejectedValue(NamedTuple):
    """A field of a source contact of which a value could not be read, and why; never the value."""

    source_contact: UUID
    external_id: str
    field: str
    reason: str


def counts(connection: Connection, *, live: bool = True) -> dict[UUID, SourceCounts]:
    """By the id of the source. `live`: count live source contacts too, which reads every one of them; all the
    rest has an index that holds no more than is counted."""
    contacts = {row.id: row.number for row in connection.execute(_LIVE)} if live else {}
    return {
        row.id: SourceCounts(contacts.get(row.id, 0) if live else None, *row[1:])
        for row in connection.execute(_COUNTS)
    }


def quarantined(connection: Connection, source_id: UUID, after: int | None, limit: int) -> list[SetAside]:
    """The latest first, of those before the row `after`."""
    rows = connection.execute(_QUARANTINED, {"source": source_id, "after": after, "limit": limit})
    return [SetAside(*row) for row in rows]


def rejected(
    connection: Connection, source_id: UUID, after: UUID | None, limit: int
) -> tuple[list[RejectedValue], UUID | None]:
    """Of at most `limit` source contacts in the order of their ids, above `after`; and where to go on, None
    at the end."""
    rows = connection.execute(_REJECTED, {"source": source_id, "after": after, "limit": limit}).all()
    found = [
        RejectedValue(row.id, row.external_id, str(one["field"]), str(one["reason"]))
        for row in rows
        for one in row.content["rejected"]
    ]
    return found, rows[-1].id if len(rows) == limit else None


# As the index has it. Not by a JSON operator: those refuse an escaped NUL, which JSON may hold; and no value
# can hold this key, since a quote within it is escaped.
_REJECTS = """position('"rejected":' IN CAST(content AS text)) > 0"""
_LIVE = text("""
    SELECT source_id AS id, count(*) AS number FROM dedupe.source_contacts
     WHERE gone_at IS NULL GROUP BY source_id""")
# Postgres can't know how few contacts have rejected values: the order leads it to their index, and OFFSET 0
# keeps it from reading all source contacts to join them.
_COUNTS = text(f"""
    SELECT s.id, coalesce(g.number, 0), coalesce(r.number, 0), coalesce(q.number, 0)
      FROM dedupe.sources s
      LEFT JOIN (SELECT source_id, count(*) AS number FROM dedupe.source_contacts
                  WHERE gone_at IS NOT NULL GROUP BY source_id) g ON g.source_id = s.id
      LEFT JOIN (SELECT k.source_id, count(*) AS number
                   FROM (SELECT source_contact_id FROM dedupe.contacts
                          WHERE {_REJECTS} ORDER BY source_contact_id) c
                  CROSS JOIN LATERAL (SELECT source_id FROM dedupe.source_contacts
                                       WHERE id = c.source_contact_id OFFSET 0) k
                  GROUP BY k.source_id) r ON r.source_id = s.id
      LEFT JOIN (SELECT source_id, count(*) AS number
                   FROM dedupe.quarantine GROUP BY source_id) q ON q.source_id = s.id""")
_QUARANTINED = text("""
    SELECT id, place, reason, observed_at FROM dedupe.quarantine
     WHERE source_id = :source AND id < coalesce(:after, 9223372036854775807)
     ORDER BY id DESC LIMIT :limit""")
_REJECTED = text(f"""
    SELECT k.id, k.external_id, c.content
      FROM dedupe.contacts c JOIN dedupe.source_contacts k ON k.id = c.source_contact_id
     WHERE {_REJECTS} AND k.source_id = :source
       AND c.source_contact_id > coalesce(CAST(:after AS uuid), '00000000-0000-0000-0000-000000000000')
     ORDER BY c.source_contact_id LIMIT :limit""")
