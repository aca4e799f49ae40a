"""Commands on a file, without a database: `match`, `normalize`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.file_options import (
    DateOrderOption,
    Encoding,
    EngineKind,
    File,
    Map,
    Master,
    MaxWrongMerges,
    Records,
    RegionOption,
    Report,
    Source,
    WorkFolderOption,
    options,
    parsed_budget,
)
from dedupe.cli.lakes import match_on_spark, tell_budget, tell_of_skipped
from dedupe.cli.outputs import write_csv, write_json, written
from dedupe.cli.screen import counted, say, table, working
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.normalizers.outputs import REGION_ADVICE, summary
from dedupe.pipeline.expected_merges import evidence_lines
from dedupe.wiring import files
from dedupe.wiring.files import FileOptions
from dedupe.wiring.lakes import Lake

FileOrFolder = Annotated[
    str,
    typer.Argument(
        metavar="FILE", help="CSV, JSON, vCard or Parquet; on Spark a Parquet folder, or a table by its name."
    ),
]
Model = Annotated[str, typer.Option(help="auto (train on this file), default (as shipped), or a model file.")]


def match(
    context: typer.Context,
    file: FileOrFolder,
    output: Annotated[str, typer.Option(help="record_id,cluster_id of every record.")],
    pairs: Annotated[str | None, typer.Option(help="left_id,right_id,probability,weight.")] = None,
    model: Model = files.AUTO,
    max_wrong_merges: MaxWrongMerges = None,
    source: Source = None,
    map: Map = None,
    encoding: Encoding = None,
    region: RegionOption = None,
    date_order: DateOrderOption = None,
    records: Records = None,
    report: Report = None,
    engine: EngineKind = "local",
    master: Master = None,
    work_folder: WorkFolderOption = None,
) -> None:
    """Find who is who in a file, or on Spark in a Parquet folder or table."""
    settings, budget = context.ensure_object(CommandContext).settings, parsed_budget(max_wrong_merges)
    how = options(source, map, encoding, region, date_order, records)
    if engine == "spark":
        on_spark = Lake(
            file,
            output,
            pairs,
            master or settings.engine.master,
            work_folder or settings.engine.work_folder,
            settings.engine.spark,
        )
        match_on_spark(on_spark, how, model, settings, budget, report)
        return
    if master is not None or work_folder is not None:
        raise InputError("--master and --work-folder are for --engine spark")
    pairs_file = None if pairs is None else Path(pairs)
    _match_file(Path(file), Path(output), pairs_file, how, model, settings, budget, report)


def _match_file(
    file: Path,
    output: Path,
    pairs: Path | None,
    how: FileOptions,
    model: str,
    settings: Settings,
    budget: float | None,
    report: Path | None,
) -> None:
    written(output, file)
    if pairs is not None:
        written(pairs, file, output)
    if report is not None:
        written(report, file, output, pairs)
    with working("Matching"):
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
    tell_of_skipped(skipped_blocks)
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


def tell_of_reading(file: files.NormalizedFile) -> None:
    for note in file.notes:
        say(f"  {note}")
    for row in file.read.quarantine:
        say(f"  line {row.line} was set aside: {row.reason}")
    if file.read.cleaned:
        say(f"  {len(file.read.cleaned):,} values held NUL or lone surrogates, which were replaced")
