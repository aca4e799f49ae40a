"""What a merge would change, against what is live in this transaction; and changing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import integers
from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.gate import GateResult, judge, measure
from dedupe.golden.identity import heirs_after
from dedupe.golden.links import LinkDifference, link_difference, link_rows, staged_links
from dedupe.golden.staging import Staged, stage
from dedupe.matching.comparisons.stored_levels import LEVEL_NAMES
from dedupe.pipeline.merge_inputs import Facts, Merged, MergeSettings, probabilities
from dedupe.pipeline.merge_report import MergeReport
from dedupe.storage import match_context, review_candidates, served_state
from dedupe.storage.database import Connection
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.publishing import publish, publish_links

Heirs = pa.Table


@dataclass(frozen=True)
class Comparison:
    staged: Staged
    difference: Difference
    links: pa.Table  # of golden.links.staged_links
    link_difference: LinkDifference
    heirs: Heirs  # as stored now
    verdict: GateResult


def compare(
    connection: Connection,
    facts: Facts,
    merged: Merged,
    settings: MergeSettings,
    before: MergeRun | None,
    full: bool,
) -> Comparison:
    """`before` is the last night that published; `full` counts every golden contact as to be written."""
    heirs = served_state.heirs(connection)
    staged = _stage(connection, facts, merged, heirs)
    live = served_state.live(connection, staged.ids)
    causes = _causes(connection, facts, settings, before)
    difference = differ(live, staged, causes, everything=full)
    links = staged_links(merged.matching.links, merged.together, facts.seeds)
    pairs = link_difference(served_state.link_pairs(connection), links)
    sources = before.gate["numbers"]["sources"] if before and before.gate else {}
    gone = served_state.gone_by_source(connection)
    numbers = measure(live, staged, difference, facts.contacts, sources, gone)
    return Comparison(staged, difference, links, pairs, heirs, judge(numbers, settings.limits))


def _stage(connection: Connection, facts: Facts, merged: Merged, stored: Heirs) -> Staged:
    present = facts.seeds.take(pa.array(integers(merged.golden.members["contact"])))
    heirs = heirs_after(stored, served_state.linked(connection), present)
    return stage(merged.golden, facts.seeds, heirs, merged.matching.links, merged.together)


def _causes(connection: Connection, facts: Facts, settings: MergeSettings, before: MergeRun | None) -> Causes:
    """Why golden contacts may have changed since the last night that published."""
    if before is None:
        return Causes(pa.array([], pa.string()), pa.array([], pa.string()))
    otherwise = "shared value"
    if before.model_id != facts.model_id:
        otherwise = "model"
    if before.configuration_hash != settings.configuration_hash:
        otherwise = "configuration"
    if before.code_version != settings.code_version:
        otherwise = "code"
    since = before.started_at
    return Causes(
        served_state.news_since(connection, since), served_state.decided_since(connection, since), otherwise
    )


def write(
    connection: Connection, run_id: UUID, facts: Facts, merged: Merged, comparison: Comparison
) -> dict[str, int]:
    """Publish the differences; rows written and removed, by table."""
    golden = publish(connection, run_id, comparison.staged, comparison.difference, comparison.heirs)
    links = comparison.link_difference
    matching = merged.matching
    rows = link_rows(
        comparison.links,
        links.new,
        matching.links,
        matching.scored,
        probabilities(facts.model, matching.links),
        LEVEL_NAMES,
    )
    asked = review_candidates.publish(connection, merged.questions, run_id, facts.model_id)
    context = match_context.save(connection, run_id, matching.context)
    return {
        **asdict(golden),
        "links": publish_links(connection, run_id, facts.model_id, rows, links.removed),
        "review_candidates": sum(asked),
        "match_context": int(context),
    }


def report(run_id: UUID, facts: Facts, merged: Merged, comparison: Comparison) -> MergeReport:
    sources: Any = pc.value_counts(facts.contacts["source"].combine_chunks())
    pairs = comparison.link_difference
    return MergeReport(
        run_id=str(run_id),
        source_contacts={each["values"]: each["counts"] for each in sources.to_pylist()},
        matching=merged.matching.report,
        golden=comparison.difference.counts,
        links={
            "links": comparison.links.num_rows,
            "new": len(pairs.new),
            "removed": pairs.removed.num_rows,
        },
        review={"candidates": merged.questions.num_rows},
        gate=comparison.verdict.to_json(),
        digest=comparison.staged.digest(),
    )
