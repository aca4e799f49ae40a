"""How many golden contacts can be looked up in a second over HTTP, by connections that are kept.

    python -m benchmarks.lookups [--contacts 20000] [--seconds 5] [--connections 1 8 32]

Five simulated providers are collected and merged into a Postgres of its own, and the service runs in a
process of its own. So many clients ask by email, each over one connection; beside them, in the same run, the
floor: pgbench selects golden contacts by email from the same table over as many connections. Where pgbench
isn't there, a loop of psycopg is the floor, and that is said.
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import multiprocessing
import os
import random
import re
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psycopg
from sqlalchemy import text

from dedupe.cli import logs
from dedupe.config import Settings
from dedupe.simulators.population import population
from dedupe.storage.database import Database
from dedupe.storage.server_files import INSTALLATION, PACKAGE
from dedupe.web.serving import serving
from dedupe.web.starting import application
from dedupe.wiring import demo, nights

EMAILS = "SELECT value FROM dedupe.golden_emails ORDER BY value"
SELECT = "SELECT golden_id FROM dedupe.golden_emails WHERE value = "
Times = tuple[float, list[float]]  # seconds in all, milliseconds of each


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 8, 32])
    options = parser.parse_args()
    logs.configure(0, as_json=False)
    with demo.demo_database() as database:
        demo.run(database, demo.people_for(options.contacts), Settings(), nights.Listener())
        with database.begin() as connection:
            values = list(connection.execute(text(EMAILS)).scalars())
        url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        profile = population(1, 1).profile_hash()
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"
        print(f"{len(values):,} emails (profile {profile}); {machine}")
        with served(url) as address:
            for connections in options.connections:
                compare(address, url, values, connections, options.seconds)


def compare(address: str, url: str, values: list[str], connections: int, seconds: float) -> None:
    over_http(address, values, connections, seconds / 5)  # a cold cache is nobody's floor
    named, floor = floor_of(url, values, connections, seconds)
    answered = over_http(address, values, connections, seconds)
    print(f"{connections} connections")
    rates = [tell(name, found) for name, found in ((named, floor), ("lookup over HTTP", answered))]
    print(f"  the floor is {rates[0] / rates[1]:.1f} times as many", flush=True)


def tell(name: str, found: Times) -> float:
    seconds, each = found
    rate = len(each) / seconds
    median, worst = np.percentile(each, [50, 99])
    print(f"  {name:18} {rate:8,.0f}/s   p50 {median:7.2f} ms   p99 {worst:7.2f} ms")
    return rate


@contextmanager
def served(url: str) -> Iterator[str]:
    """The service in a process of its own, so that clients and it don't take turns."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(url, theirs))
    process.start()
    try:
        yield str(ours.recv())
    finally:
        ours.send("end")
        process.join()


def _serve(url: str, pipe: Pipe) -> None:
    logs.configure(0, as_json=False)
    with Database(url) as database, serving(application(Settings(), database, "benchmark")) as address:
        pipe.send(address)
        pipe.recv()


def over_http(address: str, values: list[str], connections: int, seconds: float) -> Times:
    where = urlsplit(address)

    def ask(number: int, until: float) -> list[float]:
        draw, each = random.Random(number), []
        client = http.client.HTTPConnection(where.hostname or "", where.port)
        while (began := time.perf_counter()) < until:
            body = json.dumps({"email": draw.choice(values)})
            client.request("POST", "/v1/lookup", body, {"Content-Type": "application/json"})
            answer = client.getresponse()
            assert json.load(answer)["hits"], "what is served must be found"
            each.append((time.perf_counter() - began) * 1e3)
        return each

    return at_once(ask, connections, seconds)


def at_once(ask: Callable[[int, float], list[float]], clients: int, seconds: float) -> Times:
    """So many threads for so many seconds."""
    found: list[float] = []
    began = time.perf_counter()
    threads = [
        threading.Thread(target=lambda number=number: found.extend(ask(number, began + seconds)))
        for number in range(clients)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began, found


def floor_of(url: str, values: list[str], connections: int, seconds: float) -> tuple[str, Times]:
    spec = importlib.util.find_spec(PACKAGE)
    pgbench = Path(spec.origin or "").parent / INSTALLATION / "bin" / "pgbench" if spec else Path("pgbench")
    if pgbench.exists():
        return "pgbench's select", by_pgbench(pgbench, url, values, connections, seconds)

    def ask(number: int, until: float) -> list[float]:
        draw, each = random.Random(number), []
        with psycopg.connect(url, autocommit=True) as connection:
            while (began := time.perf_counter()) < until:
                connection.execute(f"{SELECT}%s", [draw.choice(values)]).fetchall()
                each.append((time.perf_counter() - began) * 1e3)
        return each

    return "psycopg's select", at_once(ask, connections, seconds)


def by_pgbench(pgbench: Path, url: str, values: list[str], connections: int, seconds: float) -> Times:
    """Each of some hundred values is a script, since pgbench draws numbers only; its log has each time."""
    with tempfile.TemporaryDirectory() as folder:
        chosen = random.Random(1).sample(values, min(100, len(values)))
        scripts = [Path(folder) / f"{number}.sql" for number in range(len(chosen))]
        for script, value in zip(scripts, chosen, strict=True):
            script.write_text(f"{SELECT}'{value.replace(chr(39), chr(39) * 2)}';\n", encoding="utf-8")
        command = [str(pgbench), "--no-vacuum", "--protocol=prepared", f"--client={connections}", "--log"]
        command += [f"--time={max(1, round(seconds))}", *(f"--file={script}" for script in scripts), url]
        ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        lines = [
            line.split()
            for log in Path(folder).glob("pgbench_log.*")
            for line in log.read_text().splitlines()
        ]
    rate = re.search(r"tps = ([\d.]+)", ran.stdout)
    assert rate, ran.stdout
    each = [int(line[2]) / 1e3 for line in lines]
    return len(each) / float(rate.group(1)), each


if __name__ == "__main__":
    main()
