"""An incremental run: what changed since the last published run, and whom that may concern.

It gives, to the bit, what a full run by the same model and saved term frequencies gives (decision 146): whole
components go through the functions of a night, and pairs outside of them can't have moved. Work is done in a
snapshot, without keeping others from theirs; what was decided, erased or buried about these very contacts
meanwhile is found in the notes of changes by the transaction that publishes, and then it is done again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa

from dedupe.engines.engine import Engine
from dedupe.errors import IndexUnusable
from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.gate import GateResult, check_limits
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID
from dedupe.matching.model.match_model import MatchModel
from dedupe.pipeline.incremental_report import incremental_numbers, incremental_report
from dedupe.pipeline.merge_inputs import Merged, MergeInputs, MergeSettings, merge_contacts, numbered_anew
from dedupe.pipeline.merge_report import MergeReport, Stages
from dedupe.pipeline.quiet_nights import settle
from dedupe.pipeline.reach import Reached, Scoring, reach
from dedupe.resolution.code_state import code_hash
from dedupe.resolution.outcome import LinkChanges, LiveDecisions, link_changes, new_link_rows, staged
from dedupe.storage import (
    changes,
    decisions,
    match_index,
    match_models,
    merge_runs,
    review_candidates,
    served_state,
    term_frequencies,
    tombstones,
)
from dedupe.storage.changes import MergingNews
from dedupe.storage.database import Connection, Database
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.publishing import MANY, PUBLISH_LOCK, publish, publish_links, refresh_statistics

_PATIENCE = 120.0  # seconds to wait for a decision that is being published


@dataclass(frozen=True)
class IncrementalPlan:
    """What an incremental run goes on from."""

    run_id: UUID
    kind: str  # night, live
    before: MergeRun  # the last published night
    why: str  # it is incremental


@dataclass(frozen=True)
class _Worked:
    """What follows for whom the changes concern."""

    reached: Reached
    news: MergingNews
    inputs: MergeInputs
    merged: Merged


@dataclass(frozen=True)
class _Compared:
    staged: Staged
    difference: Difference
    links: LinkChanges
    heirs: pa.Table
    verdict: GateResult


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

    Raises IndexUnusable where only a full run can tell what the changes concern; nothing was written then.
    """
    with database.begin() as connection:
        model = match_models.get(connection, plan.before.model_id) if plan.before.model_id else None
    if model is None:
        raise IndexUnusable("the last night's model is not known: a full night chooses one")
    known = settings.with_thresholds(MatchModel.from_json(model.content))
    return _Incremental(database, settings, engine, plan, known, Stages(tell), publishes).run()


@dataclass(frozen=True)
class _Incremental:
    database: Database
    settings: MergeSettings
    engine: Engine
    plan: IncrementalPlan
    model: MatchModel
    stages: Stages
    publishes: bool

    def run(self) -> MergeReport:
        with self.stages.stage("look at what changed"), self.database.begin(snapshot=True) as connection:
            worked = self._work(connection)
        with self.database.begin() as connection:
            self._start(connection)
        with self.database.lock(PUBLISH_LOCK, wait=_PATIENCE) as database:
            for last in (False, False, True):
                with database.begin() as connection:
                    tombstones.hold_off_tombstones(connection)
                    if self._is_current(connection, worked):
                        return self._publish(connection, worked)
                    if last:
                        return self._publish(connection, self._work(connection))
                with self.stages.stage("merge again"), database.begin(snapshot=True) as connection:
                    worked = self._work(connection)
        raise AssertionError("the last time publishes")

    def _work(self, connection: Connection) -> _Worked:
        match_index.usable(connection, code_hash())
        news = changes.merging_news(connection)
        if news.everything:
            raise IndexUnusable("something changed that may concern every contact: a full night takes it up")
        saved = term_frequencies.counted(connection)
        if saved is None:
            raise IndexUnusable("no term frequencies are saved: a full night counts them")
        values = decisions.value_judgements(connection)
        staff = self.settings.match.staff
        scoring = Scoring(self.model, saved, term_frequencies.grown(connection), staff, values)
        found = reach(connection, changes.touched(connection, news.seen), scoring, self.engine)
        inputs = self._inputs(connection, found, news, values)
        return _Worked(found, news, inputs, merge_contacts(inputs, self.settings, self.engine))

    def _inputs(
        self, connection: Connection, found: Reached, news: MergingNews, values: Sequence[Any]
    ) -> MergeInputs:
        ids = [UUID(each) for each in found.source_contacts]
        judgements = decisions.judgements_around(connection, ids)
        decided = LiveDecisions(judgements, decisions.pins(connection), values)
        return MergeInputs(
            numbered_anew(found.live.table),
            found.live.keys,
            decided,
            self.model,
            self.plan.before.model_id,
            seen=news.seen,
            saved=found.context,
        )

    def _start(self, connection: Connection) -> None:
        plan, versions = self.plan, (self.settings.code_version, self.settings.configuration_hash)
        merge_runs.abandon(connection, plan.kind)
        merge_runs.start(connection, plan.run_id, plan.kind, *versions, plan.before.model_id)

    def _is_current(self, connection: Connection, worked: _Worked) -> bool:
        """Whether nothing that came since is about one of these contacts."""
        now = changes.merging_news(connection)
        later = sorted(set(now.seen) - set(worked.news.seen))
        if now.everything or set(worked.news.seen) - set(now.seen):
            return False
        return set(worked.reached.source_contacts).isdisjoint(changes.touched(connection, later))

    def _publish(self, connection: Connection, worked: _Worked) -> MergeReport:
        plan, stages = self.plan, self.stages
        with stages.stage("stage and compare"):
            compared = self._compare(connection, worked)
            told = incremental_report(
                plan.run_id,
                plan.before,
                plan.why,
                compared.difference,
                compared.links,
                compared.verdict.numbers,
            )
        if not (self.publishes and compared.verdict.passes):
            told.status = "held" if self.publishes else "planned"
        else:
            with stages.stage("publish"):
                told.written = self._write(connection, worked, compared)
                told.status = "published" if told.rows_written else "unchanged"
                if told.rows_written >= MANY:
                    refresh_statistics(connection)
                merge_runs.supersede(connection)
                settle(connection, self.settings, worked.inputs)
        told.review = {**told.review, "candidates": review_candidates.count(connection)}
        told.gate = compared.verdict.to_json()
        told.stages = stages.done
        merge_runs.end(connection, plan.run_id, told.status, told.gate, told.to_json())
        return told

    def _compare(self, connection: Connection, worked: _Worked) -> _Compared:
        reached, merged = worked.reached, worked.merged
        within = [UUID(each) for each in reached.source_contacts]
        run, pairs = merged.run, merged.matching.pairs
        heirs, linked = served_state.heirs(connection), served_state.linked(connection, within)
        staging = staged(run, pairs, merged.outcome.golden, heirs, linked)
        live = served_state.live(connection, staging.ids, within)
        decided = served_state.decided_since(connection, self.plan.before.started_at)
        difference = differ(live, staging, Causes(pa.array(reached.changed, ID), decided))
        links = link_changes(run, pairs, served_state.link_pairs(connection, within))
        gone = served_state.gone_by_source(connection, within)
        numbers = incremental_numbers(
            self.plan.before, live, staging, difference, worked.inputs.contacts, gone
        )
        return _Compared(staging, difference, links, heirs, check_limits(numbers, self.settings.limits))

    def _write(self, connection: Connection, worked: _Worked, compared: _Compared) -> dict[str, int]:
        run_id, inputs, merged = self.plan.run_id, worked.inputs, worked.merged
        within = [UUID(each) for each in worked.reached.source_contacts]
        golden = publish(connection, run_id, compared.staged, compared.difference, compared.heirs)
        rows = new_link_rows(merged.matching.pairs, inputs.model, compared.links)
        removed = compared.links.difference.removed
        asked = review_candidates.publish(
            connection, merged.outcome.questions, run_id, inputs.model_id, within
        )
        return {
            **asdict(golden),
            "links": publish_links(connection, run_id, inputs.model_id, rows, removed),
            "review_candidates": sum(asked),
            "grown_terms": term_frequencies.put_grown(connection, run_id, worked.reached.moved.grown),
            "match_index": match_index.put(connection, worked.reached.changed, worked.reached.keys),
        }
