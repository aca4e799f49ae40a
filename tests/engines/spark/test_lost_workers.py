"""Workers that are killed or have too little memory: the right answer, or a clear error and no answer."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

pytestmark = pytest.mark.spark

TOO_LITTLE = "300m"
"""Python itself and its libraries take more."""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A Python process of its own, because a process has one session of Spark."""
    return subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)


def test_a_worker_killed_in_the_middle_changes_no_answer() -> None:
    ran = run("-m", "benchmarks.spark_demo", "--contacts", "300", "--kill")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "a worker is killed" in ran.stdout
    assert "\nequal\n" in ran.stdout


def test_too_little_memory_for_python_says_what_to_allow_and_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "people").mkdir()
    people = pa.table({"record_id": ["1", "2"], "full_name": ["Ann Lee", "Ann Lee"]})
    pq.write_table(people, tmp_path / "people" / "part.parquet")
    (tmp_path / "dedupe.toml").write_text(
        f'[engine]\nspark = {{ "spark.executor.pyspark.memory" = "{TOO_LITTLE}" }}\n'
    )
    dedupe = "from dedupe.cli.starting import main; main()"
    asked = ["match", "people", "--engine", "spark", "--master", "local[1]", "--output", "out"]
    ran = subprocess.run(
        [sys.executable, "-c", dedupe, "--config", "dedupe.toml", *asked],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 2, ran.stderr
    assert "spark.executor.memoryOverhead" in ran.stderr
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob("contact-dedupe-*"))
