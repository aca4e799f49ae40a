"""`docs/reference/commands.md`, made from the command line itself."""

from collections.abc import Iterator
from typing import Any

import typer

from dedupe.cli.main import app
from tools.markdown import paragraph, table

_INTRODUCTION = """\
<!-- made by `python -m tools.reference_pages`; change the commands in dedupe/cli instead -->

# Every command and its options

`dedupe COMMAND --help` says the same. What the exit codes mean is in the
[README](../../README.md#a-real-provider).
"""
_OF_EVERY_COMMAND = {"help", "install_completion", "show_completion"}


def page() -> str:
    """The whole page."""
    root = typer.main.get_command(app)
    return "\n".join([_INTRODUCTION, *_commands(root, "dedupe", 2)]).rstrip() + "\n"


def _commands(command: Any, path: str, level: int) -> Iterator[str]:
    """A command, or a group and the commands in it."""
    context = command.make_context(path, [], resilient_parsing=True)
    pieces = " ".join(command.collect_usage_pieces(context))
    yield f"{'#' * level} `{path}`\n"
    yield from (paragraph(text) for text in (command.help or "").split("\n\n"))
    yield f"```\n{path} {pieces}\n```\n"
    if rows := [row for parameter in command.params if (row := _row(parameter, context))]:
        yield table(["argument or option", "meaning"], rows)
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, f"{path} {name}", level + (level == 2 and path != "dedupe"))


def _row(parameter: Any, context: Any) -> list[str] | None:
    """As the help shows it; what every command of this kind has is left out."""
    record = parameter.get_help_record(context)
    if record is None or parameter.name in _OF_EVERY_COMMAND:
        return None
    name, meaning = record
    return [f"`{name}`", meaning.replace("<", "&lt;")]
