"""A run for now: what was stored just now is merged by an incremental run, never by a full one.

Nights go on meanwhile: see `full_run`. What a limit of the publish gate, or a block that has grown too large,
keeps from being merged is held back with its component; the others go on.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

import uuid_utils.compat as uuids

from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable
from dedupe.golden.gate import GateResult
from dedupe.pipeline.incremental import IncrementalPlan, NightPublished, OverLimits, merge_changes
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merge_report import MergeReport
from dedupe.pipeline.merging import MERGE_LOCK
from dedupe.pipeline.quiet_nights import LIVE
from dedupe.pipeline.reach import BlockGrown
from dedupe.pipeline.run_choice import RunChoice, choose
from dedupe.storage import changes, held_contacts, meanwhile, merge_runs
from dedupe.storage.database import Database
from dedupe.storage.held_contacts import HeldComponent
from dedupe.storage.locks import is_held

LIVE_LOCK = "live merge"


@dataclass
class NowMerged:
    """`report` of the run that published; None: nothing of it was to be merged. `held`: why components were
    held back, a line each."""

    report: MergeReport | None = None
    held: list[str] = field(default_factory=list)


def merge_now(
    database: Database,
    settings: MergeSettings,
    engine: Engine,
    *,
    some: Collection[str] | None = None,
    wait: float = 0.0,
    began: datetime | None = None,
) -> NowMerged:
    """Merge what changed of `some` source contacts; of all, without. Of what a night has in its snapshot that
    is at work only `some` are merged at once.

    `began`: since when what was stored is looked at. Raises LockHeld while another such run merges for longer
    than `wait` seconds, and IndexUnusable where only a full night can tell what the changes concern: what was
    stored is then merged by the next run.
    """
    with database.lock(LIVE_LOCK, wait=wait) as database:
        run = _LiveRun(database, settings, engine, began or datetime.now(UTC))
        return run.merge(some)


@dataclass
class _LiveRun:
    database: Database
    settings: MergeSettings
    engine: Engine
    began: datetime
    done: NowMerged = field(default_factory=NowMerged)

    def merge(self, some: Collection[str] | None) -> NowMerged:
        changed = set[str]()
        while True:
            choice = choose(self.database, self.settings, for_now=True, some=some is not None)
            if choice.before is None:
                raise IndexUnusable(f"it is merged by the next night ({choice.why})")
            changed = changed or self._changed(some)
            if not changed:
                return self.done
            try:
                self.done.report = self._run(choice, changed)
                return self.done
            except NightPublished:
                continue
            except OverLimits as over:
                held = over.held, over.gate
            except BlockGrown as grown:
                alone = [
                    HeldComponent(frozenset([each]), frozenset([each])) for each in grown.whose & changed
                ]
                if not alone:
                    raise
                numbers = (choice.before.gate or {}).get("numbers", {})
                held = alone, GateResult(numbers, {}, [str(grown)])
            changed -= self._hold(choice, *held)
            if not changed:
                return self.done

    def _changed(self, some: Collection[str] | None) -> set[str]:
        with self.database.begin() as connection:
            notes = changes.notes(connection)
            if some is not None:
                # a change that may concern everybody was noted without the contacts that it is about
                found = list(some) if notes.everything else changes.pending(connection, some)
                return {*found, *held_contacts.waiting_with(connection, found)}
            # of a night that was killed the mark stays until the next one begins
            mark = meanwhile.last_note(connection) if is_held(connection, MERGE_LOCK) else None
            later = [one for one in notes.seen if mark is None or one > mark]
            return set(changes.touched(connection, later))

    def _run(self, choice: RunChoice, changed: set[str]) -> MergeReport:
        assert choice.before is not None
        plan = IncrementalPlan(uuids.uuid7(), LIVE, choice.before, choice.why, frozenset(changed))
        return merge_changes(self.database, self.settings, self.engine, plan)

    def _hold(self, choice: RunChoice, held: list[HeldComponent], gate: GateResult) -> set[str]:
        """Note what is held back and why, as a run of its own; gives the changed contacts of it."""
        assert choice.before is not None
        run_id, settings = uuids.uuid7(), self.settings
        versions = settings.code_version, settings.configuration_hash
        with self.database.begin() as connection:
            merge_runs.abandon(connection, LIVE)
            merge_runs.start(connection, run_id, LIVE, *versions, choice.before.model_id)
            merge_runs.end(connection, run_id, "held", gate.to_json())
            held_contacts.hold(connection, run_id, held, self.began)
        changed = {each for one in held for each in one.changed}
        self.done.held += gate.reasons
        return changed
