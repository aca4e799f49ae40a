"""A thousand lookups in one request beside a thousand single requests over a kept connection.

    python -m benchmarks.many_lookups [--contacts 20000] [--rounds 5]

Half the values are emails and half phones of a served population, and one in ten is nobody's. Rounds take
turns; the median of each is told, and whether the answers are the same.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

import httpx
from sqlalchemy import text

from benchmarks.lookups import EMAILS, served
from dedupe import lookup
from dedupe.cli import logs
from dedupe.config import Settings
from dedupe.wiring import demo, nights

PHONES = "SELECT value FROM dedupe.golden_phones ORDER BY value"
NOBODYS = 0.1  # of the questions


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    logs.configure(0, as_json=False)
    with demo.demo_database() as database:
        demo.run(database, demo.people_for(options.contacts), Settings(), nights.Listener())
        with database.begin() as connection:
            emails = list(connection.execute(text(EMAILS)).scalars())
            phones = list(connection.execute(text(PHONES)).scalars())
        url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        asked = questions(emails, phones)
        machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}"
        print(f"{len(emails):,} emails, {len(phones):,} phones; {machine}")
        with served(url) as address, httpx.Client(base_url=address, timeout=60) as client:
            compare(client, asked, options.rounds)


def questions(emails: Sequence[str], phones: Sequence[str]) -> list[dict[str, str]]:
    draw = random.Random(1)
    half = lookup.MANY // 2
    made = [{"email": value} for value in draw.sample(emails, half)]
    made += [{"phone": value} for value in draw.sample(phones, half)]
    for at in draw.sample(range(len(made)), int(lookup.MANY * NOBODYS)):
        made[at] = {"email": f"nobody{at}@example.org"}
    return made


def compare(client: httpx.Client, asked: list[dict[str, str]], rounds: int) -> None:
    def singly() -> list[Any]:
        return [client.post("/v1/lookup", json=one).json()["hits"] for one in asked]

    def at_once() -> list[Any]:
        answers = client.post("/v1/lookups", json={"lookups": asked}).json()["answers"]
        return [one["hits"] for one in answers]

    assert singly() == at_once()
    ways: dict[str, Callable[[], list[Any]]] = {"one by one": singly, "at once": at_once}
    took = {name: [seconds(ask) for _ in range(rounds)] for name, ask in ways.items()}
    for name, times in took.items():
        median, least, most = (each(times) * 1e3 for each in (statistics.median, min, max))
        print(f"{name}: {median:,.0f} ms ({least:,.0f} to {most:,.0f})")
    print(f"{statistics.median(took['one by one']) / statistics.median(took['at once']):.1f} times as fast")


def seconds(ask: Callable[[], list[Any]]) -> float:
    began = time.perf_counter()
    ask()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
