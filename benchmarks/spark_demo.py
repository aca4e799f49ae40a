"""The same contacts matched by one machine and by Spark, and whether the answers are equal.

    python -m benchmarks.spark_demo [--contacts 10000] [--file FILE.parquet] [--workers 2]
                                    [--memory 1g] [--partitions 4] [--connect] [--kill worker master]

Starts a master and workers on loopback, matches a population (or a Parquet file) as several Parquet files in
a folder, prints digests of both answers and what each stage shuffled and spilled, and stops all. `--kill`
ends a worker, the master or both in the middle; `--connect` goes by a server of Spark Connect instead. Ends
with 1 where the answers differ.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import spark_events
from benchmarks.spark_cluster import Cluster, cluster, connect_server, environment
from dedupe.config import Settings
from dedupe.simulators.population.export import batches
from dedupe.simulators.population.population import population
from dedupe.wiring.files import AUTO, FileOptions, match_file
from dedupe.wiring.lakes import Lake, match_lake

CONTACTS, SEED, PARTS = 10_000, 7, 3
KILLED_AT = {"worker": "scored pairs", "master": "duplicates"}
"""The stage after whose beginning `--kill` ends a process."""
_PER_PERSON = 2  # contacts of a person in the population, about


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--contacts", type=int, default=CONTACTS)
    parser.add_argument("--file", type=Path, help="a Parquet file instead of a population")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--memory", default="1g", help="of the driver's and each worker's Java")
    parser.add_argument("--partitions", type=int, default=4, help="that Spark shuffles to")
    parser.add_argument("--connect", action="store_true", help="by Spark Connect, of pyspark[connect]")
    parser.add_argument("--kill", nargs="+", default=[], choices=list(KILLED_AT), help="end in the middle")
    asked = parser.parse_args()
    os.environ.update(
        {name: environment()[name] for name in ("SPARK_LOCAL_IP", "PYSPARK_PYTHON", "PYTHONPATH")}
    )
    with tempfile.TemporaryDirectory(prefix="contact-dedupe-") as made:
        folder = Path(made)
        rows = pq.read_table(asked.file) if asked.file else _population(asked.contacts)
        source = asked.file.stem if asked.file else "contacts"
        one, several = folder / f"{source}.parquet", folder / "parts" / source
        pq.write_table(rows, one)
        _write_parts(rows, several)
        local = _local(one)
        conf = {"spark.executor.memory": asked.memory, "spark.driver.memory": asked.memory}
        conf["spark.sql.shuffle.partitions"] = str(asked.partitions)
        if asked.connect:
            with connect_server(folder, asked.memory) as url:
                spark = _on_spark(several, folder, url, {}, _told_only)
        else:
            with cluster(asked.workers, folder, asked.memory) as started:
                hears = partial(_killing, started, asked.kill)
                logged = spark_events.settings(folder / "events")
                spark = _on_spark(several, folder, started.url, {**conf, **logged}, hears)
            print(spark_events.table(spark_events.by_stage(folder / "events")), flush=True)
    print("equal" if local == spark else "DIFFERENT", flush=True)
    return int(local != spark)


def _population(contacts: int) -> pa.Table:
    return pa.Table.from_batches(batches(population(-(-contacts // _PER_PERSON), SEED)))


def _write_parts(rows: pa.Table, folder: Path) -> None:
    """Rows in several files, and not in their order."""
    folder.mkdir(parents=True)
    for part in range(PARTS):
        pq.write_table(rows.take(list(range(part, len(rows), PARTS))[::-1]), folder / f"part-{part}.parquet")


def _local(path: Path) -> tuple[str, str]:
    started = time.monotonic()
    found = match_file(path, FileOptions(), AUTO, Settings())
    return _told("one machine", found.clusters(), found.pairs(), started)


def _on_spark(
    contacts: Path, folder: Path, master: str, conf: dict[str, str], hears: Callable[[str], None]
) -> tuple[str, str]:
    started = time.monotonic()
    clusters, pairs = str(folder / "clusters"), str(folder / "pairs")
    lake = Lake(str(contacts), clusters, pairs, master, conf=conf)

    def tell(stage: str) -> None:
        print(f"{time.monotonic() - started:8.1f} s  {stage}", flush=True)
        hears(stage)

    match_lake(lake, FileOptions(), AUTO, Settings(), tell=tell)
    return _told("Spark", pq.read_table(clusters), pq.read_table(pairs), started)


def _told_only(_stage: str) -> None:
    pass


def _killing(started: Cluster, whom: list[str], stage: str) -> None:
    for one in whom:
        if stage == KILLED_AT[one]:
            process = started.master if one == "master" else started.workers[0]
            threading.Timer(2.0, _kill, [one, process.pid]).start()


def _kill(whom: str, process: int) -> None:
    print(f"          the {whom} is killed", flush=True)
    os.killpg(process, signal.SIGKILL)


def _told(who: str, clusters: pa.Table, pairs: pa.Table, started: float) -> tuple[str, str]:
    digests = _digest(clusters, ["record_id"]), _digest(pairs, ["left_id", "right_id"])
    people = len(clusters.column("cluster_id").unique())
    print(
        f"{who}: {len(clusters):,} records, {people:,} people, {len(pairs):,} pairs in "
        f"{time.monotonic() - started:.1f} s; clusters {digests[0]}, pairs {digests[1]}",
        flush=True,
    )
    return digests


def _digest(rows: pa.Table, keys: list[str]) -> str:
    """The same for the same rows in whatever order."""
    ordered = rows.sort_by([(key, "ascending") for key in keys])
    texts = [",".join(map(repr, row)) for row in zip(*ordered.to_pydict().values(), strict=True)]
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]


if __name__ == "__main__":
    sys.exit(main())
