"""`review value` and `review pin`: decisions about single values."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from dedupe.cli.acting import AsJson, Contact, DryRun, Note, act, contact_id, contact_ids
from dedupe.errors import InputError
from dedupe.model import ValueVerdict
from dedupe.normalizers import queries
from dedupe.review import deciding_values


def value(
    context: typer.Context,
    given: Annotated[str, typer.Argument(metavar="VALUE", help="An email or a phone number.")],
    verdict: Annotated[ValueVerdict, typer.Argument(help="What the value is.")],
    contact: Annotated[list[str] | None, typer.Option(help="Whose it is no longer (not_theirs).")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="No longer theirs who last changed before that day."),
    ] = None,
    region: Annotated[str | None, typer.Option(help="Of a number without a country code.")] = None,
    note: Note = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Decide about a value: shared by several people, a placeholder, or no longer theirs."""
    field = "email" if "@" in given else "phone"
    query = queries.email_query(given) if field == "email" else queries.phone_query(given, region)
    if not query.keys:
        raise InputError(f"that is no {field} we could match by")
    act(
        context,
        lambda acting: deciding_values.decide_value(
            acting.connection,
            acting.republish,
            acting.visitor,
            field,
            query.keys[0],
            verdict,
            contact_ids(acting.connection, contact or []),
            note,
            since=since.date() if since else None,
        ),
        dry_run,
        as_json,
    )


def pin(
    context: typer.Context,
    contact: Contact,
    field: Annotated[str, typer.Argument(help="company, job_title, place … of the golden contact.")],
    value: Annotated[str, typer.Argument(help="One that a source contact of it offers.")],
    note: Note = "",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Pin what the golden contact of a source contact shows in a field. It is published at once."""
    act(
        context,
        lambda acting: deciding_values.pin(
            acting.connection,
            acting.republish,
            acting.visitor,
            contact_id(acting.connection, contact),
            field,
            value,
            note,
        ),
        dry_run,
        as_json,
    )
