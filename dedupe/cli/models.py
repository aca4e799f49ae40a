"""The match model: `train` learns one, `model` looks at them and chooses."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from dedupe.arrays.units import BIT
from dedupe.cli.context import CommandContext
from dedupe.cli.outputs import write_text, written
from dedupe.cli.screen import say, say_out, table, working
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.matching.model.default import read_model
from dedupe.matching.model.match_model import MatchModel
from dedupe.matching.training.recalibration import Gain
from dedupe.pipeline.merge_inputs import SHIPPED
from dedupe.storage import match_models
from dedupe.storage.match_models import SavedModel
from dedupe.wiring import databases, learning

model = typer.Typer(no_args_is_help=True, help="Saved match models; one is active.")

Which = Annotated[
    str,
    typer.Argument(
        metavar="[active|shipped|ID|FILE]",
        help="The active one, the one that comes with dedupe, a saved one, or a file.",
    ),
]


def train(
    context: typer.Context,
    name: Annotated[str, typer.Option(help="What to call it.")] = "trained",
    keep: Annotated[bool, typer.Option("--keep", help="Save it without making it active.")] = False,
    from_decisions: Annotated[
        bool, typer.Option("--from-decisions", help="Correct the active model by what people decided.")
    ] = False,
    activate: Annotated[
        bool, typer.Option("--activate", help="With --from-decisions: make it active, too.")
    ] = False,
) -> None:
    """Learn weights from the live contacts, without labels; save the model and make it active.

    From decisions, a model is saved only where it foretells decisions held out of learning clearly better,
    and is made active by `model use` or --activate only.
    """
    settings = context.ensure_object(CommandContext).settings
    if from_decisions:
        if keep and activate:
            raise InputError("--keep and --activate contradict each other")
        _train_from_decisions(settings, "corrected" if name == "trained" else name, activate)
        return
    if activate:
        raise InputError(
            "--activate goes with --from-decisions: `dedupe train` makes its model active itself"
        )
    with databases.open_database(settings) as database, working("Learning"):
        saved, learned = learning.train(database, settings, name, activate=not keep)
    for warning in learned.warnings:
        say(f"  {warning}")
    for what, number in learned.report.items():
        say_out(f"  {what.replace('_', ' ')}: {_figure(number)}")
    say_out(f"model {saved} is saved" + ("" if keep else " and active; the next night uses it"))


def _figure(number: Any) -> str:
    """A number, or a share with the interval that chance alone gives it."""
    if isinstance(number, tuple):
        share, low, high = number
        return f"{share:.2%} ({low:.2%} to {high:.2%})"
    return f"{number:,}"


def _train_from_decisions(settings: Settings, name: str, activate: bool) -> None:
    with databases.open_database(settings) as database, working("Learning"):
        learned = learning.train_from_decisions(database, settings, name, activate=activate)
    if learned.left_out:
        say(f"  {learned.left_out:,} decisions teach nothing: made by hand or import, or about contacts gone")
    gain = learned.corrected.gain
    if gain:
        _tell_gain(gain)
    if learned.saved is None:
        raise InputError(learned.corrected.why)
    say_out(f"model {learned.saved} is saved: {learned.corrected.why}")
    if activate:
        say_out("it is active; the next night uses it")
    else:
        say_out(f"look at it: dedupe model show {learned.saved}; take it: dedupe model use {learned.saved}")


def _tell_gain(gain: Gain) -> None:
    rows: list[list[Any]] = [
        ["log loss, bits a decision", f"{gain.loss_before:.4f}", f"{gain.loss_after:.4f}"],
        ["links that people decided different", *gain.wrong],
        ["pairs decided the same that are no links", *gain.missed],
    ]
    title = f"On {gain.decisions:,} decisions, each held out of the learning that foretells it"
    table(title, ["", "as it is", "corrected"], rows)
    say_out(f"  saved {gain.gain:+.4f} ± {gain.error:.4f} bits a decision")


@model.command("list")
def list_(context: typer.Context) -> None:
    """Every saved model, the oldest first."""
    with (
        databases.open_database(context.ensure_object(CommandContext).settings) as database,
        database.begin() as link,
    ):
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
            [*row.names, *[f"{weight / BIT:+.1f}" for weight in row.weights], row.sentence]
            for row in content.rows
        ],
    )
    say_out("  to agreement on a value, each pair adds how rare the value is: `dedupe explain` shows the sum")


@model.command()
def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The JSON file to write.")],
    which: Which = learning.ACTIVE,
) -> None:
    """Write a model as JSON, to keep, compare or use with `match --model FILE`."""
    written(file)
    write_text(_chosen(context, which).to_json(), file)
    say(f"written to {file}")


@model.command()
def use(context: typer.Context, which: Which) -> None:
    """Make a model active: a saved one by its id, the shipped one, or a file."""
    with databases.open_database(context.ensure_object(CommandContext).settings) as database:
        saved: SavedModel = learning.use(database, which)
    say_out(f"model {saved.id} ({saved.name}, {saved.origin}) is active; the next night uses it")


def _chosen(context: typer.Context, which: str) -> MatchModel:
    if which not in (learning.ACTIVE, SHIPPED) and Path(which).is_file():
        return read_model(Path(which))
    with databases.open_database(context.ensure_object(CommandContext).settings) as database:
        return learning.saved_model(database, which)
