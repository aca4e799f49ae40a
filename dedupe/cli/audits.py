"""`audit`: samples that people judge, and what they measure: wrong merges and missed matches."""

from __future__ import annotations

import getpass
import sys
from contextlib import AbstractContextManager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.acting import contact_id
from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import whole, written
from dedupe.cli.people import AsJson, parsed_id, visit
from dedupe.cli.reviews import print_people
from dedupe.cli.screen import print_json, say, say_out, table, working
from dedupe.clustering.audit_estimates import FEWEST_JUDGED, Measured, measure_audit
from dedupe.clustering.audit_sampling import Estimate
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.model import Verdict
from dedupe.review import auditing, deciding
from dedupe.review.auditing import ShownSample
from dedupe.storage import audits
from dedupe.storage.access_log import Visitor
from dedupe.storage.audits import MERGED, Sample
from dedupe.storage.database import Connection, Database
from dedupe.wiring import audit_files, databases, review_services

audit = typer.Typer(no_args_is_help=True, help="Samples to judge: how many merges are wrong, or missed?")

Which = Annotated[str | None, typer.Option("--audit", metavar="ID", help="Default: the latest.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the sample.")]
Note = Annotated[str, typer.Option(help="Why; it stays with the judgement.")]
Decide = Annotated[bool, typer.Option("--decide", help="Decide it too: published at once, as by `review`.")]


@audit.command()
def draw(
    context: typer.Context,
    merged: Annotated[int, typer.Option(min=0, help="About so many golden contacts.")] = 100,
    near: Annotated[int, typer.Option(min=0, help="About so many near misses.")] = 100,
) -> None:
    """Draw a stratified sample of golden contacts and of near misses, from what is served now."""
    settings = _settings(context)
    with databases.open_database(settings) as database, working("Drawing"):
        made = review_services.draw(settings)(database, getpass.getuser(), merged, near)
        with database.begin() as connection:
            samples = audits.samples(connection, made.id)
    rows = [
        [row["kind"], row["stratum"], row["size"], sum(_in(one, row) for one in samples)]
        for row in made.strata
    ]
    table(f"Audit {made.id}", ["kind", "probability, resting on", "in all", "drawn"], rows)
    say_out("judge them: dedupe audit judge, or dedupe audit write FILE and dedupe audit read FILE")


@audit.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """Every audit, the latest first, and how far it is judged."""
    with visit(context) as (connection, _):
        found = auditing.listed(connection)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    if not found:
        say("no audit was drawn yet: dedupe audit draw")
    rows = [
        [str(one.id), f"{one.drawn_at:%Y-%m-%d %H:%M}", one.drawn_by, one.samples, one.judged]
        for one in found
    ]
    table("Audits", ["id", "drawn", "by", "samples", "judged"], rows)


@audit.command()
def show(context: typer.Context, number: Number, which: Which = None, as_json: AsJson = False) -> None:
    """One sample: its source contacts, without what the model thinks of them."""
    with visit(context) as (connection, visitor):
        found = _sample(connection, which, number)
        shown = auditing.show(connection, visitor, found)
    if as_json:
        sample = {"number": found.number, "kind": found.kind, "verdict": found.verdict, "note": found.note}
        print_json(sample | _people(shown))
        return
    _print(shown)


@audit.command()
def judge(
    context: typer.Context,
    number: Annotated[int | None, typer.Argument(help="Default: the next, shown and asked.")] = None,
    verdict: Annotated[Verdict | None, typer.Argument(help="Default: it is asked.")] = None,
    which: Which = None,
    note: Note = "",
    astray: Annotated[
        list[str] | None, typer.Option(help="A source contact that is another person's; repeat it.")
    ] = None,
    decide: Decide = False,
) -> None:
    """Say whether a sample is one person: same, different or unsure."""
    settings, me = _settings(context), Visitor(getpass.getuser(), "cli")
    with databases.open_database(settings) as database:
        if number is None or verdict is None:
            _ask(database, settings, me, which, number, decide)
            return
        with _transaction(database, decide) as connection:
            found = _sample(connection, which, number)
            named = [contact_id(connection, one) for one in astray or []]
            republish = review_services.republish(settings) if decide else None
            auditing.judge(connection, me, found, verdict, note, named, republish)
    say_out(f"sample {number} is judged {verdict.value}")


@audit.command()
def write(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The CSV to write, for people to fill in.")],
    which: Which = None,
    everything: Annotated[bool, typer.Option("--all", help="Judged ones too.")] = False,
) -> None:
    """Write samples as CSV, to be judged in its column `person`. It holds personal data."""
    written(file)
    with visit(context) as (connection, visitor):
        chosen = _audit(connection, which)
        wanted = [one for one in audits.samples(connection, chosen.id) if everything or one.verdict is None]
        with whole(file) as place:
            rows = audit_files.write(place, auditing.shown(connection, visitor, wanted))
    say(f"{len(wanted):,} samples, {rows:,} source contacts → {file}")
    say("in `person`, write for each row of a sample whose it is: 1, 2 …; ? where nobody can tell")


@audit.command()
def read(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The CSV, filled in.")],
    which: Which = None,
    decide: Decide = False,
) -> None:
    """Read such a file back; samples with nothing written are left as they are."""
    settings, me = _settings(context), Visitor(getpass.getuser(), "cli")
    with databases.open_database(settings) as database:
        with database.begin() as connection:
            chosen = _audit(connection, which)
            samples = {one.number: one for one in audits.samples(connection, chosen.id)}
        said = audit_files.read(file, chosen.id)
        unknown = sorted(set(said) - set(samples))
        if unknown:
            raise InputError(f"{file}: the audit has no sample {unknown[0]}")
        judged = 0
        with _transaction(database, decide) as connection:
            republish = review_services.republish(settings) if decide else None
            for number, (persons, note) in sorted(said.items()):
                made = auditing.judge_persons(connection, me, samples[number], persons, note, republish)
                judged += made is not None
    say_out(f"{judged:,} of {len(said):,} samples are judged")


@audit.command()
def report(context: typer.Context, which: Which = None, as_json: AsJson = False) -> None:
    """What the judged samples measure: wrong merges and missed matches, with intervals of 95 %."""
    with visit(context) as (connection, _):
        chosen = _audit(connection, which)
        found = measure_audit(chosen, audits.samples(connection, chosen.id))
    if as_json:
        print_json(asdict(found))
        return
    _print_measured(found)


def _print_measured(found: Measured) -> None:
    unsure = f", {found.unsure:,} unsure" if found.unsure else ""
    say_out(
        f"audit {found.audit} of {found.drawn_at:%Y-%m-%d}: "
        f"{found.judged:,} of {found.samples:,} judged{unsure}"
    )
    exact = "" if found.exact_pairs else " (at least: not all were told apart)"
    rows = [
        ["golden contacts that hold two people", *_estimate(found.wrong_merges)],
        [f"their pairs of two people{exact}", *_estimate(found.wrong_pairs)],
        ["missed joins, of all that should be", *_estimate(found.missed)],
    ]
    table("Measured", ["", "share", "95 % interval", "judged", "strata seen"], rows)
    if found.wrong_merges.judged < FEWEST_JUDGED:
        say_out(f"  a night calls its figures measured from {FEWEST_JUDGED} judged golden contacts on")
    say_out("  missed joins are those between contacts that share a match key and are not too unlike;")
    say_out("  `dedupe explain-blocking` estimates those that share none")


def _estimate(one: Estimate) -> list[str | int]:
    if not one.judged:
        return ["not known", "", 0, ""]
    return [f"{one.share:.2%}", f"{one.low:.2%} to {one.high:.2%}", one.judged, f"{one.covered:.0%}"]


def _ask(
    database: Database, settings: Settings, me: Visitor, which: str | None, number: int | None, decide: bool
) -> None:
    """One sample after the other, until the person at the terminal stops."""
    if not sys.stdin.isatty():
        raise InputError("give the number and same, different or unsure, or use `dedupe audit write FILE`")
    while True:
        with database.begin() as connection:
            chosen = _audit(connection, which)
            found = (
                auditing.sample_of(connection, chosen, number)
                if number is not None
                else auditing.next_one(connection, chosen)
            )
            if found is None:
                say_out("every sample is judged: dedupe audit report")
                return
            shown = auditing.show(connection, me, found)
        _print(shown)
        answer = typer.prompt("same, different, unsure or stop", default="stop")
        if answer not in list(Verdict):
            return
        with _transaction(database, decide) as connection:
            republish = review_services.republish(settings) if decide else None
            auditing.judge(connection, me, found, Verdict(answer), republish=republish)
        number = None


def _transaction(database: Database, decide: bool) -> AbstractContextManager[Connection]:
    return deciding.publishing(database) if decide else database.begin()


def _settings(context: typer.Context) -> Settings:
    return context.ensure_object(CommandContext).settings


def _audit(connection: Connection, which: str | None) -> audits.Audit:
    return audits.get(connection, None if which is None else parsed_id(which))


def _sample(connection: Connection, which: str | None, number: int) -> Sample:
    return auditing.sample_of(connection, _audit(connection, which), number)


def _in(one: Sample, row: dict[str, object]) -> bool:
    return (one.kind, one.stratum) == (row["kind"], row["stratum"])


def _people(shown: ShownSample) -> dict[str, object]:
    sides = {"left": shown.left, "right": shown.right}
    return {side: [asdict(one) for one in people] for side, people in sides.items()}


def _print(shown: ShownSample) -> None:
    one = shown.sample
    judged = f" (judged {one.verdict})" if one.verdict else ""
    say_out(f"Sample {one.number}. {auditing.question(one)}{judged}")
    print_people("" if one.kind == MERGED else "Left", shown.left)
    if shown.right:
        print_people("Right", shown.right)
    if shown.gone:
        say_out(f"  {shown.gone} of its source contacts are gone since it was drawn")
