"""Commands that bring contacts in and merge them: `nightly`, `publish`, `fetch`, `import`."""

from __future__ import annotations

import json
import time
from collections import Counter
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import structlog
import typer
from rich.progress import Progress, TaskID

from dedupe.cli import exits
from dedupe.cli.context import CommandContext
from dedupe.cli.ending import ending_with_input
from dedupe.cli.file_options import Encoding, File, Map, Records, Report, parsed_mapping
from dedupe.cli.outputs import write_json, write_text, written
from dedupe.cli.screen import say, say_out, table, time_left, working
from dedupe.cli.writeback import tell_written
from dedupe.errors import CredentialsRefused
from dedupe.fetchers.registry import FILE
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.collecting import CollectOptions, collect
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.source_report import Progress as SourceProgress
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage.sync_runs import HELD
from dedupe.wiring import databases, nights, rooms
from dedupe.wiring.demo import refuse_where_the_demo_is
from dedupe.wiring.nights import Listener, NightReport

Sources = Annotated[list[str] | None, typer.Argument(metavar="[SOURCE]...", help="Default: every source.")]
LOG_EVERY = 30.0  # seconds between two log lines about one source's progress
_log = structlog.get_logger("dedupe.nights")
NO_COUNTRY = "phone: no country code"
ReportFile = Annotated[Path | None, typer.Option("--report", help="The report as JSON, too.")]


def nightly(
    context: typer.Context,
    full: Annotated[
        bool, typer.Option("--full", help="Walk every source whole; merge all, write every row again.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would change; publish nothing.")] = False,
    accept: Annotated[
        list[str] | None, typer.Option(help="A source whose losses or changed payloads you have looked at.")
    ] = None,
    report: ReportFile = None,
    end_with_input: Annotated[
        bool, typer.Option("--end-with-input", help="End when standard input does, as who began it has.")
    ] = False,
) -> None:
    """Fetch, normalize, match, merge, gate, publish."""
    if end_with_input:
        ending_with_input()
    settings = context.ensure_object(CommandContext).settings
    refuse_where_the_demo_is(settings)
    what = nights.night(settings, rooms.source_settings(settings))
    if report is not None:
        written(report)
    with databases.open_database(settings) as database, working("Nightly") as progress:
        options = CollectOptions(full=full, accept=accept or ())
        done = nights.run(database, what, options, listener(progress), plan=plan)
    tell_night(done)
    if report is not None:
        write_text(json.dumps(done.content(), indent=1), report)
    raise typer.Exit(night_exit(done))


def publish(
    context: typer.Context,
    run: Annotated[
        UUID,
        typer.Argument(metavar="RUN", help="Of a night that was planned or held back, as its report says."),
    ],
) -> None:
    """Go on with a night that was held back or only planned."""
    settings = context.ensure_object(CommandContext).settings
    with databases.open_database(settings) as database, working("Publishing") as progress:
        done = nights.publish(database, settings, run, listener(progress))
    say_out(done.in_words())
    raise typer.Exit(exits.HELD_BACK if done.status == "held" else exits.DONE)


def fetch(
    context: typer.Context,
    sources: Sources = None,
    full: Annotated[bool, typer.Option("--full", help="Walk them whole.")] = False,
    sample: Annotated[
        int | None, typer.Option(min=1, help="So many contacts at most, for a first look.")
    ] = None,
    accept: Annotated[list[str] | None, typer.Option(help="As for nightly.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change; change nothing.")
    ] = False,
) -> None:
    """Bring the contacts of providers in, without merging them."""
    settings = context.ensure_object(CommandContext).settings
    refuse_where_the_demo_is(settings)
    chosen = rooms.source_settings(settings, sources)
    with databases.open_database(settings) as database, working("Fetching") as progress:
        options = CollectOptions(
            full=full,
            sample=sample,
            accept=accept or (),
            besides=settings.sources.keys() - {source.name for source in chosen},
            progress=listener(progress).collecting,
            dry_run=dry_run,
            erasure_key=rooms.erasure_key(settings),
        )
        done = collect(database, chosen, rooms.normalize_settings(settings), options)
    tell_sources(done.sources)
    raise typer.Exit(exits.SOURCE_FAILED if done.failed else exits.DONE)


def import_(
    context: typer.Context,
    file: File,
    source: Annotated[
        str | None, typer.Option(help="Default: the file's source column, or its name.")
    ] = None,
    map: Map = None,
    encoding: Encoding = None,
    records: Records = None,
    report: Report = None,
    complete: Annotated[bool, typer.Option("--complete", help="Rows that are missing are gone.")] = False,
    accept: Annotated[
        bool, typer.Option("--accept", help="… even if they are more than the source's max_gone.")
    ] = False,
) -> None:
    """Bring a file's contacts in; the same file again is an update."""
    settings = context.ensure_object(CommandContext).settings
    refuse_where_the_demo_is(settings)
    own = settings.sources.get(source or file.stem)
    if report is not None:
        written(report, file)
    with databases.open_database(settings) as database, working("Importing"):
        reports = import_file(
            database,
            file,
            rooms.normalize_settings(settings),
            source,
            {**(own.map if own else {}), **parsed_mapping(map)},
            complete=complete,
            encoding=encoding,
            records=records or (own.options.get("records") if own else None),
            never_store=own.never_store if own else (),
            erasure_key=rooms.erasure_key(settings),
            max_gone=None if accept else (own or SourceSettings(source or file.stem, FILE)).max_gone,
        )
    tell_sources(reports)
    if any(one.status == HELD for one in reports):
        say("  the source stays as it was; if the file is whole, import it again with --accept")
    if report is not None:
        write_json({"sources": [one.content() for one in reports]}, report)
    raise typer.Exit(exits.SOURCE_FAILED if any(one.failed for one in reports) else exits.DONE)


def listener(progress: Progress) -> Listener:
    """Callbacks that show a progress bar for each source, then the stage of the merge."""
    bars: dict[str, TaskID] = {}
    logged: dict[str, float] = {}
    began = time.monotonic()

    def collecting(news: SourceProgress) -> None:
        if news.source not in bars:
            bars[news.source] = progress.add_task(news.source, total=news.expected, left="")
        left = time_left(news.eta)
        progress.update(bars[news.source], completed=news.fetched, total=news.expected, left=left)
        if (now := time.monotonic()) - logged.get(news.source, began) >= LOG_EVERY:
            logged[news.source] = now
            shown = news._replace(eta=None if news.eta is None else round(news.eta))
            _log.info("collecting", **shown._asdict())

    def merging(stage: str) -> None:
        progress.update(progress.task_ids[0], description=stage.capitalize())

    return Listener(collecting, merging)


def night_exit(done: NightReport) -> int:
    if done.merged.status == "held":
        return exits.HELD_BACK
    failed = done.collected.failed or any(one.failure for one in done.written)
    return exits.SOURCE_FAILED if failed else exits.DONE


def tell_night(done: NightReport) -> None:
    tell_sources(done.collected.sources)
    read, stage = done.collected.read, done.collecting
    say_out(f"{read:,} contacts read and normalized; all in {stage.seconds:.2f} s, {stage.peak_mb:,} MB")
    say_out(done.merged.in_words())
    if done.purged.contacts:
        say_out(f"the raw of {done.purged.contacts:,} contacts that are gone for long was dropped")
    if done.purged.set_aside:
        say_out(f"{done.purged.set_aside:,} rows that were set aside long ago were dropped")
    if done.purged.events:
        say_out(f"{done.purged.events:,} events that everybody was told long ago were dropped")
    if done.written:
        tell_written(list(done.written))


def tell_sources(reports: Any) -> None:
    """Print a row for each source, then notes on each."""
    counts = ("fetched", "new", "changed", "revived", "gone", "quarantined")
    rows = [
        [
            one.source,
            one.status,
            *[getattr(one, name) for name in counts],
            sum(one.rejected.values()),
            f"{one.seconds:.1f} s",
        ]
        for one in reports
    ]
    table("Sources", ["source", "status", *counts, "rejected values", "time"], rows)
    for one in reports:
        _tell_source(one)


def _tell_source(one: SourceReport) -> None:
    if one.reason:
        say_out(f"  {one.source}: {one.status}: {one.reason}")
    if one.failure == CredentialsRefused.__name__:
        say_out(
            f"  {one.source}: → look at the secret that [sources.{one.source}] names and at its rights; "
            f"`dedupe doctor {one.source}` tries it"
        )
    if one.resumed:
        say(f"  {one.source}: went on where the run before had stopped")
    if one.missing:
        say_out(f"  {one.source}: {one.missing:,} of the contacts held here were not seen there{_fate(one)}")
    for note in one.notes:
        say(f"  {one.source}: {note}")
    for reason, count in one.aside.most_common():
        say_out(f"  {one.source}: set aside {count:,}: {reason}")
    for reason, count in Counter(one.rejected).most_common():
        say_out(f"  {one.source}: rejected {count:,}: {reason}")
    if one.rejected[NO_COUNTRY]:
        say_out(f"  {one.source}: → {region_advice(one.source)}")


def _fate(one: SourceReport) -> str:
    if one.status == "rehearsed":
        return "; a fetch would look for proof that they are gone"
    return "" if one.status == "held" else "; gone once that is proven"


def region_advice(source: str) -> str:
    return (
        f"phones without a country code are compared by their national digits; they are read once the "
        f"configuration says where they are: "
        f'[sources.{source}] default_region = "US", or [normalize] fallback_region, and the next night'
    )
