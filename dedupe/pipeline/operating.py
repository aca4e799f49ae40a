"""What an operator looks at and decides: runs that wait to be published, and the state of each source."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from dedupe.errors import NotFound, RunNotWaiting
from dedupe.storage import merge_runs, rollbacks, sources, sync_runs
from dedupe.storage import source_states as source_counts
from dedupe.storage.database import Connection
from dedupe.storage.merge_runs import MergeRun


@dataclass(frozen=True, slots=True)
class LatestWalk:
    """The latest run over a source, samples left out."""

    mode: str  # full, incremental, watch, file
    status: str  # running, complete, incomplete, failed, held
    reason: str | None
    started_at: datetime


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source that is configured, or that contacts came from. `held`: it stays at its last good state until
    a person accepts what the latest walk saw."""

    name: str
    provider: str
    configured: bool
    held: bool
    last_complete_at: datetime | None
    latest: LatestWalk | None
    contacts: int  # live source contacts
    gone: int
    rejected: int  # of the live ones, those with a value that could not be read
    quarantined: int  # records that were set aside


def source_states(
    connection: Connection, configured: Mapping[str, str], as_published: Mapping[str, int] | None = None
) -> list[SourceState]:
    """Every source by name. `configured`: the provider of each that the configuration names. `as_published`:
    how many contacts each had in the last night, by name, so that they need not be counted again."""
    counts = source_counts.counts(connection, live=as_published is None)
    stored = {one.name: one for one in sources.every(connection)}
    found = []
    for name in sorted(stored.keys() | configured.keys()):
        known = stored.get(name)
        if known is None:
            found.append(SourceState(name, configured[name], True, False, None, None, 0, 0, 0, 0))
            continue
        counted = counts[known.id]
        contacts = counted.contacts if counted.contacts is not None else (as_published or {}).get(name, 0)
        found.append(
            SourceState(
                name,
                known.provider,
                name in configured,
                sync_runs.is_held(connection, known.id),
                known.last_complete_at,
                _latest(connection, known.id),
                contacts,
                counted.gone,
                counted.rejected,
                counted.quarantined,
            )
        )
    return found


def source_state(connection: Connection, configured: Mapping[str, str], name: str) -> SourceState:
    """One of them. Raises NotFound."""
    for one in source_states(connection, configured):
        if one.name == name:
            return one
    raise NotFound("there is no such source")


def source_id(connection: Connection, name: str) -> UUID:
    """Raises NotFound for a source of which nothing is stored."""
    found = sources.by_name(connection, name)
    if found is None:
        raise NotFound("there is no such source")
    return found.id


def _latest(connection: Connection, source_id: UUID) -> LatestWalk | None:
    run = sync_runs.latest(connection, source_id)
    return LatestWalk(run.mode, run.status, run.reason, run.started_at) if run else None


def waiting_run(connection: Connection, run_id: UUID) -> MergeRun:
    """A night that was held back or planned. Raises NotFound, and RunNotWaiting for another."""
    run = merge_runs.get(connection, run_id)
    if run.kind != "night" or run.status not in merge_runs.WAITING:
        raise RunNotWaiting(f"run {run_id} is {run.status}: only a night held back or planned waits")
    return run


def publishable_run(connection: Connection, run_id: UUID) -> MergeRun:
    """A run that waits, or one that was rolled back and may be merged again. Raises as `waiting_run`."""
    run = merge_runs.get(connection, run_id)
    return run if run.status == rollbacks.UNDONE else waiting_run(connection, run_id)


def refuse_run(connection: Connection, run_id: UUID) -> None:
    """It is listed no longer, and can't be published. Raises NotFound, and RunNotWaiting where it doesn't
    wait."""
    if not merge_runs.refuse(connection, run_id):
        waiting_run(connection, run_id)
        raise RunNotWaiting(f"run {run_id} was dealt with meanwhile")
