"""The difference between a merge and what is live in this transaction, and writing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa

from dedupe.arrays.by_position import take
from dedupe.arrays.numpy_columns import parents, whole
from dedupe.arrays.untyped import pc
from dedupe.golden.differences import Causes, Difference, Live, differ
from dedupe.golden.gate import GateResult, check_limits, measure
from dedupe.golden.leaving_out import leaving_out
from dedupe.golden.links import LinkDifference
from dedupe.golden.staging import Staged
from dedupe.golden.tables import ID
from dedupe.pipeline.merge_inputs import Merged, MergeInputs, MergeSettings
from dedupe.pipeline.merge_report import MergeReport
from dedupe.resolution.code_state import code_hash
from dedupe.resolution.outcome import LinkChanges, link_changes, new_link_rows, staged
from dedupe.storage import (
    match_index_writing,
    merge_runs,
    review_publishing,
    rollbacks,
    served_state,
    term_frequencies,
)
from dedupe.storage.database import Connection
from dedupe.storage.match_index_writing import StagedIndex
from dedupe.storage.publishing import publish, publish_links
from dedupe.storage.review_publishing import QueueDifference

Heirs = pa.Table
PUBLISHING = ("night", "live")
"""The kinds of runs whose gate has numbers of all that is served."""


@dataclass(frozen=True)
class MergeDiff:
    live: Live
    staged: Staged
    difference: Difference
    links: LinkChanges
    heirs: Heirs  # as stored now
    causes: Causes
    queue: QueueDifference | None  # None: there is no queue yet
    verdict: GateResult


def merge_diff(
    connection: Connection,
    inputs: MergeInputs,
    merged: Merged,
    settings: MergeSettings,
    others: Sequence[str],
    full: bool,
) -> MergeDiff:
    """Compare a merge with what is live and put the difference before the publish gate.

    The gate sees nothing of the source contacts `others`, which were judged since: see `outside`. `full`
    counts every golden contact as to be written.
    """
    before = merge_runs.last_published(connection, *PUBLISHING)
    heirs = served_state.heirs(connection)
    run, pairs = merged.run, merged.matching.pairs
    linked = served_state.linked(connection)
    staging = staged(run, pairs, merged.outcome.golden, heirs, linked)
    live = served_state.live(connection, staging.ids, known=linked)
    causes = _causes(connection, inputs, settings)
    difference = differ(live, staging, causes, everything=full)
    links = link_changes(run, pairs, served_state.link_pairs(connection))
    sources = before.gate["numbers"]["sources"] if before and before.gate else {}
    gone = served_state.gone_by_source(connection)
    left = leaving_out(difference, live, staging, pa.array(others, ID)) if others else difference
    numbers = measure(live, staging, left, inputs.contacts, sources, gone)
    numbers["rolled_back"] = _changed_again(connection, inputs, settings, left)
    verdict = check_limits(numbers, settings.limits)
    queue = review_publishing.difference(connection, merged.outcome.questions, inputs.model_id)
    return MergeDiff(live, staging, difference, links, heirs, causes, queue, verdict)


def outside(connection: Connection, diff: MergeDiff, others: Sequence[str]) -> MergeDiff:
    """What is left of a difference without source contacts that others judged since, in whole components."""
    if not others:
        return diff
    contacts = pa.array(others, ID)
    heirs, links = served_state.heirs(connection), diff.links
    kept = pa.concat_tables(
        [_without(diff.staged.heirs, "id", contacts), _within(heirs, "id", contacts)]
    ).sort_by("id")
    new = links.difference.new
    changed = LinkDifference(
        new[np.asarray(_others(take(links.links["left_contact"], new), contacts))],
        _without(links.difference.removed, "left_contact", contacts),
    )
    return replace(
        diff,
        staged=replace(diff.staged, heirs=kept),
        difference=leaving_out(diff.difference, diff.live, diff.staged, contacts),
        links=LinkChanges(links.links, changed),
        heirs=heirs,
    )


def added_up(counts: dict[str, int], added: dict[str, int], totals: tuple[int, int]) -> dict[str, int]:
    """What became of golden contacts by a difference and by what was judged on top of it; `totals`: how many
    golden contacts, and source contacts in them, are served now."""
    kinds = ("made", "revived", "changed", "merged", "split", "retired")
    both = {name: counts[name] + added[name] for name in kinds}
    before, written = counts["golden_contacts_before"], both["made"] + both["revived"]
    golden, linked = totals
    unchanged = max(golden - written - both["changed"], 0)
    told = {"golden_contacts": golden, "golden_contacts_before": before, "source_contacts": linked}
    return {**counts, **both, **told, "unchanged": unchanged}


def _without(table: pa.Table, name: str, contacts: Any) -> pa.Table:
    return table.filter(_others(table[name], contacts))


def _within(table: pa.Table, name: str, contacts: Any) -> pa.Table:
    return table.filter(pc.is_in(table[name], value_set=contacts))


def _others(ids: Any, contacts: Any) -> Any:
    return pc.invert(pc.is_in(ids, value_set=contacts))


def _changed_again(
    connection: Connection, inputs: MergeInputs, settings: MergeSettings, difference: Difference
) -> int:
    """How many golden contacts would change of those that a rollback holds as they are served."""
    held = rollbacks.held(connection, inputs.model_id, settings.configuration_hash)
    if not len(held):
        return 0
    found = np.zeros(difference.events.num_rows, np.bool_)
    for side in ("members_before", "members_after"):
        members = whole(difference.events, side)
        found[parents(members)[np.asarray(pc.is_in(members.flatten(), value_set=held))]] = True
    return len(pc.unique(difference.events["golden_id"].filter(pa.array(found))))


def _causes(connection: Connection, inputs: MergeInputs, settings: MergeSettings) -> Causes:
    """Why golden contacts may have changed since the last night that published."""
    before = merge_runs.last_published(connection)
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
    connection: Connection,
    run_id: UUID,
    inputs: MergeInputs,
    merged: Merged,
    diff: MergeDiff,
    others: Sequence[str],
    indexed: StagedIndex | None,
) -> dict[str, int]:
    """Publish the differences, but of the source contacts `others`; rows written and removed, by table.
    `indexed`: the index as it was staged; None: it is made now."""
    golden = publish(connection, run_id, diff.staged, diff.difference, diff.heirs)
    rows = new_link_rows(merged.matching.pairs, inputs.model, diff.links)
    removed = diff.links.difference.removed
    spared = [UUID(each) for each in others]
    asked = review_publishing.publish(
        connection, merged.outcome.questions, run_id, inputs.model_id, spared=spared, known=diff.queue
    )
    counted = inputs.saved is None
    context = counted and term_frequencies.save(connection, run_id, merged.matching.context)
    return {
        **asdict(golden),
        "links": publish_links(connection, run_id, inputs.model_id, rows, removed),
        "review_candidates": sum(asked),
        "match_context": int(context),
        "grown_terms": term_frequencies.put_grown(connection, run_id, merged.matching.grown),
        "match_index": _serve(connection, merged, indexed),
    }


def stage_index(connection: Connection, merged: Merged) -> StagedIndex:
    assert merged.keys is not None
    return match_index_writing.stage(connection, merged.run.seeds, merged.keys, code_hash())


def _serve(connection: Connection, merged: Merged, indexed: StagedIndex | None) -> int:
    if indexed is not None and match_index_writing.serve(connection, indexed):
        return indexed.rows
    assert merged.keys is not None
    return match_index_writing.rebuild(connection, merged.run.seeds, merged.keys, code_hash())


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
