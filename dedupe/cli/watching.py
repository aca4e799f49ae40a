"""`dedupe watch`: sources that can be asked what changed since, every few minutes."""

from __future__ import annotations

import threading
from typing import Annotated

import structlog
import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.nights import Sources
from dedupe.cli.screen import say
from dedupe.errors import InputError
from dedupe.pipeline import watching
from dedupe.pipeline.collecting import CollectReport
from dedupe.pipeline.walk_runs import SKIPPED
from dedupe.wiring import databases, rooms
from dedupe.wiring.demo import refuse_where_the_demo_is
from dedupe.wiring.polling import look_at

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
    seconds = every or settings.watch.every
    with databases.open_database(settings) as database:
        look = look_at(database, settings, chosen, stop)
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
    log_look(found)
    for one in found.sources:
        if one.failed:
            say(f"{one.source}: {one.status}: {one.reason}")
        elif one.news:
            say(f"{one.source}: {one.new} new, {one.changed} changed, {one.revived} back")


def log_look(found: CollectReport) -> None:
    """What a look found, into the log."""
    for one in found.sources:
        counts = {
            name: getattr(one, name) for name in ("fetched", "new", "changed", "revived", "quarantined")
        }
        if one.failed:
            _log.warning("looked", source=one.source, status=one.status, failure=one.failure, **counts)
        elif one.status == SKIPPED:
            _log.info("skipped", source=one.source, reason=one.reason)
        else:
            _log.info("looked", source=one.source, status=one.status, **counts)
