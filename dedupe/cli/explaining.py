"""`explain`: why two contacts are or aren't one golden contact."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import write_text, written
from dedupe.cli.people import AsJson, visit
from dedupe.cli.screen import print_json, say, say_out, table, working
from dedupe.review.explain.cluster_merge import ClusterMerge
from dedupe.review.explain.pair import WhyNot, why_not
from dedupe.review.explain.scored_pair import Pair
from dedupe.review.explain.steps import LINK
from dedupe.review.explain.waterfall import svg
from dedupe.wiring import review_services

Contact = Annotated[
    str, typer.Argument(help="An email, a phone number, a golden contact's id, source:id or source/id.")
]
Region = Annotated[str | None, typer.Option(help="Of a number without a country code, as US.")]
BAR = 24  # characters of the longest bar of a waterfall
_SIGN = {True: "passed", False: "STOPPED", None: "–"}


def explain(
    context: typer.Context,
    left: Contact,
    right: Contact,
    region: Region = None,
    svg_file: Annotated[Path | None, typer.Option("--svg", help="The waterfall as a picture, too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Why two contacts are or aren't one golden contact: the first gate that stopped them, every weight."""
    settings = context.ensure_object(CommandContext).settings
    if svg_file is not None:
        written(svg_file)
    with working("Looking") as progress, visit(context) as (connection, visitor):
        found = why_not(
            connection,
            visitor,
            review_services.scorer(settings),
            left,
            right,
            region or settings.normalize.fallback_region,
            lambda what: progress.update(progress.task_ids[0], description=what),
        )
        if svg_file is not None:
            _draw(found, svg_file)
    if as_json:
        print_json(asdict(found))
        return
    _print(found)


def _draw(found: WhyNot, path: Path) -> None:
    if found.pair is None or found.between is None:
        say("nothing to draw: they were never weighed")
        return
    write_text(svg(found.pair, " ~ ".join(found.between), found.review, found.link), path)
    say(f"drawn in {path}")


def _print(found: WhyNot) -> None:
    say_out(_headline(found))
    if found.question and found.gate != LINK:
        say_out(f"A question about their golden contacts waits: dedupe review show {found.question}")
    rows = [[step.name, _SIGN[step.passed], step.told] for step in found.gates]
    table("Gates", ["gate", "", "because"], rows)
    if found.between and found.pair:
        more = f", the strongest of {found.pairs:,} pairs" if found.pairs > 1 else ""
        print_pair(found.pair, " ~ ".join(found.between) + more)
    if found.meetings:
        keys = [[one.rule, one.size, one.cap, one.outcome.value, one.sentence] for one in found.meetings]
        table("Keys they share", ["rule", "contacts", "at most", "", "what it says"], keys)
    if found.join and found.join.left_members + found.join.right_members > 2:
        _print_join(found.join)
    if found.path:
        links = [
            [
                f"{one.left} ~ {one.right}",
                f"{one.weight:+.1f}",
                f"{one.probability:.1%}",
                one.cause,
                str(one.run_id),
            ]
            for one in found.path
        ]
        table("Held together by", ["link", "bits", "probability", "cause", "by run"], links)


def _headline(found: WhyNot) -> str:
    if found.together:
        return "They are one golden contact."
    if found.gate is None:
        return "They are two golden contacts."
    step = next(step for step in found.gates if step.name == found.gate)
    return f"They are not one golden contact. First stopped at: {step.name}. {step.told}"


def _print_join(join: ClusterMerge) -> None:
    rows = [[f"before anything is compared, against {join.rival}", f"{join.prior:+.1f}"]]
    rows += [[part.told, f"{part.weight:+.1f}"] for part in join.parts]
    rows.append([f"together; joined from {join.link:+.1f}", f"{join.weight:+.1f}"])
    table(f"Their clusters ({join.left_members} + {join.right_members} contacts)", ["fact", "bits"], rows)


def print_pair(pair: Pair, title: str) -> None:
    """Print a waterfall: each comparison with its weight in bits, then the total."""
    widest = max([abs(step.weight) for step in pair.steps] + [abs(pair.prior), 1.0])

    def bar(weight: float) -> str:
        return ("+" if weight > 0 else "−") * round(abs(weight) / widest * BAR)

    rows = [[f"before anything is compared, against {pair.rival}", f"{pair.prior:+.1f}", bar(pair.prior)]]
    rows += [[step.sentence, f"{step.weight:+.1f}", bar(step.weight)] for step in pair.steps]
    rows.append(["together", f"{pair.weight:+.1f}", ""])
    rows.append(["calibration: how pairs of such a weight turned out", f"{pair.calibration:+.1f}", ""])
    odds = f"{pair.weight + pair.calibration:+.1f}"
    rows.append([f"so {pair.probability:.1%} likely one person: {pair.decision}", odds, ""])
    table(title, ["fact", "bits", ""], rows)
    if not pair.identified:
        say_out("  circumstances alone never join two people")
    say_out(f"  met by: {', '.join(pair.rules) or 'no shared key: they never met'}")
