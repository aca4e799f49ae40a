"""Seconds and memory of matching by stage, its growth, and Splink's time beside it in the same run.

    python -m benchmarks.speed [--people 46000 138000 460000] [--keep FOLDER] [--peers FOLDER] [--glued]

For each population: `dedupe match` as a command of its own (from the file to the clusters, normalizing
included), and the stages of the same work in another process. A person has about 2.2 contacts. `--glued`
gives all contacts of the first population one phone number. `--peers` is the folder of the peers' own Python,
made on demand; Splink gets the values that we normalized; its time is training, predicting and clustering.
"""

from __future__ import annotations

import argparse
import csv
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import pyarrow as pa

from benchmarks import memory
from benchmarks.memory import watched
from benchmarks.rivals import flat, peer, peers_python
from dedupe.arrays.memory import give_memory_back
from dedupe.cli.outputs import write_csv as write_clusters
from dedupe.config import Settings
from dedupe.engines import memory_share
from dedupe.engines.engine import PairWork
from dedupe.engines.local import LocalEngine
from dedupe.fetchers.files.read import read_file
from dedupe.matching.features.build import Features
from dedupe.matching.features.in_blocks import features_of
from dedupe.matching.model.default import default_model
from dedupe.matching.term_frequencies import count_term_frequencies
from dedupe.pipeline.record_linkage import LinkageInputs, MatchSettings, block, learn, match_prepared
from dedupe.schemas import CONTACTS
from dedupe.simulators.population.export import write_csv
from dedupe.simulators.population.population import population
from dedupe.wiring.files import (
    NOBODY,
    FileOptions,
    MatchedFile,
    NormalizedFile,
    kept_of,
    normalize_read,
)

MATCHING = ("evidence", "context", "blocking", "training", "scoring", "settling")
GIGABYTE = 1 << 20  # of the kilobytes that the system counts in
OPTIONS = FileOptions(region="US")


@dataclass
class Stages:
    """Of one process: seconds by the clock and of processors, which a busy machine changes less, and in GB
    the highest memory so far after each stage and the highest anonymous memory within it, without pages of
    files, which the system takes back."""

    contacts: int = 0
    pairs: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    memory: dict[str, float] = field(default_factory=dict)
    anonymous: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started, used = time.perf_counter(), time.process_time()
        if name not in self.seconds:  # whoever is ended by its memory has told how far it came
            print(f"  {name} …", file=sys.stderr, flush=True)
        with watched() as highest:
            yield
        self.anonymous[name] = max(self.anonymous.get(name, 0.0), highest.anonymous / memory.GIGABYTE)
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started
        self.processor[name] = self.processor.get(name, 0.0) + time.process_time() - used
        self.memory[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / GIGABYTE

    @property
    def matching(self) -> float:
        return sum(self.seconds[name] for name in MATCHING)

    @property
    def matching_processor(self) -> float:
        return sum(self.processor[name] for name in MATCHING)


class _Timed(LocalEngine):
    """An engine that counts its batches' seconds as scoring."""

    def __init__(self, stages: Stages, memory_limit: str) -> None:
        super().__init__(memory_limit=memory_limit)
        self._stages = stages

    def judge(self, evidence: Features, pairs: pa.Table, work: PairWork) -> pa.Table:
        with self._stages.stage("scoring"):
            return super().judge(evidence, pairs, work)


def by_stage(path: Path) -> Stages:
    """What `dedupe match` does with a file, stage by stage."""
    limit = memory_share.of_joins(memory_share.allowed())
    stages, engine, settings = Stages(), LocalEngine(memory_limit=limit), MatchSettings()
    file = _normalized(path, stages)
    contacts = len(file.contacts)
    file = replace(file, read=file.read.without_records())
    with stages.stage("evidence"):
        facts = features_of(file.contacts)
        file = replace(file, contacts=CONTACTS.empty_table())
        give_memory_back()
    with stages.stage("context"):
        counts = count_term_frequencies(facts)
    with stages.stage("blocking"):
        prepared = LinkageInputs(facts, counts, *block(facts, engine))
    with stages.stage("training"):
        model = learn(prepared, default_model(), settings, engine).model
    with stages.stage("settling"):
        found = match_prepared(prepared, model, NOBODY, NOBODY, _Timed(stages, limit))
    for times in (stages.seconds, stages.processor):
        times["settling"] -= times["scoring"]
    with stages.stage("writing"):
        write_clusters(MatchedFile(file, model, found).clusters(), path.with_suffix(".clusters"))
    stages.contacts, stages.pairs = contacts, len(prepared.pairs)
    return stages


def _normalized(path: Path, stages: Stages) -> NormalizedFile:
    with stages.stage("reading"):
        read = read_file(path).without_columns()
    with stages.stage("normalizing"):
        return normalize_read(read, OPTIONS, Settings(), keep=kept_of(len(read.given)))


def apart(path: Path) -> Stages:
    """As `by_stage`, in a process of its own, so that memory is its own."""
    command = [sys.executable, "-m", "benchmarks.speed", "--stages", str(path)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return Stages(**json.loads(done.stdout))


@dataclass(frozen=True)
class Run:
    """A command: seconds by the clock and of processors, and its highest memory in GB."""

    seconds: float
    processor: float
    memory: float


def command(path: Path) -> Run:
    """`dedupe match` of a file."""
    dedupe, output = Path(sys.executable).with_name("dedupe"), path.with_suffix(".clusters")
    started = time.perf_counter()
    options = ["--output", str(output), "--region", str(OPTIONS.region)]
    process = subprocess.Popen([dedupe, "match", path, *options], stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, "dedupe match")
    seconds = time.perf_counter() - started
    return Run(seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / GIGABYTE)


def splinks(path: Path, python: Path) -> float:
    """Seconds that Splink trains, predicts and clusters; of each contact the first values alone."""
    _, told = peer(python, "splink", flat(_normalized(path, Stages()).contacts))
    return float(told["seconds"])


def file_of(people: int, seed: int, folder: Path) -> Path:
    path = folder / f"population_{people}_{seed}.csv"
    if not path.exists():
        write_csv(population(people, seed), path)
    return path


def glued(path: Path) -> Path:
    """The same contacts, all with one phone number."""
    target = path.with_name(f"{path.stem}_glued.csv")
    with (
        path.open(newline="", encoding="utf-8") as given,
        target.open("w", newline="", encoding="utf-8") as to,
    ):
        rows = csv.DictReader(given)
        writer = csv.DictWriter(to, rows.fieldnames or [])
        writer.writeheader()
        writer.writerows({**row, "phone": "+12125550100"} for row in rows)
    return target


def show(name: str, whole: Run, stages: Stages) -> None:
    print(f"\n{name}: {stages.contacts:,} contacts, {stages.pairs:,} candidate pairs")
    took = f"{whole.seconds:.1f} s ({whole.processor:.1f} s of processors)"
    print(f"  dedupe match {took}, {whole.memory:.2f} GB; load {os.getloadavg()[0]:.1f}")
    for stage, seconds in stages.seconds.items():
        used = stages.processor[stage]
        held = f"{stages.memory[stage]:5.2f} GB so far, {stages.anonymous[stage]:5.2f} GB anonymous"
        print(f"  {stage:12s} {seconds:7.2f} s  ({used:6.2f} of processors)   {held}")
    scored = stages.pairs / max(stages.seconds["scoring"], 1e-9)
    alone = f"{stages.matching:.1f} s ({stages.matching_processor:.1f} of processors)"
    print(f"  matching alone {alone}; {scored:,.0f} pairs scored a second", flush=True)


def growth(runs: list[tuple[Run, Stages]]) -> None:
    """The power of the number of contacts by which processor time grows, from one size to the next."""
    for (whole, stages), (larger, more) in pairwise(runs):
        sizes = math.log(more.contacts / stages.contacts)
        power = math.log(larger.processor / whole.processor) / sizes
        alone = math.log(more.matching_processor / stages.matching_processor) / sizes
        print(f"growth {stages.contacts:,} → {more.contacts:,}: contacts^{power:.2f}, matching ^{alone:.2f}")


def measure(path: Path, python: Path | None) -> tuple[Run, Stages]:
    whole, stages = command(path), apart(path)
    show(path.stem, whole, stages)
    if python is not None:
        seconds = splinks(path, python)
        print(
            f"  Splink {seconds:.1f} s: dedupe match takes {whole.seconds / seconds:.2f} of it, "
            f"matching alone {stages.matching / seconds:.2f}",
            flush=True,
        )
    return whole, stages


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--people", type=int, nargs="+", default=[46_000, 138_000, 460_000])
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--keep", type=Path, help="folder where the populations' files are kept")
    parser.add_argument("--peers", type=Path, help="folder of the peers' environment, made on demand")
    parser.add_argument(
        "--glued", action="store_true", help="also the first population with one phone for all"
    )
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.stages:
        print(json.dumps(asdict(by_stage(chosen.stages))))
        return
    python = peers_python(chosen.peers) if chosen.peers else None
    print(f"population profile {population(1, 1).profile_hash()}, {os.cpu_count()} cores", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [file_of(people, chosen.seed, folder) for people in chosen.people]
        growth([measure(path, python) for path in paths])
        if chosen.glued:
            measure(glued(paths[0]), None)


if __name__ == "__main__":
    main()
