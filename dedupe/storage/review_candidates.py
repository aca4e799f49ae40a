"""The review queue as last published, and the source contacts on the two sides of each candidate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, text

from dedupe.arrays.units import BIT
from dedupe.errors import NotFound
from dedupe.storage.components import MANY
from dedupe.storage.copying import array_text, copy_in
from dedupe.storage.staged_rows import is_empty, moment, stage_rows, with_constants
from dedupe.storage.tables import review_candidates


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
    cause: str  # doubtful, held_apart, evidence_changed
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


_STEP = BIT // 4
"""A quarter of a bit (chosen): it changes the odds by a fifth, and a place in the queue by little."""


class Published(NamedTuple):
    """The number of candidates added, changed and removed by `publish`."""

    made: int
    changed: int
    removed: int


def publish(
    connection: Connection,
    rows: pa.Table,
    run_id: UUID,
    model_id: UUID | None,
    within: Collection[UUID] | None = None,
) -> Published:
    """Make the queue equal to `rows` (`clustering.review_questions.QUESTIONS`).

    A candidate that asks the same on the same evidence keeps its row, with the weights that it was asked by:
    how frequent values are moves all weights a little with each contact that comes (decision 135). Under
    another model, or once its weight has moved by `_STEP`, it is written again.

    With `within`, only candidates that name one of these source contacts are replaced, because a decision
    publishes its component alone.
    """
    if is_empty(connection, review_candidates):
        given = {"run_id": run_id, "model_id": model_id, "first_seen_at": moment(connection)}
        return Published(copy_in(connection, review_candidates, with_constants(rows, **given)), 0, 0)
    stage_rows(connection, "staged_questions", review_candidates, rows)
    parameters: dict[str, Any] = {"run_id": run_id, "model_id": model_id, "step": _STEP}
    if within is None:
        return Published(*connection.execute(_PUBLISH, parameters).one())
    parameters["touched"] = array_text(_touched(connection, list(within)))
    return Published(*connection.execute(_PUBLISH_WITHIN, parameters).one())


def _touched(connection: Connection, source_contacts: Sequence[UUID]) -> list[UUID]:
    """The candidates that name one of these."""
    query = _NAMING if len(source_contacts) < MANY else _NAMING_ONE_OF_MANY
    return list(connection.execute(query, {"within": array_text(source_contacts)}).scalars())


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


def _without_weights(row: str) -> str:
    return f"""regexp_replace(CAST({row}.evidence AS text), '"weight": -?[0-9]+', '', 'g')"""


_NAMING = text("""
      SELECT c.id FROM unnest(CAST(:within AS uuid[])) one
        JOIN dedupe.review_candidates c ON c.left_members @> ARRAY[one]
      UNION
      SELECT c.id FROM unnest(CAST(:within AS uuid[])) one
        JOIN dedupe.review_candidates c ON c.right_members @> ARRAY[one]""")
_NAMING_ONE_OF_MANY = text("""
      SELECT DISTINCT side.id
        FROM (SELECT s.id, unnest(s.left_members || s.right_members) AS member
                FROM dedupe.review_candidates s) side
        JOIN (SELECT unnest(CAST(:within AS uuid[])) AS member) wanted ON wanted.member = side.member""")


_PUBLISHED = f"""
    WITH staged AS (
      SELECT id, left_members, right_members, weight, probability, priority, evidence, evidence_hash, cause
        FROM staged_questions),
    removed AS (
      DELETE FROM dedupe.review_candidates c
       WHERE NOT EXISTS (SELECT FROM staged WHERE staged.id = c.id)
         {{among}}
      RETURNING 1),
    written AS (
      INSERT INTO dedupe.review_candidates AS c
             (id, left_members, right_members, weight, probability, priority, evidence, evidence_hash, cause,
              run_id, model_id, first_seen_at)
      SELECT staged.*, CAST(:run_id AS uuid), CAST(:model_id AS uuid), clock_timestamp() FROM staged
      ON CONFLICT (id) DO UPDATE SET
             left_members = excluded.left_members, right_members = excluded.right_members,
             weight = excluded.weight, probability = excluded.probability, priority = excluded.priority,
             evidence = excluded.evidence, evidence_hash = excluded.evidence_hash, cause = excluded.cause,
             run_id = excluded.run_id, model_id = excluded.model_id
       WHERE (c.weight, c.probability, c.priority, CAST(c.evidence AS text), c.evidence_hash, c.cause,
              c.left_members, c.right_members)
             IS DISTINCT FROM
             (excluded.weight, excluded.probability, excluded.priority, CAST(excluded.evidence AS text),
              excluded.evidence_hash, excluded.cause, excluded.left_members, excluded.right_members)
         AND (abs(c.weight - excluded.weight) >= :step
              OR c.model_id IS DISTINCT FROM excluded.model_id
              OR (c.left_members, c.right_members, c.evidence_hash, c.cause,
                  {_without_weights("c")})
                 IS DISTINCT FROM
                 (excluded.left_members, excluded.right_members, excluded.evidence_hash, excluded.cause,
                  {_without_weights("excluded")}))
      RETURNING xmax = 0 AS made)
    SELECT count(*) FILTER (WHERE made), count(*) FILTER (WHERE NOT made),
           (SELECT count(*) FROM removed) FROM written"""
_PUBLISH = text(_PUBLISHED.format(among=""))
_PUBLISH_WITHIN = text(_PUBLISHED.format(among="AND c.id = ANY(CAST(:touched AS uuid[]))"))
