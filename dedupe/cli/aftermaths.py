"""`golden aftermath`: what a wrong merge may have led to, and deciding of what is like it."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from typing import Annotated

import typer

from dedupe.cli.acting import AsJson, DryRun, Note, act
from dedupe.cli.context import CommandContext
from dedupe.cli.people import parsed_id, visit
from dedupe.cli.screen import print_json, say, say_out, table, working
from dedupe.cli.similar import plain_similar, print_similar
from dedupe.errors import InputError
from dedupe.model import Verdict
from dedupe.review.aftermath import Aftermath, Alike, Pages, ToldEvents, Visits, decide_alike, what_else
from dedupe.review.wrong_merges import WrongMerge
from dedupe.storage.access_log import Visitor
from dedupe.wiring import review_services
from dedupe.wiring.subscriptions import subscriptions


def aftermath(
    context: typer.Context,
    some_id: Annotated[
        str,
        typer.Argument(metavar="ID", help="A golden contact's, also of before, or a decision's or batch's."),
    ],
    decide: Annotated[
        Verdict | None, typer.Option(help="Decide of all links that are like it, in one batch.")
    ] = None,
    by: Annotated[Alike | None, typer.Option(help="With --decide: like it by what.")] = None,
    note: Note = "",
    dry_run: DryRun = False,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Of each list at most so many.")] = 20,
    similar_after: Annotated[str | None, typer.Option(help="Where that page before ended.")] = None,
    seen_after: Annotated[int, typer.Option(min=0, help="Where that page before ended.")] = 0,
    told_after: Annotated[int, typer.Option(min=0, help="Where that page before ended.")] = 0,
    as_json: AsJson = False,
) -> None:
    """After a wrong merge: what rests on the same evidence, who saw it, and whom its events reached."""
    settings = context.ensure_object(CommandContext).settings
    asked, scorer = parsed_id(some_id), review_services.scorer(settings)
    if decide is not None:
        if by is None:
            raise InputError("--decide needs --by: levels, email, phone, identifier or name")
        verdict, alike = decide, by
        act(
            context,
            lambda acting: decide_alike(
                acting.connection, acting.republish, acting.visitor, scorer, asked, verdict, alike, note
            ),
            dry_run,
            as_json,
        )
        return
    if by is not None or note or dry_run:
        raise InputError("--by, --note and --dry-run go with --decide")
    pages = Pages(limit, similar_after, seen_after, told_after)
    with working("Looking"), visit(context) as (connection, _):
        me = Visitor(getpass.getuser(), "cli")
        found = what_else(connection, me, scorer, subscriptions(settings), asked, pages)
    if as_json:
        like = plain_similar(found.similar) if found.similar else None
        print_json(asdict(found) | {"similar": like})
        return
    _print(found)


def _print(found: Aftermath) -> None:
    for each in found.wrong:
        _print_wrong(each)
    if found.similar is not None:
        print_similar(found.similar, "--similar-after")
        say("  decide of them at once: --decide different --by levels (or email, phone, …), first --dry-run")
    else:
        say_out(f"what rests on the same evidence: {found.similar_unknown}")
    _print_seen(found.seen)
    _print_told(found.told)


def _print_wrong(one: WrongMerge) -> None:
    since = f"{one.began.occurred_at:%Y-%m-%d %H:%M:%S}" if one.began else "its beginning, as far as is kept"
    until = f"{one.put_right.occurred_at:%Y-%m-%d %H:%M:%S}" if one.put_right else "now"
    say_out(f"{one.golden_id} held {len(one.people)} people from {since} until {until} (UTC)")
    if one.began:
        say_out(f"  {one.began.words}")
    say_out(f"  {one.put_right.words}" if one.put_right else "  nothing has parted them")


def _print_seen(seen: Visits) -> None:
    rows = [
        [f"{one.occurred_at:%Y-%m-%d %H:%M:%S}", one.who, one.door, one.action, "everybody" * one.whole]
        for one in seen.visits
    ]
    table(f"Who saw it meanwhile: {seen.in_all:,}", ["when (UTC)", "who", "door", "what", "of"], rows)
    if seen.log_begins:
        say(f"  the access log begins at {seen.log_begins:%Y-%m-%d %H:%M:%S}")
    if seen.after:
        say_out(f"more: --seen-after {seen.after}")


def _print_told(told: ToldEvents) -> None:
    rows = [
        [
            f"{one.event.occurred_at:%Y-%m-%d %H:%M:%S}",
            f"{one.event.golden_id} {one.event.kind}",
            each.receiver,
            each.state + (f" ({each.attempts} attempts: {each.reason})" if each.reason else ""),
        ]
        for one in told.events
        for each in one.deliveries
    ]
    table(f"Its events: {told.in_all:,}", ["when (UTC)", "event", "receiver", "delivered"], rows)
    if told.events and not rows:
        say_out("no other system is told of events")
    if told.after:
        say_out(f"more: --told-after {told.after}")
