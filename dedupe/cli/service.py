"""Commands that run or tend the service: `migrate`, `facts`, `token`, `simulate`."""

from __future__ import annotations

import signal
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.screen import say, say_out, table, working
from dedupe.errors import InputError
from dedupe.simulators.population.population import population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import simulate as run_simulators
from dedupe.simulators.server.faults import FAULTS, parse_faults
from dedupe.storage import tokens
from dedupe.storage.facts import export_facts, import_facts
from dedupe.storage.migrating import as_sql, pending, revision_of
from dedupe.storage.migrating import migrate as run_migrations
from dedupe.wiring import databases
from dedupe.wiring.simulated import as_toml

facts = typer.Typer(no_args_is_help=True, help="Every fact out of one Postgres and into another.")
token = typer.Typer(no_args_is_help=True, help="API tokens: make, list, revoke.")

_WRITTEN = ("config.toml", "secrets.env")
Directory = Annotated[
    Path, typer.Argument(metavar="DIR", help="The folder of the facts, to be written or read.")
]


def migrate(
    context: typer.Context,
    sql: Annotated[
        bool, typer.Option("--sql", help="Write what is missing as SQL, for psql; change nothing.")
    ] = False,
    since: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="REVISION", help="With --sql: behind this one, or base; no database is asked."
        ),
    ] = None,
    grant_to: Annotated[
        str | None, typer.Option(metavar="ROLE", help="Grant this role what it needs to run everything else.")
    ] = None,
) -> None:
    """Make the tables, or bring them up to this release."""
    settings = context.ensure_object(CommandContext).settings
    if since is not None and not sql:
        raise InputError("--from goes with --sql")
    if sql:
        if since is None:
            with databases.database_as_it_is(settings) as database:
                pending(database)  # tables of a newer release are refused
                since = revision_of(database)
        say_out(as_sql(None if since == "base" else since, grant_to))
        return
    with databases.database_as_it_is(settings) as database:
        run = run_migrations(database, wait=60, grant_to=grant_to)
    say_out(
        f"{len(run)} {'revision' if len(run) == 1 else 'revisions'} run: {', '.join(run)}"
        if run
        else "the tables are of this release already"
    )


@facts.command("export")
def export_(context: typer.Context, directory: Directory) -> None:
    """Write every fact into a new or empty directory (backup, move, upgrade). It holds personal data."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        working("Exporting"),
    ):
        rows = export_facts(database, directory)
    table(f"Exported to {directory}", ["table", "rows"], [list(row) for row in rows.items()])


@facts.command("import")
def import_(context: typer.Context, directory: Directory) -> None:
    """Read such a directory into an empty database; the next night makes the golden contacts, ids and all."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        working("Importing"),
    ):
        rows = import_facts(database, directory)
    table(f"Imported from {directory}", ["table", "rows"], [list(row) for row in rows.items()])


@token.command("make")
def make_token(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose it is; decisions made with it bear this name.")],
    scope: Annotated[
        list[tokens.Scope],
        typer.Option(help="lookup, review (holds lookup), intake (tells changes), admin (all)."),
    ],
    days: Annotated[int | None, typer.Option(min=1, help="Until it expires; default: never.")] = None,
) -> None:
    """Make an API token. It is shown once and only its hash is kept."""
    expires = datetime.now(UTC) + timedelta(days=days) if days else None
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        made = tokens.make(connection, name, scope, expires)
    say(f"Token {made.id}, shown this once:")
    say_out(made.secret)


@token.command("list")
def list_tokens(context: typer.Context) -> None:
    """Every token ever made, without its secret."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        rows = [
            [
                str(one.id),
                one.name,
                ", ".join(one.scopes),
                *map(_day, (one.created_at, one.expires_at, one.last_used_at, one.revoked_at)),
            ]
            for one in tokens.listed(connection)
        ]
    table("API tokens", ["id", "holder", "scopes", "made", "expires", "last used", "revoked"], rows)


@token.command("revoke")
def revoke_token(
    context: typer.Context,
    token_id: Annotated[UUID, typer.Argument(metavar="ID", help="As `token list` shows it.")],
) -> None:
    """End a token, from the next request on."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        tokens.revoke(connection, token_id)
    say_out(f"token {token_id} is revoked")


def simulate(
    people: Annotated[
        int, typer.Option(min=1, help="How many there are; each stands at one provider or several.")
    ] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people.")] = 1,
    provider: Annotated[list[str] | None, typer.Option(help="Which of the five; default: all.")] = None,
    fault: Annotated[list[str] | None, typer.Option(help="provider:fault[=value][@requests].")] = None,
    list_faults: Annotated[bool, typer.Option("--list-faults", help="What can go wrong, and leave.")] = False,
    rate_limits: Annotated[
        bool, typer.Option("--rate-limits", help="Enforce each provider's own limit.")
    ] = False,
    write: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write config.toml and secrets.env there instead of showing them."),
    ] = None,
) -> None:
    """Run the providers as local HTTP servers, fed by a population of messy people, until interrupted."""
    if list_faults:
        rows = [
            [one.name, "" if one.default is None else str(one.default), one.description]
            for one in FAULTS.values()
        ]
        table("Faults", ["fault", "default", "what goes wrong"], rows)
        return
    if set(provider or []) - set(PROVIDERS):
        raise InputError(f"--provider: one of {', '.join(PROVIDERS)}")
    faults = parse_faults(fault or [])
    if write is not None and (taken := [name for name in _WRITTEN if (write / name).exists()]):
        raise InputError(f"{write / taken[0]}: it is there already; name another folder")
    chosen = population(people, seed)
    with run_simulators(
        chosen, provider or PROVIDERS, seed=seed, faults=faults, rate_limits=rate_limits
    ) as running:
        toml, variables = as_toml(running)
        exports = "".join(f"export {name}={value}\n" for name, value in variables.items())
        if write is None:
            say_out(f"{toml}\n{exports}")
            say("Running; put the above into a configuration and a shell. Ctrl-C ends it.")
        else:
            write.mkdir(parents=True, exist_ok=True)
            for name, content in zip(_WRITTEN, (toml, exports), strict=True):
                (write / name).write_text(content, encoding="utf-8")
            say(f"Running. In another shell: cd {write}; . ./secrets.env; dedupe doctor. Ctrl-C ends it.")
        wait_for_the_end()


def wait_for_the_end() -> None:
    """Wait for SIGINT or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()


def _day(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d}" if moment else ""
