"""`dedupe export golden` and `dedupe export crosswalk`."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import written
from dedupe.cli.screen import counted, say, say_out, working
from dedupe.cli.table_files import new_file, writing
from dedupe.pipeline.exporting import SCHEMAS, Exported
from dedupe.pipeline.exporting import export as run_export
from dedupe.storage.access_log import Visitor
from dedupe.wiring import databases

export = typer.Typer(no_args_is_help=True, help="Golden contacts and the crosswalk as CSV or Parquet.")

Out = Annotated[Path, typer.Argument(metavar="OUT", help="The file: *.csv or *.parquet.")]
Since = Annotated[
    str | None, typer.Option(metavar="CURSOR", help="Only what is new since; as an export printed it.")
]
Force = Annotated[bool, typer.Option("--force", help="Write over a file that is there.")]


@export.command()
def golden(context: typer.Context, out: Out, since: Since = None, force: Force = False) -> None:
    """Golden contacts with their values, by golden id. Prints the cursor for the next --since."""
    _export(context, Exported.GOLDEN, out, since, force)


@export.command()
def crosswalk(context: typer.Context, out: Out, since: Since = None, force: Force = False) -> None:
    """Source, external id, golden id and since when. Prints the cursor for the next --since."""
    _export(context, Exported.CROSSWALK, out, since, force)


def _export(context: typer.Context, what: Exported, out: Path, since: str | None, force: bool) -> None:
    written(new_file(out, force))
    visitor = Visitor(getpass.getuser(), "cli")
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        working("Exporting"),
        writing(out, SCHEMAS[what]) as write,
    ):
        done = run_export(database, visitor, what, since, write)
    say(
        f"{counted(done.rows, 'row', 'rows')} in {out}; the next export goes on with --since and this cursor:"
    )
    say_out(done.cursor)
