"""`dedupe watch`: sources that can be asked what changed since, every few minutes."""

from __future__ import annotations

import threading
from functools import partial
from typing import Annotated

import structlog
import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.nights import Sources
from dedupe.cli.screen import say
from dedupe.errors import InputError
from dedupe.pipeline import watching
from dedupe.pipeline.collecting import CollectOptions, CollectReport
from dedupe.pipeline.live_merging import merge_news
from dedupe.pipeline.walk_runs import SKIPPED
from dedupe.wiring import databases, rooms
from dedupe.wiring.demo import refuse_where_the_demo_is
from dedupe.wiring.nights import merge_settings

_log = structlog.get_logger("dedupe.watch")


def watch(
    context: typer.Context,
    sources: Sources = None,
    every: Annotated[
        int | None, typer.Option(min=10, help="Seconds between two looks; default: as configured.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once.")] = False,
) -> None:
    """Bring in what changed since the last look, every few minutes, until interrupted."""
    settings = context.ensure_object(CommandContext).settings
    refuse_where_the_demo_is(settings)
    chosen = watching.watchable(rooms.source_settings(settings, sources))
    if not chosen:
        raise InputError("no source here can be asked what changed since; `dedupe nightly` walks them")
    stop = threading.Event()
    options = CollectOptions(
        besides=settings.sources.keys() - {one.name for one in chosen},
        erasure_key=rooms.erasure_key(settings),
        stop=stop,
    )
    seconds = every or settings.watch.every
    with databases.open_database(settings) as database:
        merged = partial(merge_news, database, merge_settings(settings), rooms.engine(settings))
        look = partial(watching.look, database, chosen, rooms.normalize_settings(settings), options, merged)
        if once:
            if (found := look()) is not None:
                _tell(found)
            return
        say(f"Watching {', '.join(one.name for one in chosen)} every {seconds} seconds. Ctrl-C ends it.")
        try:
            watching.watch(look, seconds, stop, _tell)
        except KeyboardInterrupt:  # SIGTERM, too: what was complete is stored
            stop.set()
            say("Stopped.")


def _tell(found: CollectReport) -> None:
    for one in found.sources:
        counts = {
            name: getattr(one, name) for name in ("fetched", "new", "changed", "revived", "quarantined")
        }
        if one.failed:
            _log.warning("looked", source=one.source, status=one.status, failure=one.failure, **counts)
            say(f"{one.source}: {one.status}: {one.reason}")
        elif one.status == SKIPPED:
            _log.info("skipped", source=one.source, reason=one.reason)
        else:
            _log.info("looked", source=one.source, status=one.status, **counts)
        if one.news:
            say(f"{one.source}: {one.new} new, {one.changed} changed, {one.revived} back")
