"""Taking a published run back: golden contacts are served again as they were before it, by ids and values.

It is the served state that goes back; facts stay. A run whose result other things stand on by now (decisions
about what it made, later runs) is refused with what is in the way. Until a night is published again, one
that would change the same again by the same model and configuration is held back (decision 164).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

import pyarrow as pa
import uuid_utils.compat as uuids

from dedupe.errors import AlreadyRolledBack, DecisionContradicts, RollbackRefused, RunOvertaken
from dedupe.golden.differences import Causes, differ
from dedupe.golden.tables import ID
from dedupe.review.deciding import LOCK_WAIT, publishing
from dedupe.review.recording import checked
from dedupe.review.restored_state import Before, MadeAnew, before_run, skeleton
from dedupe.storage import access_log, merge_runs, restoring, rollbacks, run_traces
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.locks import MERGE_LOCK
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.publishing import MANY, refresh_statistics
from dedupe.storage.restoring import Undone
from dedupe.storage.run_traces import RunTraces

KINDS = ("night", "live")
"""What can be rolled back: what other runs publish is one act, which is taken back as such."""
_TOLD = 20  # ids that a refusal names (chosen); how many there are it says
_IDS_OF_A_LINE = 10_000  # golden ids of one line of the access log (chosen)


@dataclass(frozen=True, slots=True)
class RolledBack:
    """What a rollback did. `left`: source contacts whose golden contacts stay as they are, because one of
    theirs was erased since, or what they showed is kept no longer."""

    undone_run_id: UUID
    run_id: UUID
    golden: dict[str, int]  # made, revived, changed, merged, split, retired …, as the report of a run has it
    review_candidates: int  # that were taken out of the queue or put back
    source_contacts: int  # whose golden contacts the run had touched
    left: list[UUID]


@contextlib.contextmanager
def alone(database: Database) -> Iterator[Connection]:
    """A transaction between which no night is at work and nobody else publishes. Raises LockHeld."""
    with database.lock(MERGE_LOCK, wait=LOCK_WAIT) as locked, publishing(locked) as connection:
        yield connection


def roll_back(
    connection: Connection, make_anew: MadeAnew, visitor: Visitor, run_id: UUID, note: str = ""
) -> RolledBack:
    """Take a published night or live run back. Call it under the locks of merging and publishing.

    Raises NotFound for a run that is not known, RollbackRefused for one that can't be taken back (the reason
    says why, and what would have to go first), DecisionContradicts, with their ids, where decisions stand on
    what it made.
    """
    note = checked(note)
    run = merge_runs.get(connection, run_id)
    _check_kind(connection, run)
    found = run_traces.traces(connection, run_id)
    _check_kept(run, found)
    before = before_run(connection, run_id, found)
    _check_undecided(connection, run, found)
    _check_newest(connection, run, before)
    return _undo(connection, make_anew, visitor, run, before, note)


def _undo(
    connection: Connection, make_anew: MadeAnew, visitor: Visitor, run: MergeRun, before: Before, note: str
) -> RolledBack:
    undoing = uuids.uuid7()
    merge_runs.start(
        connection, undoing, rollbacks.KIND, run.code_version, run.configuration_hash, run.model_id
    )
    made = make_anew(connection, before.partly_gone) if before.partly_gone else None
    staged = skeleton(before, made)
    live = run_traces.live(connection, before.contacts, staged.ids.to_pylist())
    nothing, touched = pa.array([], ID), pa.array(before.contacts, ID)
    difference = differ(live, staged, Causes(nothing, touched, act="rollback"))
    undone = Undone(run.id, made, before.left, before.heirs)
    written = restoring.restore(connection, undoing, undone, staged, difference)
    rollbacks.add(connection, run.id, undoing, visitor.who, note, before.contacts)
    report = {"rolled_back": str(run.id), "golden": difference.counts, "written": asdict(written)}
    merge_runs.end(connection, undoing, "published", report=report)
    _log(connection, visitor, sorted({*before.golden, *live.ids.to_pylist()}))
    if sum(asdict(written).values()) >= MANY:
        refresh_statistics(connection)
    left = sorted(UUID(each) for each in before.left)
    return RolledBack(
        run.id, undoing, difference.counts, written.review_candidates, len(before.contacts), left
    )


def _log(connection: Connection, visitor: Visitor, golden_ids: Sequence[str]) -> None:
    for begin in range(0, max(len(golden_ids), 1), _IDS_OF_A_LINE):
        some = [UUID(each) for each in golden_ids[begin : begin + _IDS_OF_A_LINE]]
        access_log.write(connection, visitor, "rollback", some)


def _check_kind(connection: Connection, run: MergeRun) -> None:
    if run.status == rollbacks.UNDONE:
        how = rollbacks.of_run(connection, run.id)
        by = f" by {how.rolled_back_by} (run {how.run_id})" if how else ""
        then = f"`dedupe publish {run.id}` redoes it"
        if run.id not in rollbacks.holding(connection):
            then = "a night was published since, which `dedupe runs` shows: that one can be rolled back"
        raise AlreadyRolledBack(f"run {run.id} was rolled back before{by}; {then}")
    if run.kind == "decision":
        made = run_traces.decisions_of(connection, run.id)
        told = f": dedupe review revoke {made[0]}" if made else ""
        raise RollbackRefused(f"run {run.id} published a decision; take that back instead{told}")
    if run.kind not in KINDS:
        raise RollbackRefused(f"run {run.id} is of the kind {run.kind}, which can't be rolled back")
    if run.status == "unchanged":
        raise RollbackRefused(f"run {run.id} changed nothing: there is nothing to roll back")
    if run.status != "published":
        raise RollbackRefused(f"run {run.id} is {run.status}: only one that is published can be rolled back")


def _check_kept(run: MergeRun, found: RunTraces) -> None:
    wrote = (run.report or {}).get("written", {})
    if found.events < wrote.get("golden_events", 0):
        raise RollbackRefused(
            f"what run {run.id} did is kept no longer (privacy.events_kept): it can't be rolled back"
        )
    if found.before and not found.versions:
        raise RollbackRefused(
            f"what golden contacts showed before run {run.id} is kept no longer (privacy.history_kept), or "
            "was kept by an earlier release: it can't be rolled back"
        )


def _check_undecided(connection: Connection, run: MergeRun, found: RunTraces) -> None:
    assert run.ended_at is not None
    since = run_traces.decided_since(connection, run.ended_at, {*found.before, *found.after})
    if since:
        path = [str(each) for each in since]
        raise DecisionContradicts(
            f"decisions stand on what run {run.id} made: {_some(path)}; revoke them first, or put right by "
            "hand what is wrong",
            path,
        )


def _check_newest(connection: Connection, run: MergeRun, before: Before) -> None:
    """Refuse where what the run left is no longer served."""
    if not before.overtaken:
        return
    later = run_traces.later_runs(connection, run.id, before.overtaken)
    first = [str(each.id) for each in later if each.kind in KINDS]
    if first:
        raise RunOvertaken(
            f"later runs changed {len(before.overtaken):,} golden contacts that run {run.id} had changed; "
            f"roll them back first, the newest first: {_some(first)}"
        )
    acts = sorted({str(one) for each in later for one in each.decisions})
    why = f"by decisions ({_some(acts)}): revoke them first" if acts else "by what is no night"
    raise RunOvertaken(
        f"{len(before.overtaken):,} golden contacts that run {run.id} had changed were changed since, {why}"
    )


def _some(ids: Sequence[str]) -> str:
    told = ", ".join(ids[:_TOLD])
    return told if len(ids) <= _TOLD else f"{told} and {len(ids) - _TOLD:,} more"
