"""`review facets` and `review views`: what the queue may be narrowed to."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson, parsed_id, visit
from dedupe.cli.screen import counted, print_json, say, say_out, table
from dedupe.errors import InputError
from dedupe.review import progress as review_progress
from dedupe.review import workbench
from dedupe.review.workbench import FacetValue
from dedupe.wiring import databases

_MOST = 10  # values of a facet in a table (chosen)


def refreshed(context: typer.Context) -> None:
    """Read what is new in the queue."""
    with databases.open_database(context.ensure_object(CommandContext).settings) as database:
        workbench.refresh(database)


def facets(context: typer.Context, as_json: AsJson = False) -> None:
    """How many questions there are of each cause, pattern, source, country and range of probability."""
    refreshed(context)
    with visit(context) as (connection, visitor):
        found = workbench.facets(connection, visitor)
    if as_json:
        print_json(asdict(found))
        return
    say_out(f"{found.waiting:,} wait")
    for title, option, values in (
        ("Why asked", "--cause", found.cause),
        ("In what they agree and differ", "--pattern", found.pattern),
        ("Source", "--source", found.source),
        ("Country", "--country", found.country),
        ("Likely one person", "--min-probability, --max-probability", found.probability),
        ("With", "--held-by", found.holder),
    ):
        if values:
            _print(f"{title} (review list {option})", values)


def views(
    context: typer.Context,
    keep: Annotated[str | None, typer.Option(metavar="NAME", help="Keep one under this name.")] = None,
    where: Annotated[
        str,
        typer.Option(metavar="JSON", help='What it narrows the queue to, as {"cause": "held_apart"}.'),
    ] = "{}",
    shared: Annotated[bool, typer.Option("--shared", help="For everybody who reviews.")] = False,
    remove: Annotated[str | None, typer.Option(metavar="ID", help="Remove one of yours.")] = None,
    as_json: AsJson = False,
) -> None:
    """Views of the queue, yours and those that others share; keep or remove one."""
    with visit(context) as (connection, visitor):
        if remove is not None:
            workbench.remove_view(connection, visitor, parsed_id(remove))
        if keep is not None:
            workbench.keep_view(connection, visitor, keep, _conditions(where), shared=shared)
        found = workbench.views(connection, visitor)
    if as_json:
        print_json([asdict(each) for each in found])
        return
    rows = [
        [str(one.id), one.name, one.owner, "shared" if one.shared else "", json.dumps(one.filter)]
        for one in found
    ]
    table("Views", ["id", "name", "whose", "", "narrows to"], rows)


def progress(
    context: typer.Context,
    days: Annotated[
        int, typer.Option(min=1, max=366, help="Of the last so many days.")
    ] = review_progress.DAYS,
    as_json: AsJson = False,
) -> None:
    """What waits and since when, who answered how much and how fast, and how far reviewers agree."""
    with visit(context) as (connection, visitor):
        found = review_progress.progress(connection, visitor, days)
    if as_json:
        print_json(asdict(found))
        return
    waits = found.backlog
    oldest = f", the oldest since {waits.oldest:%Y-%m-%d}" if waits.oldest else ""
    say_out(f"{counted(waits.waiting, 'question waits', 'questions wait')}{oldest}")
    rows = [
        [
            one.who,
            one.answers,
            one.last_day,
            "" if one.seconds is None else f"{one.seconds:.1f} s",
            one.revoked,
            f"{one.agreed} of {one.compared}" if one.compared else "",
        ]
        for one in found.reviewers
    ]
    table(
        f"Last {days} days", ["who", "answers", "last day", "each", "taken back", "agree with others"], rows
    )
    said = found.agreement
    if said.share is not None and said.low is not None and said.high is not None:
        ends = f"{said.low:.0%} to {said.high:.0%} at 95 %"
        say_out(f"two reviewers agree on {said.agreed} of {said.compared}: {said.share:.0%} ({ends})")


def _conditions(where: str) -> dict[str, Any]:
    try:
        read = json.loads(where)
    except ValueError:
        raise InputError('--where takes JSON, as \'{"cause": "held_apart"}\'') from None
    if not isinstance(read, dict):
        raise InputError("--where takes a JSON object of conditions")
    return workbench.checked_conditions(read)


def _print(title: str, values: list[FacetValue]) -> None:
    table(title, ["", "questions"], [[one.words, one.questions] for one in values[:_MOST]])
    if len(values) > _MOST:
        say(f"  {len(values) - _MOST:,} more: --json")
