"""`dedupe serve`: the API and the pages."""

from __future__ import annotations

import contextlib
import getpass
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.ending import Ending
from dedupe.cli.screen import say
from dedupe.config import Settings
from dedupe.storage.database import Database
from dedupe.web import starting
from dedupe.web.serving import serve as run
from dedupe.wiring import databases, live_worker, webhook_sender

Port = Annotated[int | None, typer.Option(min=0, max=65535, help="0 takes a free one.")]


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Any but loopback requires API tokens.")] = None,
    port: Port = None,
) -> None:
    """Lookups, the review queue and events over HTTP, and the pages, until interrupted."""
    settings = context.ensure_object(CommandContext).settings
    given = {"host": host, "port": port}
    section = settings.serve.model_copy(update={key: it for key, it in given.items() if it is not None})
    with databases.open_database(settings) as database:
        serve_until_the_end(database, settings.model_copy(update={"serve": section}))


def serve_until_the_end(database: Database, settings: Settings) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are finished first."""
    with contextlib.suppress(KeyboardInterrupt), Ending(database) as ending:  # the usual end
        serve_until(database, settings, ending)


def serve_until(database: Database, settings: Settings, ending: Ending) -> None:
    """… which tells what else is at work."""
    with (
        webhook_sender.delivering(database, settings) as sender,
        live_worker.working(database, settings) as worker,
    ):
        ending.when_begun(worker.stop)
        if sender is not None:
            ending.when_begun(sender.stop)
        app = starting.application(settings, database, getpass.getuser(), worker.wake)
        listener, address = starting.listen(settings)
        with listener:
            say(f"Serving at {address} (API: {address}/openapi.json). Ctrl-C ends it.")
            run(app, listener, ending.begin)
