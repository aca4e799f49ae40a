"""`dedupe demo`: the whole thing with nothing configured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.nights import ReportFile, listener, night_exit, tell_night
from dedupe.cli.outputs import write_text, written
from dedupe.cli.screen import say, tell_figures, working
from dedupe.cli.serving import serve_until_the_end
from dedupe.config import ServeSection, Settings
from dedupe.wiring import demo as demonstration


def demo(
    context: typer.Context,
    contacts: Annotated[int, typer.Option(min=1, help="About how many contacts.")] = 2000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the report.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; 0 takes a free one.")] = 8765,
    report: ReportFile = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Keep it in the data folder, for `dedupe serve` to find.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep it in this folder; default: as configured.")
    ] = None,
) -> None:
    """Simulated providers, an embedded Postgres, a night, the figures against the truth, then the page.

    Without --keep, --data or a configured data folder nothing of it stays.
    """
    if report is not None:
        written(report)
    configured = context.ensure_object(CommandContext).settings
    folder = demonstration.folder_for(configured, data, keep)
    settings = Settings(serve=ServeSection(port=port))
    people = demonstration.people_for(contacts)
    say(f"{people.people:,} messy people in five simulated providers, and an embedded PostgreSQL …")
    with demonstration.kept_database(folder, people) if folder else demonstration.demo_database() as database:
        with working("Nightly") as progress:
            done = demonstration.run(database, people, settings, listener(progress))
        tell_night(done.night)
        tell_figures(done.figures)
        if report is not None:
            write_text(json.dumps(done.content(), indent=1), report)
        say(_of_what_stays(configured, folder))
        if not no_serve:
            serve_until_the_end(database, settings)
    raise typer.Exit(night_exit(done.night))


def _of_what_stays(configured: Settings, folder: Path | None) -> str:
    if folder is None:
        return "Nothing of this is kept; to keep it for `dedupe serve`: dedupe demo --keep"
    return f"Kept in {folder.resolve()}. To serve it: {demonstration.how_to_serve(configured, folder)}"
