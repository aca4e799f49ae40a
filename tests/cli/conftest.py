"""The command `dedupe` as a person would run it, on a database of the test's own."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dedupe.cli.main import main
from dedupe.simulators.population.population import Population, population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator
from dedupe.wiring.simulated import as_toml


@dataclass
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def dedupe(tmp_path, monkeypatch, capfd, database_url) -> Iterator[Any]:
    """Runs a command line in an empty folder; gives its exit code and what it said."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TEST_DATABASE", database_url)
    monkeypatch.setenv("DEDUPE_DATABASE__URL_ENV", "TEST_DATABASE")
    hook, handlers = sys.excepthook, logging.getLogger().handlers[:]

    def run(*arguments: str | Path) -> Ran:
        capfd.readouterr()
        monkeypatch.setattr(sys, "argv", ["dedupe", *map(str, arguments)])
        try:
            main()
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        said = capfd.readouterr()
        return Ran(code, said.out, said.err)

    yield run
    sys.excepthook = hook
    logging.getLogger().handlers[:] = handlers


@dataclass
class Town:
    """Five simulated providers, configured in ./config.toml, and the people they hold."""

    people: Population
    running: dict[str, Simulator]
    config: Path

    def person(self, provider: str, **having: str) -> dict[str, Any]:
        """The first payload of a provider in which every named field says something."""
        for contact in self.people.contacts((provider,)):
            if all(contact.payload.get(name) for name in having.values()):
                return {**contact.payload, "key": contact.external_id}
        raise LookupError(f"{provider} holds nobody with {', '.join(having.values())}")


@pytest.fixture
def town(tmp_path, monkeypatch) -> Iterator[Town]:
    people = population(60, seed=7)
    with simulate(people) as running:
        toml, variables = as_toml(running)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        config = tmp_path / "config.toml"
        config.write_text(toml, encoding="utf-8")
        yield Town(people, running, config)
