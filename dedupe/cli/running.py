"""`dedupe run`: nights, polling, deliveries and `serve` in one process; and `dedupe schedule`."""

from __future__ import annotations

import contextlib
import getpass
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from functools import partial
from typing import Annotated

import structlog
import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.ending import Ending
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say, say_out, table
from dedupe.cli.serving import Port, serve_until
from dedupe.cli.watching import log_look
from dedupe.config import Settings
from dedupe.pipeline import scheduling, watching
from dedupe.pipeline.scheduling import NightSchedule
from dedupe.storage.database import Connection, Database
from dedupe.wiring import databases, night_scheduler, nights, polling, rooms
from dedupe.wiring.demo import refuse_where_the_demo_is
from dedupe.wiring.night_scheduler import Poll, plan_of

schedule = typer.Typer(no_args_is_help=True, help="When `dedupe run` runs nights: show, pause, resume, now.")
_log = structlog.get_logger("dedupe.run")


def run(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="As for serve.")] = None,
    port: Port = None,
) -> None:
    """Nights when they are due, polling, webhooks and `serve`, until interrupted. Several may run: one of
    them runs the nights."""
    given = context.ensure_object(CommandContext)
    settings = given.settings
    refuse_where_the_demo_is(settings)
    nights.night(settings, rooms.source_settings(settings))  # every mistake is told now, and not at night
    chosen = {key: it for key, it in {"host": host, "port": port}.items() if it is not None}
    served = settings.model_copy(update={"serve": settings.serve.model_copy(update=chosen)})
    command = [sys.executable, "-m", "dedupe", *given.options, "nightly", "--end-with-input"]
    with (
        databases.open_database(settings) as database,
        contextlib.suppress(KeyboardInterrupt),  # the usual end
        Ending(database) as ending,
        night_scheduler.scheduling(database, settings.run, command, _poll(database, settings)) as scheduler,
    ):
        ending.when_begun(scheduler.stop)
        say(f"Nights run {plan_of(settings.run)}. `dedupe schedule show` tells how that goes.")
        serve_until(database, served, ending)


def _poll(database: Database, settings: Settings) -> Poll | None:
    chosen = watching.watchable(rooms.source_settings(settings))
    return partial(polling.poll, database, settings, chosen, log_look) if chosen else None


@schedule.command()
def show(context: typer.Context, as_json: AsJson = False) -> None:
    """When the next night is due, which process runs them, and what became of the latest."""
    _do(context, scheduling.schedule, as_json=as_json)


@schedule.command()
def pause(context: typer.Context, as_json: AsJson = False) -> None:
    """Begin no night and look at no source until `resume`; a night at work goes on."""
    _do(context, scheduling.pause, "nights paused", as_json=as_json)


@schedule.command()
def resume(context: typer.Context, as_json: AsJson = False) -> None:
    """Go on with nights; one that was due meanwhile begins at once."""
    _do(context, scheduling.resume, "nights resumed", as_json=as_json)


@schedule.command()
def now(context: typer.Context, as_json: AsJson = False) -> None:
    """Ask the process that runs nights for one now."""
    _do(context, scheduling.ask, "a night was asked for", as_json=as_json)


def _do(
    context: typer.Context,
    act: Callable[[Connection], NightSchedule],
    logged: str | None = None,
    *,
    as_json: bool,
) -> None:
    settings = context.ensure_object(CommandContext).settings
    with databases.open_database(settings) as database, database.begin() as connection:
        found = act(connection)
    if logged is not None:
        _log.info(logged, by=getpass.getuser())
    print_json(asdict(found)) if as_json else _tell(found)


def _tell(found: NightSchedule) -> None:
    if found.plan is None:
        say_out("no process has run nights yet: `dedupe run`, or [run] and cron")
    else:
        say_out(f"nights run {found.plan}; run by {found.run_by or 'no process now'}")
        say_out(f"the next night: {_next(found)}")
    if found.asked_at is not None and not found.at_work:
        say_out(f"one was asked for at {_time(found.asked_at)}, and begins as soon as a process runs nights")
    rows = [
        [
            _time(one.due_at),
            f"{one.why} ({one.missed} times)" if one.missed > 1 else one.why,
            _time(one.began_at),
            _time(one.ended_at),
            one.outcome or ("at work" if found.at_work and one is found.nights[0] else "killed"),
            one.process,
        ]
        for one in found.nights
    ]
    table("Nights", ["due (UTC)", "why", "began", "ended", "outcome", "process"], rows)


def _next(found: NightSchedule) -> str:
    if found.at_work:
        return f"is at work since {_time(found.nights[0].began_at)} UTC"
    if found.paused_at is not None:
        return f"paused since {_time(found.paused_at)} UTC; `dedupe schedule resume` goes on"
    return f"{_time(found.next_at)} UTC"


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""
