"""`match --engine spark`: folders in, folders out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dedupe.cli.outputs import write_json, written
from dedupe.cli.screen import counted, say
from dedupe.config import Settings
from dedupe.wiring.files import FileOptions
from dedupe.wiring.lakes import Lake, match_lake


def match_on_spark(
    lake: Lake, how: FileOptions, model: str, settings: Settings, budget: float | None, report: Path | None
) -> None:
    """Match, saying each stage as it begins, and what was found."""
    if report is not None:
        written(report)
    found = match_lake(lake, how, model, settings, budget, tell=lambda stage: say(f"  {stage}"))
    for note in found.notes:
        say(f"  {note}")
    number, people = counted(found.records, "record", "records"), counted(found.people, "person", "people")
    say(f"{number}, {people}, {counted(found.links, 'link', 'links')} → {lake.clusters}")
    if budget is not None:
        tell_budget(budget, found.estimates)
    tell_of_skipped(found.skipped_blocks)
    if report is not None:
        made = {"records": found.records, "people": found.people, "links": found.links}
        more = {"estimates": found.estimates, "skipped_blocks": found.skipped_blocks}
        write_json({**made, **more}, report)


def tell_of_skipped(skipped_blocks: Mapping[str, Any]) -> None:
    """The blocks that were too large to be compared."""
    for rule, skipped in skipped_blocks.items():
        keys = counted(skipped["blocks"], "over-full key", "over-full keys")
        say(f"  {rule}: {keys} of up to {skipped['largest']:,} contacts not compared")


def tell_budget(budget: float, estimates: dict[str, Any]) -> None:
    """Say what the thresholds that were chosen for a budget are expected to give."""
    what = "wrong_merges" if "estimated_wrong_merges" in estimates else "wrong_links"
    share, low, high = estimates[f"estimated_{what}"]
    say(
        f"  thresholds for at most {budget:.2%} wrong merges; expected {what.replace('_', ' ')}: "
        f"{share:.2%} ({low:.2%} to {high:.2%})"
    )
