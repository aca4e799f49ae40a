"""Decisions by who, what and about whom, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.decisions import Decision, matching


@dataclass(frozen=True, slots=True)
class DecisionFilter:
    """Which decisions; what is None lets all through."""

    decided_by: str | None = None
    subject: str | None = None  # contacts, value, field
    verdict: str | None = None
    origin: str | None = None
    batch: UUID | None = None
    live: bool | None = None  # False: revoked ones
    source_contacts: Sequence[UUID] | None = None  # that name one of these
    since: datetime | None = None  # decided at this moment or later
    before: datetime | None = None  # decided before it


EVERY = DecisionFilter()


def deciders(connection: Connection) -> list[str]:
    """Everybody who ever decided, by name: found by one look into the index for each of them."""
    return list(connection.execute(_DECIDERS).scalars())


def listed(
    connection: Connection, wanted: DecisionFilter, limit: int, after: UUID | None = None
) -> list[Decision]:
    """At most `limit` decisions, the latest first, of those before the decision `after`."""
    given: dict[str, Any] = {
        "decided_by": wanted.decided_by,
        "subject": wanted.subject,
        "verdict": wanted.verdict,
        "origin": wanted.origin,
        "batch": wanted.batch,
        "live": wanted.live,
        "ids": None if wanted.source_contacts is None else list(wanted.source_contacts),
        "since": wanted.since,
        "before": wanted.before,
        "after": after,
    }
    asked = {name: value for name, value in given.items() if value is not None}
    where = " AND ".join(["true", *(_CONDITIONS[name] for name in asked)])
    return matching(connection, where, {**asked, "limit": limit}, "LIMIT :limit")


_CONDITIONS = {
    "decided_by": "d.decided_by = :decided_by",
    "subject": "d.subject = :subject",
    "verdict": "d.verdict = :verdict",
    "origin": "d.origin = :origin",
    "batch": "d.batch_id = :batch",
    "live": "(d.revoked_at IS NULL) = :live",
    "ids": """d.id IN (SELECT decision_id FROM dedupe.decision_members
                        WHERE source_contact_id = ANY(:ids))""",
    "since": "d.decided_at >= :since",
    "before": "d.decided_at < :before",
    "after": "(d.decided_at, d.id) < (SELECT decided_at, id FROM dedupe.decisions WHERE id = :after)",
}
_DECIDERS = text("""
    WITH RECURSIVE who(name) AS (
      SELECT min(decided_by) FROM dedupe.decisions
      UNION ALL
      SELECT (SELECT min(decided_by) FROM dedupe.decisions WHERE decided_by > who.name)
        FROM who WHERE who.name IS NOT NULL)
    SELECT name FROM who WHERE name IS NOT NULL""")
