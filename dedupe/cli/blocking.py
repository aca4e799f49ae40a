"""`explain-blocking`: which pairs are looked at, and what is likely to be lost, before anything is scored."""

from __future__ import annotations

import getpass
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.file_options import DateOrderOption, Encoding, Map, Records, RegionOption, Source, options
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say_out, table, working
from dedupe.matching.blocking.recall_estimate import Missed, Share
from dedupe.storage.access_log import Visitor
from dedupe.wiring import blocks, databases, files
from dedupe.wiring.blocks import BlockingQuestion, BlockingReport, BlockWithExample

AFile = Annotated[
    Path | None, typer.Argument(metavar="[FILE]", help="Default: the live contacts of the database.")
]


def explain_blocking(
    context: typer.Context,
    file: AFile = None,
    largest: Annotated[int, typer.Option(min=0, help="So many of the fullest blocks.")] = 10,
    values: Annotated[bool, typer.Option("--values", help="Show one holder of each: personal data.")] = False,
    sample: Annotated[
        int | None,
        typer.Option(min=0, help="Contacts drawn for the estimate; default: for some seconds; 0: none."),
    ] = None,
    model: Annotated[str, typer.Option(help="Of a FILE: default (as shipped), or a model file.")] = "default",
    source: Source = None,
    map: Map = None,
    encoding: Encoding = None,
    region: RegionOption = None,
    date_order: DateOrderOption = None,
    records: Records = None,
    as_json: AsJson = False,
) -> None:
    """Pairs each rule finds and adds, the fullest blocks, and likely matches that no rule would find."""
    settings, asked = (
        context.ensure_object(CommandContext).settings,
        BlockingQuestion(largest, values, sample),
    )
    with working("Blocking"):
        if file is not None:
            how = options(source, map, encoding, region, date_order, records)
            found = blocks.of_file(
                file, how, files.DEFAULT if model == files.AUTO else model, settings, asked
            )
        else:
            with databases.open_database(settings) as database:
                found = blocks.of_database(database, Visitor(getpass.getuser(), "cli"), settings, asked)
    if as_json:
        print_json(asdict(found))
        return
    _print(found)


def _print(found: BlockingReport) -> None:
    everyone = found.contacts * (found.contacts - 1) // 2
    say_out(f"{found.contacts:,} contacts are matched: {found.pairs:,} of {everyone:,} pairs are compared")
    rows = [[one.rule, one.pairs, one.adds, one.alone, one.sentence] for one in found.rules if one.pairs]
    table("Rules", ["rule", "finds", "adds to those above", "alone finds", "pairs that share"], rows)
    if idle := [one.rule for one in found.rules if not one.pairs]:
        say_out(f"  that find nothing here: {', '.join(idle)}")
    if found.largest:
        columns = [
            "rule",
            "contacts",
            "at most",
            "so it was",
            *(["one of them"] if found.largest[0].example else []),
        ]
        table("Fullest blocks", columns, [_block_row(one) for one in found.largest])
    for what, by_rule in (("split by a second key", found.split), ("skipped", found.skipped)):
        rows = [
            [rule, *(numbers[name] for name in ("blocks", "contacts", "largest"))]
            for rule, numbers in by_rule.items()
        ]
        if rows:
            table(f"Over-full keys that were {what}", ["rule", "blocks", "contacts", "largest"], rows)
    if found.missed:
        _print_missed(found.missed)
        _print_lost(found.lost)


def _block_row(found: BlockWithExample) -> list[Any]:
    one, example = found.block, found.example
    shown = []
    if example:
        said = [*example.names, *example.emails, *example.phones, *example.place, example.birth or ""]
        shown = [f"{example.source_contact}: {' · '.join(filter(None, said))}"]
    return [one.rule, one.contacts, one.cap, one.outcome, *shown]


def _print_missed(found: Missed) -> None:
    whole = found.drawn >= found.contacts
    how = "all contacts" if whole else f"{found.drawn:,} contacts drawn by content"
    say_out(f"Likely matches that no rule would find, by {how} ({found.compared:,} comparisons):")
    for what, share in (("that would be links", found.links), ("worth a look", found.likely)):
        say_out(f"  {_share(share, whole)} of about {share.matches:,.0f} {what}")
    say_out("  Estimated by the model's probabilities; what looks like nothing to it is counted below.")


def _print_lost(lost: Share | None) -> None:
    if lost is None:
        say_out("  How many there are in all can't be told: fewer than two facts bring contacts together.")
        return
    say_out(f"Of about {lost.matches:,.0f} matches in all no rule finds {_share(lost, whole=False)}:")
    say_out("  Estimated by how often email, phone, identifier, birth date, street and name agree together.")


def _share(share: Share, whole: bool) -> str:
    interval = "" if whole else f" ({share.low:.2%} to {share.high:.2%})"
    return f"{share.share:.2%}{interval}"
