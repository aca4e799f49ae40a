"""`similar`: other links that rest on what one of them rests on."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.explaining import Contact, Region
from dedupe.cli.people import AsJson, visit
from dedupe.cli.screen import print_json, say_out, table, working
from dedupe.matching.comparisons.stored_levels import sentence
from dedupe.review import similar as similar_links
from dedupe.review.similar import Similar
from dedupe.wiring import review_services


def similar(
    context: typer.Context,
    left: Contact,
    right: Contact,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most so many.")] = 20,
    after: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    region: Region = None,
    as_json: AsJson = False,
) -> None:
    """Live links that rest on the same levels or the same value as this one, the weakest first."""
    settings = context.ensure_object(CommandContext).settings
    with working("Looking"), visit(context) as (connection, visitor):
        found = similar_links.similar(
            connection,
            visitor,
            review_services.scorer(settings),
            left,
            right,
            limit,
            after,
            region or settings.normalize.fallback_region,
        )
    if as_json:
        print_json(plain_similar(found))
        return
    print_similar(found)


def plain_similar(found: Similar) -> dict[str, object]:
    """For JSON."""
    return asdict(found)


def print_similar(found: Similar, further: str = "--after") -> None:
    """`further`: the option that takes where the page ended."""
    rest = found.rests_on
    how = "were linked by" if rest.was_linked else "are not linked; as they are now they weigh"
    how = "are linked" if rest.linked else how
    say_out(f"{rest.left} and {rest.right} {how}: {rest.weight:+.1f} bits, resting on")
    for comparison, level in rest.levels.items():
        say_out(f"  {sentence(comparison, level)}")
    if not rest.levels:
        say_out("  a decision alone")
    for one in rest.values:
        say_out(f"  both hold the {one.field} {one.key.removeprefix(similar_links.NAME_KEY)}")
    rows = [[what.replace("levels", "the same levels"), count] for what, count in found.counts.items()]
    table("Other live links like it", ["by", "links"], rows)
    if not found.links:
        return
    rows = [
        [
            f"{one.left_key} ~ {one.right_key}",
            f"{one.weight:+.1f}",
            f"{one.probability:.1%}",
            ", ".join([*(["levels"] if one.same_levels else []), *one.same_values]),
            one.cause,
            str(one.golden_id or ""),
        ]
        for one in found.links
    ]
    table("The weakest first", ["link", "bits", "probability", "the same", "cause", "golden contact"], rows)
    if found.after:
        say_out(f"more: {further} {found.after}")
