"""`doctor` and `fetch` from the command line, on simulated providers."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from dedupe.cli.main import app
from dedupe.config import load
from dedupe.fetchers.healthcheck import checkup
from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.wiring.rooms import source_settings
from dedupe.wiring.simulated import as_toml
from tests.pipeline.collecting_house import count


@pytest.fixture
def command(database_url, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_DATABASE", database_url)
    with simulate(population(40, seed=6)) as running:
        toml, variables = as_toml(running)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        path = tmp_path / "config.toml"
        path.write_text(f'[database]\nurl_env = "TEST_DATABASE"\n{toml}')

        def run(*words: str):
            return CliRunner().invoke(app, ["--config", str(path), *words])

        run.running = running  # type: ignore[attr-defined]
        yield run


def test_doctor_looks_over_the_database_and_each_source(command):
    result = command("doctor")
    assert result.exit_code == 0, result.output
    assert result.output.count("works") == 6


def test_doctor_says_what_to_mend(command):
    command.running["whippy"].faults.set(["scope-missing"])
    result = command("doctor", "whippy")
    assert result.exit_code == 3
    assert "scope" in result.output


def test_a_dry_run_brings_nothing(command, database):
    result = command("fetch", "digital99", "--dry-run")
    assert result.exit_code == 0, result.output
    assert count(database, "source_contacts") == 0


def test_fetch_brings_contacts(command, database):
    result = command("fetch", "digital99")
    assert result.exit_code == 0, result.output
    assert count(database, "contacts") > 0


def test_a_dry_run_tells_who_was_not_seen(command, database):
    assert command("fetch", "digital99").exit_code == 0
    command.running["digital99"].delete(str(next(command.running["digital99"].contacts())["id"]))
    result = command("fetch", "digital99", "--dry-run")
    assert "1 of the contacts held here were not seen there; a fetch would look for proof" in result.output


def test_simulators_write_a_configuration_that_works(tmp_path, monkeypatch):
    program = [sys.executable, "-c", "from dedupe.cli.main import main; main()", "simulate"]
    order = [*program, "--people", "20", "--provider", "whippy", "--write", tmp_path]
    running = subprocess.Popen(order, stderr=subprocess.PIPE, text=True)
    try:
        assert running.stderr is not None
        assert running.stderr.readline().startswith("Running.")
        for line in (tmp_path / "secrets.env").read_text().splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            monkeypatch.setenv(name, value)
        [own] = source_settings(load(tmp_path / "config.toml"))
        assert checkup(own).works
        again = CliRunner().invoke(app, ["simulate", "--write", str(tmp_path)])
        assert "it is there already" in str(again.exception)
    finally:
        running.terminate()
        running.communicate()


def test_doctor_tells_what_became_of_the_last_run(command):
    assert "nothing of it was fetched yet" in command("doctor", "digital99").output
    command("fetch", "digital99")
    command.running["digital99"].faults.set(["count-off"])
    command("fetch", "digital99")
    told = command("doctor", "digital99").output
    assert "last complete run: 20" in told
    assert "the latest run (full) was incomplete: count disagreed" in told
