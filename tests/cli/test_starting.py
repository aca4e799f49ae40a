"""Ctrl-C while the libraries are still being loaded ends with one line."""

from __future__ import annotations

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


@pytest.mark.parametrize("module", ["dedupe.cli.memory", "dedupe.cli.main", "typer", "dedupe.cli.similar"])
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
    assert (ran.returncode, ran.stdout.strip()) == (0, __version__)
