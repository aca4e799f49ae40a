"""Progress of the review queue: what waits and how long, who answers how fast, how far reviewers agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dedupe.clustering.audit_sampling import wilson
from dedupe.storage import access_log, review_progress
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_progress import AnswersOfDay, QueueBacklog, ReviewerWork

DAYS = 30  # that are told of (chosen)


@dataclass(frozen=True, slots=True)
class Agreement:
    """How often two reviewers thought the same of a question, neither knowing what the other thought."""

    agreed: int
    compared: int
    share: float | None  # None: no two were compared
    low: float | None  # the interval of 95 %
    high: float | None


@dataclass(frozen=True, slots=True)
class QueueProgress:
    """`hours_left`: what waits, at the usual pace of those who answered in the last day; None: nobody did."""

    since: datetime
    backlog: QueueBacklog
    reviewers: list[ReviewerWork]
    agreement: Agreement
    days: list[AnswersOfDay]
    hours_left: float | None


def progress(connection: Connection, visitor: Visitor, days: int = DAYS) -> QueueProgress:
    """Of the last so many days."""
    since = datetime.now(UTC) - timedelta(days=days)
    waits, work = review_progress.backlog(connection), review_progress.work(connection, since)
    access_log.write(connection, visitor, "review progress")
    return QueueProgress(
        since,
        waits,
        work,
        _agreement(*review_progress.agreement(connection, since)),
        review_progress.days(connection, since),
        _hours(waits.waiting, work),
    )


def _agreement(agreed: int, compared: int) -> Agreement:
    if not compared:
        return Agreement(0, 0, None, None, None)
    low, high = wilson(agreed / compared, compared)
    return Agreement(agreed, compared, agreed / compared, low, high)


def _hours(waiting: int, work: list[ReviewerWork]) -> float | None:
    """Of one reviewer's work, at the median of paces of those who are at it these days."""
    paces = sorted(one.seconds for one in work if one.seconds is not None and one.last_day)
    return waiting * paces[len(paces) // 2] / 3600 if paces else None
