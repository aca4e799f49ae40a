"""How many source contacts each source has, and what of it was set aside."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text


class SourceCounts(NamedTuple):
    """Live source contacts, those gone, and records in quarantine."""

    contacts: int
    gone: int
    quarantined: int


def counts(connection: Connection) -> dict[UUID, SourceCounts]:
    """By the id of the source; reads every source contact."""
    rows = connection.execute(_COUNTS)
    return {row.id: SourceCounts(row.contacts, row.gone, row.quarantined) for row in rows}


_COUNTS = text("""
    SELECT s.id, coalesce(c.contacts, 0) AS contacts, coalesce(c.gone, 0) AS gone,
           coalesce(q.quarantined, 0) AS quarantined
      FROM dedupe.sources s
      LEFT JOIN (SELECT source_id, count(*) FILTER (WHERE gone_at IS NULL) AS contacts,
                        count(gone_at) AS gone
                   FROM dedupe.source_contacts GROUP BY source_id) c ON c.source_id = s.id
      LEFT JOIN (SELECT source_id, count(*) AS quarantined
                   FROM dedupe.quarantine GROUP BY source_id) q ON q.source_id = s.id""")
