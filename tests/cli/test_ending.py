"""SIGTERM ends every command that runs for long, in real processes, within the ten seconds that whoever
stops them allows."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.simulator import Simulator
from dedupe.storage.database import Database
from dedupe.wiring.simulated import as_toml
from tests.delivered import published
from tests.pipeline.test_delivering import A
from tests.receiver import Message, receiving

ALLOWED = 20.0  # seconds: ten, and as many where other tests run meanwhile; what is waited for takes 60
SECRET = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


Process = subprocess.Popen[str]


@contextmanager
def running(*arguments: str) -> Iterator[Process]:
    """The command as a person runs it."""
    command = [sys.executable, "-m", "dedupe", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def line_with(process: Process, words: str) -> str:
    assert process.stderr is not None
    return next(line for line in process.stderr if words in line)


def until(so: Callable[[], object]) -> None:
    latest = time.monotonic() + 60
    while not so():
        assert time.monotonic() < latest
        time.sleep(0.02)


def seconds_to_end(process: Process) -> tuple[float, str]:
    """How long it takes from SIGTERM to the end, and what it says meanwhile."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    return time.monotonic() - began, said


def test_serve_ends(dedupe) -> None:
    with running("serve", "--port", "0") as process:
        line_with(process, "Serving at")
        took, _ = seconds_to_end(process)
    assert process.returncode == 0
    assert took < ALLOWED


@pytest.mark.long
def test_serve_ends_while_a_request_is_half_sent(dedupe) -> None:
    with running("serve", "--port", "0") as process:
        address = urlsplit(line_with(process, "Serving at").split()[2])
        with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
            connection.sendall(b"POST /v1/lookup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50\r\n\r\n{")
            time.sleep(0.2)
            took, _ = seconds_to_end(process)
    assert process.returncode in (0, 130)
    assert took < ALLOWED


@pytest.fixture
def slow_whippy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A provider that takes a minute for every answer, configured."""
    with simulate(population(60, seed=7), ["whippy"], faults={"whippy": ["slow=60"]}) as running:
        toml, variables = as_toml(running)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "config.toml").write_text(
            toml.replace("[sources.whippy]", "[sources.whippy]\ntimeout = 90")
        )
        yield running["whippy"]


@pytest.mark.long
@pytest.mark.parametrize("command", ["nightly", "fetch"])  # of `watch`: test_asking.py
def test_who_waits_for_a_provider_ends(dedupe, slow_whippy: Simulator, command: str) -> None:
    with running(command) as process:
        until(lambda: slow_whippy.recent)
        took, said = seconds_to_end(process)
    assert took < ALLOWED
    assert process.returncode == 130
    assert "what was complete is kept" in said


@pytest.mark.long
@pytest.mark.parametrize("command", [["webhooks", "deliver"], ["serve", "--port", "0"]], ids=" ".join)
def test_who_waits_for_a_receiver_ends(
    dedupe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str, command: list[str]
) -> None:
    monkeypatch.setenv("CRM_WEBHOOK", SECRET)
    asked, ended = threading.Event(), threading.Event()

    def answer(_: Message) -> int:
        asked.set()
        ended.wait(60)
        return 204

    with receiving() as receiver:
        receiver.answer = answer
        (tmp_path / "config.toml").write_text(
            f'[[webhooks]]\nname = "crm"\nurl = "{receiver.url}/"\nsecrets_env = ["CRM_WEBHOOK"]\n'
            'allow_private_addresses = true\nfrom_position = "start"\ntimeout = 60\n'
        )
        with Database(database_url) as database:
            published(database, (A, "made"))
        with running(*command) as process:
            assert asked.wait(60)
            took, _ = seconds_to_end(process)
        ended.set()
    assert took < ALLOWED


IN_C = """
import hashlib, sys
from dedupe.cli import ending_in_time, starting
ending_in_time.WITHIN = 1.0
def compute():
    print("computing", file=sys.stderr, flush=True)
    hashlib.pbkdf2_hmac("sha256", b"a", b"b", 10**9)
starting._loaded = lambda: compute
starting.main()
"""


def test_who_computes_where_python_runs_no_handler_ends() -> None:
    command = [sys.executable, "-c", IN_C]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        line_with(process, "computing")
        time.sleep(0.5)  # until it is within the library
        took, said = seconds_to_end(process)
    assert process.returncode == 130
    assert "ended in the middle" in said
    assert took < ALLOWED


LOADING = """
import os, signal, sys
class Stopping:
    def find_spec(self, name, path=None, target=None):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGTERM)
sys.meta_path.insert(0, Stopping())
sys.argv = ["dedupe", "--version"]
from dedupe.cli.starting import main
main()
"""


def test_a_stop_while_libraries_load_is_heeded() -> None:
    ran = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (130, "dedupe: interrupted\n")
