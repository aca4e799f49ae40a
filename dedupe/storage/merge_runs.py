"""Merge runs, by a night, live changes or a decision: their inputs, the numbers of the publish gate, their
report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, tuple_, update

from dedupe.errors import NotFound
from dedupe.storage.tables import merge_runs


class RunKind(StrEnum):
    """What a run was made by."""

    NIGHT = "night"
    LIVE = "live"
    DECISION = "decision"
    ERASURE = "erasure"
    ROLLBACK = "rollback"


class RunStatus(StrEnum):
    """What became of a run."""

    RUNNING = "running"
    PLANNED = "planned"
    HELD = "held"
    PUBLISHED = "published"
    UNCHANGED = "unchanged"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    ROLLED_BACK = "rolled_back"
    REFUSED = "refused"


WAITING = ("held", "planned")
"""The statuses of runs that wait for a person."""


@dataclass(frozen=True, slots=True)
class MergeRun:
    id: UUID
    kind: str  # a `RunKind`
    status: str  # a `RunStatus`
    started_at: datetime
    ended_at: datetime | None
    code_version: str
    configuration_hash: str
    model_id: UUID | None
    gate: dict[str, Any] | None
    report: dict[str, Any] | None


def start(
    connection: Connection,
    run_id: UUID,
    kind: str,
    code_version: str,
    configuration_hash: str,
    model_id: UUID | None,
) -> None:
    row = {
        "id": run_id,
        "kind": kind,
        "status": "running",
        "code_version": code_version,
        "configuration_hash": configuration_hash,
        "model_id": model_id,
    }
    connection.execute(insert(merge_runs).values(started_at=func.clock_timestamp()), row)


def used_model(connection: Connection, run_id: UUID, model_id: UUID | None) -> None:
    """Note the model of a run that learned it only after it had started."""
    connection.execute(update(merge_runs).where(merge_runs.c.id == run_id).values(model_id=model_id))


def end(
    connection: Connection,
    run_id: UUID,
    status: str,
    gate: dict[str, Any] | None = None,
    report: dict[str, Any] | None = None,
) -> None:
    connection.execute(
        update(merge_runs)
        .where(merge_runs.c.id == run_id)
        .values(status=status, gate=gate, report=report, ended_at=func.clock_timestamp())
    )


def abandon(connection: Connection, kind: str) -> int:
    """End the runs of a kind that were killed, as failed; the holder of the lock knows that none is running.
    Gives their number."""
    return connection.execute(
        update(merge_runs)
        .where(merge_runs.c.status == "running", merge_runs.c.kind == kind)
        .values(status="failed", ended_at=func.clock_timestamp())
    ).rowcount


def supersede(connection: Connection) -> int:
    """Mark runs that were held back or planned as superseded, because a later one was published."""
    waiting = merge_runs.c.status.in_(WAITING)
    return connection.execute(update(merge_runs).where(waiting).values(status="superseded")).rowcount


def refuse(connection: Connection, run_id: UUID) -> bool:
    """Mark a night that was held back or planned as refused by a person; False where it doesn't wait."""
    mine = (merge_runs.c.id == run_id, merge_runs.c.kind == "night", merge_runs.c.status.in_(WAITING))
    return connection.execute(update(merge_runs).where(*mine).values(status="refused")).rowcount > 0


def waiting(connection: Connection) -> list[MergeRun]:
    """The nights that were held back or planned, and wait for a person; the latest first."""
    query = select(merge_runs).where(merge_runs.c.kind == "night", merge_runs.c.status.in_(WAITING))
    rows = connection.execute(query.order_by(merge_runs.c.started_at.desc())).mappings()
    return [MergeRun(**row) for row in rows]


def listed(
    connection: Connection,
    *,
    kinds: Sequence[str] = (),
    statuses: Sequence[str] = (),
    before: UUID | None = None,
    limit: int,
) -> list[MergeRun]:
    """Runs of these kinds and statuses (none: all), the latest first. `before`: those that began before that
    run did. Raises NotFound for one that is not known."""
    query = select(merge_runs)
    if kinds:
        query = query.where(merge_runs.c.kind.in_(kinds))
    if statuses:
        query = query.where(merge_runs.c.status.in_(statuses))
    place = tuple_(merge_runs.c.started_at, merge_runs.c.id)
    if before is not None:
        start = get(connection, before)
        query = query.where(place < tuple_(start.started_at, start.id))
    rows = connection.execute(query.order_by(place.desc()).limit(limit)).mappings()
    return [MergeRun(**row) for row in rows]


def get(connection: Connection, run_id: UUID) -> MergeRun:
    """The run with that id. Raises NotFound."""

    row = connection.execute(select(merge_runs).where(merge_runs.c.id == run_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no run {run_id}")
    return MergeRun(**row)


def last_published(connection: Connection, *kinds: str) -> MergeRun | None:
    """The run of these kinds (none: a night) that published last: the served state was what it had staged."""
    query = (
        select(merge_runs)
        .where(
            merge_runs.c.kind.in_(kinds or ("night",)), merge_runs.c.status.in_(["published", "unchanged"])
        )
        .order_by(merge_runs.c.ended_at.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return MergeRun(**row) if row else None


def published_lately(connection: Connection, other_than: str) -> set[UUID]:
    """The runs of other kinds that published within the last day, whenever they began."""
    query = select(merge_runs.c.id).where(
        merge_runs.c.kind != other_than,
        merge_runs.c.status.in_(["published", "unchanged"]),
        merge_runs.c.ended_at > func.now() - timedelta(days=1),
    )
    return set(connection.execute(query).scalars())


def last_full(connection: Connection) -> datetime | None:
    """When the latest night began that merged all contacts and published."""
    mode = merge_runs.c.report["mode"].as_string()
    query = select(func.max(merge_runs.c.started_at)).where(
        merge_runs.c.kind == "night", merge_runs.c.status.in_(["published", "unchanged"]), mode == "full"
    )
    return connection.execute(query).scalar()


def last_full_counted(connection: Connection) -> bool:
    """Whether the latest night that merged all contacts and published counted term frequencies anew, rather
    than going by those that were saved."""
    mode = merge_runs.c.report["mode"].as_string()
    query = select(mode).where(
        merge_runs.c.kind == "night",
        merge_runs.c.status.in_(["published", "unchanged"]),
        mode.in_(["full", "full, as saved"]),
    )
    return connection.execute(query.order_by(merge_runs.c.started_at.desc()).limit(1)).scalar() == "full"


def nights(connection: Connection, number: int) -> list[MergeRun]:
    """The latest nights, running or ended in any way, the latest first."""
    query = select(merge_runs).where(merge_runs.c.kind == "night").order_by(merge_runs.c.started_at.desc())
    return [MergeRun(**row) for row in connection.execute(query.limit(number)).mappings()]


def latest(connection: Connection, kind: str = "night") -> MergeRun | None:
    """The latest run of a kind, running or ended in any way."""
    query = select(merge_runs).where(merge_runs.c.kind == kind)
    row = connection.execute(query.order_by(merge_runs.c.started_at.desc()).limit(1)).mappings().one_or_none()
    return MergeRun(**row) if row else None
