"""`rollback`: a published night, or what was merged live, taken back."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from dedupe.cli.acting import AsJson, DryRun, Note, print_contacts, print_field_changes
from dedupe.cli.context import CommandContext
from dedupe.cli.screen import print_json, say, say_out, working
from dedupe.review.rollback import RolledBack, alone, roll_back
from dedupe.review.rollback_preview import RollbackPreview, previewed
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.wiring import databases, review_services


def rollback(
    context: typer.Context,
    run: Annotated[
        UUID, typer.Argument(metavar="RUN", help="A run that published, as its report or an event says.")
    ],
    note: Note = "",
    dry_run: DryRun = False,
    limit: Annotated[
        int, typer.Option(min=1, max=500, help="With --dry-run: so many golden contacts are shown.")
    ] = 20,
    as_json: AsJson = False,
) -> None:
    """Take a run back: golden contacts are as they were before it, by ids and values."""
    settings = context.ensure_object(CommandContext).settings
    make_anew, me = review_services.make_anew(settings), Visitor(getpass.getuser(), "cli")

    def act(connection: Connection) -> RolledBack:
        return roll_back(connection, make_anew, me, run, note)

    with databases.open_database(settings) as database, working("Rolling back"):
        if dry_run:
            told = previewed(database, me, act, limit)
        else:
            with alone(database) as connection:
                done = act(connection)
    if dry_run:
        print_json(asdict(told)) if as_json else _print_preview(told)
        return
    print_json(asdict(done)) if as_json else _tell(done)


def _tell(done: RolledBack) -> None:
    say_out(f"run {done.undone_run_id} is taken back, by run {done.run_id}")
    _counts(done)
    say("  a night that would change the same again by the same model and configuration is held back, and")
    say("  what sources tell live waits, until a night is published:")
    say("    dedupe model use, or another configuration, and dedupe nightly: without what was wrong")
    say(f"    dedupe publish {done.undone_run_id}: with it, all the same")


def _counts(done: RolledBack) -> None:
    kinds = ("made", "revived", "changed", "merged", "split", "retired")
    counts = ", ".join(f"{done.golden[kind]:,} {kind}" for kind in kinds if done.golden[kind])
    say_out(f"golden contacts: {counts or 'none changed'}")
    if done.review_candidates:
        say_out(f"review candidates taken out or put back: {done.review_candidates:,}")
    if done.left:
        say_out(
            f"left as they are: the golden contacts of {len(done.left):,} source contacts, since somebody of "
            "theirs was erased, or what they showed is kept no longer (--json names them)"
        )


def _print_preview(told: RollbackPreview) -> None:
    say_out(f"run {told.rolled_back.undone_run_id} would be taken back")
    _counts(told.rolled_back)
    shown = len({one.id for one in (*told.before, *told.after)})
    if shown < told.golden_contacts:
        say_out(f"golden contacts in all {told.golden_contacts:,}; of the first (--limit):")
    print_contacts("Golden contacts now", told.before)
    print_contacts("Golden contacts then", told.after)
    print_field_changes(told.changes)
    say("  nothing was done")
