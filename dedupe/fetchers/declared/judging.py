"""Why a finished walk of a declared provider may have missed somebody."""

from __future__ import annotations

from dedupe.fetchers.completeness import Unsettled, counts_disagree
from dedupe.fetchers.declared.declaration import Declaration
from dedupe.fetchers.fetcher import WalkFacts, mapping_of

_UNCOUNTED = "an answer has no number at options.count = {!r}, so nothing proves that everybody came"
_BUSY = (
    "the count changed {} times during the walk: somebody may have been passed over while somebody else came"
)
_UNEVEN = (
    "a page in the midst of the list holds fewer contacts than the first one: whether an offset passed "
    "somebody over can't be told; options.count, where it tells how many there are, would prove a walk"
)
_MOVED = (
    "{} pages changed while they were read, and who moved from pages to come to pages read before can't be "
    "told; options.count, where it tells how many there are, or options.stable would prove a walk"
)
_READINGS = (
    "its list was read twice and wasn't the same ({} rows, then {}): who was passed over can't be told; "
    "options.count, where it tells how many there are, or options.stable would prove a walk"
)


def reason_of(declared: Declaration, facts: WalkFacts) -> str | None:
    """Of a full walk; one that asked for changes only claims nothing about the others."""
    cursor = facts.cursor
    if cursor.get("problem"):
        return Unsettled(cursor["problem"]) if cursor.get("unsettled") else str(cursor["problem"])
    if not cursor.get("ordered", True):
        return Unsettled("order broken")
    if cursor.get("since") is not None:
        return None
    if declared.count:
        return _by_count(declared, facts)
    if cursor.get("uneven"):
        return Unsettled(_UNEVEN)
    if moved := mapping_of(cursor.get("at")).get("moved"):
        return None if declared.stable else Unsettled(_MOVED.format(moved))
    first, here = cursor.get("first"), cursor.get("here")
    if first is None or here is None or first == here:
        return None
    return Unsettled(_READINGS.format(first["rows"], here["rows"]))


def _by_count(declared: Declaration, facts: WalkFacts) -> str | None:
    """Equal counts prove a walk in which nothing moved. Of a stable list they tell that it was not cut."""
    cursor = facts.cursor
    if cursor.get("uncounted") or "count_first" not in cursor:
        return _UNCOUNTED.format(declared.count)
    if declared.stable:
        counts, motion = (cursor["count_first"], cursor["count_last"]), cursor.get("motion", 0)
        if min(counts) - motion <= facts.unique <= max(counts) + motion:
            return None
    disagreement = counts_disagree(facts)
    changes = cursor.get("changes", 0)
    if disagreement is None and changes and not declared.stable:
        return Unsettled(_BUSY.format(changes))
    return disagreement
