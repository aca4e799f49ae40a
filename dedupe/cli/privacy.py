"""The commands `access-request` and `erase`: somebody wants to know what is stored of them, or to be
forgotten."""

from __future__ import annotations

import getpass
import shlex
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.erasures import write_certificate
from dedupe.cli.outputs import private, replaced_by_force, written
from dedupe.cli.screen import agreed, counted, say, say_out, table, working
from dedupe.errors import InputError
from dedupe.pipeline import access_requests
from dedupe.pipeline.access_scope import AccessQuery, AccessScope, FoundContact
from dedupe.pipeline.erasure import ErasedReport
from dedupe.pipeline.erasure_certificate import in_words
from dedupe.storage.access_log import Visitor
from dedupe.wiring import databases, person_requests


def access_request(
    context: typer.Context,
    key: Annotated[
        list[str], typer.Argument(metavar="KEY…", help="An email, a phone number, a golden id or source:id.")
    ],
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The answer, as JSON; readable by its owner alone.")
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="SOURCE:ID", help="Of those found only this source contact; repeatable."),
    ] = None,
    staff_names: Annotated[
        bool,
        typer.Option("--staff-names", help="Name those who looked and decided, not as staff 1, staff 2."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show whose data it would hold, and write nothing.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Everything stored of a person in one file, for a request for access (GDPR article 15)."""
    settings = context.ensure_object(CommandContext).settings
    query, rules = AccessQuery(tuple(key), tuple(only or ()), staff_names), person_requests.rules(settings)
    if not dry_run:
        _may_be_written(output, force)
    with databases.open_database(settings) as database:
        with working("Looking"):
            scope = access_requests.preview(database, query, rules)
        _tell_scope(scope)
        if dry_run or output is None:
            return
        if not (yes or scope.undecided):
            agreed("Is all of that the person who asks?", "to write the file without being asked: --yes")
        with working("Collecting"), private(output) as place:
            visitor = Visitor(getpass.getuser(), "cli")
            made = access_requests.answer(database, visitor, query, rules)
            if {one.id for one in made.scope.included} - {one.id for one in scope.included}:
                raise InputError("others have come to it meanwhile: look again; nothing was written")
            place.write_bytes(access_requests.as_json(made.document))
    say_out(f"{counted(made.rows, 'row', 'rows')} in {output}")
    if not made.document["data_held"]:
        say_out("nothing is stored of this person; the file says so")
    for one in made.document["left_out"]:
        say(f"left out: {one['what']}: {one['count']:,}")
    for place_of_words in made.document["look_at_before_handing_out"]:
        say(f"look at it before you hand it out: {place_of_words}")


def _may_be_written(output: Path | None, force: bool) -> None:
    if output is None:
        raise InputError("name the file to write by --output, or look first with --dry-run")
    written(replaced_by_force(output, force))


def _tell_scope(scope: AccessScope) -> None:
    columns = ["source contact", "golden contact", "because", ""]
    table("Whose data it holds", columns, [_found_row(one) for one in scope.included])
    if scope.aside:
        table("Found as well, and left out", columns, [_found_row(one) for one in scope.aside])
    if not (scope.included or scope.aside):
        say_out("no source contact is or was known by that")
    for kind in scope.shared:
        say_out(f"several people hold the {kind}: by it alone nobody is chosen")


def _found_row(one: FoundContact) -> list[str]:
    notes = ["gone"] * (one.gone_at is not None) + ["a question about it waits in the queue"] * one.doubtful
    return [one.key, str(one.golden_id or ""), one.because, ", ".join(notes)]


def erase(
    context: typer.Context,
    what: Annotated[list[str], typer.Argument(help="source:id, an email or a phone number.")],
    certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the certificate of the erasure there, to be handed out."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell who and what would go, and stop.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
) -> None:
    """Erase source contacts for good: their raw goes, and no later fetch or import brings them back."""
    settings = context.ensure_object(CommandContext).settings
    erase_them, visitor = person_requests.eraser(settings), Visitor(getpass.getuser(), "cli")
    if certificate is not None:
        written(certificate)
    with databases.open_database(settings) as database:
        if dry_run or not yes:
            with working("Looking"):
                would = erase_them(database, visitor, what, dry_run=True)
            _tell_who(would, say_out if dry_run else say)
            if dry_run:
                return
            agreed("This can't be undone. Erase?", "to erase without being asked: --yes")
        with working("Erasing"):
            done = erase_them(database, visitor, what)
    say_out(f"{counted(done.contacts, 'source contact', 'source contacts')} erased")
    if others := in_words(done.rows):
        say_out(f"besides: {', '.join(others)}")
    if done.nothing:
        say_out("nothing was found; it is kept out from now on all the same")
    say(f"what went, what is kept and who is told: dedupe erasures show {done.certificate.id}")
    if certificate is not None:
        write_certificate(done.certificate, certificate)
    if done.written_back:
        held = counted(done.written_back, "golden id of theirs stands", "golden ids of theirs stand")
        say_out(f"{held} at a provider: `dedupe writeback apply` clears what we wrote there")
    if done.remaining:
        _tell_who_remains(done.remaining)


def _tell_who_remains(remaining: Sequence[str]) -> None:
    """List the remaining source contacts, in full so that the command can be copied."""
    who = counted(len(remaining), "other source contact", "other source contacts")
    say_out(f"{who} of the same golden contacts remain: {', '.join(remaining)}")
    say_out(f"if they are the same person, erase them too: dedupe erase {shlex.join(remaining)}")


def _tell_who(would: ErasedReport, tell: Callable[[str], None]) -> None:
    """Name all who would go: an address may be a family's."""
    tell(f"{counted(would.contacts, 'source contact', 'source contacts')} would be erased")
    for one in would.erased:
        tell(f"  {one}")
    if others := in_words(would.rows):
        tell(f"besides: {', '.join(others)}")
    if would.remaining:
        tell(f"these would stay, of the same golden contacts: {', '.join(would.remaining)}")
