"""How many golden contacts can be looked up in a second over one connection, and how long the slowest take.

    python -m benchmarks.lookups [--contacts 20000] [--lookups 5000]

Five simulated providers are collected and merged into a Postgres of its own; then golden contacts are looked
up by email, phone, source contact and id, each in a transaction with its line in the access log. Beside it
the floor: that line alone, in a transaction.
"""

from __future__ import annotations

import argparse
import os
import random
import time
from collections.abc import Callable
from uuid import UUID

import numpy as np
from sqlalchemy import text

from dedupe import lookup
from dedupe.config import Settings
from dedupe.simulators.population import population
from dedupe.storage import access_log
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.wiring import demo, nights

VISITOR = Visitor("benchmark", "cli")
ASKED = {
    "email": "SELECT value FROM dedupe.golden_emails ORDER BY value",
    "phone": "SELECT value FROM dedupe.golden_phones ORDER BY value",
    "source contact": """SELECT s.name || ':' || c.external_id FROM dedupe.source_links l
        JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
        JOIN dedupe.sources s ON s.id = c.source_id ORDER BY c.id""",
    "id": "SELECT CAST(id AS text) FROM dedupe.golden_contacts ORDER BY id",
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, default=20_000)
    parser.add_argument("--lookups", type=int, default=5_000)
    options = parser.parse_args()
    with demo.demo_database() as database:
        demo.run(database, demo.people_for(options.contacts), Settings(), nights.Listener())
        with database.begin() as connection:
            held = connection.execute(text("SELECT count(*) FROM dedupe.source_links")).scalar_one()
        profile = population(1, 1).profile_hash()
        print(f"{held:,} source contacts (profile {profile}); load {os.getloadavg()[0]:.1f}")
        print("lookups a second over one connection, milliseconds, and how many times the floor they take:")
        floor = measure(database, "floor", ASKED["id"], options.lookups, bare)
        for name, query in ASKED.items():
            measure(database, f"by {name}", query, options.lookups, look_up, floor)


def measure(
    database: Database,
    name: str,
    query: str,
    count: int,
    ask: Callable[[Connection, str], object],
    floor: float | None = None,
) -> float:
    """The median in milliseconds."""
    with database.begin() as connection:
        values = list(connection.execute(text(query)).scalars())
    asked = random.Random(1).choices(values, k=count)
    timings(database, asked[: count // 5], ask)  # a cold cache is nobody's floor
    seconds = np.array(timings(database, asked, ask))
    median, worst = np.percentile(seconds, [50, 99]) * 1e3
    times = "" if floor is None else f"   {median / floor:.1f} times the floor"
    rate = count / seconds.sum()
    print(f"  {name:18} {rate:8,.0f}/s   median {median:.2f}   p99 {worst:.2f}{times}", flush=True)
    return float(median)


def timings(database: Database, asked: list[str], ask: Callable[[Connection, str], object]) -> list[float]:
    taken = []
    with database.connect() as connection:
        for value in asked:
            began = time.perf_counter()
            with connection.begin():
                ask(connection, value)
            taken.append(time.perf_counter() - began)
    return taken


def bare(connection: Connection, value: str) -> None:
    """The least that a lookup which is logged can take."""
    access_log.write(connection, VISITOR, "floor", [UUID(value)])


def look_up(connection: Connection, value: str) -> None:
    found = lookup.by_anything(connection, VISITOR, value)
    assert found, "what is served must be found"


if __name__ == "__main__":
    main()
