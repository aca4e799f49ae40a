"""How far the review queue is, who answers how much of it, and how often two reviewers think the same."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class QueueBacklog:
    """What waits, by cause; since when the first, and half of it."""

    waiting: int
    causes: dict[str, int]
    oldest: datetime | None
    median: datetime | None
    assigned: int  # to somebody, until it is answered
    at_work: int  # that somebody is at now
    second_opinions: int  # that wait for another's


@dataclass(frozen=True, slots=True)
class ReviewerWork:
    """What a reviewer answered in the queue since a moment."""

    who: str
    answers: int
    acts: int  # a batch is one
    last_day: int  # answers of the last 24 hours
    revoked: int  # answers that were taken back since
    seconds: float | None  # usually between two acts, pauses of over five minutes left out
    agreed: int  # opinions and answers on the same question on which another's were equal
    compared: int  # … of so many


@dataclass(frozen=True, slots=True)
class AnswersOfDay:
    day: date  # UTC
    answers: int


def backlog(connection: Connection) -> QueueBacklog:
    causes = {row.cause: row.questions for row in connection.execute(_CAUSES)}
    row = connection.execute(_BACKLOG).mappings().one()
    return QueueBacklog(causes=causes, **row)


def work(connection: Connection, since: datetime) -> list[ReviewerWork]:
    """Of each reviewer, who answered most first."""
    rows = connection.execute(_WORK, {"since": since}).mappings()
    return [ReviewerWork(**row) for row in rows]


def days(connection: Connection, since: datetime) -> list[AnswersOfDay]:
    """Of each day on which somebody answered."""
    rows: Any = connection.execute(_DAYS, {"since": since}).mappings()
    return [AnswersOfDay(**row) for row in rows]


def agreement(connection: Connection, since: datetime) -> tuple[int, int]:
    """How often two reviewers thought the same of a question, neither knowing what the other thought; of how
    many."""
    agreed, compared = connection.execute(_AGREEMENT, {"since": since}).one()
    return int(agreed), int(compared)


_CAUSES = text("""
    SELECT cause, count(*) AS questions FROM dedupe.review_candidates GROUP BY 1 ORDER BY 2 DESC, 1""")
_BACKLOG = text("""
    WITH held AS (
      SELECT h.expires_at FROM dedupe.review_claims h
        JOIN dedupe.review_candidates c ON c.id = h.candidate_id
       WHERE h.expires_at IS NULL OR h.expires_at > clock_timestamp())
    SELECT count(*) AS waiting, min(first_seen_at) AS oldest,
           percentile_disc(0.5) WITHIN GROUP (ORDER BY first_seen_at) AS median,
           (SELECT count(*) FROM held WHERE expires_at IS NULL) AS assigned,
           (SELECT count(*) FROM held WHERE expires_at IS NOT NULL) AS at_work,
           (SELECT count(DISTINCT c.id)
              FROM dedupe.review_opinions o JOIN dedupe.review_candidates c
                   ON c.id = o.candidate_id AND c.evidence_hash = o.evidence_hash) AS second_opinions
      FROM dedupe.review_candidates""")
_MADE = """
    made AS (
      SELECT decided_by AS who, coalesce(batch_id, id) AS act, decided_at, revoked_at
        FROM dedupe.decisions WHERE origin = 'queue' AND decided_at >= :since)"""
# The first opinion on a question against each later one, which was kept before its reviewer saw the first.
_COMPARED = """
    compared AS (
      SELECT one.who AS first, other.who AS second, one.verdict = other.verdict AS equal
        FROM dedupe.review_opinions one JOIN dedupe.review_opinions other
             ON other.candidate_id = one.candidate_id AND other.evidence_hash = one.evidence_hash
            AND (other.given_at, other.who) > (one.given_at, one.who)
       WHERE other.given_at >= :since
         AND NOT EXISTS (SELECT FROM dedupe.review_opinions o
                          WHERE o.candidate_id = one.candidate_id AND o.evidence_hash = one.evidence_hash
                            AND (o.given_at, o.who) < (one.given_at, one.who)))"""
_WORK = text(f"""
    WITH {_MADE}, {_COMPARED},
    acts AS (SELECT who, act, min(decided_at) AS at FROM made GROUP BY 1, 2),
    paces AS (
      SELECT who, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap
        FROM (SELECT who, at - lag(at) OVER (PARTITION BY who ORDER BY at) AS gap FROM acts) AS gaps
       WHERE gap < INTERVAL '5 minutes' GROUP BY 1),
    thought AS (
      SELECT who, count(*) FILTER (WHERE equal) AS agreed, count(*) AS compared
        FROM (SELECT first AS who, equal FROM compared UNION ALL SELECT second, equal FROM compared) AS each
       GROUP BY 1),
    answered AS (
      SELECT who, count(*) AS answers, count(DISTINCT act) AS acts,
             count(*) FILTER (WHERE decided_at >= clock_timestamp() - INTERVAL '1 day') AS last_day,
             count(*) FILTER (WHERE revoked_at IS NOT NULL) AS revoked
        FROM made GROUP BY 1)
    SELECT who, coalesce(answers, 0) AS answers, coalesce(acts, 0) AS acts,
           coalesce(last_day, 0) AS last_day, coalesce(revoked, 0) AS revoked,
           CAST(extract(epoch FROM gap) AS float8) AS seconds, coalesce(agreed, 0) AS agreed,
           coalesce(compared, 0) AS compared
      FROM answered FULL JOIN thought USING (who) LEFT JOIN paces USING (who)
     ORDER BY 2 DESC, who""")
_DAYS = text(f"""
    WITH {_MADE}
    SELECT CAST(decided_at AT TIME ZONE 'UTC' AS date) AS day, count(*) AS answers
      FROM made GROUP BY 1 ORDER BY 1""")
_AGREEMENT = text(f"""
    WITH {_COMPARED} SELECT count(*) FILTER (WHERE equal), count(*) FROM compared""")
