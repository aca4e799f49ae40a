"""Sync runs over a source: pages with their cursors, quarantined records, and how each run ended.

A run walks through the list of the source once or several times; `walk` numbers its walks.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
import uuid_utils.compat as uuids
from sqlalchemy import Connection, delete, func, insert, select, text, update

from dedupe.storage.copying import copy_in
from dedupe.storage.tables import SCHEMA, quarantine, sync_pages, sync_runs

IDS_OF_A_PAGE = 5000  # of a file, which has no pages of its own (chosen)
SAMPLE, WATCH = "sample", "watch"
"""Modes of runs that stand beside the nights: none of them is gone on with."""
RUNNING, COMPLETE, INCOMPLETE, FAILED, HELD = "running", "complete", "incomplete", "failed", "held"


@dataclass(frozen=True, slots=True)
class SyncRun:
    id: UUID
    source_id: UUID
    mode: str
    status: str
    reason: str | None
    started_at: datetime
    counts: dict[str, Any]


class PageRow(NamedTuple):
    """A stored page; `cursor` is the position behind it."""

    walk: int
    page: int
    cursor: dict[str, Any]


class SeenPage(NamedTuple):
    """A page to store: the ids on it, and the cursor behind it where a walk may resume there."""

    page: int
    cursor: dict[str, Any] | None
    external_ids: list[str]


class Seen(NamedTuple):
    """Rows, pages and distinct ids of one walk, and distinct ids of all walks of its run."""

    rows: int
    pages: int
    unique: int
    unique_in_run: int


class QuarantineEntry(NamedTuple):
    """A record that can't be stored as a contact: its place, the reason, its bytes."""

    place: str
    reason: str
    content: bytes


def start(connection: Connection, source_id: UUID, mode: str, run_id: UUID | None = None) -> SyncRun:
    made = SyncRun(uuids.uuid7(), source_id, mode, RUNNING, None, datetime.now(UTC), {})
    values = {"id": made.id, "source_id": source_id, "run_id": run_id, "mode": mode}
    connection.execute(
        insert(sync_runs).values(**values, status=RUNNING, started_at=made.started_at, counts={})
    )
    return made


def unfinished(connection: Connection, source_id: UUID, within: timedelta) -> SyncRun | None:
    """The source's latest run of a night, if it was killed, stopped, or gave up less than `within` ago."""
    latest = _latest(connection, source_id, "mode NOT IN ('sample', 'watch')")
    if latest is None or latest.status in (COMPLETE, HELD):
        return None
    resumable = latest.status == RUNNING or latest.counts.get("resumable") is True
    alive = max(latest.started_at, _last_page_at(connection, latest.id) or latest.started_at)
    return latest if resumable and datetime.now(UTC) - alive < within else None


def latest(connection: Connection, source_id: UUID) -> SyncRun | None:
    """The source's latest run, samples left out, however it ended."""
    return _latest(connection, source_id, "mode <> 'sample'")


def abandon(connection: Connection, source_id: UUID) -> None:
    """End the source's runs that nobody will resume."""
    left = update(sync_runs).where(sync_runs.c.source_id == source_id, sync_runs.c.status == RUNNING)
    connection.execute(
        left.values(status=INCOMPLETE, reason="stopped and not resumed", ended_at=datetime.now(UTC))
    )


def abandon_watches(connection: Connection, source_id: UUID) -> None:
    """End looks at the source that were killed."""
    mine = (sync_runs.c.source_id == source_id, sync_runs.c.mode == WATCH, sync_runs.c.status == RUNNING)
    connection.execute(
        update(sync_runs)
        .where(*mine)
        .values(status=INCOMPLETE, reason="stopped and not resumed", ended_at=datetime.now(UTC))
    )


def forget_watch(connection: Connection, run_id: UUID, *, news: bool) -> None:
    """Delete the pages of a look that has ended, and the run too where it brought no news."""
    connection.execute(delete(sync_pages).where(sync_pages.c.sync_run_id == run_id))
    if not news:
        connection.execute(delete(sync_runs).where(sync_runs.c.id == run_id))


def resume(connection: Connection, run: SyncRun) -> None:
    again = update(sync_runs).where(sync_runs.c.id == run.id)
    connection.execute(again.values(status=RUNNING, reason=None, ended_at=None))


def add_ids(
    connection: Connection, run_id: UUID, page: int, ids: pa.Array[Any], received_at: datetime
) -> int:
    """Store the ids of a file's rows as pages of walk 1 from `page` on; gives the number of the next page.
    Of no ids there is no page."""
    starts = range(0, len(ids), IDS_OF_A_PAGE)
    offsets = pa.array([*starts, len(ids)], pa.int32())
    rows = pa.table(
        {
            "page": pa.array(range(page, page + len(starts)), pa.int32()),
            "external_ids": pa.ListArray.from_arrays(offsets, ids),
            "sync_run_id": pa.repeat(str(run_id), len(starts)),
            "walk": pa.repeat(1, len(starts)),
            "cursor": pa.repeat("{}", len(starts)),
            "received_at": pa.repeat(received_at.isoformat(), len(starts)),
        }
    )
    copy_in(connection, sync_pages, rows)
    return page + len(starts)


def add_pages(
    connection: Connection, run_id: UUID, walk: int, pages: Sequence[SeenPage], received_at: datetime
) -> None:
    """Store the pages of one transaction; a walk resumes behind the last of them, so only that one needs its
    cursor."""
    rows = [
        (
            run_id,
            walk,
            page.page,
            None if page.cursor is None else json.dumps(page.cursor),
            page.external_ids,
            received_at,
        )
        for page in pages
    ]
    columns = ["sync_run_id", "walk", "page", "cursor", "external_ids", "received_at"]
    copy_in(connection, sync_pages, rows, columns)


def last_page(connection: Connection, run_id: UUID) -> PageRow | None:
    latest = (
        select(sync_pages.c.walk, sync_pages.c.page, sync_pages.c.cursor)
        .where(sync_pages.c.sync_run_id == run_id)
        .order_by(sync_pages.c.walk.desc(), sync_pages.c.page.desc())
        .limit(1)
    )
    row = connection.execute(latest).one_or_none()
    return PageRow(row.walk, row.page, row.cursor) if row is not None else None


def seen(connection: Connection, run_id: UUID, walk: int) -> Seen:
    """Counts over the stored pages, so that a resumed walk counts like one without interruption."""
    query = text(f"""
        SELECT count(*) FILTER (WHERE p.walk = :walk) AS rows,
               count(DISTINCT (p.walk, p.page)) FILTER (WHERE p.walk = :walk) AS pages,
               count(DISTINCT id) FILTER (WHERE p.walk = :walk) AS one,
               count(DISTINCT id) AS every
        FROM {SCHEMA}.sync_pages p LEFT JOIN LATERAL unnest(p.external_ids) AS id ON true
        WHERE p.sync_run_id = :run AND id IS NOT NULL""")
    row = connection.execute(query, {"run": run_id, "walk": walk}).one()
    return Seen(row.rows, row.pages, row.one, row.every)


def count_quarantined(connection: Connection, run_id: UUID, reason: str) -> int:
    """The number of a run's records that were quarantined for that reason."""
    rows = select(func.count()).where(quarantine.c.sync_run_id == run_id, quarantine.c.reason == reason)
    return connection.execute(rows).scalar_one()


def forget_pages(connection: Connection, source_id: UUID, run: SyncRun) -> None:
    """Delete the pages of all runs but this one and the one before it, which a proof of deletion needs."""
    earlier = previous_complete(connection, source_id, run)
    query = text(f"""
        DELETE FROM {SCHEMA}.sync_pages p USING {SCHEMA}.sync_runs r
        WHERE r.id = p.sync_run_id AND r.source_id = :source AND r.started_at < :before
          AND r.id IS DISTINCT FROM CAST(:earlier AS uuid)""")
    values = {"source": source_id, "before": run.started_at, "earlier": earlier.id if earlier else None}
    connection.execute(query, values)


def save_counts(connection: Connection, run_id: UUID, counts: dict[str, Any]) -> None:
    connection.execute(update(sync_runs).where(sync_runs.c.id == run_id).values(counts=counts))


def finish(
    connection: Connection, run_id: UUID, status: str, reason: str | None, counts: dict[str, Any]
) -> None:
    ended = update(sync_runs).where(sync_runs.c.id == run_id)
    connection.execute(ended.values(status=status, reason=reason, counts=counts, ended_at=datetime.now(UTC)))


def previous_complete(connection: Connection, source_id: UUID, run: SyncRun) -> SyncRun | None:
    """The latest complete full run before this one; absence from both proves a deletion."""
    return _latest(
        connection,
        source_id,
        "status = 'complete' AND mode = 'full' AND started_at < :before",
        before=run.started_at,
    )


def is_held(connection: Connection, source_id: UUID) -> bool:
    """Whether the source stays at its last good state, because its latest run that ended with a verdict was
    held back."""
    ended = _latest(
        connection, source_id, "status IN ('complete', 'incomplete', 'held') AND mode <> 'sample'"
    )
    return ended is not None and ended.status == HELD


def store_quarantined(
    connection: Connection, source_id: UUID, run_id: UUID | None, items: Sequence[QuarantineEntry]
) -> None:
    """Store records that can't be stored as contacts in the quarantine."""

    now = datetime.now(UTC)
    rows = [(source_id, run_id, item.place, item.reason, item.content, now) for item in items]
    columns = ["source_id", "sync_run_id", "place", "reason", "content", "observed_at"]
    if rows:
        copy_in(connection, quarantine, rows, columns)


def _last_page_at(connection: Connection, run_id: UUID) -> datetime | None:
    latest = select(func.max(sync_pages.c.received_at)).where(sync_pages.c.sync_run_id == run_id)
    moment: datetime | None = connection.execute(latest).scalar_one()
    return moment


def _latest(connection: Connection, source_id: UUID, where: str = "true", **values: Any) -> SyncRun | None:
    query = text(f"""
        SELECT id, source_id, mode, status, reason, started_at, counts FROM {SCHEMA}.sync_runs
        WHERE source_id = :source AND {where} ORDER BY started_at DESC LIMIT 1""")
    row = connection.execute(query, {"source": source_id, **values}).one_or_none()
    if row is None:
        return None
    return SyncRun(row.id, row.source_id, row.mode, row.status, row.reason, row.started_at, row.counts or {})
