"""Ctrl-C while the libraries are still being loaded ends with one line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest

from dedupe import __version__

LOADING = """
import os, signal, sys
class Interrupting:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Interrupting())
sys.argv = ["dedupe", "--version"]
from dedupe.cli.starting import main
main()
"""


@pytest.mark.parametrize("module", ["dedupe.cli.memory", "dedupe.cli.main", "typer", "dedupe.cli.quoting"])
def test_an_interrupted_start_says_one_line(module):
    command = [sys.executable, "-c", LOADING.format(module=module)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (130, "", "dedupe: interrupted\n")


def test_one_who_ignores_the_signal_goes_on_ignoring_it():
    def ignore() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)

    command = [sys.executable, "-c", LOADING.format(module="typer")]
    ran = subprocess.run(command, preexec_fn=ignore, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_python_runs_the_package_as_the_command():
    ran = subprocess.run(
        [sys.executable, "-m", "dedupe", "--version"], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0
    assert ran.stdout.split()[0] == __version__


LOADED = """
import sys
from dedupe.cli.commands import CommandsByName
CommandsByName()[sys.argv[1]]
print(*sys.modules)
"""
NOT_FOR_A_LOOKUP = {
    *("alembic", "duckdb", "fastapi", "httpx", "rapidfuzz", "scipy", "uvicorn"),
    *("numpy", "pandas", "phonenumbers", "pyarrow", "structlog"),
    *("dedupe.engines", "dedupe.fetchers", "dedupe.matching", "dedupe.pipeline", "dedupe.web"),
}


@pytest.mark.parametrize("command", ["lookup", "show", "history"])
def test_a_lookup_loads_nothing_that_only_a_night_needs(command):
    ran = subprocess.run([sys.executable, "-c", LOADED, command], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "dedupe.lookup" in loaded
    assert loaded & NOT_FOR_A_LOOKUP == set()


def test_the_doctor_makes_no_database(tmp_path):
    environment = {**os.environ, "DEDUPE_DATABASE__DATA_DIR": str(tmp_path / "data")}
    command = [sys.executable, "-m", "dedupe", "doctor"]
    ran = subprocess.run(command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "there is none yet; the next `dedupe import` or `dedupe nightly` sees to that" in ran.stdout
    assert list(tmp_path.iterdir()) == []


LOOKED_UP = """
import sys
from dedupe.lookup import queries
queries.email_query("ann@example.org")
print(*sys.modules)
"""


def test_a_lookup_by_email_loads_no_columns():
    ran = subprocess.run([sys.executable, "-c", LOOKED_UP], capture_output=True, text=True, check=True)
    assert {"numpy", "pyarrow", "phonenumbers"} & set(ran.stdout.split()) == set()


LOGGED = """
import sys
from dedupe.cli import logs
logs.configure(1, as_json=True)
assert "structlog" not in sys.modules
import structlog
structlog.get_logger("dedupe.x").info("told", keys=3)
import logging
logging.getLogger("other").warning("of a library")
"""


def test_logs_are_as_configured_though_what_writes_them_is_loaded_later():
    ran = subprocess.run([sys.executable, "-c", LOGGED], capture_output=True, text=True, check=True)
    told, other = [json.loads(line) for line in ran.stderr.splitlines()]
    assert (told["event"], told["keys"], told["level"]) == ("told", 3, "info")
    assert (other["event"], other["level"]) == ("of a library", "warning")
    assert ran.stdout == ""
