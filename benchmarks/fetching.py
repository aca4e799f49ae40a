"""How fast a source is walked into storage, and in how much memory.

    python -m benchmarks.fetching --provider digital99 --people 20000
    python -m benchmarks.fetching --provider whippy --people 20000 --at-limit
    python -m benchmarks.fetching --provider digital99 --people 20000 --fault failing=10

The simulator runs in a process of its own, Postgres is the embedded one in a fresh folder. `--at-limit` lets
the simulator enforce the provider's own limit and asks at just that rate. Prints one line of JSON.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from dedupe.fetchers.registry import fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.collecting import CollectOptions, collect_source
from dedupe.pipeline.reading import read_changed
from dedupe.simulators.population import PROVIDERS, population
from dedupe.simulators.servers import simulate
from dedupe.storage.database import Database
from dedupe.storage.migrating import migrate
from dedupe.wiring.simulated import simulated_sources


def served(
    pipe: Connection, provider: str, people: int, faults: list[str], at_limit: bool, more: int
) -> None:
    """The simulator's process: hands over its source, then waits to be told to end."""
    with simulate(
        population(people, seed=1), [provider], faults={provider: faults}, rate_limits=at_limit
    ) as running:
        for _ in range(more):
            running[provider].insert()
        own = simulated_sources(running)[0]
        count = sum(1 for _ in running[provider].contacts())
        pipe.send((vars(own), count))
        pipe.recv()


def measured(
    provider: str, people: int, faults: list[str], *, at_limit: bool, more: int, read: bool
) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=served, args=(there, provider, people, faults, at_limit, more))
    server.start()
    given, count = here.recv()
    own = SourceSettings(**{**given, "options": {"backoff": 0.05}, "timeout": 60.0})
    limit = fetcher_for(own).connection().limit
    if at_limit:
        own = SourceSettings(**{**vars(own), "rate": limit})
    try:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o711)  # as root, the server's own user must be able to pass
            with Database(None, Path(folder) / "postgres") as database:
                migrate(database)
                result = _walked(database, own, count, limit if at_limit else None)
                if read:
                    began = time.monotonic()
                    read_changed(database, {own.name: own}, NormalizeSettings(), {})
                    result["read_seconds"] = round(time.monotonic() - began, 1)
    finally:
        here.send("end")
        server.join()
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return result


def _walked(database: Database, own: SourceSettings, count: int, limit: float | None) -> dict[str, Any]:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    began = time.monotonic()
    report = collect_source(database, own, CollectOptions(full=True))
    seconds = time.monotonic() - began
    return {
        "provider": own.provider,
        "contacts": count,
        "status": report.status,
        "complete": report.new == count,
        "seconds": round(seconds, 1),
        "contacts_a_second": round(report.fetched / seconds),
        "requests": report.requests,
        "retries": report.retries,
        "share_of_limit": round(report.requests / seconds / limit, 2) if limit else None,
        "mb_before": before,
        "walk_peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--provider", choices=PROVIDERS, default="digital99")
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--more", type=int, default=0, help="contacts inserted besides the population's")
    parser.add_argument("--fault", action="append", default=[])
    parser.add_argument("--at-limit", action="store_true")
    parser.add_argument("--read", action="store_true", help="read and normalize them, too")
    given = parser.parse_args()
    result = measured(
        given.provider, given.people, given.fault, at_limit=given.at_limit, more=given.more, read=given.read
    )
    print(json.dumps(result))


if __name__ == "__main__":
    main()
