"""`runs`: what published, what waits and what failed, with the ids that other commands ask for."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say, say_out, table
from dedupe.storage import merge_runs
from dedupe.storage.merge_runs import MergeRun, RunKind, RunStatus
from dedupe.wiring import databases

_GOLDEN = ("made", "revived", "changed", "merged", "split", "retired")


def runs(
    context: typer.Context,
    kind: Annotated[list[RunKind] | None, typer.Option(help="Only of this kind; may be repeated.")] = None,
    status: Annotated[
        list[RunStatus] | None, typer.Option(help="Only of this status; may be repeated.")
    ] = None,
    before: Annotated[
        UUID | None, typer.Option(metavar="RUN", help="Those that began before this run did.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Runs that merged, the latest first: nights, live merges, decisions, erasures and rollbacks."""
    settings = context.ensure_object(CommandContext).settings
    with databases.open_database(settings) as database, database.begin() as connection:
        found = merge_runs.listed(
            connection, kinds=kind or (), statuses=status or (), before=before, limit=limit
        )
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        say_out("there is no such run")
        return
    table("Runs", ["run", "kind", "began", "status", "golden contacts"], [_row(one) for one in found])
    say("  take a published night back: dedupe rollback RUN; publish one that is held: dedupe publish RUN")
    if len(found) == limit:
        say(f"  more: dedupe runs --before {found[-1].id}")


def _row(run: MergeRun) -> list[str]:
    golden = (run.report or {}).get("golden", {})
    told = ", ".join(f"{golden[what]:,} {what}" for what in _GOLDEN if golden.get(what))
    return [str(run.id), run.kind, f"{run.started_at:%Y-%m-%d %H:%M:%S}", run.status, told]
