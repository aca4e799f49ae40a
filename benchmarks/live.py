"""How long a contact that a source tells by the API takes until lookup shows it, and what a flood does.

    python -m benchmarks.live [--people 46000] [--changes 60] [--flood 60] [--rate 1000] [--file FILE]
                              [--singles 60] [--connections 64] [--no-night]

On a served population new contacts of people who are there are told to a server one after the other, each
looked up by its email until it is shown; then again while a full night in a process of its own merges and
publishes everybody. Then so many changes a second are told for so many seconds, in batches of fifty; said is
how many were taken, how far behind merging fell, and when all were merged. At last so many a second are told
one a request, over so many kept connections, to a server in a process of its own.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import numpy as np
from sqlalchemy import text

from benchmarks.served_population import SETTINGS, Served, served
from benchmarks.singles import singles
from dedupe.cli import logs
from dedupe.web.serving import serving
from dedupe.web.starting import application
from dedupe.wiring import live_worker

LOOK_EVERY = 0.05  # seconds; a look takes of the same processors
PATIENCE = 60.0  # seconds until a contact must be shown
BATCH = 50
NIGHT = """
import resource, sys
from pathlib import Path
from benchmarks.served_population import SETTINGS
from dedupe.pipeline.merging import merge
from dedupe.storage.database import Database
from dedupe.wiring import nights, rooms
with Database(None, Path(sys.argv[1])) as database:
    told = merge(database, nights.merge_settings(SETTINGS), rooms.engine(SETTINGS))
print(told.in_words())
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"  the night's processor time: {used.ru_utime + used.ru_stime:.0f} s")
"""
SERVER = """
import resource, sys
from pathlib import Path
from benchmarks.served_population import SETTINGS
from dedupe.cli import logs
from dedupe.storage.database import Database
from dedupe.web.serving import serving
from dedupe.web.starting import application
from dedupe.wiring import live_worker
logs.configure(0, as_json=False)
with (
    Database(None, Path(sys.argv[1])) as database,
    live_worker.working(database, SETTINGS) as worker,
    serving(application(SETTINGS, database, "benchmark", worker.wake)) as address,
):
    print(address, flush=True)
    sys.stdin.readline()
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"server {used.ru_utime + used.ru_stime:.0f} s of processor")
"""
VOWELS, CONSONANTS = "aeiou", "bcdfghklmnprstvwz"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=46_000, help="each has about 2.2 contacts")
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--flood", type=int, default=60, help="seconds")
    parser.add_argument("--rate", type=int, default=1000, help="changes a second")
    parser.add_argument("--file", type=Path)
    parser.add_argument("--singles", type=int, default=60, help="seconds of single changes")
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--no-night", action="store_true")
    options = parser.parse_args()
    logs.configure(0, as_json=False)
    with served(options.people, 10, options.file) as house:
        print(f"{house.contacts:,} contacts; {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
        with client_of(house) as client:
            one_after_the_other(client, house, options.changes)
            if not options.no_night:
                during_a_night(client, house)
            if options.flood:
                flood(client, house, options.flood, options.rate)
        if options.singles:
            one_a_request(house, options.singles, options.rate, options.connections)


@contextmanager
def client_of(house: Served) -> Iterator[httpx.Client]:
    with (
        live_worker.working(house.database, SETTINGS) as worker,
        serving(application(SETTINGS, house.database, "benchmark", worker.wake)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def one_after_the_other(client: httpx.Client, house: Served, count: int) -> None:
    times = [shown(client, "one", number, email) for number, email in enumerate(_emails(house, count))]
    print(f"told to stored: {percentiles(times, 0)}; told to shown: {percentiles(times, 1)}")


def during_a_night(client: httpx.Client, house: Served) -> None:
    """The same for as long as a full night lasts."""
    emails = _emails(house, 10_000)
    with house.database.begin() as connection:  # so that all are merged
        connection.execute(text("INSERT INTO dedupe.changes (about) VALUES ('merging'), ('everything')"))
    night = subprocess.Popen(
        [sys.executable, "-c", NIGHT, str(house.folder)], stdout=subprocess.PIPE, text=True
    )
    times = []
    for number, email in enumerate(emails):
        if night.poll() is not None:
            break
        times.append(shown(client, "night", number, email))
    told, _ = night.communicate()
    print(told.rstrip())
    print(f"during the night, {len(times)} of them: told to stored: {percentiles(times, 0)}")
    slowest = ", ".join(f"{took:.1f}" for _, took in sorted(times, key=lambda one: -one[1])[:5])
    print(f"  told to shown: {percentiles(times, 1)}; the slowest {slowest} s; load {os.getloadavg()[0]:.0f}")


def shown(client: httpx.Client, key: str, number: int, email: str) -> tuple[float, float]:
    """Seconds until one more contact of somebody who is there is stored, and until it is shown."""
    row = {"full_name": f"Somebody New{number}", "email": f"{key}{number}.{email}"}
    began = time.perf_counter()
    tell(client, [{"external_id": f"{key}{number}", "contact": row}])
    stored = time.perf_counter() - began
    while not client.post("/v1/lookup", json={"email": row["email"]}).json()["hits"]:
        if time.perf_counter() - began > PATIENCE:
            raise SystemExit(f"not shown after {PATIENCE:.0f} s: {backlog(client)}")
        time.sleep(LOOK_EVERY)
    return stored, time.perf_counter() - began


def flood(client: httpx.Client, house: Served, seconds: int, rate: int) -> None:
    began, sent, most, late = time.perf_counter(), 0, 0, 0.0
    while sent < seconds * rate:
        late = time.perf_counter() - began - sent / rate
        time.sleep(max(0.0, -late))
        tell(client, [changed(sent + at, rate * 10) for at in range(BATCH)])
        sent += BATCH
        if sent % rate == 0:
            most = max(most, backlog(client)["backlog"])
    took = time.perf_counter() - began
    while (left := backlog(client)["backlog"]) and time.perf_counter() - began < took + 600:
        most = max(most, left)
        time.sleep(1)
    drained = time.perf_counter() - began - took
    pace = f"{sent / took:,.0f} a second, behind by {late:.1f} s at the end"
    print(f"{sent:,} changes told in {took:.0f} s ({pace})")
    print(f"  most that waited {most:,}; {left:,} left {drained:.0f} s later")
    with house.database.connect() as connection:
        query = "SELECT count(*) FROM dedupe.source_contacts WHERE external_id LIKE 'flood%'"
        stored = connection.execute(text(query)).scalar_one()
    print(f"  contacts stored {stored:,} of {min(sent, rate * 10):,}")


def one_a_request(house: Served, seconds: int, rate: int, connections: int) -> None:
    """The server and its worker in a process of their own, so that it doesn't take turns with the client."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(house.folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    address = server.stdout.readline().strip()
    contacts, before = rate * 10, time.process_time()
    told = singles(address, seconds, rate, connections, lambda number: single(number, contacts))
    client = time.process_time() - before
    with httpx.Client(base_url=address, timeout=60) as asked:
        waits, behind = backlog(asked), time.perf_counter()
        while backlog(asked)["backlog"] and time.perf_counter() - behind < 600:
            time.sleep(1)
        drained = time.perf_counter() - behind
    used, _ = server.communicate("end")
    half, most = np.percentile(told.milliseconds, [50, 99])
    sent = seconds * rate
    print(f"{sent:,} single changes, {rate:,} a second asked over {connections} connections")
    pace = f"{sent / told.seconds:,.0f} a second; p50 {half:.0f} ms, p99 {most:.0f} ms"
    print(f"  taken in {told.seconds:.0f} s: {pace}")
    print(f"  answers {dict(told.statuses)}; the last was first sent {told.late:.1f} s late")
    print(f"  {waits['backlog']:,} waited at the end, all merged {drained:.0f} s later")
    print(f"  {used.strip()}, client {client:.0f} s")
    with house.database.connect() as connection:
        query = "SELECT count(*) FROM dedupe.source_contacts WHERE external_id LIKE 'single%'"
        stored = connection.execute(text(query)).scalar_one()
    print(f"  contacts stored {stored:,} of {min(sent, contacts):,}; load {os.getloadavg()[0]:.0f}")


def single(number: int, contacts: int) -> dict[str, Any]:
    row = changed(number, contacts)
    key = row["external_id"].removeprefix("flood")
    email = row["contact"]["email"].replace("@", ".single@")
    return {"external_id": f"single{key}", "contact": {**row["contact"], "email": email}}


def changed(number: int, contacts: int) -> dict[str, Any]:
    """The change with that number: of so many contacts each is told of in turn."""
    key, turn = number % contacts, number // contacts
    given, family, domain = (word(f"{part} {key}") for part in ("given", "family", "domain"))
    email = f"{given}.{family}@{domain}.example"
    row = {"full_name": f"{given} {family}".title(), "email": email, "job_title": f"turn {turn}"}
    return {"external_id": f"flood{key}", "contact": row}


def word(text: str) -> str:
    """Letters that look like nobody else's."""
    return "".join(VOWELS[one % 5] + CONSONANTS[one % 17] for one in sha256(text.encode()).digest()[:4])


def tell(client: httpx.Client, contacts: list[dict[str, Any]]) -> None:
    answer = client.post("/v1/source-contacts", json={"source": "forms", "contacts": contacts})
    answer.raise_for_status()
    assert "refused" not in answer.json()["counts"]


def backlog(client: httpx.Client) -> dict[str, Any]:
    answer: dict[str, Any] = client.get("/readyz").json()
    return answer


def percentiles(times: list[tuple[float, float]], which: int) -> str:
    half, most = np.percentile([each[which] for each in times], [50, 99]) * 1e3
    return f"p50 {half:.0f} ms, p99 {most:.0f} ms"


def _emails(house: Served, count: int) -> list[str]:
    with house.database.connect() as connection:
        query = text("SELECT value FROM dedupe.golden_emails ORDER BY value LIMIT :count")
        return list(connection.execute(query, {"count": count}).scalars())


if __name__ == "__main__":
    main()
