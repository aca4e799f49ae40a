"""How many golden contacts can be looked up in a second over HTTP, by connections that are kept.

    python -m benchmarks.lookups [--contacts 20000] [--seconds 5] [--connections 1 8 32] [--rounds 3]

Five simulated providers are collected and merged into a Postgres of its own, and the service runs in a
process of its own. So many connections ask by email, each anew as soon as it is answered; beside them, in the
same run, the floor: pgbench selects golden contacts by email from the same table over as many connections.
Where pgbench isn't there, a loop of psycopg is the floor, and that is said. The rounds take turns, and the
median of each figure is told with the least and the greatest rate. The clients' own time is told as well:
they share the processors with the service, and must not be what is measured.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import random
import re
import selectors
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psycopg
from sqlalchemy import text

from dedupe.cli import logs
from dedupe.config import Settings
from dedupe.simulators.population.population import population
from dedupe.storage.database import Database
from dedupe.storage.embedded.files import INSTALLATION, PACKAGE
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
    parser.add_argument("--rounds", type=int, default=3)
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
            rounds: list[dict[int, Beside]] = [
                {each: beside(address, url, values, each, options.seconds) for each in options.connections}
                for _ in range(options.rounds)
            ]
    for connections in options.connections:
        tell(connections, [one[connections] for one in rounds])


@dataclass(frozen=True)
class Beside:
    """The same number of connections at the floor and at the service."""

    floor_is: str
    floor: Times
    answered: Times
    clients: float  # milliseconds of processor that a client took for each lookup


def beside(address: str, url: str, values: list[str], connections: int, seconds: float) -> Beside:
    over_http(address, values, connections, seconds / 5)  # a cold cache is nobody's floor
    named, floor = floor_of(url, values, connections, seconds)
    before = time.process_time()
    answered = over_http(address, values, connections, seconds)
    took = (time.process_time() - before) * 1e3
    return Beside(named, floor, answered, took / len(answered[1]))


def tell(connections: int, rounds: Sequence[Beside]) -> None:
    print(f"{connections} connections")
    floor = told(rounds[0].floor_is, [one.floor for one in rounds])
    answered = told("lookup over HTTP", [one.answered for one in rounds])
    clients = np.median([one.clients for one in rounds])
    print(
        f"  the floor is {floor / answered:.1f} times as many; a client takes {clients:.2f} ms for a lookup"
    )


def told(name: str, rounds: Sequence[Times]) -> float:
    rates = [len(each) / seconds for seconds, each in rounds]
    rate = float(np.median(rates))
    median, worst = np.median([np.percentile(each, [50, 99]) for _, each in rounds], axis=0)
    spread = f"({min(rates):,.0f} to {max(rates):,.0f})"
    print(f"  {name:18} {rate:8,.0f}/s {spread:18} p50 {median:7.2f} ms   p99 {worst:7.2f} ms")
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
    """All connections by one thread of this process, which costs a lookup a tenth of what the service does.

    A thread for each, with a client of the standard library, costs a third and waits for its turn besides.
    """
    port, draw = urlsplit(address).port, random.Random(connections)
    requests = [_request(value) for value in values]
    each: list[float] = []
    with selectors.DefaultSelector() as selector:
        began = time.perf_counter()
        for _ in range(connections):
            asked = Asked(socket.create_connection(("127.0.0.1", port)))
            asked.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(asked.connection, selectors.EVENT_READ, asked)
            asked.send(draw.choice(requests))
        while selector.get_map():
            for key, _ in selector.select():
                asked = key.data
                if not asked.is_answered():
                    continue
                now = time.perf_counter()
                each.append((now - asked.since) * 1e3)
                if now < began + seconds:
                    asked.send(draw.choice(requests))
                else:
                    selector.unregister(asked.connection)
                    asked.connection.close()
        return time.perf_counter() - began, each


def _request(value: str) -> bytes:
    body = json.dumps({"email": value}).encode()
    head = "POST /v1/lookup HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@dataclass
class Asked:
    """One kept connection and what has come of the answer to its request."""

    connection: socket.socket
    since: float = 0.0
    answer: bytes = b""

    def send(self, request: bytes) -> None:
        self.since, self.answer = time.perf_counter(), b""
        self.connection.sendall(request)

    def is_answered(self) -> bool:
        """Read what has come: whether that is all of it."""
        self.answer += self.connection.recv(65536)
        head, end, body = self.answer.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)content-length: *(\d+)", head)
        if not end or length is None or len(body) < int(length.group(1)):
            assert self.answer, "the service has ended the connection"
            return False
        assert b'"by"' in body, "what is served must be found"
        return True


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
