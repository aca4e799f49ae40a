"""Which run a night is, by what changed since the last one, and by how long ago a full one was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dedupe.errors import IndexUnusable
from dedupe.pipeline.merge_inputs import MergeSettings
from dedupe.pipeline.quiet_nights import LIVE, NIGHT, is_same_state
from dedupe.resolution.code_state import code_hash
from dedupe.storage import changes, match_index, match_models, merge_runs, rollbacks
from dedupe.storage.changes import MergingNews
from dedupe.storage.database import Database
from dedupe.storage.merge_runs import MergeRun

FULL_AFTER = timedelta(days=7)
"""A full night counts term frequencies anew, looks at blocks that have grown and measures quality. Chosen."""
MOST_CHANGED = 0.02
"""The share of contacts up to which an incremental run is the quicker one. Measured on 100,000 contacts:
4,000 changes took as long as a full night."""
MOST_DRIFT = 0.10
"""Once a greater share of contacts changed since term frequencies were counted, they are counted anew.
Chosen."""


@dataclass(frozen=True)
class RunChoice:
    """`before`: the night that an incremental run goes on from; None: a full run."""

    before: MergeRun | None
    why: str


def choose(
    database: Database, settings: MergeSettings, *, for_now: bool = False, some: bool = False
) -> RunChoice:
    """Whether what changed since the last published night is merged, or all contacts are.

    `for_now`: whether they are to be is left to the next night; told is only whether they must be. A model
    that was activated since is the next night's, too, and for `some` changes, what may concern everybody.
    """
    with database.begin() as connection:
        before = merge_runs.last_published(connection, NIGHT, LIVE)
        if before is None or before.report is None:
            return _full("it is the first night")
        if match_models.active(connection) is None and not for_now:
            return _full(
                "no model is active yet: a full night looks whether there is enough to learn one from"
            )
        if undone := rollbacks.holding(connection):
            return _full(f"run {undone[0]} was rolled back: a night that is published has to come first")
        if not is_same_state(connection, settings, before if for_now else None):
            return _full(f"configuration, model or code are others than those of run {before.id}")
        try:
            index = match_index.usable(connection, code_hash())
        except IndexUnusable as error:
            return _full(str(error))
        if for_now and some:
            return RunChoice(before, f"incremental: what was told since run {before.id}")
        news = changes.merging_news(connection)
        last_full = merge_runs.last_full(connection)
    if news.everything:
        return _full(
            "something changed that may concern every contact: a source's name, or a decision on a value"
        )
    if for_now:
        return _going_on(news, before)
    if last_full is None or datetime.now(UTC) - last_full > FULL_AFTER:
        return _full(f"the last full night is more than {FULL_AFTER.days} days ago")
    if news.touched > MOST_CHANGED * index.contacts:
        return _full(
            f"{news.touched:,} changes in {index.contacts:,} contacts are more than {MOST_CHANGED:.0%}"
        )
    if index.drift > MOST_DRIFT:
        return _full(f"{index.drift:.0%} of all contacts changed since the last full night")
    return _going_on(news, before)


def _going_on(news: MergingNews, before: MergeRun) -> RunChoice:
    return RunChoice(before, f"incremental: {news.touched:,} changes since run {before.id}")


def _full(because: str) -> RunChoice:
    return RunChoice(None, f"full: {because}")
