"""Commands on a file, without a database: `match`, `normalize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.file_options import (
    DateOrderOption,
    Encoding,
    File,
    Map,
    MaxWrongMerges,
    Records,
    RegionOption,
    Report,
    Source,
    options,
    parsed_budget,
)
from dedupe.cli.outputs import write_csv, write_json, written
from dedupe.cli.screen import counted, say, table, working
from dedupe.normalizers.outputs import REGION_ADVICE, summary
from dedupe.pipeline.expected_merges import evidence_lines
from dedupe.wiring import files

Model = Annotated[str, typer.Option(help="auto (train on this file), default (as shipped), or a model file.")]


def match(
    context: typer.Context,
    file: File,
    output: Annotated[Path, typer.Option(help="record_id,cluster_id of every record.")],
    pairs: Annotated[Path | None, typer.Option(help="left_id,right_id,probability,weight.")] = None,
    model: Model = files.AUTO,
    max_wrong_merges: MaxWrongMerges = None,
    source: Source = None,
    map: Map = None,
    encoding: Encoding = None,
    region: RegionOption = None,
    date_order: DateOrderOption = None,
    records: Records = None,
    report: Report = None,
) -> None:
    """Find who is who in a file."""
    settings, budget = context.ensure_object(CommandContext).settings, parsed_budget(max_wrong_merges)
    written(output, file)
    if pairs is not None:
        written(pairs, file, output)
    if report is not None:
        written(report, file, output, pairs)
    with working("Matching"):
        how = options(source, map, encoding, region, date_order, records)
        found = files.match_file(file, how, model, settings, budget)
        clusters = found.clusters()
        write_csv(clusters, output)
        if pairs is not None:
            write_csv(found.pairs(), pairs)
    tell_of_reading(found.file)
    tell_of_unread(found.file)
    number = counted(len(clusters), "record", "records")
    people = counted(found.people(), "person", "people")
    links = counted(len(found.matching.links), "link", "links")
    say(f"{number}, {people}, {links} → {output}")
    evidence = found.by_evidence()
    for line in evidence_lines(evidence):
        say(f"  {line}")
    if budget is not None:
        tell_budget(budget, found.estimates)
    skipped_blocks = found.matching.report.get("skipped_blocks", {})
    for rule, skipped in skipped_blocks.items():
        blocks, largest = skipped["blocks"], skipped["largest"]
        keys = counted(blocks, "over-full key", "over-full keys")
        say(f"  {rule}: {keys} of up to {largest:,} contacts not compared")
    if report is not None:
        made = {"records": len(clusters), "people": found.people(), "links": len(found.matching.links)}
        more = {"estimates": found.estimates, "by_evidence": evidence, "skipped_blocks": skipped_blocks}
        write_json({**made, **more, **found.file.reading()}, report)


def normalize(
    context: typer.Context,
    file: File,
    output: Annotated[Path, typer.Option(help="Names, emails, phones, match keys, rejected values.")],
    source: Source = None,
    map: Map = None,
    encoding: Encoding = None,
    region: RegionOption = None,
    date_order: DateOrderOption = None,
    records: Records = None,
    report: Report = None,
) -> None:
    """Normalize a file's names, emails and phones; say what is valid and why the rest is not."""
    settings = context.ensure_object(CommandContext).settings
    written(output, file)
    if report is not None:
        written(report, file, output)
    with working("Normalizing"):
        how = options(source, map, encoding, region, date_order, records)
        found = files.normalize_file(file, how, settings)
        write_csv(found.outputs(), output)
        health = summary(found.contacts)
    tell_of_reading(found)
    rows = [[*row[:4], f"{row[4]:.1%}"] for row in zip(*health.to_pydict().values(), strict=True)]
    table("Health", ["source", "field", "outcome", "values", "share"], rows)
    if any(row[1:3] == ["phone", "no country code"] for row in rows):
        say(f"  phones without a country code: {REGION_ADVICE}")
    say(f"{counted(len(found.contacts), 'record', 'records')} → {output}")
    if report is not None:
        content = {"records": len(found.contacts), "values": health.to_pylist(), **found.reading()}
        write_json(content, report)


def tell_of_unread(file: files.NormalizedFile) -> None:
    for note in file.unread:
        say(f"  {note}")


def tell_budget(budget: float, estimates: dict[str, Any]) -> None:
    """Say what the thresholds that were chosen for a budget are expected to give."""
    what = "wrong_merges" if "estimated_wrong_merges" in estimates else "wrong_links"
    share, low, high = estimates[f"estimated_{what}"]
    say(
        f"  thresholds for at most {budget:.2%} wrong merges; expected {what.replace('_', ' ')}: "
        f"{share:.2%} ({low:.2%} to {high:.2%})"
    )


def tell_of_reading(file: files.NormalizedFile) -> None:
    for note in file.notes:
        say(f"  {note}")
    for row in file.read.quarantine:
        say(f"  line {row.line} was set aside: {row.reason}")
    if file.read.cleaned:
        say(f"  {len(file.read.cleaned):,} values held NUL or lone surrogates, which were replaced")
