"""Looks at sources between nights: what changed since, into storage and read.

    look(database, sources, settings, options, merge) -> CollectReport, once
    watch(look, every, stop, tell)             again and again

Only sources that can be asked what changed since; each under its own lock and rate, and one that fails or
is being walked by a night doesn't stop the others. Who is gone only a night's full walk can say.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from dedupe.errors import DatabaseUnavailable, IndexUnusable, LockHeld
from dedupe.fetchers.fetcher import Mode
from dedupe.fetchers.registry import FILE, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.settings import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, CollectReport, collect
from dedupe.storage.database import Database


def watchable(sources: Sequence[SourceSettings]) -> list[SourceSettings]:
    """Those that can be asked what changed since a moment."""
    return [one for one in sources if one.provider != FILE and Mode.CHANGED in fetcher_for(one).modes]


def look(
    database: Database,
    sources: Sequence[SourceSettings],
    settings: NormalizeSettings,
    options: CollectOptions,
    merge: Callable[[], object] = lambda: None,
) -> CollectReport | None:
    """What changed since the last look, and `merge` after any news; None while another run walks them all,
    or reads. While another merges, and where only a full night can tell whom the news concerns, it waits."""
    try:
        found = collect(database, sources, settings, replace(options, watch=True))
    except LockHeld:
        return None
    if found.read:
        with suppress(LockHeld, IndexUnusable):
            merge()
    return found


def watch(
    look: Callable[[], CollectReport | None],
    every: float,
    stop: threading.Event,
    tell: Callable[[CollectReport], None],
) -> None:
    """Look every so many seconds, from the beginning of one look to that of the next, until `stop` is set.

    While Postgres can't be reached, it goes on trying.
    """
    while not stop.is_set():
        began = time.monotonic()
        try:
            found = look()
        except DatabaseUnavailable:
            found = None
        if found is not None:
            tell(found)
        stop.wait(max(0.0, every - (time.monotonic() - began)))
