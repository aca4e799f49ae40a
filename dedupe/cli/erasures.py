"""`dedupe erasures list / show / verify / acknowledge`: what was erased, and who has been told."""

from __future__ import annotations

import getpass
import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import private, written
from dedupe.cli.people import AsJson
from dedupe.cli.screen import counted, print_json, say, say_out, table
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.pipeline import erasure_certificate, erasure_recipients
from dedupe.pipeline.erasure_certificate import Verified
from dedupe.pipeline.erasure_recipients import Receipt, ToldErasure
from dedupe.storage import erasure_certificates
from dedupe.storage.access_log import Visitor
from dedupe.storage.erasure_certificates import StoredCertificate
from dedupe.wiring import databases, rooms
from dedupe.wiring.subscriptions import names

erasures = typer.Typer(no_args_is_help=True, help="What was erased, its certificates, and who was told.")

ErasureId = Annotated[str, typer.Argument(metavar="ID", help="As `erasures list` shows it.")]


@erasures.command("list")
def list_(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, help="How many, the latest first.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The erasures, the latest first, with those who have not acknowledged them."""
    settings = _settings(context)
    with databases.open_database(settings) as database, database.begin() as connection:
        found = [
            erasure_recipients.told(connection, one.id, names(settings))
            for one in erasure_certificates.listed(connection, limit)
        ]
    if as_json:
        print_json([_shown(one) for one in found])
        return
    rows = [
        [
            str(one.certificate.id),
            _time(one.certificate.erased_at),
            one.certificate.content["erased_by"],
            one.certificate.content["erased"].get("source_contacts", 0),
            sum(one.certificate.content["erased"].values()),
            ", ".join(one.open) or "nobody",
        ]
        for one in found
    ]
    columns = ["erasure", "when", "by", "source contacts", "rows in all", "not acknowledged by"]
    table("Erasures", columns, rows)


@erasures.command()
def show(
    context: typer.Context,
    erasure: ErasureId,
    certificate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the certificate there, to be handed out.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """One erasure: what went, what is kept and why, and which recipients have acknowledged it."""
    settings, wanted = _settings(context), _parsed(erasure)
    if certificate is not None:
        written(certificate)
    with databases.open_database(settings) as database, database.begin() as connection:
        found = erasure_recipients.told(connection, wanted, names(settings))
    if certificate is not None:
        write_certificate(found.certificate, certificate)
    if as_json:
        print_json(_shown(found))
        return
    content = found.certificate.content
    by = content["erased_by"] or content["door"]
    say_out(f"Erasure {found.certificate.id}, {_time(found.certificate.erased_at)} UTC, by {by}")
    for one in content["asked_for"]:
        say_out(f"asked for: {one['kind'].replace('_', ' ')}, known by {one['keyed_hash'][:16]}…")
    table("Erased", ["table", "rows"], [list(row) for row in content["erased"].items()])
    kept = [[one["what"], one["count"], one["why"]] for one in content["kept"]]
    table("Kept", ["what", "count", "why"], kept)
    table("Not reached", [""], [[one] for one in content["not_reached"]])
    columns = ["recipient", "state", "when", "noted by", "reason or note"]
    table("Told", columns, [_row(one) for one in found.receipts])


@erasures.command()
def verify(
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="A certificate; default: all of this database.")
    ] = None,
) -> None:
    """Whether a certificate is as it was made; without FILE all of them, and that none is missing."""
    settings = _settings(context)
    key, document = rooms.erasure_key(settings), _read(file) if file else None
    with databases.open_database(settings) as database, database.begin() as connection:
        if file is None:
            found = list(erasure_certificate.every_verified(connection, key))
        else:
            found = [erasure_certificate.verified(connection, key, document)]
    wrong = [one for one in found if one.problems]
    for one in wrong:
        for problem in one.problems:
            say_out(f"{one.id}: {problem}")
    if wrong:
        raise InputError("not every certificate is as it was made")
    if key is None:
        say("privacy.erasure_key_env names no key: signatures were not checked")
    if file is not None and not found[0].stored:
        say("this database holds no such erasure; the certificate was checked by itself")
    say_out(_all_right(found, document is not None))


@erasures.command()
def acknowledge(
    context: typer.Context,
    erasure: ErasureId,
    by: Annotated[str, typer.Option("--by", metavar="NAME", help="The recipient that has erased too.")],
    note: Annotated[str, typer.Option(help="How it was told, and by whom.")] = "",
) -> None:
    """Note that a recipient without a webhook, as of an export, has erased too."""
    wanted, visitor = _parsed(erasure), Visitor(getpass.getuser(), "cli")
    with databases.open_database(_settings(context)) as database, database.begin() as connection:
        erasure_recipients.acknowledge(connection, visitor, wanted, by, note)
    say_out(f"noted: {by} has acknowledged erasure {wanted}")


def write_certificate(certificate: StoredCertificate, path: Path) -> None:
    """Write a certificate, readable by its owner alone."""
    with private(path) as place:
        text = json.dumps(erasure_certificate.as_document(certificate), ensure_ascii=False, indent=1)
        place.write_text(text + "\n", encoding="utf-8")


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(CommandContext).settings


def _parsed(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InputError("an erasure is named by its id, as `dedupe erasures list` shows it") from None


def _read(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except OSError as error:
        raise InputError(f"{file}: can't be read: {error.strerror}") from None
    except ValueError:
        raise InputError(f"{file}: it is no JSON") from None


def _shown(one: ToldErasure) -> dict[str, Any]:
    receipts = [{name: getattr(each, name) for name in Receipt.__slots__} for each in one.receipts]
    return {**erasure_certificate.as_document(one.certificate), "receipts": receipts, "open": one.open}


def _row(one: Receipt) -> list[Any]:
    return [one.recipient, one.state.value, _time(one.at), one.by or "", one.note or one.reason or ""]


def _time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}" if moment else ""


def _all_right(found: list[Verified], of_a_file: bool) -> str:
    if of_a_file:
        return "the certificate is as it was made"
    return f"{counted(len(found), 'certificate is', 'certificates are')} as made, and none is missing"
