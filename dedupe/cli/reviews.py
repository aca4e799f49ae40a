"""The review queue on the command line: `review list / show / decide / revoke / history`."""

from __future__ import annotations

import getpass
import sys
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.explaining import print_pair
from dedupe.cli.people import AsJson, parsed_id, visit
from dedupe.cli.screen import agreed, print_json, say, say_out, table
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.model import ValueVerdict, Verdict
from dedupe.normalizers import queries
from dedupe.review import deciding, deciding_values, queue
from dedupe.review.people import Person
from dedupe.review.queue import ShownQuestion
from dedupe.review.recording import DecisionResult
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.lookups import source_contact_id
from dedupe.wiring import review_services, rooms

review = typer.Typer(no_args_is_help=True, help="The pairs that a person must decide.")

CandidateId = Annotated[str, typer.Argument(metavar="ID", help="Of a candidate, as `review list` shows it.")]
Note = Annotated[str, typer.Option(help="Why; it stays with the decision.")]
Contact = Annotated[str, typer.Argument(help="A source contact: source:id, or its id.")]


@review.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """What waits for a decision, what matters most first, and last what you have skipped."""
    with visit(context) as (connection, visitor):
        found = queue.queue(connection, visitor, limit)
    if as_json:
        print_json({"waiting": found.waiting, "candidates": [asdict(one) for one in found.candidates]})
        return
    rows = [
        [
            str(one.id),
            f"{one.probability:.0%}",
            f"{len(one.left)} + {len(one.right)}",
            f"{_named(one.left_name, one.left)} ~ {_named(one.right_name, one.right)}",
            one.cause.replace("_", " "),
        ]
        for one in found.candidates
    ]
    if not rows:
        say_out("no question waits for a person")
        return
    table(f"{found.waiting:,} wait", ["id", "one person?", "contacts", "who", "because"], rows)
    if found.waiting > len(rows):
        say(f"  the first {len(rows):,} of {found.waiting:,}; --limit shows more")
    say("  look at one: dedupe review show ID; answer it: dedupe review decide ID")


@review.command()
def show(context: typer.Context, candidate: CandidateId, as_json: AsJson = False) -> None:
    """Both sides of a candidate, and every comparison with its weight."""
    with visit(context) as (connection, visitor):
        shown = _shown(connection, visitor, _settings(context), parsed_id(candidate))
    if as_json:
        print_json(asdict(shown))
        return
    _print_question(shown)
    say(f"  answer it: dedupe review decide {candidate} same|different|unsure")
    say(f"  be asked later: dedupe review skip {candidate}")
    say("  a script adds --seen with what follows: then nothing is decided if a member has changed since")
    say_out(f"seen {shown.seen}")


@review.command()
def decide(
    context: typer.Context,
    candidate: CandidateId,
    verdict: Annotated[Verdict, typer.Argument(help="Whether both sides are one person.")],
    note: Note = "",
    seen: Annotated[
        str | None, typer.Option(help="What `review show` ends with; without it, it's shown and asked.")
    ] = None,
) -> None:
    """Say whether both sides are one person: same, different or unsure. It is published at once."""
    settings, chosen = _settings(context), parsed_id(candidate)
    with rooms.open_database(settings) as database:
        me = Visitor(getpass.getuser(), "cli")
        if seen is None:
            with database.begin() as connection:
                shown = _shown(connection, me, settings, chosen)
            seen = _confirmed(shown, verdict)
        with deciding.publishing(database) as connection:
            done = deciding.decide(
                connection, review_services.republish(settings), me, chosen, verdict, seen, note
            )
    _tell(done)


@review.command("skip")
def skip(context: typer.Context, candidate: CandidateId) -> None:
    """Be asked later: after every question that you have not skipped."""
    with visit(context) as (connection, visitor):
        queue.skip(connection, visitor, parsed_id(candidate))
    say_out("it is asked again after the others")


@review.command("same")
def same(
    context: typer.Context,
    contacts: Annotated[
        list[str], typer.Argument(help="Two source contacts or more: source:id, or their ids.")
    ],
    note: Note = "",
) -> None:
    """Decide by hand, in the queue or not: these source contacts are one person."""
    _by_hand(context, [contacts], Verdict.SAME, note)


@review.command("different")
def different(context: typer.Context, left: Contact, right: Contact, note: Note = "") -> None:
    """Decide by hand: these two source contacts are two people, whatever a third may say."""
    _by_hand(context, [[left], [right]], Verdict.DIFFERENT, note)


@review.command("value")
def value(
    context: typer.Context,
    given: Annotated[str, typer.Argument(metavar="VALUE", help="An email or a phone number.")],
    verdict: Annotated[ValueVerdict, typer.Argument(help="What the value is.")],
    contact: Annotated[list[str] | None, typer.Option(help="Whose it is no longer (not_theirs).")] = None,
    region: Annotated[str | None, typer.Option(help="Of a number without a country code.")] = None,
    note: Note = "",
) -> None:
    """Decide about a value: shared by several people, a placeholder, or no longer theirs."""
    field = "email" if "@" in given else "phone"
    query = queries.email_query(given) if field == "email" else queries.phone_query(given, region)
    if not query.keys:
        raise InputError(f"that is no {field} we could match by")
    with rooms.open_database(_settings(context)) as database, deciding.publishing(database) as connection:
        ids = [contact_id(connection, one) for one in contact or []]
        me = Visitor(getpass.getuser(), "cli")
        made = deciding_values.decide_value(connection, me, field, query.keys[0], verdict, ids, note)
    say_out(f"decision {made}; the next night goes by it")


@review.command()
def pin(
    context: typer.Context,
    contact: Contact,
    field: Annotated[str, typer.Argument(help="company, job_title, email … of the golden contact.")],
    value: Annotated[str, typer.Argument(help="One that a source contact of it offers.")],
    note: Note = "",
) -> None:
    """Pin what the golden contact of a source contact shows in a field. It is published at once."""
    settings = _settings(context)
    with rooms.open_database(settings) as database, deciding.publishing(database) as connection:
        named, me = contact_id(connection, contact), Visitor(getpass.getuser(), "cli")
        done = deciding_values.pin(
            connection, review_services.republish(settings), me, named, field, value, note
        )
    _tell(done)


@review.command()
def revoke(
    context: typer.Context,
    decision: Annotated[
        str, typer.Argument(metavar="ID", help="Of a decision, as `review history` shows it.")
    ],
    note: Note = "",
) -> None:
    """Take a decision back, whole. What follows is published at once."""
    settings = _settings(context)
    with rooms.open_database(settings) as database, deciding.publishing(database) as connection:
        me = Visitor(getpass.getuser(), "cli")
        done = deciding.revoke(connection, review_services.republish(settings), me, parsed_id(decision), note)
    _tell(done)


@review.command("history")
def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the latest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The latest decisions."""
    with visit(context) as (connection, visitor):
        made = queue.history(connection, visitor, limit)
    if as_json:
        print_json([asdict(one) for one in made])
        return
    rows = [
        [
            str(one.id),
            f"{one.decided_at:%Y-%m-%d %H:%M}",
            one.decided_by,
            one.verdict,
            one.subject,
            len(one.members),
            "revoked" if one.revoked_at else "",
            one.note,
        ]
        for one in made
    ]
    table("Decisions", ["id", "when", "who", "verdict", "about", "contacts", "", "note"], rows)


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(CommandContext).settings


def _by_hand(context: typer.Context, sides: list[list[str]], verdict: Verdict, note: str) -> None:
    settings = _settings(context)
    with rooms.open_database(settings) as database, deciding.publishing(database) as connection:
        ids = [[contact_id(connection, one) for one in side] for side in sides]
        me = Visitor(getpass.getuser(), "cli")
        done = deciding.decide_by_hand(
            connection, review_services.republish(settings), me, ids, verdict, note
        )
    _tell(done)


def contact_id(connection: Connection, named: str) -> UUID:
    """The id of a source contact that was typed. Raises InputError where there is none."""
    found = source_contact_id(connection, named)
    if found is None:
        raise InputError(f"there is no source contact {named}; write it as source:id")
    return found


def _confirmed(shown: ShownQuestion, verdict: Verdict) -> str:
    """The `seen` token of the question that the person at the terminal was shown and confirmed."""
    if not sys.stdin.isatty():
        raise InputError("give --seen, which `review show` ends with: it says what you looked at")
    _print_question(shown)
    agreed(f"Decide {verdict.value}?", f"to decide without being asked: --seen {shown.seen}")
    return shown.seen


def _tell(done: DecisionResult) -> None:
    say_out(f"decision {done.decision}, published by run {done.run_id}")
    say_out(f"golden contacts now: {', '.join(map(str, done.golden_ids)) or 'none'}")


def _named(name: str, people: list[Person]) -> str:
    return name + (f" (+{len(people) - 1})" if len(people) > 1 else "")


def _shown(connection: Connection, visitor: Visitor, settings: Settings, candidate: UUID) -> ShownQuestion:
    return queue.show(connection, visitor, review_services.scorer(settings), candidate)


def _print_question(shown: ShownQuestion) -> None:
    asked = shown.question
    for side, name, people in (
        ("Left", asked.left_name, asked.left),
        ("Right", asked.right_name, asked.right),
    ):
        print_people(f"{side}: {name}", people)
    if shown.held_apart_by:
        say_out(f"held apart: {shown.held_apart_by}")
    key_of = {one.id: one.key for one in (*shown.question.left, *shown.question.right)}
    for pair in shown.pairs:
        print_pair(pair, f"{key_of.get(pair.left, pair.left)} ~ {key_of.get(pair.right, pair.right)}")
    if shown.pairs_in_all > len(shown.pairs):
        say_out(f"… and {shown.pairs_in_all - len(shown.pairs)} more pairs")


def print_people(title: str, people: list[Person]) -> None:
    """Print source contacts side by side, a row each."""
    rows = [
        [
            one.key,
            " / ".join(one.names),
            " / ".join(one.emails),
            " / ".join(one.phones),
            " · ".join(filter(None, (one.company, one.job_title, one.place, one.birth))),
        ]
        for one in people
    ]
    table(title, ["source contact", "names", "emails", "phones", "and"], rows)
