"""Processes of Spark that are killed, lack memory or this distribution: the right answer, or a clear error
and no answer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from benchmarks.spark_cluster import LOOPBACK, cluster, environment

pytestmark = pytest.mark.spark

TOO_LITTLE = "300m"
"""Python itself and its libraries take more."""
DEDUPE = "from dedupe.cli.starting import main; main()"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a folder of contacts."""
    people = pa.table({"record_id": ["1", "2"], "full_name": ["Ann Lee", "Ann Lee"]})
    (tmp_path / "people").mkdir()
    pq.write_table(people, tmp_path / "people" / "part.parquet")
    return tmp_path


@contextmanager
def matching(folder: Path, engine: str, master: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """`dedupe match` on Spark in a process of its own, because a process has one session."""
    (folder / "dedupe.toml").write_text(f"[engine]\n{engine}\n")
    asked = ["match", "people", "--engine", "spark", "--master", master, "--output", "out"]
    with subprocess.Popen(
        [sys.executable, "-c", DEDUPE, "--config", "dedupe.toml", *asked],
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env={**environment(), **variables},
    ) as process:
        yield process


def wrote_nothing(folder: Path) -> bool:
    return not (folder / "out").exists() and not list(folder.glob("contact-dedupe-*"))


def said_by(process: subprocess.Popen[str]) -> str:
    said = process.communicate()[1]
    assert process.returncode == 2, said
    return said


def test_a_worker_and_the_master_killed_in_the_middle_change_no_answer() -> None:
    asked = ["--contacts", "300", "--kill", "worker", "master"]
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.spark_demo", *asked], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "the worker is killed" in ran.stdout
    assert "the master is killed" in ran.stdout
    assert "\nequal\n" in ran.stdout


def test_a_run_whose_workers_are_all_lost_ends_and_writes_nothing(folder: Path) -> None:
    with (
        cluster(1, folder, "1g") as started,
        matching(folder, "wait_for_workers = 3", started.url) as process,
    ):
        assert process.stderr is not None
        for line in process.stderr:
            if "contents" in line:
                os.killpg(started.workers[0].pid, signal.SIGKILL)
                break
        said = said_by(process)
    assert "Spark had no worker for 3 s, and nothing was written" in said
    assert "Traceback" not in said
    assert wrote_nothing(folder)


def test_what_answers_and_is_no_master_is_named(folder: Path) -> None:
    """Spark asks three times, twenty seconds each."""
    with ThreadingHTTPServer((LOOPBACK, 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        master = f"spark://{LOOPBACK}:{server.server_port}"
        with matching(folder, "", master) as process:
            assert f"--master {master}: what answers there is no master of this release" in said_by(process)
        server.shutdown()
    assert wrote_nothing(folder)


def test_too_little_memory_for_python_says_what_to_allow_and_writes_nothing(folder: Path) -> None:
    memory = f'spark = {{ "spark.executor.pyspark.memory" = "{TOO_LITTLE}" }}'
    with matching(folder, memory, "local[1]") as process:
        assert "spark.executor.memoryOverhead" in said_by(process)
    assert wrote_nothing(folder)


def test_a_worker_that_lacks_the_distribution_is_told_to_install_it(folder: Path, tmp_path: Path) -> None:
    with matching(folder, "", "local[1]", PYSPARK_PYTHON=str(python_without_dedupe(tmp_path))) as process:
        assert "pip install contact-dedupe into their Python" in said_by(process)
    assert wrote_nothing(folder)


def python_without_dedupe(folder: Path) -> Path:
    """A Python with everything of this one but the distribution."""
    packages, bare = Path(pa.__file__).parents[1], folder / "packages"
    bare.mkdir()
    for each in packages.iterdir():
        if "dedupe" not in each.name and each.suffix != ".pth":
            (bare / each.name).symlink_to(each)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{bare}" exec "{sys.executable}" -S "$@"\n')
    python.chmod(0o755)
    return python
