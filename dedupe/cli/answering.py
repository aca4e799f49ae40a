"""Many questions answered at the terminal: of one pattern in one batch, and the values that questions hang
on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dedupe.cli.acting import DryRun, Note, act
from dedupe.cli.narrowing import refreshed
from dedupe.cli.people import AsJson, visit
from dedupe.cli.screen import counted, print_json, say, say_out, table
from dedupe.model import Verdict
from dedupe.review import answering_many, hanging
from dedupe.review.acts import Acting
from dedupe.review.answering_many import AnsweredAtOnce
from dedupe.storage.review_candidates import QueueFilter

Pattern = Annotated[str, typer.Argument(help="As `review facets --json` names it.")]


def group(context: typer.Context, pattern: Pattern, as_json: AsJson = False) -> None:
    """Questions that are alike: how many, five of them by chance, and what to answer all of them by."""
    refreshed(context)
    with visit(context) as (connection, visitor):
        found = answering_many.look(connection, visitor, QueueFilter(pattern=pattern))
    if as_json:
        print_json(asdict(found))
        return
    say_out(f"{counted(found.matching, 'question', 'questions')}: they {found.words}")
    rows = [
        [str(one.id), f"{one.left_name} ~ {one.right_name}", f"{one.probability:.0%}"] for one in found.sample
    ]
    table("Some of them, by chance", ["id", "who", "one person?"], rows)
    if found.kept_for_others:
        say(f"  {found.kept_for_others:,} are others' to answer now")
    say(f"  answer {found.answerable:,} of them: dedupe review answer-group same|different|unsure --seen …")
    say_out(f"seen {found.seen}")


def answer_group(
    context: typer.Context,
    verdict: Annotated[Verdict, typer.Argument(help="Of each of them.")],
    seen: Annotated[str, typer.Option(help="What `review group` ends with; - reads it from the input.")],
    note: Note = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give one answer to all questions of a group, in one batch that is taken back as one."""
    saw = typer.get_text_stream("stdin").read().strip().removeprefix("seen ") if seen == "-" else seen
    done: list[AnsweredAtOnce] = []

    def answer(acting: Acting) -> AnsweredAtOnce:
        done.append(
            answering_many.answer_many(
                acting.connection, acting.republish, acting.visitor, verdict, saw, note
            )
        )
        return done[-1]

    act(context, answer, dry_run, as_json)
    if dry_run or as_json:
        return
    say_out(f"{counted(done[-1].answered, 'question', 'questions')} answered")
    for one in done[-1].left_out:
        say_out(f"left out: {one.candidate}: {one.reason}")


def values(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Emails and phones that both sides of questions hold: say of one that it is shared, and what hangs on it
    is answered."""
    refreshed(context)
    with visit(context) as (connection, visitor):
        found = hanging.values(connection, visitor, limit)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    table("Values", ["", "value", "questions"], [[one.field, one.key, one.questions] for one in found])
    say("  say what one is: dedupe review value VALUE shared")
