"""`golden split / move / join / confirm / report`: acts on golden contacts, each one decision."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Annotated

import typer

from dedupe.cli import aftermaths, insides
from dedupe.cli.acting import AsJson, DryRun, Note, act, contact_ids
from dedupe.cli.people import GoldenId, parsed_id
from dedupe.errors import InputError

golden = typer.Typer(
    no_args_is_help=True,
    help="Acts on golden contacts. Each is one decision, published at once; `review revoke` takes it back.",
)

BETWEEN = "/"  # what stands between two groups of a split

Contacts = Annotated[list[str], typer.Argument(help="Source contacts: source:id, or their ids.")]
Seen = Annotated[
    str | None, typer.Option(help="What --dry-run ended with: do nothing if a member has changed since.")
]


@golden.command()
def split(
    context: typer.Context,
    golden_id: GoldenId,
    contacts: Annotated[
        list[str],
        typer.Argument(help="Who is somebody else: source:id, or ids; / between several people's."),
    ],
    note: Note = "",
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """These source contacts are somebody else; or with / between them: it is several people."""
    groups = _groups(contacts)
    act(
        context,
        lambda acting: acting.split(
            parsed_id(golden_id), [contact_ids(acting.connection, each) for each in groups], note, seen
        ),
        dry_run,
        as_json,
        takes_seen=True,
    )


@golden.command()
def move(
    context: typer.Context,
    contacts: Contacts,
    to: Annotated[str, typer.Option(help="The id of the golden contact that they belong to.")],
    note: Note = "",
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """These source contacts belong to that golden contact, not to the one they belong to now."""
    act(
        context,
        lambda acting: acting.move(contact_ids(acting.connection, contacts), parsed_id(to), note, seen),
        dry_run,
        as_json,
        takes_seen=True,
    )


@golden.command()
def join(
    context: typer.Context,
    golden_ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Two golden contacts or more.")],
    note: Note = "",
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """These golden contacts are one person."""
    ids = [parsed_id(each) for each in golden_ids]
    act(context, lambda acting: acting.join(ids, note, seen), dry_run, as_json, takes_seen=True)


@golden.command()
def confirm(
    context: typer.Context,
    golden_id: GoldenId,
    note: Note = "",
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """This golden contact is one person: a night may add to it, and never takes it apart."""
    act(
        context,
        lambda acting: acting.confirm(parsed_id(golden_id), note, seen),
        dry_run,
        as_json,
        takes_seen=True,
    )


@golden.command()
def report(
    context: typer.Context,
    golden_id: GoldenId,
    contacts: Annotated[
        list[str] | None,
        typer.Argument(help="Those that don't belong; none: the one that is held most weakly."),
    ] = None,
    note: Note = "",
    seen: Seen = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """This golden contact may hold two people: it is asked before all else, and nothing changes till then."""
    act(
        context,
        lambda acting: acting.report(
            parsed_id(golden_id), contact_ids(acting.connection, contacts or []), note, seen
        ),
        dry_run,
        as_json,
        takes_seen=True,
    )


golden.command()(aftermaths.aftermath)
golden.command()(insides.offers)
golden.command()(insides.cluster)


def _groups(contacts: Sequence[str]) -> list[list[str]]:
    """The source contacts between slashes. Raises InputError where nothing stands between two."""
    parts = [(between, list(part)) for between, part in groupby(contacts, key=lambda each: each == BETWEEN)]
    groups = [part for between, part in parts if not between]
    slashes = [len(part) for between, part in parts if between]
    if any(count > 1 for count in slashes) or BETWEEN in (contacts[0], contacts[-1]):
        raise InputError(f"a part without a source contact: {BETWEEN} stands between two parts")
    return groups
