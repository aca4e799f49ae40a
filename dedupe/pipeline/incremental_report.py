"""What an incremental run tells: its own differences, and of all the rest what the last night told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.golden.differences import Difference, Live
from dedupe.golden.gate import measure
from dedupe.golden.staging import Staged
from dedupe.pipeline.merge_report import MergeReport
from dedupe.resolution.outcome import LinkChanges
from dedupe.storage.merge_runs import MergeRun


def incremental_numbers(
    before: MergeRun,
    live: Live,
    staged: Staged,
    difference: Difference,
    contacts: pa.Table,
    gone: Mapping[str, int],
) -> dict[str, Any]:
    """The numbers of the publish gate, with the whole of what is served beside what changed of it.

    How many contacts of a source have a field is known of those alone that the run looks at: that is left to
    the next full night.
    """
    known: dict[str, Any] = (before.gate or {}).get("numbers", {})
    here = measure(live, staged, difference, contacts, {}, gone)
    came = _new_by_source(live, staged, contacts)
    served = known.get("golden_contacts", 0)
    away = difference.counts["golden_contacts_before"] - difference.counts["golden_contacts"]
    sources = {name: _source(counts) for name, counts in known.get("sources", {}).items()}
    for name in sorted({*came, *gone}):
        counts = sources.setdefault(name, _source({}))
        counts["now"] += came.get(name, 0) - gone.get(name, 0)
        counts["gone"] = gone.get(name, 0)
    return {
        **here,
        "source_contacts_before": sum(counts["before"] for counts in sources.values()),
        "golden_contacts_before": served,
        "golden_contacts": served - away,
        "unchanged": served - (difference.counts["golden_contacts_before"] - difference.counts["unchanged"]),
        "sources": sources,
    }


def _source(known: Mapping[str, Any]) -> dict[str, Any]:
    now, fill = known.get("now", 0), known.get("fill", {})
    return {"before": now, "now": now, "gone": 0, "fill": fill, "fill_before": fill}


def _new_by_source(live: Live, staged: Staged, contacts: pa.Table) -> dict[str, int]:
    """How many of the contacts were not served before, by source."""
    fresh = pc.invert(pc.is_in(staged.seeds, value_set=live.linked["source_contact_id"].combine_chunks()))
    counts: Any = pc.value_counts(contacts["source"].filter(fresh).combine_chunks())
    return {each["values"]: each["counts"] for each in counts.to_pylist()}


def incremental_report(
    run_id: UUID,
    before: MergeRun,
    why: str,
    difference: Difference,
    links: LinkChanges,
    numbers: Mapping[str, Any],
) -> MergeReport:
    """The report, without what is known only once it is published."""
    told: dict[str, Any] = before.report or {}
    new, removed = len(links.difference.new), links.difference.removed.num_rows
    linked = told.get("links", {}).get("links", 0)
    totals = ("golden_contacts", "golden_contacts_before", "unchanged")
    sources = {name: counts["now"] for name, counts in numbers["sources"].items()}
    return MergeReport(
        run_id=str(run_id),
        source_contacts=sources,
        model={"id": told.get("model", {}).get("id")},
        matching=told.get("matching", {}),
        golden={
            **difference.counts,
            **{name: numbers[name] for name in totals},
            "source_contacts": sum(sources.values()),
        },
        links={
            "links": linked + new - removed,
            "new": new,
            "removed": removed,
        },
        review=told.get("review", {}),
        quality=told.get("quality", {}),
        mode="incremental",
        why=why,
    )
