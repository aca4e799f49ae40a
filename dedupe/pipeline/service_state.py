"""Is everything in order? One look over sources, nights, the queue and audits, for the page, the API and the
command alike.

What a night's report has is taken from there, so that the look costs the same of a thousand contacts and of a
million; only what has an index of its own is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dedupe.clustering.audit_sampling import Estimate
from dedupe.pipeline.operating import SourceState, source_states
from dedupe.pipeline.quality import ESTIMATED
from dedupe.storage import audits, held_contacts, merge_runs, review_candidates, told_changes
from dedupe.storage.database import Connection
from dedupe.storage.merge_runs import MergeRun

NIGHTS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class ShareInterval:
    """A share with its interval of 95 %."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class StageTime:
    """A stage of a night: seconds, and the most megabytes that the process had held until its end."""

    name: str
    seconds: float
    peak_mb: int


@dataclass(frozen=True, slots=True)
class NightState:
    """A night as its report tells it; numbers are None where it has no report, since it failed or runs."""

    id: UUID
    status: str  # running, planned, held, published, unchanged, failed, superseded, rolled_back, refused
    started_at: datetime
    ended_at: datetime | None
    mode: str | None  # full, incremental, quiet
    seconds: float | None
    source_contacts: int | None
    golden_contacts: int | None
    changes: int | None  # golden contacts made, changed, merged, split, retired
    questions: int | None
    wrong_merges: ShareInterval | None  # as it was told: estimated, or measured


@dataclass(frozen=True, slots=True)
class WaitingNight:
    """A night that waits for a person: why, and what it would do to golden contacts."""

    id: UUID
    status: str
    started_at: datetime
    reasons: list[str]
    would: dict[str, int]


@dataclass(frozen=True, slots=True)
class QueueState:
    """Questions that wait for a person, and changes of contacts that wait to be merged."""

    questions: int
    oldest: datetime | None
    told: int  # changed contacts that sources told of and that are not merged yet
    held_components: int  # held back from live merging
    held_contacts: int


@dataclass(frozen=True, slots=True)
class QualityState:
    """Golden contacts of several source contacts that hold two people: `estimated` by the model of the last
    night, `audited` by the latest audit that has judged samples."""

    estimated: ShareInterval | None
    audited: ShareInterval | None
    audit: UUID | None
    audited_at: datetime | None  # when the audit was drawn
    judged: int
    samples: int
    same_model: bool  # whether the audit is of the model that is served


@dataclass(frozen=True, slots=True)
class ServiceState:
    """`nights`: the latest first, at most `NIGHTS_SHOWN`; `stages`: of the last night that has a report."""

    looked_at: datetime
    sources: list[SourceState]
    nights: list[NightState]
    stages: list[StageTime]
    waiting: list[WaitingNight]
    queue: QueueState
    quality: QualityState


def service_state(connection: Connection, configured: Mapping[str, str]) -> ServiceState:
    """Look at everything. `configured`: the provider of each source that the configuration names."""
    nights = merge_runs.nights(connection, NIGHTS_SHOWN)
    published = merge_runs.last_published(connection, "night", "live")
    report: dict[str, Any] = (published.report or {}) if published else {}
    told = next((night for night in nights if night.report and night.report.get("stages")), None)
    return ServiceState(
        datetime.now(UTC),
        source_states(connection, configured, report.get("source_contacts") if published else None),
        [_night(one) for one in nights],
        [StageTime(**stage) for stage in (told.report or {})["stages"]] if told else [],
        [_waiting(one) for one in merge_runs.waiting(connection)],
        _queue(connection),
        _quality(connection, report, published),
    )


def _night(run: MergeRun) -> NightState:
    report: dict[str, Any] = run.report or {}
    golden: dict[str, int] = report.get("golden", {})
    contacts: dict[str, int] | None = report.get("source_contacts")
    return NightState(
        run.id,
        run.status,
        run.started_at,
        run.ended_at,
        report.get("mode"),
        (run.ended_at - run.started_at).total_seconds() if run.ended_at else None,
        None if contacts is None else sum(contacts.values()),
        golden.get("golden_contacts"),
        sum(golden.get(name, 0) for name in CHANGES) if golden else None,
        report.get("review", {}).get("candidates"),
        _share(report.get("quality", {}).get("wrong_merges")),
    )


CHANGES = ("made", "changed", "merged", "split", "retired", "revived")
"""What a night does to golden contacts, as its report counts it."""


def _waiting(run: MergeRun) -> WaitingNight:
    golden: dict[str, int] = (run.report or {}).get("golden", {})
    reasons: list[str] = (run.gate or {}).get("reasons", [])
    return WaitingNight(run.id, run.status, run.started_at, reasons, golden)


def _queue(connection: Connection) -> QueueState:
    held = held_contacts.count(connection)
    return QueueState(
        review_candidates.count(connection),
        review_candidates.oldest(connection),
        told_changes.backlog(connection).contacts,
        held.components,
        held.contacts,
    )


def _quality(connection: Connection, report: Mapping[str, Any], published: MergeRun | None) -> QualityState:
    told: dict[str, Any] = report.get("quality", {})
    by_model = told if told.get("basis") == ESTIMATED else told.get("estimated", {})
    estimated = _share(by_model.get("wrong_merges"))
    for audit in audits.listed(connection):
        found = audits.measured(connection, audit)
        if found.judged:
            same = published is not None and audit.model_id == published.model_id
            share = _measured(found.wrong_merges)
            return QualityState(estimated, share, audit.id, audit.drawn_at, found.judged, found.samples, same)
    return QualityState(estimated, None, None, None, 0, 0, False)


def _measured(found: Estimate) -> ShareInterval | None:
    return ShareInterval(found.share, found.low, found.high) if found.judged else None


def _share(told: Sequence[float] | None) -> ShareInterval | None:
    return None if told is None else ShareInterval(*told)
