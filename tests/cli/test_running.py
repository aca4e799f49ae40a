"""`dedupe run` as an operator runs it: processes that serve, run nights, end in time and take over."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from dedupe.simulators.population.population import population
from dedupe.simulators.providers.servers import simulate
from dedupe.simulators.server.faults import parse_faults
from dedupe.wiring.simulated import as_toml

ENDS_WITHIN = 10.0
WAITS = 200.0


class Running:
    """A process of `dedupe run`."""

    def __init__(self, log: Path) -> None:
        self._log = log
        with log.open("wb") as said:
            command = [sys.executable, "-m", "dedupe", "-v", "--log-json", "run", "--port", "0"]
            self.process = subprocess.Popen(command, stderr=said, stdout=subprocess.DEVNULL)

    @property
    def said(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    @property
    def events(self) -> list[str]:
        return [json.loads(line)["event"] for line in self.said.splitlines() if line.startswith("{")]

    def until(self, holds: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + WAITS
        while not (found := holds()):
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.05)
        return found

    @property
    def address(self) -> str:
        found = self.until(lambda: re.search(r"Serving at (\S+) ", self.said))
        return str(found[1])

    def schedule(self) -> dict[str, Any]:
        found = httpx.get(f"{self.address}/v1/schedule").raise_for_status().json()
        assert isinstance(found, dict)
        return found

    def ends(self, number: int = signal.SIGTERM) -> int:
        """Its exit code, after a signal."""
        self.process.send_signal(number)
        began = time.monotonic()
        code = self.process.wait(30)
        assert time.monotonic() - began < ENDS_WITHIN, self.said
        return code


@pytest.fixture
def runs(tmp_path, monkeypatch, dedupe) -> Iterator[Callable[[], Running]]:
    """`runs()` begins another process on the same database and configuration; a night is due at once."""
    monkeypatch.setenv("DEDUPE_RUN__EVERY", "3600")
    begun: list[Running] = []

    def begin() -> Running:
        begun.append(Running(tmp_path / f"log{len(begun)}"))
        return begun[-1]

    yield begin
    for one in begun:
        with contextlib.suppress(ProcessLookupError):
            one.process.kill()
        one.process.wait()


@pytest.fixture
def slow_town(tmp_path, monkeypatch) -> Iterator[None]:
    """Providers whose every answer takes so long that a night doesn't end."""
    with simulate(population(30, seed=7), ["whippy"], faults=parse_faults(["whippy:slow=20"])) as running:
        toml, variables = as_toml(running)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        (tmp_path / "config.toml").write_text(toml, encoding="utf-8")
        yield


def test_it_serves_runs_the_night_that_is_due_and_tells_when_the_next_one_is(runs, town) -> None:
    one = runs()
    one.until(lambda: "a night ended" in one.events)
    found = one.schedule()
    assert (found["plan"], found["at_work"]) == ("every 3600 seconds", False)
    assert [(it["outcome"], it["exit_code"]) for it in found["nights"]] == [("done", 0)]
    held = town.person("whippy", field="email")
    asked = httpx.post(f"{one.address}/v1/lookup", json={"email": held["email"]})
    assert asked.json()["hits"]
    assert "merged" in one.events, "the night's own log lines are among ours"
    assert one.ends() == 0


def at_work(one: Running) -> Any:
    return one.until(lambda: (found := one.schedule())["at_work"] and found)


def night_of(one: Running) -> list[int]:
    """The process ids of the nights that were begun by it."""
    ran = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(one.process.pid)], capture_output=True, check=False
    )
    return [int(pid) for pid in ran.stdout.split()]


def gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_sigterm_amid_a_night_ends_all_within_ten_seconds_and_the_next_start_makes_it_up(
    runs, slow_town
) -> None:
    one = runs()
    at_work(one)
    time.sleep(2)  # the night has loaded, and waits for the provider
    [night] = night_of(one)
    assert one.ends() == 0, one.said
    assert gone(night)
    other = runs()
    found = at_work(other)
    assert [it["attempts"] for it in found["nights"]] == [1]
    assert other.ends(signal.SIGINT) == 0


@pytest.mark.long
def test_another_process_serves_and_takes_over_when_the_first_is_killed(runs, slow_town) -> None:
    one = runs()
    first = at_work(one)
    [night] = night_of(one)
    other = runs()
    assert other.schedule()["run_by"] == first["run_by"]
    other.until(lambda: any(event.startswith("another process runs") for event in other.events))
    one.process.kill()
    one.process.wait()
    found = other.until(
        lambda: (it := other.schedule())["run_by"] != first["run_by"] and it["at_work"] and it
    )
    other.until(lambda: gone(night))
    [made_up] = found["nights"]
    assert made_up["process"] == found["run_by"]
    assert made_up["attempts"] == 2, "one that was killed is an attempt"


@pytest.mark.long
def test_what_a_person_says_of_the_schedule_is_the_same_by_the_api_and_the_command_line(
    runs, town, dedupe
) -> None:
    assert "no process has run nights yet" in dedupe("schedule", "show").out
    assert dedupe("schedule", "pause", "--json").json["paused_at"]
    one = runs()
    one.until(lambda: one.schedule()["run_by"])
    assert one.schedule()["nights"] == []
    assert "paused since" in dedupe("schedule", "show").out
    asked = httpx.post(f"{one.address}/v1/schedule/now").json()
    assert asked["asked_at"]
    one.until(lambda: one.schedule()["asked_at"] is None)
    assert [it["why"] for it in one.schedule()["nights"]] == ["asked"]
    assert httpx.post(f"{one.address}/v1/schedule/resume").json()["paused_at"] is None
    one.until(lambda: len(one.schedule()["nights"]) == 2)
    assert one.ends() == 0


def test_what_can_not_run_is_told_before_anything_does(runs, town, dedupe, monkeypatch) -> None:
    monkeypatch.delenv("SIMULATED_WHIPPY_TOKEN")
    ran = dedupe("run", "--port", "0")
    assert (ran.code, "$SIMULATED_WHIPPY_TOKEN is not set" in ran.err) == (2, True)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("TIME_ZONE", "Europe/Atlantis", "run.time_zone: there is no such time zone"),
        ("AT", "25:00", "run.at: is no time of day; write it as 02:15"),
        ("AT", "02:15", "run: give at or every, not both"),
    ],
)
def test_a_schedule_that_can_not_be_is_refused(dedupe, monkeypatch, key, value, said) -> None:
    monkeypatch.setenv("DEDUPE_RUN__EVERY", "3600")
    monkeypatch.setenv(f"DEDUPE_RUN__{key}", value)
    ran = dedupe("run")
    assert ran.code == 2
    assert said in ran.err
