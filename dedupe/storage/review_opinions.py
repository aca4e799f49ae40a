"""What reviewers think of a question before it is decided: each says it without seeing what others said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.review_candidates import ReviewCandidate


@dataclass(frozen=True, slots=True)
class Opinion:
    """What somebody thought of a question on the evidence as it is now."""

    who: str
    verdict: str  # same, different, unsure
    note: str
    given_at: datetime


def about(connection: Connection, candidate: ReviewCandidate) -> list[Opinion]:
    """Opinions on the question as it is asked now, the first first."""
    given = {"id": candidate.id, "evidence": candidate.evidence_hash}
    return [Opinion(**row) for row in connection.execute(_ABOUT, given).mappings()]


def counts(connection: Connection, candidates: Collection[UUID]) -> dict[UUID, int]:
    """How many opinions there are on each of these questions, of those that have some."""
    rows = connection.execute(_COUNTS, {"ids": list(candidates)})
    return {row.candidate_id: row.opinions for row in rows}


def give(connection: Connection, candidate: ReviewCandidate, who: str, verdict: str, note: str) -> bool:
    """Keep an opinion. It may be changed until somebody else gave theirs: whether it is kept."""
    return connection.execute(_GIVE, _given(candidate, who, verdict, note)).one_or_none() is not None


def keep_with_others(connection: Connection, candidate: ReviewCandidate, who: str, verdict: str) -> None:
    """Where others gave an opinion and this decider didn't, the verdict is theirs, given without theirs."""
    connection.execute(_WITH_OTHERS, _given(candidate, who, verdict, ""))


def _given(candidate: ReviewCandidate, who: str, verdict: str, note: str) -> dict[str, object]:
    return {
        "id": candidate.id,
        "evidence": candidate.evidence_hash,
        "who": who,
        "verdict": verdict,
        "note": note,
        "members": candidate.members,
    }


_ABOUT = text("""
    SELECT who, verdict, note, given_at FROM dedupe.review_opinions
     WHERE candidate_id = :id AND evidence_hash = :evidence ORDER BY given_at, who""")
_COUNTS = text("""
    SELECT o.candidate_id, count(*) AS opinions
      FROM dedupe.review_opinions o JOIN dedupe.review_candidates c
           ON c.id = o.candidate_id AND c.evidence_hash = o.evidence_hash
     WHERE o.candidate_id = ANY(:ids) GROUP BY 1""")
_INSERT = """
    INSERT INTO dedupe.review_opinions AS mine
           (candidate_id, evidence_hash, who, verdict, note, members, given_at)
    SELECT :id, :evidence, :who, :verdict, :note, CAST(:members AS uuid[]), clock_timestamp()"""
_OTHERS = """
    (SELECT FROM dedupe.review_opinions o
      WHERE o.candidate_id = :id AND o.evidence_hash = :evidence AND o.who <> :who)"""
_GIVE = text(f"""
    {_INSERT}
    ON CONFLICT (candidate_id, evidence_hash, who) DO UPDATE SET
           verdict = excluded.verdict, note = excluded.note, given_at = excluded.given_at
     WHERE NOT EXISTS {_OTHERS}
    RETURNING who""")
_WITH_OTHERS = text(f"""
    {_INSERT} WHERE EXISTS {_OTHERS} ON CONFLICT (candidate_id, evidence_hash, who) DO NOTHING""")
