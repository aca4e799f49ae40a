"""How long a contact that a source tells by the API takes until lookup shows it, and what a flood does.

    python -m benchmarks.live [--contacts 100000] [--changes 60] [--flood 60] [--rate 1000] [--file FILE]

On a served population new contacts of people who are there are told to a server one after the other, each
looked up by its email until it is shown. Then so many changes a second are told for so many seconds, in
batches of fifty; said is how many were taken, how far behind merging fell, and when all were merged.
"""

from __future__ import annotations

import argparse
import os
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
from dedupe.cli import logs
from dedupe.web.serving import serving
from dedupe.web.starting import application
from dedupe.wiring import live_worker

LOOK_EVERY = 0.05  # seconds; a look takes of the same processors
PATIENCE = 60.0  # seconds until a contact must be shown
BATCH = 50
VOWELS, CONSONANTS = "aeiou", "bcdfghklmnprstvwz"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=100_000)
    parser.add_argument("--changes", type=int, default=60)
    parser.add_argument("--flood", type=int, default=60, help="seconds")
    parser.add_argument("--rate", type=int, default=1000, help="changes a second")
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    logs.configure(0, as_json=False)
    with served(options.contacts, 10, options.file) as house, client_of(house) as client:
        print(f"{house.contacts:,} contacts; {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
        one_after_the_other(client, house, options.changes)
        if options.flood:
            flood(client, house, options.flood, options.rate)


@contextmanager
def client_of(house: Served) -> Iterator[httpx.Client]:
    with (
        live_worker.working(house.database, SETTINGS) as worker,
        serving(application(SETTINGS, house.database, "benchmark", worker.wake)) as address,
        httpx.Client(base_url=address, timeout=60) as client,
    ):
        yield client


def one_after_the_other(client: httpx.Client, house: Served, count: int) -> None:
    known = _emails(house, count)
    stored, shown = [], []
    for number, email in enumerate(known):
        row = {"full_name": f"Somebody New{number}", "email": f"new{number}.{email}"}
        began = time.perf_counter()
        tell(client, [{"external_id": f"one{number}", "contact": row}])
        stored.append(time.perf_counter() - began)
        while not client.post("/v1/lookup", json={"email": row["email"]}).json()["hits"]:
            if time.perf_counter() - began > PATIENCE:
                raise SystemExit(f"not shown after {PATIENCE:.0f} s: {backlog(client)}")
            time.sleep(LOOK_EVERY)
        shown.append(time.perf_counter() - began)
    print(f"told to stored: {percentiles(stored)}; told to shown: {percentiles(shown)}")


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


def percentiles(seconds: list[float]) -> str:
    half, most = np.percentile(seconds, [50, 99]) * 1e3
    return f"p50 {half:.0f} ms, p99 {most:.0f} ms"


def _emails(house: Served, count: int) -> list[str]:
    with house.database.connect() as connection:
        query = text("SELECT value FROM dedupe.golden_emails ORDER BY value LIMIT :count")
        return list(connection.execute(query, {"count": count}).scalars())


if __name__ == "__main__":
    main()
