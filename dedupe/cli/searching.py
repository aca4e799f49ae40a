"""`dedupe search`: one text, whatever it is; ranked, with what it was understood as."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson, visit
from dedupe.cli.screen import print_json, say_out, table
from dedupe.errors import NotFound
from dedupe.review.who import USUAL
from dedupe.wiring import review_services
from dedupe.wiring.searching import SearchHit
from dedupe.wiring.searching import search as found_by


def search(
    context: typer.Context,
    asked: Annotated[
        str, typer.Argument(help="An email, a phone number, an id, source:id, a name, a company.")
    ],
    region: Annotated[str | None, typer.Option(help="Of a number without a country code, as US.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="Of those that it may be, at most.")] = USUAL,
    as_json: AsJson = False,
) -> None:
    """Golden contacts by whatever is known: those that have the value, else whom it may mean, ranked."""
    settings = context.ensure_object(CommandContext).settings
    who, region = review_services.who(settings), region or settings.normalize.fallback_region
    with visit(context) as (connection, visitor):
        done = found_by(who, connection, visitor, asked, region, limit)
    if as_json:
        print_json(asdict(done))
        return
    say_out(f"understood as {done.understood}")
    if not done.found:
        raise NotFound("no golden contact is known by it")
    table("Golden contacts", ["id", "name", "by", "emails", "phones"], [_row(one) for one in done.found])


def _row(one: SearchHit) -> list[str]:
    likely = "" if one.probability is None else f" {one.probability:.3f}"
    emails, phones = ([each.value for each in some] for some in (one.contact.emails, one.contact.phones))
    by = one.by.replace("_", " ") + likely
    return [str(one.contact.id), one.contact.name, by, " / ".join(emails), " / ".join(phones)]
