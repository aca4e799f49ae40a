"""The review queue as last published, and the source contacts on the two sides of each candidate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.errors import NotFound


@dataclass(frozen=True, slots=True)
class ReviewCandidate:
    """One question: are these two groups of source contacts one person?"""

    id: UUID
    left_members: list[UUID]
    right_members: list[UUID]
    weight: int  # of the strongest pair, in 1/1024 bit
    probability: float
    priority: float
    evidence: dict[str, Any]
    """{"pairs": [{left, right, weight, levels: {comparison: name of its level}}], "decisions": [id]}"""
    evidence_hash: bytes
    cause: str  # doubtful, held_apart, evidence_changed, reported
    run_id: UUID
    model_id: UUID | None
    first_seen_at: datetime

    @property
    def members(self) -> list[UUID]:
        return [*self.left_members, *self.right_members]


@dataclass(frozen=True, slots=True)
class CandidateMember:
    """A source contact on one side of a candidate, as it is now."""

    id: UUID
    source: str
    provider: str
    external_id: str
    content: dict[str, Any]  # a row of schemas.CONTACTS without `contact`
    identity_hash: bytes
    golden_id: UUID | None


def count(connection: Connection) -> int:
    return int(connection.execute(_COUNT).scalar_one())


class QueuePosition(NamedTuple):
    """The position of a candidate in a person's queue; those the person skipped come last, the longest ago
    first."""

    skipped: int  # microseconds since 1970; 0: never
    priority: float
    id: UUID


def listed(
    connection: Connection, who: str, limit: int, after: QueuePosition | None = None
) -> list[tuple[ReviewCandidate, QueuePosition]]:
    """The queue of a person by descending priority, with positions; `after` is the last position of the page
    before."""
    skipped, priority, last = after or (None, None, None)
    parameters = {"who": who, "limit": limit, "skipped": skipped, "priority": priority, "last": last}
    found = []
    for row in map(dict, connection.execute(_LIST, parameters).mappings()):
        place = QueuePosition(row.pop("skipped"), row["priority"], row["id"])
        found.append((ReviewCandidate(**row), place))
    return found


def skip(connection: Connection, candidate: UUID, who: str) -> None:
    """Move a candidate to the end of a person's queue, and drop skips of candidates that no longer exist."""
    get(connection, candidate)
    connection.execute(_SWEEP)
    connection.execute(_SKIP, {"id": candidate, "who": who})


def names(connection: Connection, golden_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of golden contacts, of those that have one."""
    rows = connection.execute(_NAMES, {"ids": list(golden_ids)})
    return {row.id: row.display_name for row in rows}


def get(connection: Connection, candidate: UUID) -> ReviewCandidate:
    """The candidate with that id. Raises NotFound."""

    row = connection.execute(_GET, {"id": candidate}).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no review candidate {candidate} now")
    return ReviewCandidate(**row)


def is_asked(connection: Connection, candidate: UUID) -> bool:
    return connection.execute(_GET, {"id": candidate}).one_or_none() is not None


def touching(connection: Connection, source_contacts: Sequence[UUID]) -> list[ReviewCandidate]:
    rows = connection.execute(_TOUCHING, {"ids": list(source_contacts)}).mappings()
    return [ReviewCandidate(**row) for row in rows]


def members(connection: Connection, source_contacts: Sequence[UUID]) -> dict[UUID, CandidateMember]:
    """Those of the source contacts that are live, as they are now."""
    rows = connection.execute(_MEMBERS, {"ids": list(source_contacts)}).mappings()
    return {row["id"]: CandidateMember(**row) for row in rows}


def content_hashes(connection: Connection, source_contacts: Sequence[UUID]) -> dict[UUID, bytes]:
    """The hashes of the payload versions that the contacts' normalized content comes from."""
    rows = connection.execute(_CONTENT_HASHES, {"ids": list(source_contacts)})
    return {row.source_contact_id: row.content_hash for row in rows}


def companions(connection: Connection, source_contacts: Sequence[UUID]) -> set[UUID]:
    """All source contacts that share a golden contact with one of these, themselves included."""
    rows = connection.execute(_COMPANIONS, {"ids": list(source_contacts)}).scalars()
    return {*rows, *source_contacts}


_COLUMNS = """id, left_members, right_members, weight, probability, priority, evidence, evidence_hash, cause,
       run_id, model_id, first_seen_at"""
_COUNT = text("SELECT count(*) FROM dedupe.review_candidates")
_LIST = text(f"""
    WITH placed AS (
      SELECT c.*, coalesce(CAST(extract(epoch FROM s.skipped_at) * 1000000 AS bigint), 0) AS skipped
        FROM dedupe.review_candidates c
        LEFT JOIN dedupe.review_skips s ON s.candidate_id = c.id AND s.who = :who)
    SELECT {_COLUMNS}, skipped FROM placed
     WHERE CAST(:skipped AS bigint) IS NULL
        OR (skipped, -priority, id)
           > (CAST(:skipped AS bigint), -CAST(:priority AS float8), CAST(:last AS uuid))
     ORDER BY skipped, -priority, id LIMIT :limit""")
_SWEEP = text("""
    DELETE FROM dedupe.review_skips s
     WHERE NOT EXISTS (SELECT FROM dedupe.review_candidates c WHERE c.id = s.candidate_id)""")
_SKIP = text("""
    INSERT INTO dedupe.review_skips (candidate_id, who, skipped_at) VALUES (:id, :who, clock_timestamp())
    ON CONFLICT (candidate_id, who) DO UPDATE SET skipped_at = excluded.skipped_at""")
_NAMES = text("""
    SELECT id, display_name FROM dedupe.golden_contacts
     WHERE id = ANY(:ids) AND display_name IS NOT NULL""")
_GET = text(f"SELECT {_COLUMNS} FROM dedupe.review_candidates WHERE id = :id")
_TOUCHING = text(f"""
    SELECT {_COLUMNS} FROM dedupe.review_candidates
     WHERE left_members && CAST(:ids AS uuid[]) OR right_members && CAST(:ids AS uuid[])
     ORDER BY priority DESC, id""")
_MEMBERS = text("""
    SELECT c.id, s.name AS source, s.provider, c.external_id, n.content, n.identity_hash, l.golden_id
      FROM dedupe.source_contacts c
      JOIN dedupe.sources s ON s.id = c.source_id
      JOIN dedupe.contacts n ON n.source_contact_id = c.id
      LEFT JOIN dedupe.source_links l ON l.source_contact_id = c.id
     WHERE c.id = ANY(:ids)""")
_CONTENT_HASHES = text("""
    SELECT n.source_contact_id, v.content_hash
      FROM dedupe.contacts n JOIN dedupe.source_contact_versions v ON v.id = n.version_id
     WHERE n.source_contact_id = ANY(:ids)""")
_COMPANIONS = text("""
    SELECT other.source_contact_id
      FROM dedupe.source_links mine JOIN dedupe.source_links other ON other.golden_id = mine.golden_id
     WHERE mine.source_contact_id = ANY(:ids)""")
