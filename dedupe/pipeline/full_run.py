"""A full run: all live contacts of one moment, merged and published, while others go on.

Live runs and decisions publish while it computes. So it compares itself with what is served once it is done,
and of the difference it publishes what is not about the components that others judged meanwhile; these are
judged anew on top, by its own model and term frequencies, in the same transaction (decision 152).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from dedupe.engines.engine import Engine
from dedupe.pipeline import first_model
from dedupe.pipeline.first_model import with_first_model, with_saved_model
from dedupe.pipeline.judged_since import JudgedSince, RunTies, judged_again, judged_since
from dedupe.pipeline.merge_diff import (
    MergeDiff,
    added_up,
    merge_diff,
    outside,
    report,
    stage_index,
    write,
)
from dedupe.pipeline.merge_inputs import (
    Merged,
    MergeInputs,
    MergeSettings,
    active_model,
    by_saved_context,
    merge_contacts,
    read_inputs,
)
from dedupe.pipeline.merge_report import MergeReport, Stages
from dedupe.pipeline.partial_merge import PartialMerge
from dedupe.pipeline.quality import quality
from dedupe.pipeline.quiet_nights import NIGHT, settle
from dedupe.storage import (
    changes,
    held_contacts,
    match_index_writing,
    meanwhile,
    merge_runs,
    rollbacks,
    served_state,
    tombstones,
)
from dedupe.storage.database import Connection, Database
from dedupe.storage.match_index_writing import StagedIndex
from dedupe.storage.publishing import MANY, PUBLISH_LOCK, refresh_statistics

_PATIENCE = 120.0  # seconds to wait for a decision that is being published


@dataclass(frozen=True)
class _Staged:
    """What a run would publish, beside what was served when it was compared."""

    inputs: MergeInputs
    merged: Merged
    ties: RunTies
    diff: MergeDiff
    told: MergeReport


@dataclass(frozen=True)
class FullRun:
    """`full`: every golden contact is written again, equal or not; `plan`: nothing is published."""

    database: Database
    settings: MergeSettings
    engine: Engine
    run_id: UUID
    stages: Stages
    why: str
    plan: bool
    full: bool

    def merge(self, *, anew: bool) -> MergeReport:
        """`anew`: by term frequencies and oversized blocks counted anew, and not by those that are saved."""
        with self.stages.stage("load"):
            model = active_model(self.database, self.settings)
            with meanwhile.snapshot(self.database, self.run_id) as connection:
                inputs = read_inputs(connection, self.settings, *model, self.engine)
        if not anew:
            inputs = by_saved_context(self.database, inputs)
        if inputs.untrained and len(inputs.contacts):
            with self.stages.stage("learn"):
                inputs = with_first_model(inputs, self.settings, self.engine)
        with self.database.begin() as connection:
            self._start(connection, inputs)
        with self.stages.stage("match, cluster, merge"):
            merged = merge_contacts(inputs, self.settings, self.engine)
        return self._publish(inputs, merged)

    def _start(self, connection: Connection, inputs: MergeInputs) -> None:
        versions = self.settings.code_version, self.settings.configuration_hash
        merge_runs.abandon(connection, NIGHT)
        merge_runs.start(connection, self.run_id, NIGHT, *versions, inputs.model_id)

    def _publish(self, inputs: MergeInputs, merged: Merged) -> MergeReport:
        told = self._published(inputs, merged)
        with self.database.begin() as connection:
            match_index_writing.sweep(connection)
            if told.rows_written >= MANY:
                refresh_statistics(connection)
        return told

    def _published(self, inputs: MergeInputs, merged: Merged) -> MergeReport:
        """Put it before the publish gate and, if it passes, publish it.

        What may concern everybody and was decided since the snapshot is reread by the transaction that
        publishes. Where there is any the merge is done again, without keeping others from it; the last time
        within the transaction, so that there is an end.
        """
        for last in (False, False, True):
            with self.database.begin(snapshot=True) as connection:
                staged = self._stage(connection, inputs, merged)
            if staged.told.status != "running":
                with self.database.begin() as connection:
                    return self._leave(connection, staged)
            with self.database.begin() as connection:  # before the publish lock, which others wait for
                indexed = stage_index(connection, merged)
            with self._publishing() as connection:
                with self.stages.stage("reread"):
                    now = _reread(connection, inputs)
                if now is inputs:
                    return self._write(connection, staged, indexed)
                if last:
                    staged = self._stage(connection, now, self._again(now))
                    if staged.told.status != "running":
                        return self._leave(connection, staged)
                    return self._write(connection, staged, None)
            inputs, merged = now, self._again(now)
        raise AssertionError("the last time publishes")

    @contextlib.contextmanager
    def _publishing(self) -> Iterator[Connection]:
        with self.database.lock(PUBLISH_LOCK, wait=_PATIENCE) as database, database.begin() as connection:
            tombstones.hold_off_tombstones(connection)
            yield connection

    def _again(self, inputs: MergeInputs) -> Merged:
        with self.stages.stage("merge again"):
            return merge_contacts(inputs, self.settings, self.engine)

    def _stage(self, connection: Connection, inputs: MergeInputs, merged: Merged) -> _Staged:
        """Compare with what is served, and put the difference before the publish gate."""
        settings = self.settings
        with self.stages.stage("stage and compare"):
            ties = RunTies(merged)
            others = judged_since(connection, inputs, ties)
            diff = merge_diff(connection, inputs, merged, settings, others.contacts, self.full)
            told = report(self.run_id, inputs, merged, diff)
            told.why, told.mode = self.why, "full" if inputs.saved is None else "full, as saved"
            told.quality = quality(connection, inputs, merged)
            if settings.match.review_capacity is not None:
                told.review["can be looked at in a week"] = settings.match.review_capacity
        if self.plan or not diff.verdict.passes:
            told.status = "planned" if self.plan else "held"
        return _Staged(inputs, merged, ties, diff, told)

    def _leave(self, connection: Connection, staged: _Staged) -> MergeReport:
        """What is only planned, or held back, is written down and not published."""
        meanwhile.end(connection)
        return self._end(connection, staged, staged.inputs)

    def _write(self, connection: Connection, staged: _Staged, indexed: StagedIndex | None) -> MergeReport:
        told, merged = staged.told, staged.merged
        with self.stages.stage("publish"):
            inputs = with_saved_model(connection, staged.inputs)
            merge_runs.used_model(connection, self.run_id, inputs.model_id)
            others = judged_since(connection, inputs, staged.ties)
            diff = outside(connection, staged.diff, others.contacts)
            told.written = write(connection, self.run_id, inputs, merged, diff, others.contacts, indexed)
            if others.contacts:
                self._on_top(connection, inputs, others, diff, told)
            told.status = "published" if told.rows_written else "unchanged"
            merge_runs.supersede(connection)
            held_contacts.release_all(connection)
            rollbacks.release(connection)
            meanwhile.end(connection)
            settle(connection, self.settings, inputs)
        return self._end(connection, staged, inputs)

    def _on_top(
        self,
        connection: Connection,
        inputs: MergeInputs,
        others: JudgedSince,
        diff: MergeDiff,
        told: MergeReport,
    ) -> None:
        """Judge anew what others judged since the snapshot, with all that this concerns."""
        counted = inputs.saved is None
        merging = PartialMerge(
            self.settings, self.engine, inputs.model, inputs.model_id, self.run_id, counted
        )
        added = judged_again(connection, merging, others, diff.causes)
        told.written = {name: count + added.written.get(name, 0) for name, count in told.written.items()}
        told.golden = added_up(diff.difference.counts, added.counts, served_state.totals(connection))
        changes.settle_contacts(connection, others.seen, others.changed)

    def _end(self, connection: Connection, staged: _Staged, inputs: MergeInputs) -> MergeReport:
        told = staged.told
        told.model = first_model.told(inputs)
        told.stages = self.stages.done
        gate = staged.diff.verdict.to_json()
        merge_runs.end(connection, self.run_id, told.status, gate, told.to_json())
        return told


def _reread(connection: Connection, inputs: MergeInputs) -> MergeInputs:
    """The inputs as they are by now, where something changed that may concern everybody; else the same
    object: what is about single contacts is judged on top."""
    notes = changes.notes(connection)
    return inputs.reread(connection) if notes.everything - set(inputs.seen) else inputs
