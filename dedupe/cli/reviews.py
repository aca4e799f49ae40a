"""The review queue on the command line: `review show / decide / revoke …`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from dedupe.cli.acting import Contact, DryRun, Note, act, contact_ids
from dedupe.cli.answering import answer_group, group, values
from dedupe.cli.context import CommandContext
from dedupe.cli.explaining import print_pair
from dedupe.cli.narrowing import facets, progress, views
from dedupe.cli.people import AsJson, parsed_id, visit
from dedupe.cli.review_lists import history, list_
from dedupe.cli.review_work import assign, claim, next_, opinion, release
from dedupe.cli.screen import agreed, print_json, say, say_out, table
from dedupe.cli.values import pin, value
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.model import Verdict
from dedupe.review import deciding, opinions, queue
from dedupe.review.people import Person
from dedupe.review.queue import ShownQuestion
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.wiring import review_services

review = typer.Typer(no_args_is_help=True, help="The pairs that a person must decide.")

CandidateId = Annotated[str, typer.Argument(metavar="ID", help="Of a candidate, as `review list` shows it.")]


review.command("list")(list_)
review.command("history")(history)
review.command("facets")(facets)
review.command("views")(views)
review.command("group")(group)
review.command("answer-group")(answer_group)
review.command("values")(values)
review.command("progress")(progress)
review.command("next")(next_)
review.command("claim")(claim)
review.command("release")(release)
review.command("assign")(assign)
review.command("opinion")(opinion)


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
    dry_run: DryRun = False,
) -> None:
    """Say whether both sides are one person: same, different or unsure. It is published at once."""
    chosen = parsed_id(candidate)
    if seen is None:
        with visit(context) as (connection, visitor):
            shown = _shown(connection, visitor, _settings(context), chosen)
        seen = shown.seen if dry_run else _confirmed(shown, verdict)
    if not dry_run and _others_differ(context, chosen, verdict, seen, note):
        return
    act(
        context,
        lambda acting: deciding.decide(
            acting.connection, acting.republish, acting.visitor, chosen, verdict, seen, note
        ),
        dry_run,
        takes_seen=True,
    )


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
    dry_run: DryRun = False,
) -> None:
    """Decide by hand, in the queue or not: these source contacts are one person."""
    _by_hand(context, [contacts], Verdict.SAME, note, dry_run)


@review.command("different")
def different(
    context: typer.Context, left: Contact, right: Contact, note: Note = "", dry_run: DryRun = False
) -> None:
    """Decide by hand: these two source contacts are two people, whatever a third may say."""
    _by_hand(context, [[left], [right]], Verdict.DIFFERENT, note, dry_run)


review.command("value")(value)
review.command("pin")(pin)


@review.command()
def revoke(
    context: typer.Context,
    decision: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="Of a decision, as `review history` shows it, or of a batch of them."
        ),
    ],
    note: Note = "",
    dry_run: DryRun = False,
) -> None:
    """Take a decision back, whole. What follows is published at once."""
    act(
        context,
        lambda acting: deciding.revoke(
            acting.connection, acting.republish, acting.visitor, parsed_id(decision), note
        ),
        dry_run,
        can_be_taken_back=False,
    )


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(CommandContext).settings


def _others_differ(context: typer.Context, candidate: UUID, verdict: Verdict, seen: str, note: str) -> bool:
    """Whether others think otherwise and this person didn't know: then it is told, and nothing decided."""
    with visit(context) as (connection, visitor):
        others = opinions.differing(connection, visitor, candidate, verdict, seen, note)
    for one in others:
        say_out(f"{one.who} thinks: {one.verdict}{f' ({one.note})' if one.note else ''}")
    if others:
        say("  nothing was decided; decide again, now that you know")
    return bool(others)


def _by_hand(
    context: typer.Context, sides: list[list[str]], verdict: Verdict, note: str, dry_run: bool
) -> None:
    act(
        context,
        lambda acting: deciding.decide_by_hand(
            acting.connection,
            acting.republish,
            acting.visitor,
            [contact_ids(acting.connection, side) for side in sides],
            verdict,
            note,
        ),
        dry_run,
    )


def _confirmed(shown: ShownQuestion, verdict: Verdict) -> str:
    """The `seen` token of the question that the person at the terminal was shown and confirmed."""
    if not sys.stdin.isatty():
        raise InputError("give --seen, which `review show` ends with: it says what you looked at")
    _print_question(shown)
    agreed(f"Decide {verdict.value}?", f"to decide without being asked: --seen {shown.seen}")
    return shown.seen


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
