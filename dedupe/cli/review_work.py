"""Working on the queue at the terminal: the next question for one reviewer alone, assigning one, a second
opinion."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dedupe.cli.acting import Note
from dedupe.cli.people import AsJson, parsed_id, visit
from dedupe.cli.screen import print_json, say, say_out, table
from dedupe.model import Verdict
from dedupe.review import claims, opinions
from dedupe.storage.review_claims import Claim

CandidateId = Annotated[str, typer.Argument(metavar="ID", help="Of a candidate, as `review list` shows it.")]


def next_(context: typer.Context) -> None:
    """Be given the question that matters most of those that nobody else is at; its id. It is yours for ten
    minutes."""
    with visit(context) as (connection, visitor):
        found = claims.claim_next(connection, visitor)
    if found is None:
        say("no question waits for you")
        return
    say_out(str(found))
    say(f"  look at it: dedupe review show {found}")


def claim(
    context: typer.Context,
    candidate: CandidateId,
    take_over: Annotated[bool, typer.Option("--take-over", help="Also where another is at it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Be the one who works on a question, for ten minutes: nobody else is given it meanwhile."""
    with visit(context) as (connection, visitor):
        held = claims.claim(connection, visitor, parsed_id(candidate), take_over=take_over)
    _tell(held, as_json)


def release(context: typer.Context, candidate: CandidateId) -> None:
    """Give a question back that you work on, to whoever comes next."""
    with visit(context) as (connection, visitor):
        claims.release(connection, visitor, parsed_id(candidate))
    say_out("it is nobody's")


def assign(
    context: typer.Context,
    candidate: CandidateId,
    who: Annotated[str | None, typer.Argument(help="A reviewer; none gives it back to all.")] = None,
    as_json: AsJson = False,
) -> None:
    """Give a question to a reviewer until it is answered."""
    with visit(context) as (connection, visitor):
        held = claims.assign(connection, visitor, parsed_id(candidate), who)
    _tell(held, as_json)


def opinion(
    context: typer.Context,
    candidate: CandidateId,
    verdict: Annotated[Verdict, typer.Argument(help="What you think, without deciding.")],
    seen: Annotated[str, typer.Option(help="What `review show` ends with.")],
    note: Note = "",
    ask: Annotated[str | None, typer.Option(help="Who is to decide; none: another reviewer.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask for a second opinion: say what you think; another says theirs, sees both, and decides."""
    with visit(context) as (connection, visitor):
        said = opinions.give(connection, visitor, parsed_id(candidate), verdict, seen, note, ask)
    if as_json:
        print_json([asdict(each) for each in said])
        return
    rows = [[each.who, each.verdict, f"{each.given_at:%Y-%m-%d %H:%M}", each.note] for each in said]
    table("Opinions", ["who", "verdict", "when", "note"], rows)


def _tell(held: Claim | None, as_json: bool) -> None:
    if as_json:
        print_json(asdict(held) if held else None)
    elif held is None:
        say_out("it is nobody's")
    elif held.expires_at is None:
        say_out(f"it is assigned to {held.who}")
    else:
        say_out(f"{held.who} is at it, until {held.expires_at:%Y-%m-%d %H:%M %Z}")
