"""The command `state`: is everything in order? What the home page and `GET /v1/state` tell."""

from __future__ import annotations

from dataclasses import asdict

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson
from dedupe.cli.screen import print_json, say_out, table
from dedupe.pipeline.findings import Finding, findings, next_step
from dedupe.pipeline.service_state import QualityState, ServiceState, ShareInterval, service_state
from dedupe.wiring import databases


def state(context: typer.Context, as_json: AsJson = False) -> None:
    """Is everything in order: sources, nights, the queue, wrong merges, and what to do next."""
    settings = context.ensure_object(CommandContext).settings
    configured = {name: section.provider for name, section in settings.sources.items()}
    with databases.open_database(settings) as database, database.begin() as connection:
        found = service_state(connection, configured)
    told = findings(found)
    if as_json:
        shown = {"in_order": not told, "next_step": next_step(told), "findings": list(map(asdict, told))}
        print_json({**shown, **asdict(found)})
        return
    _tell(found, told)


def _tell(found: ServiceState, told: list[Finding]) -> None:
    for one in told:
        say_out(f"{'wrong' if one.kind == 'wrong' else 'look'}: {one.what}")
    say_out(f"Next: {next_step(told)}")
    if found.nights:
        night = found.nights[0]
        say_out(f"last night: {night.status}, {night.started_at:%Y-%m-%d %H:%M} UTC")
    queue = found.queue
    say_out(f"queue: {queue.questions:,}" + (f" since {queue.oldest:%Y-%m-%d}" if queue.oldest else ""))
    say_out(f"wrong merges: {_quality(found.quality)}")
    head = ["source", "last good fetch", "contacts", "gone", "rejected", "quarantined"]
    rows = [
        [
            one.name,
            f"{one.last_complete_at:%Y-%m-%d %H:%M}" if one.last_complete_at else "never",
            *(one.contacts, one.gone, one.rejected, one.quarantined),
        ]
        for one in found.sources
    ]
    table("Sources", head, rows)


def _quality(found: QualityState) -> str:
    audited = f"audited {_share(found.audited)} ({found.judged:,} of {found.samples:,} judged)"
    return f"estimated {_share(found.estimated)}; {audited if found.audited else 'never audited'}"


def _share(one: ShareInterval | None) -> str:
    return "not known" if one is None else f"{one.share:.2%} ({one.low:.2%} to {one.high:.2%})"
