"""How long "who is this?" takes, and how often the true golden contact is among the first three.

    python -m benchmarks.who [--people 46000] [--questions 500] [--file POPULATION.parquet]

A population is served but for one contact each of some people who have others; those are asked for, one
after the other, each by all that it says: in this process, and over HTTP as described contacts. The truth is
the golden contacts of the same person's other contacts.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pyarrow as pa

from benchmarks.served_population import SETTINGS, Served, served
from dedupe.cli import logs
from dedupe.fetchers.files.read import read_table
from dedupe.review.who import Answer, Who
from dedupe.storage.access_log import Visitor
from dedupe.web.serving import serving
from dedupe.web.starting import application
from dedupe.wiring import review_services

FIRST = 3
ME = Visitor("benchmark", "cli")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--people", type=int, default=46_000, help="each has about 2.2 contacts")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--file", type=Path)
    options = parser.parse_args()
    logs.configure(0, as_json=False)
    with served(options.people, options.questions, options.file) as house:
        print(f"{house.contacts:,} contacts; {os.cpu_count()} cores, load {os.getloadavg()[0]:.0f}")
        measure(house)


def measure(house: Served) -> None:
    """Prints the figures of one served population."""
    given = read_table(house.held_out, "held out").given
    who = review_services.who(SETTINGS)
    began = time.perf_counter()
    _ask(house, who, given, 0)
    print(f"the first question {time.perf_counter() - began:.2f} s (the scorer is loaded)")
    took, used, ranks = [], [], []
    for row in range(len(given)):
        at, processor = time.perf_counter(), time.process_time()
        answer = _ask(house, who, given, row)
        took.append(time.perf_counter() - at)
        used.append(time.process_time() - processor)
        ranks.append(rank(answer, house.golden[row]))
    tell("in this process", took)
    tell("  of processor", used)
    for most in (1, FIRST):
        found = sum(one is not None and one < most for one in ranks)
        print(f"the true golden contact among the first {most}: {found / len(ranks):.3f} of {len(ranks):,}")
    tell("over HTTP", over_http(house, given))


def _ask(house: Served, who: Who, given: pa.Table, row: int) -> Answer:
    with house.database.begin() as connection:
        return who.ask_given(connection, ME, given.slice(row, 1), FIRST)


def rank(answer: Answer, golden: set[str]) -> int | None:
    """At which place the first true one stands."""
    places = [at for at, match in enumerate(answer.matches) if str(match.golden_id) in golden]
    return places[0] if places else None


def over_http(house: Served, given: pa.Table) -> list[float]:
    """The seconds of each question to a server in this process."""
    took = []
    with (
        serving(application(SETTINGS, house.database, "benchmark")) as address,
        httpx.Client(base_url=address) as client,
    ):
        client.post("/v1/match", json={"name": "Ann Lee"}).raise_for_status()
        for contact in given.to_pylist():
            asked = described(contact)
            at = time.perf_counter()
            client.post("/v1/match", json=asked).raise_for_status()
            took.append(time.perf_counter() - at)
    return took


def described(contact: Mapping[str, Any]) -> dict[str, Any]:
    """A row of GIVEN as the API takes it."""
    called = {"full": "name", "given": "given_name", "family": "family_name"}
    name = (contact["names"] or [{}])[0]
    made: dict[str, Any] = {field: name.get(part) for part, field in called.items()}
    made |= {field: [one["given"] for one in contact[field] or []] for field in ("emails", "phones")}
    single = ("company", "job_title", "street", "city", "region", "postcode", "country")
    made |= {field: contact[field] for field in single} | {"birth_date": contact["birth"]}
    return {field: value for field, value in made.items() if value}


def tell(what: str, seconds: list[float]) -> None:
    half, most = np.percentile(seconds, [50, 99]) * 1e3
    print(f"{what}: p50 {half:.0f} ms, p99 {most:.0f} ms")


if __name__ == "__main__":
    main()
