"""The match model: `train` learns one, `model` looks at them and chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dedupe.cli.context import Context
from dedupe.cli.screen import say, say_out, table, working
from dedupe.errors import InputError
from dedupe.matching.match_model import UNIT, MatchModel
from dedupe.matching.models import read_model
from dedupe.pipeline.merge_facts import SHIPPED
from dedupe.storage import match_models
from dedupe.storage.match_models import SavedModel
from dedupe.wiring import learning, rooms

model = typer.Typer(no_args_is_help=True, help="Saved match models; one is active.")

Which = Annotated[str, typer.Argument(metavar="[active|shipped|ID|FILE]")]


def train(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What to call it.")] = "trained",
    keep: Annotated[bool, typer.Option("--keep", help="Save it without making it active.")] = False,
) -> None:
    """Learn weights from the live contacts, without labels; save the model and make it active."""
    settings = context.ensure_object(Context).settings
    with rooms.open_database(settings) as database, working("Learning"):
        saved, learned = learning.train(database, settings, name, activate=not keep)
    for warning in learned.warnings:
        say(f"  {warning}")
    for what, number in learned.report.items():
        say_out(f"  {what.replace('_', ' ')}: {number}")
    say_out(f"model {saved} is saved" + ("" if keep else " and active; the next night uses it"))


@model.command("list")
def list_(context: typer.Context) -> None:
    """Every saved model, the oldest first."""
    with rooms.open_database(context.ensure_object(Context).settings) as database, database.begin() as link:
        saved = match_models.listed(link)
    rows = [
        [
            str(one.id),
            one.name,
            one.origin,
            f"{one.created_at:%Y-%m-%d %H:%M}",
            "active" if one.active else "",
        ]
        for one in saved
    ]
    table("Match models", ["id", "name", "origin", "made", ""], rows)


@model.command()
def show(context: typer.Context, which: Which = learning.ACTIVE) -> None:
    """What each level of each comparison weighs, in bits against each rival explanation."""
    chosen = _chosen(context, which)
    content = learning.described(chosen)
    table("Match model", ["", ""], [[name, value] for name, value in content.summary.items()])
    table(
        "Weights in bits",
        ["comparison", "level", *(f"against {rival}" for rival in content.rivals), "sentence"],
        [
            [*row.names, *[f"{weight / UNIT:+.1f}" for weight in row.weights], row.sentence]
            for row in content.rows
        ],
    )


@model.command()
def export(
    context: typer.Context, file: Annotated[Path, typer.Argument()], which: Which = learning.ACTIVE
) -> None:
    """Write a model as JSON, to keep, compare or use with `match --model FILE`."""
    try:
        file.write_text(_chosen(context, which).to_json(), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: can't be written: {error.strerror}") from None
    say(f"written to {file}")


@model.command()
def use(context: typer.Context, which: Which) -> None:
    """Make a model active: a saved one by its id, the shipped one, or a file."""
    with rooms.open_database(context.ensure_object(Context).settings) as database:
        saved: SavedModel = learning.use(database, which)
    say_out(f"model {saved.id} ({saved.name}, {saved.origin}) is active; the next night uses it")


def _chosen(context: typer.Context, which: str) -> MatchModel:
    if which not in (learning.ACTIVE, SHIPPED) and Path(which).is_file():
        return read_model(Path(which))
    with rooms.open_database(context.ensure_object(Context).settings) as database:
        return learning.saved_model(database, which)
