"""A decision at the terminal: made and told, or previewed with `--dry-run`."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say, say_out, table
from dedupe.errors import InputError
from dedupe.review import deciding
from dedupe.review.acts import Acting
from dedupe.review.preview import FieldChange, Preview, previewed
from dedupe.review.queue import Listed
from dedupe.review.recording import DecisionResult
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import Event, GoldenContact
from dedupe.storage.lookups import source_contact_id
from dedupe.wiring import databases, review_services

__all__ = [
    "AsJson",
    "Contact",
    "DryRun",
    "Note",
    "act",
    "contact_id",
    "contact_ids",
    "print_contacts",
    "print_field_changes",
]

Note = Annotated[str, typer.Option(help="Why; it stays with the decision.")]
Contact = Annotated[str, typer.Argument(help="A source contact: source:id, or its id.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would become of it, and do nothing.")]


def act(
    context: typer.Context,
    decide: Callable[[Acting], DecisionResult],
    dry_run: bool = False,
    as_json: bool = False,
    takes_seen: bool = False,
    can_be_taken_back: bool = True,
) -> None:
    """Decide in the name of the person at the terminal, and tell what came or would come of it.

    `takes_seen`: the command has the option --seen.
    """
    settings = context.ensure_object(CommandContext).settings
    republish, me = review_services.republish(settings), Visitor(getpass.getuser(), "cli")
    with databases.open_database(settings) as database:
        if dry_run:
            told = previewed(database, me, lambda connection: decide(Acting(connection, republish, me)))
            print_json(asdict(told)) if as_json else _print_preview(told, takes_seen)
            return
        with deciding.publishing(database) as connection:
            done = decide(Acting(connection, republish, me))
    print_json(asdict(done)) if as_json else _tell(done, can_be_taken_back)


def contact_id(connection: Connection, named: str) -> UUID:
    """The id of a source contact that was typed. Raises InputError where there is none."""
    found = source_contact_id(connection, named)
    if found is None:
        raise InputError(f"there is no source contact {named}; write it as source:id")
    return found


def contact_ids(connection: Connection, named: Sequence[str]) -> list[UUID]:
    """The ids of source contacts that were typed. Raises InputError where there is none."""
    return [contact_id(connection, each) for each in named]


def _tell(done: DecisionResult, can_be_taken_back: bool) -> None:
    if done.run_id is None:
        say_out(f"decision {done.decision}; the next night goes by it")
        return
    say_out(f"decision {done.decision}, published by run {done.run_id}")
    say_out(f"golden contacts now: {', '.join(map(str, done.golden_ids)) or 'none'}")
    if can_be_taken_back:
        say(f"  take it back: dedupe review revoke {done.decision}")


def _print_preview(told: Preview, takes_seen: bool) -> None:
    print_contacts("Golden contacts now", told.before)
    print_contacts("Golden contacts then", told.after)
    print_field_changes(told.changes)
    for event in told.events:
        say_out(_event(event))
    for question in told.questions_gone:
        say_out(f"asked no longer: {_question(question)}")
    for question in told.questions_new:
        say_out(f"asked then: {_question(question)}")
    if not takes_seen:
        say("  nothing was done")
        return
    say("  nothing was done; to do this and nothing else, add --seen with what follows")
    say_out(f"seen {told.seen}")


def print_contacts(title: str, contacts: Sequence[GoldenContact]) -> None:
    rows = [
        [
            str(one.id),
            one.name,
            " / ".join(email.value for email in one.emails),
            " / ".join(phone.value for phone in one.phones),
            ", ".join(f"{link.source}:{link.external_id}" for link in one.source_links),
        ]
        for one in contacts
    ]
    table(title, ["id", "name", "emails", "phones", "source contacts"], rows)


def print_field_changes(changes: Sequence[FieldChange]) -> None:
    rows = [
        [str(one.golden_id), one.field.replace("_", " "), " / ".join(one.before), " / ".join(one.after)]
        for one in changes
    ]
    if rows:
        table("Fields that change", ["golden contact", "field", "now", "then"], rows)


def _event(event: Event) -> str:
    return f"event: {event.golden_id} {event.kind}: {event.words}"


def _question(question: Listed) -> str:
    return f"{question.left_name} ~ {question.right_name} ({question.cause.replace('_', ' ')})"
