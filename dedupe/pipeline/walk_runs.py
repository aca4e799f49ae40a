"""Which run a walk of a source belongs to: a new one, or one that was cut off."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple
from uuid import UUID

from dedupe.fetchers.fetcher import Mode
from dedupe.storage import sync_runs
from dedupe.storage.database import Connection
from dedupe.storage.sources import Source
from dedupe.storage.sync_runs import SAMPLE, WATCH, SyncRun

SKIPPED = "skipped"  # the status of a source that isn't walked now
RESUMABLE = timedelta(hours=36)  # after its last page; a walk may take several nights


class WantedRun(NamedTuple):
    """`mode`: full, incremental, newest, sample or watch; `run_id`: of the night; `full`: asked for."""

    source_id: UUID
    mode: str
    run_id: UUID | None
    full: bool = False


def begun(connection: Connection, wanted: WantedRun) -> SyncRun:
    """The night's run that was killed not long ago, or a new one. A sample and a look between nights go on
    with none and end none."""
    if wanted.mode == SAMPLE:
        return sync_runs.start(connection, wanted.source_id, SAMPLE, wanted.run_id)
    if wanted.mode == WATCH:
        sync_runs.abandon_watches(connection, wanted.source_id)
        return sync_runs.start(connection, wanted.source_id, WATCH, wanted.run_id)
    left = sync_runs.unfinished(connection, wanted.source_id, RESUMABLE)
    if left is not None and (left.mode == Mode.FULL or not wanted.full):
        sync_runs.resume(connection, left)
        return left
    sync_runs.abandon(connection, wanted.source_id)
    return sync_runs.start(connection, wanted.source_id, wanted.mode, wanted.run_id)


def why_not_watched(connection: Connection, source: Source) -> str | None:
    """Why a source isn't looked at between nights, or None."""
    if "changed_at" not in source.checkpoint:
        return "it waits for its first full walk, by `dedupe nightly`"
    return "it is held" if sync_runs.is_held(connection, source.id) else None
