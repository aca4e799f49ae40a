"""`dedupe who`: the golden contacts that somebody may be; nothing is stored."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.cli.answers import print_answer
from dedupe.cli.context import CommandContext
from dedupe.cli.file_options import DateOrderOption, Encoding, Map, Records, RegionOption, Source, options
from dedupe.cli.outputs import write_csv, written
from dedupe.cli.people import AsJson
from dedupe.cli.screen import counted, print_json, say, working
from dedupe.errors import InputError, NotFound
from dedupe.model import GivenContact
from dedupe.review.described import readings
from dedupe.review.who import USUAL
from dedupe.storage.access_log import Visitor
from dedupe.wiring import databases, lists, review_services
from dedupe.wiring.files import FileOptions

Given = Annotated[list[str] | None, typer.Option(help="Several times for several.")]
Single = Annotated[str | None, typer.Option()]


def who(
    context: typer.Context,
    somebody: Annotated[
        str | None, typer.Argument(help="As 'Jon Smyth, jsmith@acm.com': a name, emails, phones.")
    ] = None,
    name: Single = None,
    email: Given = None,
    phone: Given = None,
    company: Single = None,
    job_title: Single = None,
    street: Single = None,
    city: Single = None,
    postcode: Single = None,
    country: Single = None,
    birth_date: Single = None,
    identifier: Annotated[list[str] | None, typer.Option(help="As namespace:value.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=50, help="At most so many.")] = USUAL,
    as_json: AsJson = False,
    file: Annotated[Path | None, typer.Option(help="A list to check: CSV, JSON, vCard or Parquet.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="The list with the likeliest golden contact of each row.")
    ] = None,
    source: Source = None,
    map: Map = None,
    encoding: Encoding = None,
    region: RegionOption = None,
    date_order: DateOrderOption = None,
    records: Records = None,
) -> None:
    """Who is this? The golden contacts that somebody, or each row of a list, may be. Stores nothing."""
    single = {"company": company, "job_title": job_title, "street": street, "city": city}
    single |= {"postcode": postcode, "country": country, "birth": birth_date}
    asked = _asked(somebody, name, email or [], phone or [], identifier or [], single)
    how = options(source, map, encoding, region, date_order, records)
    if (file is None) != (output is None):
        raise InputError("--file and --output go together")
    if (file is not None) == bool(asked):
        raise InputError("say who it is, or give a list by --file and --output")
    if file is not None and output is not None:
        _check(context, file, output, how)
        return
    settings = context.ensure_object(CommandContext).settings
    ask = review_services.who(settings)
    with databases.open_database(settings) as database, database.begin() as connection:
        answer = ask.ask(connection, Visitor(getpass.getuser(), "cli"), asked, limit)
    if as_json:
        print_json(asdict(answer))
        return
    print_answer(answer)
    if not answer.matches:
        raise NotFound("no golden contact shares enough with it to be compared")


def _asked(
    text: str | None,
    name: str | None,
    emails: list[str],
    phones: list[str],
    identifiers: list[str],
    single: dict[str, str | None],
) -> list[GivenContact]:
    """What may be meant by a text, with what the options say besides; nothing where nothing was said."""
    said: Any = {field: value for field, value in single.items() if value}
    if name:
        said["names"] = [{"full": name}]
    if identifiers:
        parts = (one.partition(":") for one in identifiers)
        said["identifiers"] = [{"namespace": space, "given": value} for space, _, value in parts]
    more = {"emails": emails, "phones": phones}
    asked: list[Any] = []
    for reading in readings(text) if text else [GivenContact()]:
        made: Any = reading | said
        for field, values in more.items():
            if values:
                made[field] = [*made.get(field, []), *({"given": one} for one in values)]
        if made and made not in asked:
            asked.append(made)
    return asked


def _check(context: typer.Context, file: Path, output: Path, how: FileOptions) -> None:
    settings = context.ensure_object(CommandContext).settings
    written(output, file)
    ask = review_services.who(settings)
    visitor = Visitor(getpass.getuser(), "cli")
    with databases.open_database(settings) as database, working("Asking") as progress:
        read = lists.read_list(file, how)
        progress.update(progress.task_ids[0], total=len(read.given))
        found = []
        for answer in lists.answers(database, visitor, ask, read, how, settings):
            found.append(answer)
            progress.update(progress.task_ids[0], completed=len(found))
        write_csv(lists.annotated(read, found), output)
    for note in read.notes:
        say(f"  {note}")
    for row in read.quarantine:
        say(f"  line {row.line} was set aside: {row.reason}")
    decided = [answer.matches[0].decision if answer.matches else "nobody" for answer in found]
    told = ", ".join(f"{decided.count(each):,} {each}" for each in ("link", "review", "no link", "nobody"))
    say(f"{counted(len(found), 'row', 'rows')}: {told} → {output}")
