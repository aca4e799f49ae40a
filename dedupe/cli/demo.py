"""`dedupe demo`: the whole thing with nothing configured."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from dedupe.cli.nights import ReportFile, listener, night_exit, tell_night
from dedupe.cli.outputs import write_text, written
from dedupe.cli.screen import say, tell_figures, working
from dedupe.cli.serving import serve_until_the_end
from dedupe.config import ServeSection, Settings
from dedupe.wiring import demo as demonstration


def demo(
    contacts: Annotated[int, typer.Option(min=1, help="About how many contacts.")] = 2000,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="Stop after the report.")] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="Of the page; 0 takes a free one.")] = 8765,
    report: ReportFile = None,
) -> None:
    """Simulated providers, an embedded Postgres, a night, the figures against the truth, then the page."""
    if report is not None:
        written(report)
    settings = Settings(serve=ServeSection(port=port))
    people = demonstration.people_for(contacts)
    say(f"{people.people:,} messy people in five simulated providers, and a fresh embedded PostgreSQL …")
    with demonstration.demo_database() as database:
        with working("Nightly") as progress:
            done = demonstration.run(database, people, settings, listener(progress))
        tell_night(done.night)
        tell_figures(done.figures)
        if report is not None:
            write_text(json.dumps(done.content(), indent=1), report)
        code = night_exit(done.night)
        if no_serve:
            raise typer.Exit(code)
        serve_until_the_end(database, settings)
    raise typer.Exit(code)
