"""The difference between a merge and what is live in this transaction, and writing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.golden.differences import Causes, Difference, differ
from dedupe.golden.gate import GateResult, check_limits, measure
from dedupe.golden.staging import Staged
from dedupe.pipeline.merge_inputs import Merged, MergeInputs, MergeSettings
from dedupe.pipeline.merge_report import MergeReport
from dedupe.resolution.code_state import code_hash
from dedupe.resolution.outcome import LinkChanges, link_changes, new_link_rows, staged
from dedupe.storage import match_index, review_candidates, served_state, term_frequencies
from dedupe.storage.database import Connection
from dedupe.storage.merge_runs import MergeRun
from dedupe.storage.publishing import publish, publish_links

Heirs = pa.Table


@dataclass(frozen=True)
class MergeDiff:
    staged: Staged
    difference: Difference
    links: LinkChanges
    heirs: Heirs  # as stored now
    verdict: GateResult


def merge_diff(
    connection: Connection,
    inputs: MergeInputs,
    merged: Merged,
    settings: MergeSettings,
    before: MergeRun | None,
    full: bool,
) -> MergeDiff:
    """Compare a merge with what is live and put the difference before the publish gate.

    `before` is the last night that published; `full` counts every golden contact as to be written.
    """
    heirs = served_state.heirs(connection)
    run, pairs = merged.run, merged.matching.pairs
    staging = staged(run, pairs, merged.outcome.golden, heirs, served_state.linked(connection))
    live = served_state.live(connection, staging.ids)
    causes = _causes(connection, inputs, settings, before)
    difference = differ(live, staging, causes, everything=full)
    links = link_changes(run, pairs, served_state.link_pairs(connection))
    sources = before.gate["numbers"]["sources"] if before and before.gate else {}
    gone = served_state.gone_by_source(connection)
    numbers = measure(live, staging, difference, inputs.contacts, sources, gone)
    return MergeDiff(staging, difference, links, heirs, check_limits(numbers, settings.limits))


def _causes(
    connection: Connection, inputs: MergeInputs, settings: MergeSettings, before: MergeRun | None
) -> Causes:
    """Why golden contacts may have changed since the last night that published."""
    if before is None:
        return Causes(pa.array([], pa.string()), pa.array([], pa.string()))
    otherwise = "shared value"
    if before.model_id != inputs.model_id:
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
    connection: Connection, run_id: UUID, inputs: MergeInputs, merged: Merged, diff: MergeDiff
) -> dict[str, int]:
    """Publish the differences; rows written and removed, by table."""
    golden = publish(connection, run_id, diff.staged, diff.difference, diff.heirs)
    rows = new_link_rows(merged.matching.pairs, inputs.model, diff.links)
    removed = diff.links.difference.removed
    asked = review_candidates.publish(connection, merged.outcome.questions, run_id, inputs.model_id)
    assert merged.keys is not None
    counted = inputs.saved is None
    context = counted and term_frequencies.save(connection, run_id, merged.matching.context)
    return {
        **asdict(golden),
        "links": publish_links(connection, run_id, inputs.model_id, rows, removed),
        "review_candidates": sum(asked),
        "match_context": int(context),
        "grown_terms": term_frequencies.put_grown(connection, run_id, merged.matching.grown),
        "match_index": match_index.rebuild(connection, merged.run.seeds, merged.keys, code_hash()),
    }


def report(run_id: UUID, inputs: MergeInputs, merged: Merged, diff: MergeDiff) -> MergeReport:
    sources: Any = pc.value_counts(inputs.contacts["source"].combine_chunks())
    links = diff.links
    return MergeReport(
        run_id=str(run_id),
        source_contacts={each["values"]: each["counts"] for each in sources.to_pylist()},
        matching=merged.matching.report,
        golden=diff.difference.counts,
        links={
            "links": links.links.num_rows,
            "new": len(links.difference.new),
            "removed": links.difference.removed.num_rows,
        },
        review={"candidates": merged.outcome.questions.num_rows},
        gate=diff.verdict.to_json(),
        digest=diff.staged.digest(),
    )
