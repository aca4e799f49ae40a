"""`evaluate`: a labelled file matched and held against its truth."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.arrays.intervals import expected_share
from dedupe.arrays.units import BIT
from dedupe.cli.context import CommandContext
from dedupe.cli.file_options import (
    DateOrderOption,
    Encoding,
    File,
    Map,
    MaxWrongMerges,
    Records,
    RegionOption,
    Source,
    options,
    parsed_budget,
)
from dedupe.cli.files import Model, tell_of_reading, tell_of_unread
from dedupe.cli.lakes import tell_budget
from dedupe.cli.outputs import write_text, written
from dedupe.cli.screen import print_json, say, say_out, table, tell_figures, working
from dedupe.pipeline.error_analysis import WRONG, ErrorKind
from dedupe.pipeline.evaluating import Evaluation
from dedupe.pipeline.expected_merges import MergesOfKind
from dedupe.wiring import files
from dedupe.wiring.evaluations import EvaluatedFile, evaluate_file

SHOWN_PATTERNS = 3  # of each kind of mistake, on the screen (chosen)


def evaluate(
    context: typer.Context,
    file: File,
    truth: Annotated[str, typer.Option(help="The column that names the person.")],
    model: Model = files.AUTO,
    max_wrong_merges: MaxWrongMerges = None,
    plot: Annotated[Path | None, typer.Option(help="Precision and recall by threshold, as SVG.")] = None,
    curve: Annotated[
        bool | None, typer.Option(help="Move the link threshold; default: up to 200,000 contacts.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    source: Source = None,
    map: Map = None,
    encoding: Encoding = None,
    region: RegionOption = None,
    date_order: DateOrderOption = None,
    records: Records = None,
) -> None:
    """Match a file whose truth is known and say how good the result is and what went wrong."""
    settings, budget = context.ensure_object(CommandContext).settings, parsed_budget(max_wrong_merges)
    if plot is not None:
        written(plot, file)
    with working("Matching"):
        how = options(source, map, encoding, region, date_order, records)
        found = evaluate_file(file, how, model, truth, settings, True if plot else curve, budget)
    tell_of_reading(found.file)
    tell_of_unread(found.file)
    for warning in found.warnings:
        say(f"  {warning}")
    if budget is not None:
        tell_budget(budget, found.estimates)
    if plot is not None:
        _plot(found.evaluation, plot)
    if as_json:
        print_json(found.to_dict())
        return
    tell_figures(found.evaluation.figures)
    _tell_evidence(found.evaluation)
    _tell_queue(found.evaluation)
    _tell_curve(found.evaluation)
    _tell_mistakes(found)


def _plot(evaluation: Evaluation, path: Path) -> None:
    from dedupe.wiring.charts import curve_chart  # imported when wanted: it takes seconds

    title = "Precision and recall by link threshold (bits)"
    write_text(curve_chart(evaluation.curve, title), path)
    say(f"  → {path}")


def _tell_evidence(evaluation: Evaluation) -> None:
    rows: list[list[Any]] = [
        [one.kind, f"{one.golden_contacts:,}", f"{one.expected_wrong:,.1f}", f"{one.found_wrong:,}"]
        for one in evaluation.by_evidence
    ]
    say_out("")
    table(
        "Golden contacts of several, by what they rest on, and how many hold two people",
        ["evidence", "golden contacts", "expected", "found"],
        rows,
    )
    if evaluation.by_evidence:
        _tell_whether_it_was_said(evaluation.by_evidence)


def _tell_whether_it_was_said(kinds: Sequence[MergesOfKind]) -> None:
    """What was expected of all golden contacts of several, with its interval, beside what was found."""
    of = sum(one.golden_contacts for one in kinds)
    expected, found = sum(one.expected_wrong for one in kinds), sum(one.found_wrong for one in kinds)
    share, low, high = expected_share(expected / of, 1.96 * math.sqrt(max(expected, 1.0)) / of)
    say_out(f"  expected in all: {share:.2%} ({low:.2%} to {high:.2%}); found: {found / of:.2%}")
    if found / of > high:
        say_out(
            "  More than was said: the kinds above whose figures differ most rest on values that this file"
        )
        say_out(
            "  shares otherwise than the model believes. Look at their mistakes below before you trust it."
        )


def _tell_queue(evaluation: Evaluation) -> None:
    rows: list[list[Any]] = [
        [
            step.asked,
            step.same,
            *map(_share, (step.figures.precision, step.figures.recall, step.figures.f1)),
        ]
        for step in evaluation.reviewed
    ]
    columns = ["answered", "same", "precision", "recall", "F1"]
    say_out("")
    table(f"What a perfect reviewer of the first of {evaluation.questions:,} would make of it", columns, rows)


def _tell_curve(evaluation: Evaluation) -> None:
    if not evaluation.curve:
        say("  the link threshold was not moved, because everything is clustered anew at each: --curve")
        return
    rows: list[list[Any]] = []
    for point in evaluation.curve:
        found = point.figures
        shares = (point.probability, found.precision, found.recall, found.f1, found.share_of_wrong_merges)
        chosen = "← chosen" if point.chosen else ""
        rows.append([f"{point.link / BIT:.1f}", *map(_share, shares), chosen])
    columns = ["link from (bits)", "probability", "precision", "recall", "F1", "wrong merges", ""]
    say_out("")
    table("By link threshold", columns, rows)


def _tell_mistakes(found: EvaluatedFile) -> None:
    mistakes = found.evaluation.mistakes
    say_out("")
    say_out(f"What went wrong: {mistakes.wrong:,} wrong pairs, {mistakes.missed:,} missed")
    if mistakes.left_out:
        say_out(f"  {mistakes.left_out:,} contacts of very large groups were not looked at")
    by_kind = sorted(mistakes.kinds, key=lambda kind: (kind.error != WRONG, kind.kind))
    groups = [list(group) for _, group in groupby(by_kind, key=lambda kind: (kind.error, kind.kind))]
    groups.sort(key=lambda group: (group[0].error != WRONG, -sum(kind.pairs for kind in group)))
    for group in groups:
        _tell_kind(found, group, mistakes.wrong if group[0].error == WRONG else mistakes.missed)


def _tell_kind(found: EvaluatedFile, group: list[ErrorKind], of: int) -> None:
    """One kind of mistake, its commonest patterns and an example of each."""
    pairs = sum(kind.pairs for kind in group)
    say_out(f"\n{group[0].error}: {group[0].kind}: {pairs:,} pairs ({pairs / of:.1%})")
    for kind in sorted(group, key=lambda kind: -kind.pairs)[:SHOWN_PATTERNS]:
        say_out(f"  {kind.pairs:6,}  {kind.pattern}")
        for example in list(found.examples(kind))[:1]:
            say_out(f"          {example.left}: {example.left_says}")
            say_out(f"          {example.right}: {example.right_says}")
    if len(group) > SHOWN_PATTERNS:
        say_out(f"          … and {len(group) - SHOWN_PATTERNS:,} other patterns")


def _share(number: float) -> str:
    return f"{number:.4f}"
