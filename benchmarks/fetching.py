"""How fast a source of a million contacts is walked into storage over HTTP, and in how much memory.

    python -m benchmarks.fetching                                      # five providers, about an hour
    python -m benchmarks.fetching --provider whippy --results r.jsonl  # one now, the others another time
    python -m benchmarks.fetching --results r.jsonl --table            # what is there so far, as a table
    python -m benchmarks.fetching --killed                             # 100,000 contacts, killed ten times

The simulator runs in a process of its own and enforces a limit; the fetcher asks at just that rate. Each
provider is walked three times: 10,000 contacts at the provider's own limit; all contacts; and all contacts
while every tenth request is answered 500. A million contacts take hours at some limits, so in the long walks
the limit (and the rate with it) is raised `times` over, until a walk takes five minutes (`--at-most`): the
share is of that raised limit. Reaching a raised limit is harder than reaching the own one, never easier.
Each walk runs in a process of its own, so the peak of its memory is its own; Postgres is the embedded one, in
a fresh folder.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.killing import killed
from benchmarks.simulated import served
from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.collecting import CollectOptions, collect_source
from dedupe.simulators.population.population import population
from dedupe.simulators.population.records import PROVIDERS
from dedupe.simulators.providers.servers import SIMULATORS
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate

FEW = 10_000
PAGE = {"openmrp": 100, "digital99": 15, "whippy": 500, "askelephant": 100, "livedesk": 15}
CASES = ("few", "many", "failing")


def times_over(provider: str, contacts: int, at_most: float) -> int:
    """By how much the limit must be raised for the walk to take at most so many seconds."""
    limit = fetcher_for(SourceSettings(provider, provider, account_id="1")).connection().limit
    return max(1, math.ceil(contacts / PAGE[provider] / limit / at_most))


def measured(provider: str, case: str, contacts: int, at_most: float) -> None:
    """One walk, in this process; prints a line of JSON."""
    times = 1 if case == "few" else times_over(provider, contacts, at_most)
    faults = [f"rate-limit={SIMULATORS[provider].window[0] * times}"]
    faults += ["failing=10"] if case == "failing" else []
    many = FEW if case == "few" else contacts
    with served(provider, many, faults) as there, fresh_database() as (database, _):
        limit = fetcher_for(there.own).connection().limit * times
        began, cpu = time.monotonic(), time.process_time()
        own = replace(there.own, rate=limit, timeout=60.0)
        report = collect_source(database, own, CollectOptions(full=True))
        seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    result = {
        "provider": provider,
        "case": case,
        "contacts": report.new,
        "whole": report.status == "complete" and report.new == there.listed,
        "times": times,
        "seconds": round(seconds, 1),
        "contacts_a_second": round(report.fetched / seconds),
        "cpu_us_a_contact": round(cpu / report.fetched * 1e6),
        "requests": report.requests,
        "retries": report.retries,
        "share_of_limit": round(report.requests / seconds / limit, 3),
        "throttled_seconds": round(report.throttled_seconds, 1),
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
        "load": round(os.getloadavg()[0], 1),
        "population": population(1, 1).profile_hash(),
    }
    print(json.dumps(result))


@contextmanager
def fresh_database() -> Iterator[tuple[Database, Path]]:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o711)  # as root, the server's own user must be able to pass
        where = Path(folder) / "postgres"
        with Database(None, where) as database:
            migrate(database)
            yield database, where


def table(results: Sequence[Mapping[str, Any]]) -> str:
    """The figures in the words of the issue; `limit` is how many times its own the provider's was."""
    lines = [
        f"{'provider':<12}{'contacts':>10}{'limit':>7}{'contacts/s':>12}{'share':>7}"
        f"{'failing: contacts/s':>22}{'share':>7}{'MB at 10,000':>14}{'MB at all':>11}{'own limit:':>12}"
    ]
    latest = {(one["provider"], one["case"]): one for one in results if one["whole"]}
    for provider in PROVIDERS:
        few, many, failing = (latest.get((provider, case)) for case in CASES)
        at_own = many if many and many["times"] == 1 else few
        cells = [
            (many, "contacts", ">10,"),
            (many, "times", ">7"),
            (many, "contacts_a_second", ">12,"),
            (many, "share_of_limit", ">7.2f"),
            (failing, "contacts_a_second", ">22,"),
            (failing, "share_of_limit", ">7.2f"),
            (few, "peak_mb", ">14"),
            (many, "peak_mb", ">11"),
            (at_own, "share_of_limit", ">12.2f"),
        ]
        lines.append(f"{provider:<12}" + "".join(_cell(one, name, form) for one, name, form in cells))
    if missing := sorted({f"{one['provider']} {one['case']}" for one in results if not one["whole"]}):
        lines.append(f"not whole, so not in the table: {', '.join(missing)}")
    return "\n".join(lines)


def _cell(one: Mapping[str, Any] | None, name: str, form: str) -> str:
    return format(one[name], form) if one else format("-", form.rstrip(",").replace(".2f", ""))


def main() -> None:
    given = _arguments()
    if given.killed:
        provider, contacts = (given.provider or ["digital99"])[0], min(given.contacts, 100_000)
        with fresh_database() as (database, folder):
            print(json.dumps(killed(database, folder, provider, contacts)))
        return
    results = []
    if given.results and given.results.exists():
        results = [json.loads(line) for line in given.results.read_text().splitlines()]
    for provider in [] if given.table else given.provider or PROVIDERS:
        for case in given.case or CASES:
            line = _apart(provider, case, given.contacts, given.at_most)
            print(line, flush=True)
            results.append(json.loads(line))
            if given.results:
                with given.results.open("a") as file:
                    file.write(line + "\n")
    print(table(results))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--provider", action="append", choices=PROVIDERS, help="default: each of the five")
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--at-most", type=float, default=300.0, help="seconds of a walk at a raised limit")
    parser.add_argument("--case", action="append", choices=CASES)
    parser.add_argument("--results", type=Path, help="results are added to this file and told from it")
    parser.add_argument("--table", action="store_true", help="measure nothing")
    parser.add_argument("--killed", action="store_true", help="a walk killed ten times and resumed")
    return parser.parse_args()


def _apart(provider: str, case: str, contacts: int, at_most: float) -> str:
    """In a process of its own, so that its peak of memory is its own."""
    call = (
        f"from benchmarks.fetching import measured; measured({provider!r}, {case!r}, {contacts}, {at_most})"
    )
    done = subprocess.run([sys.executable, "-c", call], stdout=subprocess.PIPE, text=True, check=True)
    return done.stdout.strip().splitlines()[-1]


if __name__ == "__main__":
    main()
