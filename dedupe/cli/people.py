"""Commands that look golden contacts up: `lookup`, `show`, `history`."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table
from rich.text import Text

from dedupe import lookup as lookups
from dedupe.cli.context import CommandContext
from dedupe.cli.screen import OUT, print_json, say_out, table
from dedupe.config import Settings
from dedupe.errors import IndexUnusable, InputError, NotFound
from dedupe.review.described import readings
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.wiring import databases

AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]
GoldenId = Annotated[str, typer.Argument(metavar="ID", help="A golden contact's id.")]


def lookup(
    context: typer.Context,
    value: Annotated[
        str | None, typer.Argument(help="An email, a phone number, source:id, or an id.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Many at once: such a value on each line; - for standard input.")
    ] = None,
    region: Annotated[str | None, typer.Option(help="Of a number without a country code, as US.")] = None,
    as_json: AsJson = False,
) -> None:
    """Golden contacts by email, phone, source contact or id; else whom the value, as a name, may mean."""
    settings = context.ensure_object(CommandContext).settings
    region = region or settings.normalize.fallback_region
    if (value is None) == (file is None):
        raise InputError("give a value, or many by --file")
    if value is None:
        assert file is not None
        _look_up_many(context, file, region, as_json)
        return
    with visit(context) as (connection, visitor):
        try:
            hits = lookups.by_anything(connection, visitor, value, region)
        except NotFound:
            if not _may_be_a_name(value):
                raise
            hits = []
        if not hits and not as_json:
            _tell_likely(settings, connection, visitor, value)
    if not hits:
        raise NotFound("no golden contact has it")
    if as_json:
        print_json([asdict(hit) for hit in hits])
        return
    for hit in hits:
        print_contact(hit.contact, "" if hit.by != "key" else " (by its match key)")


def _look_up_many(context: typer.Context, file: Path, region: str | None, as_json: bool) -> None:
    """Look up the value of each line; empty lines are passed over."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: it can't be read as UTF-8 text ({type(error).__name__})") from None
    if "\0" in text:
        raise InputError(f"{file}: it holds NUL characters, so it is no list of values")
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1) if line.strip()]
    answers = []
    with visit(context) as (connection, visitor):
        asked = lookups.asked_for(connection, [line for _, line in lines], region)
        for at in range(0, len(asked), lookups.MANY):
            answers += lookups.many(connection, visitor, asked[at : at + lookups.MANY])
    told = list(zip((number for number, _ in lines), answers, strict=True))
    if as_json:
        print_json([{"line": number, **asdict(answer)} for number, answer in told])
        return
    rows = [
        [
            number,
            answer.status,
            " ".join(str(hit.contact.id) for hit in answer.hits),
            " / ".join(hit.contact.name for hit in answer.hits) or answer.reason or "",
        ]
        for number, answer in told
    ]
    table(f"{len(rows):,} looked up", ["line", "", "golden contact", "who"], rows)


def show(
    context: typer.Context,
    golden_id: GoldenId,
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="MOMENT", help="As it was then: 2026-03-01, 2026-03-01T12:30Z or +02:00; else UTC."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One golden contact, or those its id leads to after a merge or a split; or as it was."""
    if as_of is not None:
        _show_as_of(context, parsed_id(golden_id), parsed_moment(as_of), as_json)
        return
    with visit(context) as (connection, visitor):
        found = lookups.by_id(connection, visitor, parsed_id(golden_id))
    if as_json:
        print_json(asdict(found))
        return
    if found.status == "gone":
        say_out(
            f"{found.id} was published once and has no live source contact any more; see `dedupe history`"
        )
    elif found.status != "live":
        say_out(f"{found.id} was {found.status}; it leads to:")
    for contact in found.contacts:
        print_contact(contact)


def _show_as_of(context: typer.Context, golden_id: UUID, moment: datetime, as_json: bool) -> None:
    with visit(context) as (connection, visitor):
        found = lookups.as_of(connection, visitor, golden_id, moment)
    if as_json:
        print_json(asdict(found))
        return
    until = f"{found.shown_until:%Y-%m-%d %H:%M:%S}" if found.shown_until else "now"
    print_contact(found.contact, f" (from {found.shown_from:%Y-%m-%d %H:%M:%S} until {until}, UTC)")


def history(context: typer.Context, golden_id: GoldenId, as_json: AsJson = False) -> None:
    """What happened to a golden contact, the oldest first."""
    with visit(context) as (connection, visitor):
        events = lookups.history(connection, visitor, parsed_id(golden_id))
    if as_json:
        print_json([asdict(event) for event in events])
        return
    asked = parsed_id(golden_id)
    for event in events:
        whose = "" if event.golden_id == asked else f" [of {event.golden_id}, which it came from or went to]"
        say_out(f"{event.occurred_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC{whose}")
        say_out(f"  {event.kind}: {event.words}")
        counts = f"{len(event.members_before):,} → {len(event.members_after):,} source contacts"
        act = f", decision {event.decision_id}" if event.decision_id else ""
        say_out(f"  {counts}, run {event.run_id}{act}")
    if not events:
        say_out("its events are kept no longer (privacy.events_kept)")


@contextmanager
def visit(context: typer.Context) -> Iterator[tuple[Connection, Visitor]]:
    """Open a transaction in the name of the person at the terminal."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as connection,
    ):
        yield connection, Visitor(getpass.getuser(), "cli")


def parsed_id(text: str) -> UUID:
    """Read an id that was typed. Raises InputError where it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise InputError("that is not an id, which looks like 01a1fbaf-6e8c-725c-9471-fb5005eb2369") from None


def parsed_moment(text: str) -> datetime:
    """Read a moment that was typed, as ISO 8601 has it or as we print it; UTC where it names no zone. Raises
    InputError."""
    try:
        moment = datetime.fromisoformat(text.strip().removesuffix(" UTC"))
    except ValueError:
        raise InputError(
            "that is no moment: write it as 2026-03-01, 2026-03-01T12:30 or 2026-03-01T12:30:00+02:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def print_contact(contact: GoldenContact, note: str = "") -> None:
    """Print every value with the source contacts it came from."""
    name_of = {link.source_contact: f"{link.source}:{link.external_id}" for link in contact.source_links}
    grid = Table(
        title=Text(f"{contact.name}{note}"), title_justify="left", box=None, show_header=False, pad_edge=False
    )
    for _ in range(3):
        grid.add_column(overflow="fold")

    def line(what: str, value: str, sources: list[UUID]) -> None:
        grid.add_row(what, Text(value), Text(", ".join(name_of.get(one, str(one)) for one in sources)))

    line("id", str(contact.id), [])
    if contact.blocked:
        line("blocked", "yes", [])
    for field, one in contact.fields.items():
        line(field.replace("_", " "), one.value, [one.source_contact] if one.source_contact else [])
    for email in contact.emails:
        line("email", email.value, email.source_contacts)
    for phone in contact.phones:
        line(
            "phone",
            phone.value + (f" ext. {phone.extension}" if phone.extension else ""),
            phone.source_contacts,
        )
    for identifier in contact.identifiers:
        line("identifier", identifier.value, identifier.source_contacts)
    for channel, allowed in contact.preferences.items():
        line(channel, "may be used" if allowed else "must not be used", [])
    for link in contact.source_links:
        weight = "" if link.weight is None else f", {link.weight:.1f} bits"
        line("source contact", f"{link.source}:{link.external_id}", [])
        line("", f"{link.cause}{weight}, since {link.linked_at:%Y-%m-%d}", [])
    OUT.print(grid)
    OUT.print()


def _may_be_a_name(value: str) -> bool:
    return any(map(str.isalpha, value)) and not {"@", ":"} & set(value)


def _tell_likely(settings: Settings, connection: Connection, visitor: Visitor, value: str) -> None:
    """Whom a name, or a value with a slip in it, may mean; nobody before the first night."""
    # not above: who is found by the value itself waits for none of it
    from dedupe.cli.answers import print_answer
    from dedupe.wiring import review_services

    with suppress(IndexUnusable):
        likely = review_services.who(settings).ask(connection, visitor, readings(value))
        if likely.matches:
            say_out("Nobody for certain; who it may be:")
            print_answer(likely)
