"""What an alarm or a dashboard must know of the service, as numbers: counts and times, never values.

    figures(connection, told) -> [MeasuredFigure]

Cheap however many contacts there are: what a run has counted is read from its report, and what is counted
here is what waits for somebody (questions, records set aside, events), by an index where it may be much.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from dedupe.deliveries.subscription import EventSubscription
from dedupe.pipeline.scheduling import schedule
from dedupe.storage import (
    database_figures,
    held_contacts,
    merge_runs,
    sources,
    subscriptions,
    sync_runs,
    told_changes,
)
from dedupe.storage.database import Connection
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.sources import Source

NEVER = math.inf
"""Seconds since what never happened: more than any limit."""


@dataclass(frozen=True)
class Figure:
    """A gauge; `label` names what it is given for, one by one."""

    name: str
    meaning: str
    label: str | None = None


class MeasuredFigure(NamedTuple):
    figure: Figure
    value: float
    label: str | None = None  # the value of the figure's label


FIGURES: list[Figure] = []


def _figure(name: str, meaning: str, label: str | None = None) -> Figure:
    made = Figure(f"dedupe_{name}", meaning, label)
    FIGURES.append(made)
    return made


# Nights
SINCE_PUBLISHED = _figure(
    "seconds_since_published_night",
    "Seconds since the last night that published, or found nothing new; +Inf: none has",
)
NIGHT_SECONDS = _figure("night_seconds", "How long the last published night took to merge")
NIGHT_STAGE_SECONDS = _figure(
    "night_stage_seconds", "How long each stage of the last published night took", "stage"
)
NIGHT_PEAK = _figure("night_peak_bytes", "The most memory that the last published night held at once")
HELD_RUNS = _figure("held_runs", "Nights that were held back by the publish gate and wait for a person")
HELD_SECONDS = _figure("held_runs_seconds", "Seconds since the first of them began; 0: none waits")
NEXT_NIGHT = _figure(
    "seconds_until_next_night", "By the schedule of `dedupe run`; negative while one is due or at work"
)
PAUSED = _figure("nights_paused", "1 while a person has paused the nights of `dedupe run`")
LEADER = _figure("nights_run", "1 while a process of `dedupe run` begins nights when they are due")
FAILED_IN_A_ROW = _figure(
    "scheduled_nights_failed", "The latest nights of `dedupe run`, in a row, that failed or were given up"
)
# Contacts
CONTACTS = _figure("source_contacts", "Live source contacts, as of the last night or live run", "source")
GOLDEN = _figure("golden_contacts", "Golden contacts served, as of the last night or live run")
GONE = _figure("gone_contacts", "Source contacts that are proven gone", "source")
QUARANTINED = _figure("quarantined_records", "Records that were set aside", "source")
# Sources
SINCE_WALK = _figure(
    "seconds_since_complete_walk", "Seconds since the source's last complete walk; +Inf: none was", "source"
)
SOURCE_HELD = _figure("source_held", "1 while the source is held at its last good state", "source")
SOURCE_FAILED = _figure("source_failed", "1 while the source's latest walk failed", "source")
# Quality
WRONG_ESTIMATED = _figure(
    "wrong_merges_estimated",
    "Share of golden contacts of several source contacts that hold two people, by the model",
)
WRONG_AUDITED = _figure(
    "wrong_merges_audited", "That share as people's audits measure it, as of the last night that had one"
)
WRONG_AUDITED_HIGH = _figure("wrong_merges_audited_high", "The upper end of its interval")
# Review
CANDIDATES = _figure("review_candidates", "Candidates waiting for a decision")
CANDIDATES_SECONDS = _figure(
    "review_candidates_seconds", "Seconds since the first of them was asked for; 0: none waits"
)
# Live changes
BACKLOG = _figure("live_backlog", "Contacts that sources told of and that wait to be merged")
BACKLOG_SECONDS = _figure("live_backlog_seconds", "Seconds since the first of them waits; 0: none does")
HELD_COMPONENTS = _figure(
    "live_held_components",
    "Components that are held back from live merging until a member changes or the next night",
)
HELD_CONTACTS = _figure("live_held_contacts", "Changed contacts that wait in them")
# Webhooks
UNDELIVERED = _figure("webhook_backlog", "Events that a webhook lacks", "webhook")
UNDELIVERED_SECONDS = _figure(
    "webhook_backlog_seconds", "Seconds since it lacks the first of them; 0: it lacks none", "webhook"
)
DEAD_LETTERS = _figure("webhook_dead_letters", "Events that were given up", "webhook")
# Postgres
DATABASE_BYTES = _figure("database_bytes", "The size of the database on its disk")


def figures(connection: Connection, told: Sequence[EventSubscription]) -> list[MeasuredFigure]:
    """Everything that is stored; `told`: the subscriptions of the configuration."""
    return [
        *_nights(connection),
        *_schedule(connection),
        *_sources(connection),
        *_waiting(connection),
        *_webhooks(connection, told),
        MeasuredFigure(DATABASE_BYTES, database_figures.size(connection)),
    ]


def _nights(connection: Connection) -> Iterator[MeasuredFigure]:
    night, latest = (
        merge_runs.last_published(connection),
        merge_runs.last_published(connection, "night", "live"),
    )
    yield MeasuredFigure(SINCE_PUBLISHED, _since(night.ended_at if night else None, NEVER))
    if night is not None:
        yield from _of_night(night.report or {})
    if latest is not None:
        yield from _of_state(latest)
    held = [run for run in merge_runs.waiting(connection) if run.status == "held"]
    yield MeasuredFigure(HELD_RUNS, len(held))
    yield MeasuredFigure(HELD_SECONDS, _since(min((run.started_at for run in held), default=None)))


def _of_night(report: dict[str, Any]) -> Iterator[MeasuredFigure]:
    stages: list[dict[str, Any]] = report.get("stages", [])
    yield MeasuredFigure(NIGHT_SECONDS, sum(one["seconds"] for one in stages))
    yield MeasuredFigure(NIGHT_PEAK, max((one["peak_mb"] for one in stages), default=0) * 1024**2)
    for one in stages:
        yield MeasuredFigure(NIGHT_STAGE_SECONDS, one["seconds"], one["name"])
    quality: dict[str, Any] = report.get("quality", {})
    kinds = quality.get("by_evidence", {}).values()
    if merged := sum(one["golden_contacts"] for one in kinds):
        yield MeasuredFigure(WRONG_ESTIMATED, sum(one["expected_wrong"] for one in kinds) / merged)
    if "audit" in quality and "wrong_merges" in quality:
        share, _, high = quality["wrong_merges"]
        yield MeasuredFigure(WRONG_AUDITED, share)
        yield MeasuredFigure(WRONG_AUDITED_HIGH, high)


def _of_state(run: MergeRun) -> Iterator[MeasuredFigure]:
    report: dict[str, Any] = run.report or {}
    if "golden_contacts" in report.get("golden", {}):
        yield MeasuredFigure(GOLDEN, report["golden"]["golden_contacts"])
    for name, count in report.get("source_contacts", {}).items():
        yield MeasuredFigure(CONTACTS, count, name)


def _schedule(connection: Connection) -> Iterator[MeasuredFigure]:
    found = schedule(connection)
    if found.next_at is not None:
        yield MeasuredFigure(NEXT_NIGHT, -_signed(found.next_at))
    yield MeasuredFigure(PAUSED, found.paused_at is not None)
    yield MeasuredFigure(LEADER, found.run_by is not None)
    ended = [one.outcome for one in found.nights if one.outcome is not None]
    good = (place for place, outcome in enumerate(ended) if outcome not in ("failed", "given up"))
    yield MeasuredFigure(FAILED_IN_A_ROW, next(good, len(ended)))


def _sources(connection: Connection) -> Iterator[MeasuredFigure]:
    gone, aside = database_figures.gone(connection), database_figures.quarantined(connection)
    for one in sources.every(connection):
        yield MeasuredFigure(GONE, gone.get(one.id, 0), one.name)
        yield MeasuredFigure(QUARANTINED, aside.get(one.id, 0), one.name)
        yield from _walks(connection, one)


def _walks(connection: Connection, one: Source) -> Iterator[MeasuredFigure]:
    latest = sync_runs.latest(connection, one.id)
    yield MeasuredFigure(SINCE_WALK, _since(one.last_complete_at, NEVER), one.name)
    yield MeasuredFigure(SOURCE_HELD, sync_runs.is_held(connection, one.id), one.name)
    yield MeasuredFigure(SOURCE_FAILED, latest is not None and latest.status == sync_runs.FAILED, one.name)


def _waiting(connection: Connection) -> Iterator[MeasuredFigure]:
    queue = database_figures.queue(connection)
    yield MeasuredFigure(CANDIDATES, queue.number)
    yield MeasuredFigure(CANDIDATES_SECONDS, _since(queue.since))
    waiting, held = told_changes.backlog(connection), held_contacts.count(connection)
    yield MeasuredFigure(BACKLOG, waiting.contacts)
    yield MeasuredFigure(BACKLOG_SECONDS, _since(waiting.since))
    yield MeasuredFigure(HELD_COMPONENTS, held.components)
    yield MeasuredFigure(HELD_CONTACTS, held.contacts)


def _webhooks(connection: Connection, told: Sequence[EventSubscription]) -> Iterator[MeasuredFigure]:
    for one in told:
        if (state := subscriptions.state(connection, one.name, one.kinds)) is not None:
            yield MeasuredFigure(UNDELIVERED, state.behind + state.waiting, one.name)
            yield MeasuredFigure(UNDELIVERED_SECONDS, _since(state.oldest), one.name)
            yield MeasuredFigure(DEAD_LETTERS, state.dead, one.name)


def _since(moment: datetime | None, never: float = 0.0) -> float:
    """Seconds since then."""
    return never if moment is None else max(0.0, _signed(moment))


def _signed(moment: datetime) -> float:
    return (datetime.now(UTC) - moment).total_seconds()
