"""Looks at sources that can be asked what changed, made from the configuration."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from dedupe.config import Settings
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline import watching
from dedupe.pipeline.collecting import CollectOptions, CollectReport
from dedupe.pipeline.live_merging import merge_news
from dedupe.storage import night_schedules
from dedupe.storage.database import Database
from dedupe.wiring import rooms
from dedupe.wiring.nights import merge_settings

Look = Callable[[], CollectReport | None]
"""Brings in what changed since the last look; None while another run is at it."""


def look_at(
    database: Database, settings: Settings, chosen: list[SourceSettings], stop: threading.Event
) -> Look:
    """A look at these sources, which `stop` ends."""
    options = CollectOptions(
        besides=settings.sources.keys() - {one.name for one in chosen},
        erasure_key=rooms.erasure_key(settings),
        stop=stop,
    )
    merged = partial(merge_news, database, merge_settings(settings), rooms.engine(settings))
    return partial(watching.look, database, chosen, rooms.normalize_settings(settings), options, merged)


def poll(
    database: Database,
    settings: Settings,
    chosen: list[SourceSettings],
    tell: Callable[[CollectReport], None],
    stop: threading.Event,
) -> None:
    """Look at them as often as is configured until `stop` is set, but not while nights are paused."""
    look = look_at(database, settings, chosen, stop)

    def unless_paused() -> CollectReport | None:
        with database.begin() as connection:
            paused = night_schedules.state(connection).paused_at is not None
        return None if paused else look()

    watching.watch(unless_paused, settings.watch.every, stop, tell)
