"""The review queue as last published, and the source contacts on the two sides of each candidate."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
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


def oldest(connection: Connection) -> datetime | None:
    """Since when the question that waits longest has been asked."""
    found: datetime | None = connection.execute(_OLDEST).scalar_one()
    return found


class QueueOrder(StrEnum):
    """In which order a queue is listed."""

    PRIORITY = "priority"  # what matters most first
    PROBABILITY = "probability"  # the likeliest to be one person first
    AGE = "age"  # what waits longest first


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """Which candidates; what is None lets all through."""

    cause: str | None = None
    source: str | None = None  # that a member is of
    country: str | None = None  # ISO 3166 alpha-2, of a member
    min_probability: float | None = None
    max_probability: float | None = None
    since: datetime | None = None  # asked for the first time then or later
    pattern: str | None = None  # of its strongest pair, see `matching.comparisons.agreement_patterns`
    held_by: str | None = None  # who is at it, or to whom it is assigned
    words: tuple[str, ...] | None = None  # each a part of what a member is called or reached by, folded
    value: str | None = None  # "email key" or "phone key", of what both sides hold


ALL = QueueFilter()


class QueuePosition(NamedTuple):
    """The position of a candidate in a person's queue; those the person skipped come last, the longest ago
    first. `place`: in that order, ascending."""

    order: QueueOrder
    skipped: int  # microseconds since 1970; 0: never
    place: float
    id: UUID


def listed(
    connection: Connection,
    who: str,
    limit: int,
    after: QueuePosition | None = None,
    order: QueueOrder = QueueOrder.PRIORITY,
    wanted: QueueFilter = ALL,
) -> list[tuple[ReviewCandidate, QueuePosition]]:
    """The queue of a person, with positions. `after`: the last position of the page before, in whose order it
    goes on."""
    order = after.order if after else order
    given: dict[str, Any] = {"who": who, "limit": limit}
    if after is not None:
        given |= {"skipped": after.skipped, "place": after.place, "last": after.id}
    behind = _AFTER if after else "true"
    query = _LIST.format(place=_PLACES[order], wanted=conditions(wanted, given), after=behind)
    found = []
    for row in map(dict, connection.execute(text(query), given).mappings()):
        position = QueuePosition(order, row.pop("skipped"), row.pop("place"), row["id"])
        found.append((ReviewCandidate(**row), position))
    return found


def count_of(connection: Connection, wanted: QueueFilter) -> int:
    """The number of candidates that a filter lets through."""
    given: dict[str, Any] = {}
    query = f"SELECT count(*) FROM dedupe.review_candidates c WHERE {conditions(wanted, given)}"
    return int(connection.execute(text(query), given).scalar_one())


def ids_of(connection: Connection, wanted: QueueFilter) -> list[UUID]:
    """The candidates that a filter lets through, what matters most first."""
    given: dict[str, Any] = {}
    query = f"SELECT id FROM dedupe.review_candidates c WHERE {conditions(wanted, given)}"
    ordered = text(f"{query} ORDER BY c.priority DESC, c.id")
    return list(connection.execute(ordered, given).scalars())


def conditions(wanted: QueueFilter, given: dict[str, Any]) -> str:
    """The conditions of a filter, whose values are added to `given`."""
    asked = {name: value for name, value in asdict(wanted).items() if value is not None}
    if wanted.words is not None:
        asked["words"] = list(wanted.words)
    given |= asked
    return " AND ".join(["true", *(_CONDITIONS[name] for name in asked)])


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


def with_ids(connection: Connection, candidates: Collection[UUID]) -> list[ReviewCandidate]:
    """Those of these candidates that are asked now, what matters most first."""
    rows = connection.execute(_WITH_IDS, {"ids": list(candidates)}).mappings()
    return [ReviewCandidate(**row) for row in rows]


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
_OLDEST = text("SELECT min(first_seen_at) FROM dedupe.review_candidates")
_LIST = f"""
    WITH placed AS (
      SELECT c.*, coalesce(CAST(extract(epoch FROM s.skipped_at) * 1000000 AS bigint), 0) AS skipped,
             CAST({{place}} AS float8) AS place
        FROM dedupe.review_candidates c
        LEFT JOIN dedupe.review_skips s ON s.candidate_id = c.id AND s.who = :who
       WHERE {{wanted}})
    SELECT {_COLUMNS}, skipped, place FROM placed
     WHERE {{after}} ORDER BY skipped, place, id LIMIT :limit"""
_AFTER = """(skipped, place, id)
            > (CAST(:skipped AS bigint), CAST(:place AS float8), CAST(:last AS uuid))"""
_PLACES = {
    QueueOrder.PRIORITY: "-c.priority",
    QueueOrder.PROBABILITY: "-c.probability",
    QueueOrder.AGE: "extract(epoch FROM c.first_seen_at) * 1000000",
}
_MEMBER = "EXISTS (SELECT FROM unnest(c.left_members || c.right_members) AS m(id) {} )"
# As it is asked now: what was read of a candidate before it was published anew may be of another pattern.
_FACETS = """EXISTS (SELECT FROM dedupe.review_facets f
                      WHERE f.candidate_id = c.id AND f.run_id = c.run_id AND {})"""
_CONDITIONS = {
    "cause": "c.cause = :cause",
    "source": _MEMBER.format("""
        JOIN dedupe.source_contacts k ON k.id = m.id
        JOIN dedupe.sources o ON o.id = k.source_id WHERE o.name = :source"""),
    "country": _FACETS.format(":country = ANY(f.countries)"),
    "min_probability": "c.probability >= :min_probability",
    "max_probability": "c.probability <= :max_probability",
    "since": "c.first_seen_at >= :since",
    "pattern": _FACETS.format("f.pattern = :pattern"),
    "held_by": """EXISTS (SELECT FROM dedupe.review_claims h
                           WHERE h.candidate_id = c.id AND h.who = :held_by
                             AND (h.expires_at IS NULL OR h.expires_at > clock_timestamp()))""",
    "words": _FACETS.format("""NOT EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
                                            WHERE strpos(f.words, w.word) = 0)"""),
    "value": _FACETS.format("f.shared_values @> ARRAY[CAST(:value AS text)]"),
}
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
_WITH_IDS = text(f"""
    SELECT {_COLUMNS} FROM dedupe.review_candidates WHERE id = ANY(:ids) ORDER BY priority DESC, id""")
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
