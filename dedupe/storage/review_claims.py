"""Who is at which question of the review queue, for a while by working on it or until it is answered because
it was assigned to them; and which question somebody is given next."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.review_candidates import ALL, QueueFilter, conditions

LEASE = timedelta(minutes=10)
"""For how long a question is somebody's after they looked at it (chosen): a look at it renews it."""
_OF_LATE = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Claim:
    """That a question is given to nobody but `who`."""

    candidate: UUID
    who: str
    claimed_at: datetime
    expires_at: datetime | None  # None: assigned, until it is answered
    assigned_by: str | None


def claim(connection: Connection, candidate: UUID, who: str, *, take_over: bool = False) -> bool:
    """Whether the question is theirs now: it was free or theirs before, or is taken over."""
    given = {"id": candidate, "who": who, "lease": LEASE, "take_over": take_over}
    return connection.execute(_CLAIM, given).one_or_none() is not None


def assign(connection: Connection, candidate: UUID, who: str, by: str) -> None:
    """Make it theirs until it is answered or given to somebody else."""
    connection.execute(_ASSIGN, {"id": candidate, "who": who, "by": by})


def release(connection: Connection, candidate: UUID, who: str | None = None) -> None:
    """End the claim of `who`, not one that was assigned; without `who` whatever claim there is."""
    connection.execute(_RELEASE, {"id": candidate, "who": who})


def live(connection: Connection, candidates: Collection[UUID]) -> dict[UUID, Claim]:
    """The claims on these questions that hold now."""
    rows = connection.execute(_LIVE, {"ids": list(candidates)}).mappings()
    return {row["candidate"]: Claim(**row) for row in rows}


def next_for(
    connection: Connection, who: str, wanted: QueueFilter = ALL, besides: UUID | None = None
) -> UUID | None:
    """The question that somebody is to be given: theirs first, then what matters most, then what they
    skipped, the longest ago first. None that another has, nor one that waits for another's opinion."""
    given: dict[str, Any] = {"who": who, "besides": besides}
    where = conditions(wanted, given)
    for query in (_MINE, _FRESH, _SKIPPED):
        found: UUID | None = connection.scalar(text(query.format(wanted=where)), given)
        if found is not None:
            return found
    return None


def kept_for(connection: Connection, candidates: Collection[UUID], who: str) -> dict[UUID, str]:
    """Those of these questions that are others' to answer now, and why: who is at it, or `a second opinion is
    asked for`."""
    rows = connection.execute(_KEPT_FOR, {"ids": list(candidates), "who": who})
    return {row.id: f"with {row.holder}" if row.holder else "a second opinion is asked for" for row in rows}


def reviewers(connection: Connection) -> list[str]:
    """Everybody who may decide by a token, or has worked on the queue of late."""
    begin = datetime.now(UTC) - _OF_LATE
    first = UUID(int=int(begin.timestamp() * 1000) << 80)  # ids of decisions are UUIDv7s: in order of time
    return list(connection.execute(_REVIEWERS, {"first": first}).scalars())


def sweep(connection: Connection) -> None:
    """Drop claims on questions that are asked no longer, and those that ended."""
    connection.execute(_SWEEP)


_HOLDS = "(h.expires_at IS NULL OR h.expires_at > clock_timestamp())"
_CLAIM = text("""
    INSERT INTO dedupe.review_claims AS h (candidate_id, who, claimed_at, expires_at)
    VALUES (:id, :who, clock_timestamp(), clock_timestamp() + CAST(:lease AS interval))
    ON CONFLICT (candidate_id) DO UPDATE SET
           who = excluded.who, claimed_at = excluded.claimed_at,
           expires_at = CASE WHEN h.who = excluded.who AND h.expires_at IS NULL THEN NULL
                             ELSE excluded.expires_at END,
           assigned_by = CASE WHEN h.who = excluded.who THEN h.assigned_by END
     WHERE h.who = excluded.who OR h.expires_at <= clock_timestamp() OR CAST(:take_over AS boolean)
    RETURNING who""")
_ASSIGN = text("""
    INSERT INTO dedupe.review_claims (candidate_id, who, claimed_at, expires_at, assigned_by)
    VALUES (:id, :who, clock_timestamp(), NULL, :by)
    ON CONFLICT (candidate_id) DO UPDATE SET
           who = excluded.who, claimed_at = excluded.claimed_at, expires_at = NULL,
           assigned_by = excluded.assigned_by""")
_RELEASE = text("""
    DELETE FROM dedupe.review_claims
     WHERE candidate_id = :id
       AND (CAST(:who AS text) IS NULL OR who = :who AND expires_at IS NOT NULL)""")
_LIVE = text(f"""
    SELECT candidate_id AS candidate, who, claimed_at, expires_at, assigned_by
      FROM dedupe.review_claims h WHERE candidate_id = ANY(:ids) AND {_HOLDS}""")
_KEPT_FOR = text(f"""
    SELECT c.id, h.who AS holder
      FROM dedupe.review_candidates c
      LEFT JOIN dedupe.review_claims h ON h.candidate_id = c.id AND h.who <> :who AND {_HOLDS}
     WHERE c.id = ANY(:ids)
       AND (h.who IS NOT NULL
            OR EXISTS (SELECT FROM dedupe.review_opinions o
                        WHERE o.candidate_id = c.id AND o.evidence_hash = c.evidence_hash))""")
_FREE = f"""
    (CAST(:besides AS uuid) IS NULL OR c.id <> :besides)
    AND NOT EXISTS (SELECT FROM dedupe.review_claims h
                     WHERE h.candidate_id = c.id AND h.who <> :who AND {_HOLDS})
    AND NOT EXISTS (SELECT FROM dedupe.review_opinions mine
                     WHERE mine.candidate_id = c.id AND mine.evidence_hash = c.evidence_hash
                       AND mine.who = :who
                       AND NOT EXISTS (SELECT FROM dedupe.review_opinions o
                                        WHERE o.candidate_id = c.id AND o.evidence_hash = c.evidence_hash
                                          AND (o.given_at, o.who) < (mine.given_at, mine.who)))
    AND {{wanted}}"""
_NOT_SKIPPED = "NOT EXISTS (SELECT FROM dedupe.review_skips s WHERE s.candidate_id = c.id AND s.who = :who)"
# The first by itself in the order of the index: of hundreds of thousands that wait, one is read.
_FRESH = f"""
    SELECT c.id FROM dedupe.review_candidates c WHERE {_FREE} AND {_NOT_SKIPPED}
     ORDER BY c.priority DESC, c.id LIMIT 1"""
_MINE = f"""
    SELECT c.id FROM dedupe.review_claims h JOIN dedupe.review_candidates c ON c.id = h.candidate_id
     WHERE h.who = :who AND {_HOLDS} AND (CAST(:besides AS uuid) IS NULL OR c.id <> :besides)
       AND {_NOT_SKIPPED} AND {{wanted}}
     ORDER BY h.expires_at IS NOT NULL, c.priority DESC, c.id LIMIT 1"""
_SKIPPED = f"""
    SELECT c.id FROM dedupe.review_skips s JOIN dedupe.review_candidates c ON c.id = s.candidate_id
     WHERE s.who = :who AND {_FREE} ORDER BY s.skipped_at, c.id LIMIT 1"""
_REVIEWERS = text("""
    SELECT name FROM dedupe.api_tokens
     WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
       AND scopes && ARRAY['review', 'admin']
    UNION SELECT decided_by FROM dedupe.decisions WHERE id >= :first
    UNION SELECT who FROM dedupe.review_claims
    UNION SELECT who FROM dedupe.review_opinions
    UNION SELECT who FROM dedupe.review_skips
    ORDER BY 1""")
_SWEEP = text("""
    DELETE FROM dedupe.review_claims h
     WHERE h.expires_at <= clock_timestamp()
        OR NOT EXISTS (SELECT FROM dedupe.review_candidates c WHERE c.id = h.candidate_id)""")
