"""The merge journey: live contacts in, golden contacts out: stage → compare with live → gate → publish.

A full run matches all live contacts, an incremental one what changed and whom that concerns
(`incremental`). What is published are the differences, in one transaction, under the publish lock: whoever is
killed at any moment leaves the old state served, and the next run completes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

import uuid_utils.compat as uuids

from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable, UsageError
from dedupe.golden.gate import raised_limits
from dedupe.pipeline import first_model
from dedupe.pipeline.first_model import with_first_model, with_saved_model
from dedupe.pipeline.incremental import IncrementalPlan, merge_changes
from dedupe.pipeline.merge_diff import merge_diff, report, write
from dedupe.pipeline.merge_inputs import (
    Merged,
    MergeInputs,
    MergeSettings,
    by_saved_context,
    load,
    merge_contacts,
)
from dedupe.pipeline.merge_report import MergeReport, Stages
from dedupe.pipeline.quality import quality
from dedupe.pipeline.quiet_nights import LIVE, NIGHT, quiet_night, settle
from dedupe.pipeline.run_choice import RunChoice, choose
from dedupe.storage import merge_runs, tombstones
from dedupe.storage.database import Connection, Database
from dedupe.storage.publishing import MANY, PUBLISH_LOCK, refresh_statistics

MERGE_LOCK = "merge"
_PATIENCE = 120.0  # seconds to wait for a decision that is being published


def merge(
    database: Database,
    settings: MergeSettings,
    engine: Engine,
    *,
    plan: bool = False,
    full: bool = False,
    anew: bool = True,
    run_id: UUID | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> MergeReport:
    """Merge what is new; publish, unless it is a `plan` or the publish gate holds it: see its status.

    Without news since the last night that published nothing is merged; with little, what changed and whom it
    concerns; else all live contacts. The report says which, and why.

    `full` merges all and writes every golden contact again, equal or not. Without `anew` all are merged by
    the term frequencies and oversized blocks that the last full night saved. `run_id` is the night's, where
    it has one. `tell` hears of each stage as it begins. Raises LockHeld while another merge runs.
    """
    stages = Stages(tell)
    with database.lock(MERGE_LOCK) as database:
        if not (plan or full) and (quiet := quiet_night(database, settings, run_id or uuids.uuid7())):
            return quiet
        choice = choose(database, settings) if anew and not full else RunChoice(None, "full: as asked")
        if choice.before is not None:
            going_on = IncrementalPlan(run_id or uuids.uuid7(), NIGHT, choice.before, choice.why)
            try:
                return merge_changes(database, settings, engine, going_on, publishes=not plan, tell=tell)
            except IndexUnusable as error:
                choice, run_id = RunChoice(None, f"full: {error}"), None
        with stages.stage("load"):
            inputs = load(database, settings, engine)
        if not anew:
            inputs = by_saved_context(database, inputs)
        if inputs.untrained and len(inputs.contacts):
            with stages.stage("learn"):
                inputs = with_first_model(inputs, settings, engine)
        run_id = _start(database, settings, inputs, run_id or uuids.uuid7())
        with stages.stage("match, cluster, merge"):
            merged = merge_contacts(inputs, settings, engine)
        publishing = _Publishing(run_id, settings, engine, stages, choice.why, plan=plan, full=full)
        with database.lock(PUBLISH_LOCK, wait=_PATIENCE) as database:
            return publishing.go(database, inputs, merged)


def merge_now(
    database: Database, settings: MergeSettings, engine: Engine, *, wait: float = 0.0
) -> MergeReport:
    """Merge what was stored just now, for a door that waits for it: an incremental run, never a full one.

    Raises LockHeld while another merge runs longer than `wait` seconds, and IndexUnusable where only a full
    night can tell what the changes concern: what was stored is then merged by the next run.
    """
    with database.lock(MERGE_LOCK, wait=wait) as database:
        choice = choose(database, settings, for_now=True)
        if choice.before is None:
            raise IndexUnusable(f"it is merged by the next night ({choice.why})")
        plan = IncrementalPlan(uuids.uuid7(), LIVE, choice.before, choice.why)
        return merge_changes(database, settings, engine, plan)


def publish_run(
    database: Database,
    run_id: UUID,
    settings: MergeSettings,
    engine: Engine,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> MergeReport:
    """Go on with a run that was held back or planned.

    It is staged again from what stands now. What a person saw and took becomes the limit: it is held back
    once more only if its numbers have become clearly worse. Raises UsageError for a run of another status,
    NotFound for one that is not known.
    """
    with database.begin() as connection:
        run = merge_runs.get(connection, run_id)
    if run.status not in ("held", "planned") or run.gate is None:
        raise UsageError(f"run {run_id} is {run.status}: only one held back or planned can be published")
    taken = replace(settings, limits=raised_limits(settings.limits, run.gate["numbers"]))
    return merge(database, taken, engine, tell=tell)


def _start(database: Database, settings: MergeSettings, inputs: MergeInputs, run_id: UUID) -> UUID:
    versions = settings.code_version, settings.configuration_hash
    with database.begin() as connection:
        merge_runs.abandon(connection, NIGHT)
        merge_runs.start(connection, run_id, NIGHT, *versions, inputs.model_id)
    return run_id


@dataclass(frozen=True)
class _Publishing:
    """The end of a merge, under the publish lock."""

    run_id: UUID
    settings: MergeSettings
    engine: Engine
    stages: Stages
    why: str
    plan: bool
    full: bool

    def go(self, database: Database, inputs: MergeInputs, merged: Merged) -> MergeReport:
        """What was decided, erased or buried since the snapshot is reread by the transaction that publishes.

        Where there is any the merge is done again, without keeping others from it; the last time within the
        transaction, so that there is an end.
        """
        for last in (False, False, True):
            with database.begin() as connection:
                with self.stages.stage("reread"):
                    tombstones.hold_off_tombstones(connection)
                    now = inputs.reread(connection)
                if now is inputs:
                    return self._publish(connection, inputs, merged)
                if last:
                    return self._publish(connection, now, self._again(now))
            inputs, merged = now, self._again(now)
        raise AssertionError("the last time publishes")

    def _again(self, inputs: MergeInputs) -> Merged:
        with self.stages.stage("merge again"):
            return merge_contacts(inputs, self.settings, self.engine)

    def _publish(self, connection: Connection, inputs: MergeInputs, merged: Merged) -> MergeReport:
        """Compare, put it before the publish gate and, if it passes, publish; all in this transaction."""
        settings, stages = self.settings, self.stages
        with stages.stage("stage and compare"):
            before = merge_runs.last_published(connection, NIGHT, LIVE)
            diff = merge_diff(connection, inputs, merged, settings, before, self.full)
            told = report(self.run_id, inputs, merged, diff)
            told.why, told.mode = self.why, "full" if inputs.saved is None else "full, as saved"
            told.quality = quality(connection, inputs, merged)
            if settings.match.review_capacity is not None:
                told.review["can be looked at in a week"] = settings.match.review_capacity
        if self.plan or not diff.verdict.passes:
            told.status = "planned" if self.plan else "held"
        else:
            with stages.stage("publish"):
                inputs = with_saved_model(connection, inputs)
                merge_runs.used_model(connection, self.run_id, inputs.model_id)
                told.written = write(connection, self.run_id, inputs, merged, diff)
                told.status = "published" if told.rows_written else "unchanged"
                if told.rows_written >= MANY:
                    refresh_statistics(connection)
                merge_runs.supersede(connection)
                settle(connection, settings, inputs)
        told.model = first_model.told(inputs)
        told.stages = stages.done
        merge_runs.end(connection, self.run_id, told.status, diff.verdict.to_json(), told.to_json())
        return told
