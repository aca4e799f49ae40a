"""Why a finished walk of a declared provider may have missed a contact.

A count alone proves nothing: missed contacts and new ones make up for each other. A walk is complete when
its list didn't change (numbered pages were the same at a second look, a list walked by cursor at a second
reading) or is `stable`. A count also shows whether the list was cut.
"""

from __future__ import annotations

from dedupe.fetchers.fetcher import WalkSummary, mapping_of
from dedupe.fetchers.providers.declared.declaration import Declaration
from dedupe.fetchers.walks.completeness import MANY, Unsettled, counts_disagree

_UNCOUNTED = (
    "the first or the last answer has no number at options.count = {!r}: nothing tells whether everybody came"
)
_UNEVEN = (
    "a page in the midst of the list holds fewer contacts than the first one: whether an offset passed "
    "somebody over can't be told; options.count, where it tells how many there are, would prove a walk"
)
_MOVED = (
    "{} pages changed while they were read, and who moved from pages to come to pages read before can't be "
    "told; where no edit moves a contact along the list, say options.stable = true"
)
_READINGS = (
    "its list was read twice and wasn't the same ({} rows, then {}): who was passed over can't be told; "
    "where neither an edit nor a deletion can pass a contact over, say options.stable = true"
)


def reason_of(declared: Declaration, summary: WalkSummary) -> str | None:
    """The reason why a full walk is incomplete, or None; a walk over changes claims nothing about other
    contacts."""
    cursor = summary.cursor
    if cursor.get("problem"):
        return Unsettled(cursor["problem"]) if cursor.get("unsettled") else str(cursor["problem"])
    if not cursor.get("ordered", True):
        return Unsettled("order broken")
    if cursor.get("since") is not None:
        return None
    return _unproven(declared, summary) or (_by_count(declared, summary) if declared.count else None)


def _unproven(declared: Declaration, summary: WalkSummary) -> str | None:
    cursor = summary.cursor
    moved = mapping_of(cursor.get("at")).get("moved", 0)
    if cursor.get("uneven") and (moved or not declared.count):
        return Unsettled(_UNEVEN)
    if moved and not declared.stable:
        return _MOVED.format(moved) if moved > MANY else Unsettled(_MOVED.format(moved))
    first, here = cursor.get("first"), cursor.get("here")
    if first is None or here is None or first == here:
        return None
    return Unsettled(_READINGS.format(first["rows"], here["rows"]))


def _by_count(declared: Declaration, summary: WalkSummary) -> str | None:
    """Compare with the count; that of a stable list may move during the walk, and the ids with it."""
    cursor = summary.cursor
    if cursor.get("uncounted") or cursor.get("count_first") is None:
        return _UNCOUNTED.format(declared.count)
    counts, motion = (cursor["count_first"], cursor["count_last"]), cursor.get("motion", 0)
    if declared.stable and min(counts) - motion <= summary.unique <= max(counts) + motion:
        return None
    return counts_disagree(summary)
