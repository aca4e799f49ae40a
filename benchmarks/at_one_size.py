"""All figures of nights, live changes and questions at one size, by the commands that measure each.

    python -m benchmarks.at_one_size [--contacts 1000000] [--times 3] [--keep FOLDER] [--only live who]

One after the other, each in processes of its own: a file into golden contacts and the nights after it
(`benchmarks.intake`), told changes until they are shown, idle, during a full night, and in a flood
(`benchmarks.live`), a wrong merge until it is right (`benchmarks.putting_right`), and who somebody is
(`benchmarks.who`).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

CONTACTS_A_PERSON = 1_004_227 / 460_000
"""Of generated populations; measured."""
_SHARES = (0.0001, 0.01, 0.1)  # of the contacts that change before a night


def commands(contacts: int, times: int, keep: Path | None) -> dict[str, list[str]]:
    """The arguments of each command, by its name."""
    people = str(round(contacts / CONTACTS_A_PERSON))
    changed = [str(max(round(contacts * share), 1)) for share in _SHARES]
    folder = [] if keep is None else ["--keep", str(keep)]
    return {
        "intake": ["--people", people, "--changed", *changed, "--times", str(times), *folder],
        "live": ["--people", people],
        "putting_right": ["--people", people],
        "who": ["--people", people],
    }


def run(name: str, arguments: Sequence[str]) -> None:
    """Raises CalledProcessError where it fails."""
    command = [sys.executable, "-m", f"benchmarks.{name}", *arguments]
    began = time.perf_counter()
    print(f"== {' '.join(command[1:])} (load {os.getloadavg()[0]:.1f})", flush=True)
    subprocess.run(command, check=True)
    print(f"== {name}: {time.perf_counter() - began:.0f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--times", type=int, default=3, help="of the intake, for medians")
    parser.add_argument("--keep", type=Path, help="folder where the population's file is kept")
    parser.add_argument("--only", nargs="+", choices=("intake", "live", "putting_right", "who"))
    chosen = parser.parse_args()
    for name, arguments in commands(chosen.contacts, chosen.times, chosen.keep).items():
        if chosen.only is None or name in chosen.only:
            run(name, arguments)


if __name__ == "__main__":
    main()
