"""How long commands take to start, by the processor and by the clock.

python -m benchmarks.starting [COMMAND ...]     default: every command

Each is `dedupe COMMAND --help`, which loads what the command loads, in a process of its own; `lookup` is
also run against a database. Told is the least of some runs, since whatever else runs on the machine only
adds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from dedupe.cli.commands import PLACES
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate

RUNS = 5
NOBODY = "nobody@example.org"


class Took(NamedTuple):
    processor: float  # seconds, of the process and of what it waited for
    clock: float


def took(command: list[str], environment: dict[str, str]) -> Took:
    began, before = time.monotonic(), os.times()
    subprocess.run(command, env=environment, capture_output=True, check=False)
    after = os.times()
    used = after.children_user - before.children_user + after.children_system - before.children_system
    return Took(used, time.monotonic() - began)


def least(arguments: list[str], environment: dict[str, str], runs: int) -> Took:
    command = [sys.executable, "-m", "dedupe", *arguments]
    found = [took(command, environment) for _ in range(runs + 1)][1:]  # the first one writes bytecode
    return Took(min(one.processor for one in found), min(one.clock for one in found))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("commands", nargs="*", choices=[[], *PLACES], default=[])
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    wanted = given.commands or list(PLACES)
    print(f"{'command':<32}{'processor':>10}{'clock':>10}   seconds, the least of {given.runs}")
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "DEDUPE_DATABASE__DATA_DIR": str(Path(folder) / "data")}
        lines = [(f"{name} --help", [name, "--help"]) for name in wanted]
        if "lookup" in wanted:
            Path(folder).chmod(0o755)
            with Database(None, Path(folder) / "data") as database:  # so that no lookup starts a server
                migrate(database)
                _tell([("lookup EMAIL --json", ["lookup", NOBODY, "--json"])], environment, given.runs)
        _tell([("--version", ["--version"]), *lines], environment, given.runs)


def _tell(lines: list[tuple[str, list[str]]], environment: dict[str, str], runs: int) -> None:
    for name, arguments in lines:
        found = least(arguments, environment, runs)
        print(f"{name:<32}{found.processor:>10.2f}{found.clock:>10.2f}", flush=True)


if __name__ == "__main__":
    main()
