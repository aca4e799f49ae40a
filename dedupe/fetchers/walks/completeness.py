"""Whether a finished walk may have missed somebody, as far as numbers tell."""

from __future__ import annotations

from dedupe.fetchers.fetcher import WalkSummary

MANY = 2  # changes of the count within a walk: from more on, another walk is likely to meet some, too


class Unsettled(str):
    """Why a walk is incomplete, where another walk may settle it."""

    __slots__ = ()


def counts_disagree(summary: WalkSummary) -> str | None:
    """Why the ids don't prove the walk complete, or None: they are as many as the provider counted, at the
    start (`count_first` in the cursor) and at the end (`count_last`).

    `changes` in the cursor, if any, is how often the count changed meanwhile: a source in steady motion is
    not walked again for it.
    """
    first, last = summary.cursor.get("count_first"), summary.cursor.get("count_last")
    if first is None or last is None:
        return "the provider doesn't say how many contacts there are"
    if first == last == summary.unique:
        return None
    reason = (
        f"count disagreed: {summary.unique} different ids, {first} counted at the start and {last} at the end"
    )
    return reason if summary.cursor.get("changes", 0) > MANY else Unsettled(reason)


def no_id(rows: int) -> str:
    """Why a walk is incomplete in which rows show no id: each may be a contact that would seem absent."""
    return f"rows that show no id: {rows}; whose they are can't be told"
