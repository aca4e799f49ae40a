"""`dedupe writeback plan / apply / status`: the golden id into the contacts of providers."""

from __future__ import annotations

import getpass
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer

from dedupe.cli import exits
from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import written
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say, say_out, table, working
from dedupe.cli.table_files import new_file, writing
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.writeback import apply as run_apply
from dedupe.pipeline.writeback_plan import Action, PlannedWrite, plan, written_sources
from dedupe.pipeline.writeback_report import WritebackOptions, WritebackReport
from dedupe.storage import access_log, writebacks
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.wiring import databases, rooms

writeback = typer.Typer(
    no_args_is_help=True, help="The golden id into a field of the providers' own contacts (off by default)."
)

Sources = Annotated[
    list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Default: all that have one.")
]
COLUMNS = pa.schema(
    [
        (name, pa.large_string())
        for name in ("source", "external_id", "field", "action", "written", "golden_id", "reason")
    ]
)
_SHOWN = (
    *("written", "updated", "cleared", "there", "conflicts", "duplicates", "refused", "failed", "gone"),
    *("confirmed", "repeated", "left", "requests"),
)


@writeback.command("plan")
def plan_(
    context: typer.Context,
    sources: Sources = None,
    output: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Each contact that is to be touched, or is left: *.csv, *.parquet."
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    as_json: AsJson = False,
) -> None:
    """What would be written, by what is known here; no provider is asked."""
    settings = _settings(context)
    if output is not None:
        written(new_file(output, force))
    with databases.open_database(settings) as database, working("Planning"):
        if output is None:
            found = _planned(database, settings, sources or [], lambda _: None)
        else:
            with writing(output, COLUMNS) as write:
                found = _planned(database, settings, sources or [], write)
            with database.begin() as connection:
                access_log.write(connection, Visitor(getpass.getuser(), "cli"), "writeback plan")
    _tell_plan(found, as_json)


@writeback.command()
def apply(
    context: typer.Context,
    sources: Sources = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="So many contacts of a source at most; the next apply goes on.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Ask the providers what stands there; write nothing.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Look also at what is written, in conflict or was refused.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write what is planned. It may be stopped at any moment: the next apply goes on."""
    settings, options = _settings(context), WritebackOptions(limit, dry_run, again)
    chosen = _with_secrets(settings, sources or [])
    with databases.open_database(settings) as database, working("Writing"):
        reports = run_apply(database, chosen, options)
    if as_json:
        print_json([one.content() for one in reports])
    else:
        tell_written(reports, dry_run)
    raise typer.Exit(exits.SOURCE_FAILED if any(one.failure for one in reports) else exits.DONE)


@writeback.command()
def status(context: typer.Context, as_json: AsJson = False) -> None:
    """How many golden ids stand at each provider, are to be written, are in conflict or have failed."""
    settings = _settings(context)
    with databases.open_database(settings) as database, working("Looking"):
        found = _planned(database, settings, [], lambda _: None)
        with database.begin() as connection:
            elsewhere = writebacks.held_elsewhere(connection, found.keys())
    _tell_plan(found, as_json, elsewhere)


def tell_written(reports: list[WritebackReport], dry_run: bool = False) -> None:
    """Print a row for each source, then why one ended early."""
    rows = [[one.source, *[getattr(one, name) for name in _SHOWN]] for one in reports]
    table("Would be written" if dry_run else "Written back", ["source", *_SHOWN], rows)
    for one in reports:
        if one.reason:
            say_out(f"  {one.source}: {one.reason}")
    if any(one.left for one in reports):
        say("  what the limit left, the next apply writes")


def _tell_plan(
    found: dict[str, Counter[Action]], as_json: bool, elsewhere: dict[str, int] | None = None
) -> None:
    shown = {name: {action.value: number[action] for action in Action} for name, number in found.items()}
    if as_json:
        print_json(shown if elsewhere is None else {"sources": shown, "not_configured": elsewhere})
        return
    names = [action.value for action in Action]
    table("Write-back", ["source", *names], [[name, *one.values()] for name, one in shown.items()])
    if not found:
        say("  no source has one: [sources.NAME.writeback] configures it")
    for name, number in (elsewhere or {}).items():
        say_out(
            f"  {name}: {number:,} golden ids stand there, and nothing of it is configured any more: "
            f"[sources.{name}.writeback] with withdraw = true, then `dedupe writeback apply`, clears them"
        )


def _planned(
    database: Database, settings: Settings, named: Sequence[str], write: Callable[[pa.Table], object]
) -> dict[str, Counter[Action]]:
    """How many contacts of each source each action is planned for; `write` gets those that aren't as they
    should be."""
    with database.connect() as connection:
        chosen = written_sources(connection, list(rooms.readers(settings).values()), named)
    found: dict[str, Counter[Action]] = {}
    for own, source in chosen:
        number = found[own.name] = Counter()
        for page in plan(database.connect, source, own) if source is not None else ():
            number.update(one.action for one in page.writes)
            rows = [_row(own, one) for one in page.writes if one.action is not Action.KEEP]
            write(pa.Table.from_pylist(rows, COLUMNS))
    return found


def _row(own: SourceSettings, one: PlannedWrite) -> dict[str, str | None]:
    return {
        "source": own.name,
        "external_id": one.wanted.external_id,
        "field": one.field,
        "action": one.action.value,
        "written": None if one.wanted.value is None else str(one.wanted.value),
        "golden_id": None if one.golden_id is None else str(one.golden_id),
        "reason": one.reason,
    }


def _with_secrets(settings: Settings, named: list[str]) -> list[SourceSettings]:
    """The sources to write to, with what is needed to reach them."""
    with_field = [name for name, section in settings.sources.items() if section.writeback is not None]
    if unknown := [name for name in named if name not in with_field]:
        raise InputError(f"{unknown[0]} has no write-back: [sources.{unknown[0]}.writeback] configures it")
    chosen = named or with_field
    return rooms.source_settings(settings, chosen) if chosen else []


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(CommandContext).settings
