"""Every merge, by a night or a decision: what it was made with, what the gate said, what it reported."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, func, insert, select, update

from dedupe.errors import NotFound
from dedupe.storage.tables import merge_runs


@dataclass(frozen=True, slots=True)
class MergeRun:
    id: UUID
    kind: str  # night, decision, import
    status: str  # running, planned, held, published, unchanged, failed, superseded
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
    """Runs that were killed never ended; the holder of the lock knows that none of the kind is running."""
    return connection.execute(
        update(merge_runs)
        .where(merge_runs.c.status == "running", merge_runs.c.kind == kind)
        .values(status="failed", ended_at=func.clock_timestamp())
    ).rowcount


def supersede(connection: Connection) -> int:
    """Runs that were held back or planned can't be published any more: a later one was."""
    waiting = merge_runs.c.status.in_(["held", "planned"])
    return connection.execute(update(merge_runs).where(waiting).values(status="superseded")).rowcount


def get(connection: Connection, run_id: UUID) -> MergeRun:
    row = connection.execute(select(merge_runs).where(merge_runs.c.id == run_id)).mappings().one_or_none()
    if row is None:
        raise NotFound(f"there is no run {run_id}")
    return MergeRun(**row)


def last_published(connection: Connection, kind: str = "night") -> MergeRun | None:
    """The latest run that left the published state equal to what it staged."""
    query = (
        select(merge_runs)
        .where(merge_runs.c.kind == kind, merge_runs.c.status.in_(["published", "unchanged"]))
        .order_by(merge_runs.c.started_at.desc())
        .limit(1)
    )
    row = connection.execute(query).mappings().one_or_none()
    return MergeRun(**row) if row else None


def latest(connection: Connection, kind: str = "night") -> MergeRun | None:
    """However it ended, or runs still."""
    query = select(merge_runs).where(merge_runs.c.kind == kind)
    row = connection.execute(query.order_by(merge_runs.c.started_at.desc()).limit(1)).mappings().one_or_none()
    return MergeRun(**row) if row else None
