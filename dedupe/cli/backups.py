"""`dedupe backup` and `dedupe restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import private, replaced_by_force, write_text, written
from dedupe.cli.screen import say, working
from dedupe.errors import InputError
from dedupe.storage import backups
from dedupe.wiring import databases

Backup = Annotated[Path, typer.Argument(metavar="FILE", help="The backup; its SHA-256 lies in FILE.sha256.")]


def backup(
    context: typer.Context,
    file: Backup,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
) -> None:
    """Write everything in Postgres into one file, as of one moment, while others work."""
    settings = context.ensure_object(CommandContext).settings
    if file.exists() and not file.is_file():
        raise InputError(f"{file}: is no file: a backup can be read again, and its SHA-256 lies beside it")
    written(replaced_by_force(file, force))
    with databases.open_database(settings) as database, working("Backing up"), private(file) as beside:
        digest = backups.back_up(database, beside)
        backups.sum_of(file).unlink(missing_ok=True)  # of another backup: this one's is not there yet
    write_text(f"{digest}  {file.name}\n", backups.sum_of(file))
    say(f"{file.stat().st_size / 1e6:,.1f} MB in {file}; keep the erasure key apart from it")


def restore(context: typer.Context, file: Backup) -> None:
    """Fill an empty Postgres from a backup: all is as it was then, and the next night goes on from there."""
    settings = context.ensure_object(CommandContext).settings
    with databases.database_as_it_is(settings) as database, working("Restoring"):
        run = backups.restore(database, file)
        told = f"; brought up to this release by {', '.join(run)}" if run else ""
        say(f"{file} is restored at {database.address}{told}")
