"""Every command by its name, loaded when it is asked for: `lookup` doesn't load what `nightly` needs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

PLACES = {
    "demo": "demo:demo",
    "match": "files:match",
    "normalize": "files:normalize",
    "evaluate": "evaluations:evaluate",
    "nightly": "nights:nightly",
    "publish": "nights:publish",
    "rollback": "taking_back:rollback",
    "runs": "runs:runs",
    "fetch": "nights:fetch",
    "lookup": "people:lookup",
    "who": "asking:who",
    "search": "searching:search",
    "show": "people:show",
    "history": "people:history",
    "access-request": "privacy:access_request",
    "erase": "privacy:erase",
    "explain": "explaining:explain",
    "similar": "similar:similar",
    "train": "models:train",
    "doctor": "doctor:doctor",
    "state": "state:state",
    "sources": "operating:sources",
    "serve": "serving:serve",
    "health": "health:health",
    "watch": "watching:watch",
    "run": "running:run",
    "migrate": "service:migrate",
    "backup": "backups:backup",
    "restore": "backups:restore",
    "simulate": "service:simulate",
    "import": "nights:import_",
    "explain-blocking": "blocking:explain_blocking",
    "erasures": "erasures:erasures",
    "golden": "golden:golden",
    "schedule": "running:schedule",
    "held": "operating:held",
    "review": "reviews:review",
    "audit": "audits:audit",
    "model": "models:model",
    "export": "exporting:export",
    "facts": "service:facts",
    "token": "service:token",
    "sign-ins": "sign_ins:sign_ins",
    "webhooks": "webhooks:webhooks",
    "writeback": "writeback:writeback",
}
"""Name → module of this package and the function, or the group of commands, in it, as the help lists them."""


class CommandsByName(Mapping[str, Any]):
    """The commands of `PLACES`, each made at its first use, and those that were made already."""

    def __init__(self, made: Mapping[str, Any] | None = None) -> None:
        self._made = dict(made or {})
        self._names = dict.fromkeys([*PLACES, *self._made])

    def __getitem__(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = _made(name, PLACES[name])
        return self._made[name]

    def __contains__(self, name: object) -> bool:  # the mapping's own would load the command
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class LoadedWhenUsed(TyperGroup):
    """A group that has the commands of `PLACES`."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands: Any = CommandsByName(self.commands)


def _made(name: str, place: str) -> Any:
    """The command as typer makes it within a group."""
    module, attribute = place.split(":")
    found = getattr(import_module(f"dedupe.cli.{module}"), attribute)
    group = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    group.callback()(_nothing)  # a lone command would be no group
    if isinstance(found, typer.Typer):
        group.add_typer(found, name=name)
    else:
        group.command(name)(found)
    command: Any = get_command(group)
    return command.commands[name]


def _nothing() -> None: ...
