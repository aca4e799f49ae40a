"""The commands `sign-ins`: who signed in, and signing somebody out everywhere."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson
from dedupe.cli.screen import counted, print_json, say_out, table
from dedupe.storage import sign_ins as stored
from dedupe.wiring import databases

sign_ins = typer.Typer(no_args_is_help=True, help="Who signed in to the pages, and signing out everywhere.")


@sign_ins.command("list")
def list_(
    context: typer.Context,
    who: Annotated[str | None, typer.Option(help="Those of one person.")] = None,
    live: Annotated[bool, typer.Option("--live", help="Those that aren't over.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 100,
    as_json: AsJson = False,
) -> None:
    """Who signed in, when, how, from where, and when they were last here; the latest first."""
    settings = context.ensure_object(CommandContext).settings
    with databases.open_database(settings) as database, database.begin() as connection:
        found = stored.listed(connection, limit, who, live_only=live)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    rows = [
        [
            one.who,
            one.way,
            ", ".join(one.scopes),
            f"{one.signed_in_at:%Y-%m-%d %H:%M}",
            f"{one.last_used_at:%Y-%m-%d %H:%M}",
            one.address,
            "live" if one.live else f"ended by {one.ended_by}" if one.ended_by else "over",
        ]
        for one in found
    ]
    table("Sign-ins", ["who", "how", "may", "when", "last use", "from", "state"], rows)


@sign_ins.command()
def end(context: typer.Context, who: Annotated[str, typer.Argument(help="As the list names them.")]) -> None:
    """Sign somebody out everywhere, from their next request on. API tokens stay: `dedupe token revoke`."""
    settings = context.ensure_object(CommandContext).settings
    with databases.open_database(settings) as database, database.begin() as connection:
        ended = stored.end_everywhere(connection, who, getpass.getuser())
    say_out(f"{counted(ended, 'sign-in', 'sign-ins')} ended")
