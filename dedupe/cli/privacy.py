"""The command `erase`: somebody is to be forgotten."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.screen import agreed, counted, say, say_out, working
from dedupe.errors import ConfigurationError
from dedupe.pipeline import erasure
from dedupe.wiring import databases, review_services, rooms


def erase(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(help="source:id, an email or a phone number.")],
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Erase source contacts for good: their raw goes, and no later fetch or import brings them back."""
    settings = context.ensure_object(CommandContext).settings
    key = rooms.erasure_key(settings)
    if key is None:
        raise ConfigurationError(
            "privacy.erasure_key_env: name the variable that holds the key of erasures' hashes first"
        )
    if not yes:
        agreed("This can't be undone. Erase?", "to erase without being asked: --yes")
    with databases.open_database(settings) as database, working("Erasing"):
        done = erasure.erase(
            database,
            rooms.normalize_settings(settings),
            key,
            what,
            rooms.readers(settings),
            review_services.republish(settings, "erasure"),
        )
    say_out(f"{done.contacts:,} source contacts erased")
    if done.set_aside:
        say(f"{done.set_aside:,} rows that could not be read were emptied")
    if done.remaining:
        _tell_who_remains(done.remaining)


def _tell_who_remains(remaining: Sequence[str]) -> None:
    """List the remaining source contacts, in full so that the command can be copied."""
    who = counted(len(remaining), "other source contact", "other source contacts")
    say_out(f"{who} of the same golden contacts remain: {', '.join(remaining)}")
    say_out(f"if they are the same person, erase them too: dedupe erase {shlex.join(remaining)}")
