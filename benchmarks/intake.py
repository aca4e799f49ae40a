"""A file into golden contacts and the nights after it, beside a plain COPY of the same bytes.

    python -m benchmarks.intake [--people 46000 460000] [--keep FOLDER] [--changed 100 10000] [--times 3]

Each population goes into an embedded Postgres of its own: imported, imported again unchanged, merged by a
first night, by one without news, by one after each number of rows changed, by runs after single rows, and by
a full night. The floor, in the same server and run: the rows that were stored, COPYed from a file into tables
without an index, once for the intake and once for what the first night published; and pgbench's own load of
as many accounts. A person has about 2.2 contacts. Memory is what is this process's own at the highest within
a step, without pages of files, which the system takes back; what nights tell of their stages is with them.
At the end stand the medians of all times.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from sqlalchemy import text

from benchmarks.memory import GIGABYTE, watched
from benchmarks.speed import file_of
from dedupe.cli import logs
from dedupe.config import Settings
from dedupe.pipeline.collecting import CollectOptions
from dedupe.pipeline.importing import import_file
from dedupe.pipeline.live_run import merge_now
from dedupe.pipeline.source_report import SourceReport
from dedupe.simulators.population.population import population
from dedupe.storage import match_index
from dedupe.storage.copying import driver
from dedupe.storage.database import Database
from dedupe.storage.embedded.files import binaries, server_user
from dedupe.storage.migrating import migrate
from dedupe.wiring import nights, rooms
from dedupe.wiring.nights import NightReport

INTAKE = ("source_contacts", "source_contact_versions", "contacts", "sync_pages")
PUBLISHED = (
    "golden_contacts",
    "golden_emails",
    "golden_phones",
    "golden_ids",
    "golden_events",
    "source_links",
    "links",
    "review_candidates",
)
BLOCK = 1 << 20  # bytes of a file handed on at once
SEED = 7
ALONE = 11  # single rows
_SIZE = """
    SELECT pg_total_relation_size('dedupe.match_index_keys')
         + pg_total_relation_size('dedupe.match_index_contacts')"""


@dataclass(frozen=True)
class Processors:
    """What a server's processes have used, those that have ended included."""

    postmaster: psutil.Process

    def seconds(self) -> float:
        own = self.postmaster.cpu_times()
        living = [_used(each) for each in self.postmaster.children()]
        return own.user + own.system + own.children_user + own.children_system + sum(living)


def _used(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return times.user + times.system


@dataclass
class Steps:
    """Seconds by the clock, and of processors, which a busy machine changes less: ours and the server's."""

    server: Processors
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began, used, served = time.perf_counter(), time.process_time(), self.server.seconds()
        with watched() as highest:
            yield
        took, busy = time.perf_counter() - began, time.process_time() - used
        server = self.server.seconds() - served
        self.seconds[name] = took
        memory = highest.anonymous / GIGABYTE
        spent = f"processors: ours {busy:6.1f} s, the server's {server:6.1f} s"
        print(f"  {name:36s} {took:7.1f} s  ({spent})  memory {memory:.2f} GB", flush=True)


def measure(path: Path, changed: Sequence[int]) -> dict[str, float]:
    """The seconds of each step of one population, in a fresh server.

    Numbers that change at random take people apart, more than a night may by the default limits; what is
    measured is a night that is published.
    """
    gate = {"max_share_split": 1.0}
    settings = Settings.model_validate({"normalize": {"fallback_region": "US"}, "gate": gate})
    with tempfile.TemporaryDirectory() as temporary, _server(Path(temporary)) as database:
        folder = Path(temporary)
        steps = Steps(_processors(database))
        with steps.step("import"):
            _import(database, path, settings)
        with steps.step("import again, unchanged"):
            reports = _import(database, path, settings)
        assert not sum(one.new + one.changed for one in reports)
        _beside(steps, "import", "intake", INTAKE, database, folder)
        _pgbench(database, folder / "postgres" / "postgres", sum(one.fetched for one in reports))
        with steps.step("first night"):
            first = _night(database, settings)
        _tell(first)
        steps.seconds["publish"] = next(one.seconds for one in first.merged.stages if one.name == "publish")
        _beside(steps, "publish", "publishing", PUBLISHED, database, folder)
        for name in ("night without news", "night without news, once more"):
            with steps.step(name):
                quiet = _night(database, settings)
            print(f"    {quiet.merged.status}, rows written {quiet.merged.rows_written}")
        for number, news in enumerate(changed):
            _changed(path, folder / "changed.csv", news, number)
            with steps.step(f"import with {news:,} rows changed"):
                _import(database, folder / "changed.csv", settings)
            with steps.step(f"night after {news:,} changes"):
                later = _night(database, settings)
            _tell(later)
        alone = _one_by_one(database, path, folder / "one.csv", settings)
        with steps.step("full night, with nothing new"):
            full = _night(database, settings, full=True)
        _tell(full)
        _doctored(database)
        return {**steps.seconds, "one changed contact": alone}


def _import(database: Database, path: Path, settings: Settings) -> list[SourceReport]:
    return import_file(database, path, rooms.normalize_settings(settings))


def _night(database: Database, settings: Settings, full: bool = False) -> NightReport:
    return nights.run(database, nights.night(settings, []), CollectOptions(full=full), nights.Listener())


def _one_by_one(database: Database, path: Path, one: Path, settings: Settings) -> float:
    """Rows that come alone, from stored to served: each a run of its own; gives the median seconds."""
    took: list[float] = []
    with rooms.engine_of_nights(settings, lambda _: None) as engine:
        for number in range(ALONE):
            _changed(path, one, 1, len(took) + 7)
            _import(database, one, settings)
            began = time.perf_counter()
            done = merge_now(database, nights.merge_settings(settings), engine).report
            took.append(time.perf_counter() - began)
            if number == ALONE - 1 and done is not None:
                for each in done.stages:
                    print(f"    {each.seconds:8.3f} s  {each.peak_mb:6,} MB  {each.name}")
    ordered = sorted(took)
    print(
        f"  one changed contact, {ALONE} times: median {ordered[ALONE // 2]:.3f} s, most {ordered[-1]:.3f} s"
    )
    return ordered[ALONE // 2]


def _doctored(database: Database) -> None:
    with database.connect() as connection:
        began = time.perf_counter()
        found = match_index.check(connection)
        size = connection.execute(text(_SIZE)).scalar_one()
    looked = time.perf_counter() - began
    told = f"{found.contacts:,} contacts, {found.keys:,} keys, {size / 1e6:,.0f} MB"
    print(f"  index of match keys: {told}; all pages looked over in {looked:.1f} s")


def _tell(night: NightReport) -> None:
    print(f"    {night.merged.why}")
    print(
        f"    {night.merged.status}: " + ", ".join(f"{k} {v:,}" for k, v in night.merged.written.items() if v)
    )
    for one in night.merged.stages:
        print(f"    {one.seconds:8.1f} s  {one.peak_mb:6,} MB  {one.name}")


# --- the floor --------------------------------------------------------------------------------------------


def _beside(
    steps: Steps, step: str, what: str, tables: Sequence[str], database: Database, folder: Path
) -> None:
    size, floor = _copied(database, tables, folder)
    ratio = steps.seconds[step] / floor
    print(f"  floor of the {what}: COPY of {size / 1e6:,.0f} MB {floor:.1f} s; ratio {ratio:.1f}", flush=True)


def _copied(database: Database, tables: Sequence[str], folder: Path) -> tuple[int, float]:
    """Bytes of the tables' rows as COPY writes them, and the seconds of bringing them into bare tables."""
    size, seconds = 0, 0.0
    for name in tables:
        path = folder / "rows"
        with (
            database.connect() as connection,
            path.open("wb") as file,
            driver(connection).cursor() as cursor,
            cursor.copy(f"COPY dedupe.{name} TO STDOUT") as copy,
        ):
            file.writelines(copy)
        size += path.stat().st_size
        with database.begin() as connection, path.open("rb") as file:
            connection.execute(text(f"CREATE TABLE public.floor AS SELECT * FROM dedupe.{name} WITH NO DATA"))
            began = time.perf_counter()
            with driver(connection).cursor() as cursor, cursor.copy("COPY public.floor FROM STDIN") as copy:
                while block := file.read(BLOCK):
                    copy.write(block)
            seconds += time.perf_counter() - began
        with database.begin() as connection:
            connection.execute(text("DROP TABLE public.floor"))
    return size, seconds


def _pgbench(database: Database, home: Path, rows: int) -> None:
    """So many accounts as pgbench itself loads them, 100,000 at a time, into the same server."""
    program = binaries(server_user(home), home) / "pgbench"
    scale = max(rows // 100_000, 1)
    with database.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("CREATE DATABASE pgbench"))
    url = database.engine.url.set(drivername="postgresql", database="pgbench")
    address = url.render_as_string(hide_password=False)
    began = time.perf_counter()
    command = [str(program), "--initialize", "--quiet", f"--scale={scale}", address]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    print(f"  pgbench loads {scale * 100_000:,} accounts of 97 bytes in {time.perf_counter() - began:.1f} s")
    with database.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("DROP DATABASE pgbench"))


# --- the files --------------------------------------------------------------------------------------------


def _changed(path: Path, target: Path, wanted: int, number: int) -> None:
    """The rows of so many contacts, evenly spread, with another phone number; `number` tells one time from
    another."""
    with path.open(encoding="utf-8") as rows:
        every = max((sum(1 for _ in rows) - 1) // wanted, 1)
    count = 0
    with (
        path.open(newline="", encoding="utf-8") as given,
        target.open("w", newline="", encoding="utf-8") as to,
    ):
        rows_of = csv.DictReader(given)
        writer = csv.DictWriter(to, rows_of.fieldnames or [])
        writer.writeheader()
        for place, row in enumerate(rows_of):
            if place % every == (31 * number) % every and count < wanted:
                row["phone"] = f"+1212{5_550_000 + (count + 1000 * number) % 10_000:07d}"
                count += 1
                writer.writerow(row)


@contextmanager
def _server(folder: Path) -> Iterator[Database]:
    folder.chmod(0o711)  # as root, the server's own user must be able to pass
    with Database(None, folder / "postgres") as database:
        migrate(database)
        yield database


def _processors(database: Database) -> Processors:
    with database.connect() as connection:
        backend = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
    return Processors(psutil.Process(psutil.Process(backend).ppid()))


def _alone(path: Path, changed: Sequence[int]) -> dict[str, float]:
    """In a fresh process, so that nothing is compiled yet and memory is its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as process:
        return process.submit(measure, path, changed).result()


def _medians(found: Sequence[dict[str, float]]) -> None:
    print(f"medians of {len(found)}; load {os.getloadavg()[0]:.1f}")
    for name in found[0]:
        each = sorted(one[name] for one in found)
        print(f"  {name:36s} {statistics.median(each):7.1f} s  ({each[0]:.1f} to {each[-1]:.1f})")
    both = statistics.median(one["import"] + one["first night"] for one in found)
    print(f"  {'from the file into golden contacts':36s} {both:7.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[46_000, 460_000])
    parser.add_argument("--keep", type=Path, help="folder where the populations' files are kept")
    parser.add_argument("--changed", type=int, nargs="+", default=[100, 10_000], help="rows that change")
    parser.add_argument("--times", type=int, default=1, help="each population so many times, for medians")
    chosen = parser.parse_args()
    logs.configure(0, as_json=False)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for people in chosen.people:
            path = file_of(people, SEED, folder)
            machine = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
            profile = population(1, 1).profile_hash()
            print(f"{people:,} people (profile {profile}), {path.stat().st_size / 1e6:,.0f} MB; {machine}")
            _medians([_alone(path, chosen.changed) for _ in range(chosen.times)])


if __name__ == "__main__":
    main()
