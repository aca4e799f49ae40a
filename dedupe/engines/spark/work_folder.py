"""The folder of a run's intermediate rows, as Parquet: what is written there is made once.

It cuts Spark's lineage, so that a lost worker costs the stage that it worked on, and rows that were drawn or
numbered stay as they were. The folder must be one that all workers and the driver reach.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession

from dedupe.engines.spark.session import context_of


class WorkFolder:
    """A folder of its own below `parent`, and one of this machine (`here`), both removed at the end. `tell`
    hears of each stage as it begins."""

    def __init__(
        self, spark: SparkSession, parent: str, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._spark, self._tell, self._made = spark, tell, 0
        self._here = tempfile.TemporaryDirectory(prefix="contact-dedupe-")
        self.here = Path(self._here.name)
        self.path = f"{parent.rstrip('/')}/contact-dedupe-{secrets.token_hex(8)}"

    def kept(self, rows: DataFrame, name: str) -> DataFrame:
        """The rows written down; `name` says what they are."""
        self._tell(name)
        if (context := context_of(self._spark)) is not None:
            context.setJobDescription(name)  # what Spark's pages and its event log call it
        self._made += 1
        path = f"{self.path}/{self._made:03}-{name.replace(' ', '-')}"
        rows.write.parquet(path)
        return self._spark.read.schema(rows.schema).parquet(path)

    def __enter__(self) -> WorkFolder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._here.cleanup()
        if not remove_folder(self._spark, self.path):
            self._tell(f"Spark Connect removes no folders: remove {self.path}")


def remove_folder(spark: SparkSession, path: str) -> bool:
    """Remove a folder and all in it, wherever Spark writes; whether that could be done."""
    if "://" not in path:
        shutil.rmtree(Path(path), ignore_errors=True)
        return True
    java: Any = context_of(spark)
    if java is None:
        return False
    folder = java._jvm.org.apache.hadoop.fs.Path(path)
    folder.getFileSystem(java._jsc.hadoopConfiguration()).delete(folder, True)
    return True


def folder_exists(spark: SparkSession, path: str) -> bool:
    if "://" not in path:
        return Path(path).exists()
    java: Any = context_of(spark)
    if java is None:
        return _can_be_read(spark, path)
    folder = java._jvm.org.apache.hadoop.fs.Path(path)
    return bool(folder.getFileSystem(java._jsc.hadoopConfiguration()).exists(folder))


def _can_be_read(spark: SparkSession, path: str) -> bool:
    try:
        return bool(spark.read.text(path).columns)
    except AnalysisException:
        return False
