"""Whether a finished walk may have missed a contact, as far as counts show."""

from __future__ import annotations

from dedupe.fetchers.fetcher import WalkSummary

MANY = 2  # changes of the count within a walk: from more on, another walk is likely to meet some, too


class Unsettled(str):
    """A reason for an incomplete walk that another walk may resolve."""

    __slots__ = ()


def counts_disagree(summary: WalkSummary) -> str | None:
    """The reason why the ids don't prove the walk complete. None where there are as many as the provider
    counted both at the start (`count_first` in the cursor) and at the end (`count_last`).

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
    """The reason why a walk with rows without an id is incomplete: each may be a contact that would seem
    absent."""
    return f"rows that show no id: {rows}; whose they are can't be told"
