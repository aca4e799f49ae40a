"""`dedupe review list` and `dedupe review history`: what waits for a person, and what was decided."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from dedupe.cli.narrowing import refreshed
from dedupe.cli.people import AsJson, parsed_id, parsed_moment, visit
from dedupe.cli.screen import print_json, say, say_out, table
from dedupe.errors import InputError
from dedupe.model import Origin, Subject
from dedupe.review import decision_history, queue, workbench
from dedupe.review.decision_history import DecisionInWords
from dedupe.review.people import Person
from dedupe.storage import lookups
from dedupe.storage.decision_lists import DecisionFilter
from dedupe.storage.review_candidates import QueueFilter, QueueOrder


class Cause(StrEnum):
    """Why a question is asked."""

    DOUBTFUL = "doubtful"
    HELD_APART = "held_apart"
    EVIDENCE_CHANGED = "evidence_changed"
    REPORTED = "reported"


def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 20,
    cause: Annotated[Cause | None, typer.Option(help="Why it is asked.")] = None,
    source: Annotated[str | None, typer.Option(help="That one of its source contacts is of.")] = None,
    country: Annotated[str | None, typer.Option(help="Of one of its source contacts, as US.")] = None,
    min_probability: Annotated[
        float | None, typer.Option(min=0, max=1, help="At least so likely one person.")
    ] = None,
    max_probability: Annotated[
        float | None, typer.Option(min=0, max=1, help="At most so likely one person.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(metavar="MOMENT", help="Asked for the first time then or later; without a zone UTC."),
    ] = None,
    pattern: Annotated[
        str | None, typer.Option(help="In what it agrees and differs, as `review facets --json` names it.")
    ] = None,
    held_by: Annotated[str | None, typer.Option(help="Who is at it, or to whom it is assigned.")] = None,
    search: Annotated[
        str | None, typer.Option(help="A part of a name, an email, a phone or of source:id.")
    ] = None,
    sort: Annotated[
        QueueOrder, typer.Option(help="What matters most, is likeliest, or waits longest first.")
    ] = QueueOrder.PRIORITY,
    as_json: AsJson = False,
) -> None:
    """What waits for a decision, what matters most first, and last what you have skipped."""
    asked_since = None if since is None else parsed_moment(since)
    capitals = country.upper() if country else None
    wanted = QueueFilter(
        cause, source, capitals, min_probability, max_probability, asked_since, pattern, held_by
    )
    if search is not None:
        wanted = workbench.holding_words(wanted, search)
    if search or pattern or country:
        refreshed(context)
    with visit(context) as (connection, visitor):
        found = queue.queue(connection, visitor, limit, order=sort, wanted=wanted)
    if as_json:
        counts = {"waiting": found.waiting, "matching": found.matching}
        print_json({**counts, "candidates": [asdict(one) for one in found.candidates]})
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
        waiting = f"none of the {found.waiting:,} that wait is so" if found.waiting else ""
        say_out(waiting or "no question waits for a person")
        return
    table(f"{found.waiting:,} wait", ["id", "one person?", "contacts", "who", "because"], rows)
    if found.matching > len(rows):
        say(f"  the first {len(rows):,} of {found.matching:,}; --limit shows more")
    say("  look at one: dedupe review show ID; answer it: dedupe review decide ID")


def history(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the latest first.")] = 50,
    decided_by: Annotated[str | None, typer.Option(help="Who decided.")] = None,
    subject: Annotated[Subject | None, typer.Option(help="What it is about.")] = None,
    verdict: Annotated[str | None, typer.Option(help="As same, different, unsure, grouped, shared.")] = None,
    origin: Annotated[Origin | None, typer.Option(help="How it was made.")] = None,
    batch: Annotated[str | None, typer.Option(help="Of a batch: its id.")] = None,
    live: Annotated[
        bool | None, typer.Option("--live/--revoked", help="Those that hold, or that were taken back.")
    ] = None,
    source_contact: Annotated[
        list[str] | None, typer.Option(help="That name it: source:id, or its id. Several times for any.")
    ] = None,
    since: Annotated[str | None, typer.Option(help="Decided then or later, as 2026-03-01.")] = None,
    before: Annotated[str | None, typer.Option(help="Decided before then.")] = None,
    after: Annotated[str | None, typer.Option(help="Before this decision: the last of a page.")] = None,
    as_json: AsJson = False,
) -> None:
    """The latest decisions, of those that all of this holds for."""
    with visit(context) as (connection, visitor):
        named = {one: lookups.source_contact_id(connection, one) for one in source_contact or []}
        if missing := [one for one, found in named.items() if found is None]:
            raise InputError(f"--source-contact: there is no source contact {missing[0]}")
        wanted = DecisionFilter(
            decided_by,
            subject,
            verdict,
            origin,
            parsed_id(batch) if batch else None,
            live,
            [found for found in named.values() if found] or None,
            parsed_moment(since) if since else None,
            parsed_moment(before) if before else None,
        )
        last = parsed_id(after) if after else None
        made = decision_history.told(connection, visitor, limit, wanted, last)
    if as_json:
        print_json([{**asdict(one.decision), "names": _names(one), "did": one.did} for one in made])
        return
    rows = [
        [
            str(one.decision.id),
            f"{one.decision.decided_at:%Y-%m-%d %H:%M}",
            one.decision.decided_by,
            one.decision.verdict,
            one.decision.subject,
            " ~ ".join(_names(one)),
            one.did,
            "revoked" if one.decision.revoked_at else "",
            one.decision.note,
        ]
        for one in made
    ]
    table("Decisions", ["id", "when", "who", "verdict", "about", "whom", "did", "", "note"], rows)


def _names(told: DecisionInWords) -> list[str]:
    return [side.name for side in told.sides]


def _named(name: str, people: list[Person]) -> str:
    return name + (f" (+{len(people) - 1})" if len(people) > 1 else "")
