"""Nights with churn on an embedded server, one after the other, and what grows over them.

python -m benchmarks.soak [--nights 200] [--contacts 50000] [--folder DIR]

Each night a share of the contacts changes, some are gone and as many are new; `dedupe serve` runs all the
while and is asked. A row a night goes into DIR/soak.csv at once, so that a soak that was stopped goes on
behind its last row: the contacts of a night follow from its number alone.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil
from sqlalchemy import text

from dedupe.simulators.population.export import COLUMNS, write_csv
from dedupe.simulators.population.population import population
from dedupe.storage.database import Database

CHANGED, REPLACED = 0.01, 0.003
"""Of the contacts, those that change each night, and those that are gone and replaced by new ones."""
A_PERSON = 2.0  # contacts of a person, roughly
GROWS = 1.10
"""A last fifth of nights above the first fifth by more than this is named as growing (chosen)."""
LOOKUPS, HELD_BACK = 200, 5
SEED = 17
PHONE = COLUMNS.index("phone")


@dataclass(frozen=True)
class Night:
    """What one night was; bytes are of files, rows of Postgres's own statistics."""

    night: int
    mode: str
    seconds: float
    peak_mb: int
    serve_mb: float
    serve_files: int
    lookup_ms: float
    folder_mb: float
    database_mb: float
    wal_mb: float
    tables_mb: float
    indexes_mb: float
    rows: int
    dead_rows: int
    autovacuums: int
    golden: int


MEASURED = [one.name for one in fields(Night) if one.name not in ("night", "mode")]
_STATE = text("""
    SELECT pg_database_size(current_database()) / 1e6 AS database_mb,
           (SELECT sum(size) / 1e6 FROM pg_ls_waldir()) AS wal_mb,
           sum(pg_table_size(relid)) / 1e6 AS tables_mb, sum(pg_indexes_size(relid)) / 1e6 AS indexes_mb,
           sum(n_live_tup) AS rows, sum(n_dead_tup) AS dead_rows, sum(autovacuum_count) AS autovacuums
      FROM pg_stat_user_tables""")
_GREW = text("""
    SELECT relname, pg_total_relation_size(relid) / 1e6 AS mb, n_live_tup AS live, n_dead_tup AS dead
      FROM pg_stat_user_tables ORDER BY 2 DESC LIMIT 12""")


class Churn:
    """The contacts of each night: a window that moves over a population, with changes that add up."""

    def __init__(self, rows: list[list[str]], contacts: int) -> None:
        self._rows, self._contacts = rows, contacts
        self._step = max(1, round(contacts * REPLACED))
        self._changes = np.zeros(len(rows), dtype=np.int64)
        self._upto = 0

    def of(self, night: int) -> list[list[str]]:
        """Nights must be asked for in order."""
        for before in range(self._upto + 1, night + 1):
            drawn = np.random.default_rng([SEED, before]).random(len(self._rows)) < CHANGED
            self._changes += drawn
        self._upto = max(self._upto, night)
        begin = (night * self._step) % max(1, len(self._rows) - self._contacts + 1)
        places = range(begin, begin + self._contacts)
        return [self._changed(self._rows[place], int(self._changes[place])) for place in places]

    def _changed(self, row: list[str], times: int) -> list[str]:
        if not times:
            return row
        phone = row[PHONE] or "+1 305 485 0000"
        return [*row[:PHONE], f"{phone[:-2]}{times % 100:02d}", *row[PHONE + 1 :]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nights", type=int, default=200)
    parser.add_argument("--contacts", type=int, default=50_000)
    parser.add_argument("--folder", type=Path, default=Path("soak"))
    given = parser.parse_args()
    folder: Path = given.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    soak(folder, given.nights, given.contacts)


def soak(folder: Path, nights: int, contacts: int) -> list[Night]:
    """Run the nights that are missing; gives all of them, and prints what grows."""
    churn = Churn(_population(folder, nights, contacts), contacts)
    _configure(folder)
    done = _read(folder)
    print(f"{len(done)} nights are done; {nights - len(done)} to go; rows go to {folder / 'soak.csv'}")
    with _serving(folder) as (address, serve):
        for number in range(len(done) + 1, nights + 1):
            _write_sources(folder, churn.of(number))
            done.append(_night(folder, number, address, serve))
            _append(folder, done[-1])
            print("  ".join(f"{name} {value}" for name, value in asdict(done[-1]).items()), flush=True)
    _tell(folder, done)
    return done


def _population(folder: Path, nights: int, contacts: int) -> list[list[str]]:
    path = folder / "population.csv"
    wanted = contacts + round(contacts * REPLACED) * (nights + 1)
    if not path.exists():
        write_csv(population(round(wanted / A_PERSON), SEED), path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    if len(rows) < contacts:
        raise SystemExit(f"{path} holds {len(rows)} contacts: remove it, to make it anew")
    return rows


def _write_sources(folder: Path, rows: list[list[str]]) -> None:
    source, truth = COLUMNS.index("source"), COLUMNS.index("truth_id")
    head = [name for at, name in enumerate(COLUMNS) if at not in (source, truth)]
    by_source: dict[str, list[list[str]]] = {}
    for row in rows:
        kept = [cell for at, cell in enumerate(row) if at not in (source, truth)]
        by_source.setdefault(row[source], []).append(kept)
    for name, mine in by_source.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([head, *mine])


def _configure(folder: Path) -> None:
    names = ("openmrp", "digital99", "whippy", "askelephant", "livedesk")
    each = 'provider = "file"\npath = "{name}.csv"\nmax_gone = 1.0\noptions = {{ complete = true }}\n'
    sources = "".join(f"[sources.of_{name}]\n{each.format(name=name)}" for name in names)
    (folder / "config.toml").write_text(f'[database]\ndata_dir = "{folder / "data"}"\n{sources}', "utf-8")
    for name in names:
        if not (folder / f"{name}.csv").exists():
            (folder / f"{name}.csv").write_text(",".join(COLUMNS), "utf-8")


def _night(folder: Path, number: int, address: str, serve: psutil.Process) -> Night:
    began = time.monotonic()
    ran = _dedupe(folder, "nightly", "--report", "report.json")
    seconds = time.monotonic() - began
    report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))["merged"]
    if ran.returncode == HELD_BACK:
        print(f"night {number} was held back, and is published all the same: {report['run_id']}")
        ran = _dedupe(folder, "publish", report["run_id"])
    if ran.returncode:
        raise SystemExit(f"night {number} ended with {ran.returncode}:\n{ran.stderr}")
    lookup = _lookups(address, folder)
    mine = serve.memory_info().rss / 1e6, serve.num_fds()
    with Database(None, folder / "data") as database, database.connect() as connection:
        state = connection.execute(_STATE).mappings().one()
    size = sum(path.stat().st_size for path in (folder / "data").rglob("*") if path.is_file()) / 1e6
    sizes: dict[str, Any] = {
        name: round(float(value), 1) for name, value in state.items() if name.endswith("_mb")
    }
    counts: dict[str, Any] = {name: int(value) for name, value in state.items() if not name.endswith("_mb")}
    return Night(
        night=number,
        mode=report["mode"],
        seconds=round(seconds, 2),
        peak_mb=max((stage["peak_mb"] for stage in report["stages"]), default=0),
        serve_mb=round(mine[0], 1),
        serve_files=mine[1],
        lookup_ms=round(lookup, 2),
        folder_mb=round(size, 1),
        golden=report["golden"].get("golden_contacts", 0),
        **sizes,
        **counts,
    )


@contextmanager
def _serving(folder: Path) -> Iterator[tuple[str, psutil.Process]]:
    """`dedupe serve` while the block lasts: what it grows by over the nights is seen in it."""
    log = folder / "serve.log"
    command = [sys.executable, "-m", "dedupe", "serve", "--port", "0"]
    with log.open("wb") as said:
        child = subprocess.Popen(
            command, cwd=folder, env=_environment(), stderr=said, stdin=subprocess.DEVNULL
        )
    try:
        while not (found := re.search(r"Serving at (\S+) ", log.read_text("utf-8"))):
            if child.poll() is not None:
                raise SystemExit(log.read_text("utf-8"))
            time.sleep(0.1)
        yield found[1], psutil.Process(child.pid)
    finally:
        child.terminate()
        child.wait()


def _lookups(address: str, folder: Path) -> float:
    """Milliseconds of a lookup, the median."""
    with (folder / "livedesk.csv").open(encoding="utf-8", newline="") as file:
        emails = [row["email"].split(";")[0] for row in csv.DictReader(file) if row["email"]][:LOOKUPS]
    took = []
    with httpx.Client(base_url=address, timeout=60) as client:
        for email in emails:
            began = time.perf_counter()
            client.post("/v1/lookup", json={"email": email})
            took.append((time.perf_counter() - began) * 1e3)
        client.get("/metrics").raise_for_status()
    return float(np.median(took)) if took else 0.0


def _dedupe(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dedupe", *arguments]
    return subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False
    )


def _environment() -> dict[str, str]:
    """The nights run elsewhere, by the code that is here."""
    here = str(Path(__file__).parents[1])
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH")]))}


def _read(folder: Path) -> list[Night]:
    path = folder / "soak.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [
            Night(**{one.name: _typed(one.type, row[one.name]) for one in fields(Night)})
            for row in csv.DictReader(file)
        ]


def _typed(kind: Any, cell: str) -> Any:
    return {"int": int, "float": float}.get(str(kind), str)(cell)


def _append(folder: Path, night: Night) -> None:
    path = folder / "soak.csv"
    fresh = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow([one.name for one in fields(Night)])
        writer.writerow(asdict(night).values())


def _tell(folder: Path, done: list[Night]) -> None:
    """Print the first and the last fifth of the nights side by side, and what of it grew; then the largest
    tables. The first night, which makes everything, counts for neither."""
    rest = done[1:]
    part = max(1, len(rest) // 5)
    print(f"\n{'':14}{'first fifth':>14}{'last fifth':>14}")
    for name in MEASURED:
        first, last = (
            float(np.median([getattr(one, name) for one in some])) for some in (rest[:part], rest[-part:])
        )
        grew = "  grows" if last > first * GROWS and last - first > 1 else ""
        print(f"{name:14}{first:14,.1f}{last:14,.1f}{grew}")
    with Database(None, folder / "data") as database, database.connect() as connection:
        print(f"\n{'table':28}{'MB':>10}{'rows':>12}{'dead':>10}")
        for row in connection.execute(_GREW):
            print(f"{row.relname:28}{row.mb:10,.1f}{row.live:12,}{row.dead:10,}")


if __name__ == "__main__":
    main()
