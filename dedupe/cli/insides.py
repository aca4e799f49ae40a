"""`golden offers / cluster`: a golden contact from the inside."""

from __future__ import annotations

from dataclasses import asdict

import typer

from dedupe.cli.context import CommandContext
from dedupe.cli.people import AsJson, GoldenId, parsed_id, visit
from dedupe.cli.screen import print_json, table
from dedupe.review import cluster as clusters
from dedupe.review import offers as offered
from dedupe.review.cluster import Cluster
from dedupe.wiring import review_services, rooms


def offers(context: typer.Context, golden_id: GoldenId, as_json: AsJson = False) -> None:
    """What each source contact offers for each field, which is shown, and by which criterion."""
    settings, named = context.ensure_object(CommandContext).settings, parsed_id(golden_id)
    rules = review_services.publish_rules(settings).survivorship
    with visit(context) as (connection, visitor):
        found = offered.offers(connection, visitor, rules, named)
        keys = _keys(clusters.cluster(connection, visitor, named, {}))
    if as_json:
        print_json({"golden_id": named, "fields": [asdict(field) for field in found]})
        return
    rows = [
        [
            field.field.replace("_", " "),
            "→" if one.chosen else "",
            one.value,
            keys[one.source_contact],
            one.because,
        ]
        for field in found
        for one in sorted(field.offers, key=lambda each: (not each.chosen, not each.agrees))
    ]
    table("What its source contacts offer", ["field", "", "value", "source contact", "because"], rows)


def cluster(context: typer.Context, golden_id: GoldenId, as_json: AsJson = False) -> None:
    """The source contacts of a golden contact, and the links that hold them together, the strongest first."""
    settings = context.ensure_object(CommandContext).settings
    with visit(context) as (connection, visitor):
        found = clusters.cluster(connection, visitor, parsed_id(golden_id), rooms.addresses(settings))
    if as_json:
        print_json(asdict(found))
        return
    keys = _keys(found)
    table(
        "Source contacts",
        ["source contact", "because of", "since", "page"],
        [
            [keys[one.source_contact], one.cause, f"{one.linked_at:%Y-%m-%d}", one.address or ""]
            for one in found.members
        ],
    )
    table(
        "Links",
        ["", "", "bits", "probability", "because of"],
        [
            [keys[one.left], keys[one.right], f"{one.weight:+.1f}", f"{one.probability:.4f}", one.cause]
            for one in found.links
        ],
    )


def _keys(found: Cluster) -> dict[object, str]:
    return {one.source_contact: f"{one.source}:{one.external_id}" for one in found.members}
