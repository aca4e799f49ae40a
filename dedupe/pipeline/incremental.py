"""An incremental run: what changed since the last published run, and whom that may concern.

It gives, to the bit, what a full run by the same model and saved term frequencies gives (decision 146): whole
components go through the functions of a night, and pairs outside of them can't have moved. Work is done in a
snapshot, without keeping others from theirs; what others published, decided, erased or buried meanwhile is
found by the transaction that publishes, and then it is done again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable
from dedupe.golden.gate import GateResult, check_limits, over_limits
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.holding import to_be_held
from dedupe.pipeline.incremental_report import incremental_numbers, incremental_report
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.merge_report import MergeReport, Stages
from dedupe.pipeline.partial_merge import Compared, PartialMerge, Worked
from dedupe.pipeline.quiet_nights import LIVE, settle
from dedupe.resolution.code_state import code_hash
from dedupe.storage import (
    changes,
    held_contacts,
    match_index,
    match_models,
    meanwhile,
    merge_runs,
    review_candidates,
    rollbacks,
    served_state,
    tombstones,
)
from dedupe.storage.changes import Notes
from dedupe.storage.database import Connection, Database
from dedupe.storage.held_contacts import HeldComponent
from dedupe.storage.meanwhile import Judged
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.publishing import MANY, PUBLISH_LOCK, refresh_statistics
from dedupe.tracing import span

_PATIENCE = 120.0  # seconds to wait for what is being published


@dataclass(frozen=True)
class IncrementalPlan:
    """What an incremental run goes on from."""

    run_id: UUID
    kind: str  # night, live
    before: MergeRun  # the run that published last
    why: str  # it is incremental
    some: Collection[str] | None = None  # the source contacts whose changes are merged; None: all


class NightPublished(Exception):
    """A night published while a live run worked from what had been served before."""


class OverLimits(Exception):
    """What a live run would publish is over limits of the publish gate, by the fault of these components."""

    def __init__(self, held: list[HeldComponent], gate: GateResult) -> None:
        super().__init__(*gate.reasons)
        self.held, self.gate = held, gate


def merge_changes(
    database: Database,
    settings: MergeSettings,
    engine: Engine,
    plan: IncrementalPlan,
    *,
    publishes: bool = True,
    tell: Callable[[str], None] = lambda _: None,
) -> MergeReport:
    """Merge what changed and publish it, unless the publish gate holds it or it is not to.

    Raises IndexUnusable where only a full run can tell what the changes concern; a live run raises OverLimits
    and NightPublished. Nothing was published then.
    """
    with database.begin() as connection:
        saved = match_models.get(connection, plan.before.model_id) if plan.before.model_id else None
        counted = merge_runs.last_full_counted(connection)
    if saved is None:
        raise IndexUnusable("the last night's model is not known: a full night chooses one")
    model = settings.with_thresholds(MatchModel.from_json(saved.content))
    merging = PartialMerge(settings, engine, model, saved.id, plan.run_id, counted)
    with span(f"merge by a {plan.kind} run", run_id=str(plan.run_id)):
        return _Incremental(database, merging, plan, Stages(tell), publishes).run()


@dataclass(frozen=True)
class _Seen:
    """What a snapshot showed: the notes, and which runs had published."""

    notes: Notes
    published: frozenset[UUID]
    worked: Worked


@dataclass(frozen=True)
class _Incremental:
    database: Database
    merging: PartialMerge
    plan: IncrementalPlan
    stages: Stages
    publishes: bool

    @property
    def is_live(self) -> bool:
        return self.plan.kind == LIVE

    def run(self) -> MergeReport:
        for again, stage in enumerate(("look at what changed", "merge again", "merge once more")):
            with self.stages.stage(stage), self._snapshot() as connection:
                seen = self._look(connection)
            if not again:
                with self.database.begin() as connection:
                    self._start(connection)
            with self._publishing() as connection:
                if self._is_current(connection, seen):
                    return self._publish(connection, seen)
        with self._publishing() as connection:
            return self._publish(connection, self._look(connection))

    @contextlib.contextmanager
    def _snapshot(self) -> Iterator[Connection]:
        if self.is_live:
            with self.database.begin(snapshot=True) as connection:
                yield connection
        else:
            with meanwhile.snapshot(self.database, self.plan.run_id) as connection:
                yield connection

    @contextlib.contextmanager
    def _publishing(self) -> Iterator[Connection]:
        with self.database.lock(PUBLISH_LOCK, wait=_PATIENCE) as database, database.begin() as connection:
            tombstones.hold_off_tombstones(connection)
            yield connection

    def _look(self, connection: Connection) -> _Seen:
        match_index.usable(connection, code_hash())
        notes, some = changes.notes(connection), self.plan.some
        if notes.everything and some is None:
            raise IndexUnusable("something changed that may concern every contact: a full night takes it up")
        changed = (
            changes.touched(connection, notes.seen) if some is None else changes.pending(connection, some)
        )
        published = frozenset(merge_runs.published_lately(connection, self.plan.kind))
        return _Seen(notes, published, self.merging.work(connection, changed, seen=notes.seen))

    def _start(self, connection: Connection) -> None:
        plan, settings = self.plan, self.merging.settings
        versions = settings.code_version, settings.configuration_hash
        merge_runs.abandon(connection, plan.kind)
        merge_runs.start(connection, plan.run_id, plan.kind, *versions, plan.before.model_id)

    def _is_current(self, connection: Connection, seen: _Seen) -> bool:
        """Whether nothing that came since is about one of these contacts. Of live runs one is at work at a
        time, of nights too: each looks for what the others published. Raises NightPublished."""
        reached, now = set(seen.worked.reached.source_contacts), changes.notes(connection)
        if self.is_live:
            others = merge_runs.published_lately(connection, self.plan.kind) - seen.published
            if any(merge_runs.get(connection, one).kind in ("night", rollbacks.KIND) for one in others):
                raise NightPublished
            if others:
                return False
        elif not self._is_apart(connection, seen.worked, meanwhile.judged(connection)):
            return False
        if self.plan.some is None and now.everything - seen.notes.everything:
            return False
        later = sorted(set(now.seen) - set(seen.notes.seen))
        return reached.isdisjoint(changes.touched(connection, later))

    def _is_apart(self, connection: Connection, worked: Worked, judged: Judged) -> bool:
        """Whether what others published concerns none of these contacts, nor a value that these may move:
        those of several runs add up."""
        if not set(worked.reached.source_contacts).isdisjoint(judged.contacts):
            return False
        return not judged.changed or not self.merging.moves_values(connection, worked)

    def _publish(self, connection: Connection, seen: _Seen) -> MergeReport:
        plan, stages, worked = self.plan, self.stages, seen.worked
        with stages.stage("stage and compare"):
            decided = served_state.decided_since(connection, plan.before.started_at)
            compared = self.merging.compare(connection, worked, decided)
            gate = self._gate(connection, worked, compared)
            told = incremental_report(
                plan.run_id, plan.before, plan.why, compared.difference, compared.links, gate.numbers
            )
        if not (self.publishes and gate.passes):
            told.status = "held" if self.publishes else "planned"
        else:
            with stages.stage("publish"):
                told.written = self.merging.write(connection, worked, compared)
                told.status = "published" if told.rows_written else "unchanged"
                if told.rows_written >= MANY:
                    refresh_statistics(connection)
                self._settle(connection, seen)
        told.review = {**told.review, "candidates": review_candidates.count(connection)}
        told.gate = gate.to_json()
        told.stages = stages.done
        merge_runs.end(connection, plan.run_id, told.status, told.gate, told.to_json())
        if not self.is_live:
            meanwhile.end(connection)
        return told

    def _settle(self, connection: Connection, seen: _Seen) -> None:
        worked = seen.worked
        held_contacts.release(connection, worked.reached.source_contacts)
        if self.is_live:
            changed = worked.reached.changed
            meanwhile.note(connection, worked.within, changed)
            changes.settle_contacts(connection, seen.notes.seen, changed)
        else:
            merge_runs.supersede(connection)
            settle(connection, self.merging.settings, worked.inputs)

    def _gate(self, connection: Connection, worked: Worked, compared: Compared) -> GateResult:
        """The numbers of the publish gate, and what is over its limits. Raises OverLimits for a live run."""
        limits = self.merging.settings.limits
        gone = served_state.gone_by_source(connection, worked.within)
        numbers = incremental_numbers(
            self.plan.before,
            compared.live,
            compared.staged,
            compared.difference,
            worked.inputs.contacts,
            gone,
        )
        gate = check_limits(numbers, limits)
        if self.is_live and not gate.passes:
            raise OverLimits(to_be_held(worked, compared, over_limits(numbers, limits), limits), gate)
        return gate
