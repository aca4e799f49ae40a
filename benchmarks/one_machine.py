"""How far one machine goes: `dedupe match` under a limit of memory, and its stages.

    python -m benchmarks.one_machine [--millions 3 10 30] [--limit 8] [--keep FOLDER] [--stages]

Draws populations of so many million contacts (by two processes, ten minutes for ten millions), and matches
each in a control group of so many GB, in which the pages of files count, too. `--stages` runs the same work
stage by stage in one process instead of the command. What ends by its memory is told, too. Needs the right to
make control groups (root, or a delegated one).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

import pyarrow.parquet as pq

from benchmarks.memory import GIGABYTE, anonymous, control_group
from benchmarks.speed import OPTIONS, Run, Stages, show
from dedupe.simulators.population.export import write_parquet
from dedupe.simulators.population.population import population

SEED = 7
PEOPLE = 460_000  # of whom a million contacts are, about
_PROCESSES = 2
_EVERY = 0.2  # seconds between two looks at its memory (chosen)


def file_of(millions: int, folder: Path) -> Path:
    """A Parquet file of the population of so many million contacts, drawn where it isn't there."""
    path = folder / f"population_{millions}m.parquet"
    if path.exists():
        return path
    with ProcessPoolExecutor(_PROCESSES) as processes:
        parts = list(processes.map(_draw, repeat(path), repeat(millions * PEOPLE), range(_PROCESSES)))
    whole = path.with_suffix(".whole")
    with pq.ParquetWriter(whole, pq.read_schema(parts[0])) as writer:
        for part in parts:
            for batch in pq.ParquetFile(part).iter_batches():
                writer.write_batch(batch)
            part.unlink()
    return whole.rename(path)


def _draw(path: Path, people: int, part: int) -> Path:
    to = path.with_suffix(f".part-{part}")
    write_parquet(population(people, SEED), to, part, _PROCESSES)
    return to


def run(path: Path, limit: int, by_stage: bool) -> None:
    """Match a file within so many bytes, and tell how it went."""
    command = [sys.executable, "-m", "benchmarks.speed", "--stages", str(path)]
    if not by_stage:
        dedupe, output = str(Path(sys.executable).with_name("dedupe")), str(path.with_suffix(".clusters"))
        command = [dedupe, "match", str(path), "--output", output, "--region", str(OPTIONS.region)]
    started, highest = time.perf_counter(), 0
    with control_group(limit) as processes, tempfile.TemporaryFile("w+") as told:
        process = subprocess.Popen(command, stdout=told, preexec_fn=lambda: _enter(processes))
        while not (ended := os.wait4(process.pid, os.WNOHANG))[0]:
            highest = max(highest, anonymous(process.pid))
            time.sleep(_EVERY)
        told.seek(0)
        said = told.read()
    _, status, used = ended
    process.returncode = os.waitstatus_to_exitcode(status)
    took = Run(time.perf_counter() - started, used.ru_utime + used.ru_stime, highest / GIGABYTE)
    how = "" if process.returncode == 0 else f", ended with {process.returncode}"
    print(
        f"{path.stem}, {pq.read_metadata(path).num_rows:,} contacts within {limit / GIGABYTE:g} GB: "
        f"{took.seconds:.0f} s ({took.processor:.0f} s of processors), {took.memory:.2f} GB anonymous{how}; "
        f"{used.ru_inblock * 512 / 1e9:.1f} GB read, {used.ru_oublock * 512 / 1e9:.1f} GB written; "
        f"load {os.getloadavg()[0]:.1f}",
        flush=True,
    )
    if by_stage and not process.returncode:
        show(path.stem, took, Stages(**json.loads(said)))


def _enter(processes: Path) -> None:
    processes.write_text(str(os.getpid()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--millions", type=int, nargs="+", default=[3, 10])
    parser.add_argument("--limit", type=float, default=8.0, help="GB")
    parser.add_argument("--keep", type=Path, help="folder where the populations' files are kept")
    parser.add_argument("--stages", action="store_true", help="stage by stage, in one process")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for millions in chosen.millions:
            run(file_of(millions, folder), int(chosen.limit * GIGABYTE), chosen.stages)


if __name__ == "__main__":
    main()
