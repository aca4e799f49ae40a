"""Counts that metrics tell, each asked so that it costs little however many contacts there are."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.tables import SCHEMA


class WaitingCandidates(NamedTuple):
    """How many candidates wait, and since when the first of them."""

    number: int
    since: datetime | None


def queue(connection: Connection) -> WaitingCandidates:
    return WaitingCandidates(*connection.execute(_QUEUE).one())


def gone(connection: Connection) -> dict[UUID, int]:
    """Source contacts that are gone, by source; an index has these alone."""
    return {row.source_id: row.number for row in connection.execute(_GONE)}


def quarantined(connection: Connection) -> dict[UUID, int]:
    """Records that were set aside, by source."""
    return {row.source_id: row.number for row in connection.execute(_QUARANTINED)}


def size(connection: Connection) -> int:
    """The bytes of the database on its disk."""
    return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())


_QUEUE = text(f"SELECT count(*), min(first_seen_at) FROM {SCHEMA}.review_candidates")
_GONE = text(f"""
    SELECT source_id, count(*) AS number FROM {SCHEMA}.source_contacts
     WHERE gone_at IS NOT NULL GROUP BY source_id""")
_QUARANTINED = text(f"SELECT source_id, count(*) AS number FROM {SCHEMA}.quarantine GROUP BY source_id")
