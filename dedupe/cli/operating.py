"""Commands for operators: `sources`, and `held` for nights that wait to be published."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import structlog
import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say, say_out, table
from dedupe.pipeline import operating
from dedupe.storage import merge_runs
from dedupe.storage.merge_runs import MergeRun
from dedupe.wiring import databases

held = typer.Typer(no_args_is_help=True, help="Nights that were held back or planned, and wait for a person.")
RunId = Annotated[UUID, typer.Argument(metavar="RUN", help="As `held list` shows it.")]
_log = structlog.get_logger("dedupe.nights")


def sources(context: typer.Context, as_json: AsJson = False) -> None:
    """Each source: its last good walk, whether it is held, and how many contacts it has."""
    settings = context.ensure_object(CommandContext).settings
    configured = {name: section.provider for name, section in settings.sources.items()}
    with databases.open_database(settings) as database, database.begin() as connection:
        found = operating.source_states(connection, configured)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [
            one.name,
            one.provider + ("" if one.configured else " (not configured)"),
            f"{one.last_complete_at:%Y-%m-%d %H:%M}" if one.last_complete_at else "",
            "held" if one.held else one.latest.status if one.latest else "",
            one.contacts,
            one.gone,
            one.rejected,
            one.quarantined,
        ]
        for one in found
    ]
    head = ["source", "provider", "last good walk", "latest", "contacts", "gone", "rejected", "quarantined"]
    table("Sources", head, rows)
    for one in found:
        if one.held and one.latest:
            say(f"  {one.name}: {one.latest.reason}; accept it: dedupe fetch {one.name} --accept {one.name}")


@held.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """The nights that wait, the latest first."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        found = merge_runs.waiting(connection)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        say_out("no night waits for a person")
        return
    for one in found:
        _print(one)
    say("  publish one: dedupe publish RUN; refuse it: dedupe held refuse RUN")


@held.command()
def show(context: typer.Context, run: RunId, as_json: AsJson = False) -> None:
    """Why a night waits, and what it would do."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        found = operating.waiting_run(connection, run)
    if as_json:
        print_json(asdict(found))
        return
    _print(found)


@held.command()
def refuse(context: typer.Context, run: RunId) -> None:
    """Never publish it. The next night works everything out anew."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        operating.refuse_run(connection, run)
    _log.info("night refused", refused=str(run), by=getpass.getuser())
    say_out(f"run {run} is refused")


def _print(run: MergeRun) -> None:
    say_out(f"run {run.id}, {run.started_at:%Y-%m-%d %H:%M} UTC: {run.status}")
    for reason in (run.gate or {}).get("reasons", []):
        say_out(f"  {reason}")
    golden = (run.report or {}).get("golden", {})
    told = ", ".join(f"{count:,} {what.replace('_', ' ')}" for what, count in golden.items() if count)
    say_out(f"  golden contacts: {told or 'nothing would change'}")
