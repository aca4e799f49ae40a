"""The merge journey: live contacts in, golden contacts out: stage → compare with live → gate → publish.

A full run matches all live contacts, an incremental one what changed and whom that concerns
(`incremental`). What is published are the differences, in one transaction, under the publish lock: whoever is
killed at any moment leaves the old state served, and the next run completes. What was stored just now is
merged beside it (`live_run`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import uuid_utils.compat as uuids

from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable, RunNotWaiting
from dedupe.golden.gate import raised_limits
from dedupe.pipeline.full_run import FullRun
from dedupe.pipeline.incremental import IncrementalPlan, merge_changes
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merge_report import MergeReport, Stages
from dedupe.pipeline.quiet_nights import NIGHT, quiet_night
from dedupe.pipeline.run_choice import RunChoice, choose
from dedupe.storage import merge_runs, rollbacks
from dedupe.storage.database import Database
from dedupe.storage.locks import MERGE_LOCK

__all__ = ["MERGE_LOCK", "merge", "publish_run"]


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
        full_run = FullRun(
            database, settings, engine, run_id or uuids.uuid7(), stages, choice.why, plan=plan, full=full
        )
        return full_run.merge(anew=anew)


def publish_run(
    database: Database,
    run_id: UUID,
    settings: MergeSettings,
    engine: Engine,
    *,
    tell: Callable[[str], None] = lambda _: None,
) -> MergeReport:
    """Go on with a run that was held back or planned, or merge again what one did that was rolled back.

    It is staged again from what stands now. What a person saw and took becomes the limit: it is held back
    once more only if its numbers have become clearly worse. Raises RunNotWaiting for one of another status,
    NotFound for one that is not known.
    """
    with database.begin() as connection:
        run = merge_runs.get(connection, run_id)
    if run.status not in (*merge_runs.WAITING, rollbacks.UNDONE) or run.gate is None:
        raise RunNotWaiting(
            f"run {run_id} is {run.status}: only one held back, planned or rolled back can be published"
        )
    limits = raised_limits(settings.limits, run.gate["numbers"])
    if run.status == rollbacks.UNDONE:
        limits = replace(limits, max_rolled_back=sys.maxsize)
    taken = replace(settings, limits=limits)
    return merge(database, taken, engine, tell=tell)
