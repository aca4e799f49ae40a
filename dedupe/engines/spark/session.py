"""Spark sessions, and what people must do where one can't be had or ends."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

import pyspark
from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from dedupe.errors import ConfigurationError, DatabaseUnavailable, InputError, UsageError

LOOPBACK = "127.0.0.1"
RELEASE = 4
"""The release of Spark that this is made for."""
_PATIENCE = 5.0  # seconds for a master to answer (chosen)

_ALONE = {
    "spark.driver.host": LOOPBACK,
    "spark.driver.bindAddress": LOOPBACK,
    "spark.ui.enabled": "false",
    "spark.sql.shuffle.partitions": "4",
}
"""For a master on this machine: nothing listens to others."""
_OF_SESSION = {"spark.sql.session.timeZone": "UTC"}
_OURS = {**_OF_SESSION, "spark.ui.showConsoleProgress": "false"}

_CONNECT_NEEDS = ("pandas", "grpc", "grpc_status", "zstandard")
"""What pyspark's Connect imports (its extra `connect`), none of which pyspark itself brings."""

_MEMORY = (
    "Spark ran out of memory: allow more for Python beside Java (spark.executor.memoryOverhead, a gigabyte a "
    "core), or make the pieces smaller (spark.sql.shuffle.partitions)"
)
_NOT_THERE = "Spark's workers lack this distribution: pip install contact-dedupe into their Python"
_LOST = (
    "Spark's master or too many of its workers were lost, and nothing was written: look at their logs (often "
    "memory: spark.executor.memoryOverhead), and run it again"
)
_TYPES = (
    "a column has another type in one of the Parquet files than in the others: write them with one schema"
)
_UNREAD = (
    "a file can't be read: a column has another type in one of the Parquet files than in the others, or the "
    "file is damaged"
)
_KNOWN: tuple[tuple[str, type[UsageError], str], ...] = (
    (r"dedupe\.errors\.InputError: (?P<said>[^\n]+)", InputError, ""),
    (r"dedupe\.errors\.ConfigurationError: (?P<said>[^\n]+)", ConfigurationError, ""),
    (r"dedupe\.errors\.DatabaseUnavailable: (?P<said>[^\n]+)", DatabaseUnavailable, ""),
    (r"PARQUET_COLUMN_DATA_TYPE_MISMATCH|CANNOT_MERGE_SCHEMAS|CONVERT_ERROR", InputError, _TYPES),
    (r"Parquet column cannot be converted|SchemaColumnConvertNotSupported", InputError, _TYPES),
    (r"FAILED_READ_FILE|Invalid Spark read type", InputError, _UNREAD),
    (r"No module named 'dedupe'", ConfigurationError, _NOT_THERE),
    (r"OutOfMemoryError|exit(?:ed with)? code 137|MemoryError|memory limits", ConfigurationError, _MEMORY),
    (r"failed to map segment|Cannot allocate memory|worker exited unexpectedly", ConfigurationError, _MEMORY),
    (r"ExecutorLostFailure|masters are unresponsive|stopped SparkContext", ConfigurationError, _LOST),
    (r"Master removed our application|Connection refused|AnswerFromJava", ConfigurationError, _LOST),
)


@contextmanager
def session(master: str | None, conf: Mapping[str, str]) -> Iterator[SparkSession]:
    """A session on this master (None: as Spark itself is configured), ended afterwards. An active session, as
    a notebook has one, is taken as it is and left running.

    Raises ConfigurationError where there is no Java, another Spark, or a master that doesn't answer.
    """
    active = SparkSession.getActiveSession()
    if active is not None and master is None:
        with meaning_of_errors():
            yield active
        return
    _check(master)
    made = _builder(master, conf)
    with meaning_of_errors():
        spark = _begun(made, master)
        try:
            if (context := context_of(spark)) is not None:
                context.setLogLevel("ERROR")
            yield spark
        finally:
            spark.stop()


def _begun(made: SparkSession.Builder, master: str | None) -> SparkSession:
    try:
        return made.getOrCreate()
    except (PySparkException, Py4JError) as error:
        if re.search("masters are unresponsive|stopped SparkContext|Too large frame", str(error)):
            raise ConfigurationError(
                f"--master {master}: what answers there is no master of this release of Spark "
                f"(pyspark {pyspark.__version__} here)"
            ) from None
        raise


def context_of(spark: SparkSession) -> SparkContext | None:
    """What a session of Spark Connect has not: its driver is another process."""
    return None if type(spark).__module__.startswith("pyspark.sql.connect") else spark.sparkContext


def pages_of(spark: SparkSession) -> str | None:
    """The address of Spark's own pages, where there are any."""
    context = context_of(spark)
    return None if context is None else context.uiWebUrl


@contextmanager
def meaning_of_errors() -> Iterator[None]:
    """Spark's errors as ours, where people can mend what they tell of."""
    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        for pattern, kind, said in _KNOWN:
            if found := re.search(pattern, text):
                raise kind(said or found["said"]) from None
        raise
    except ConnectionRefusedError:
        raise ConfigurationError(_LOST) from None


def _builder(master: str | None, conf: Mapping[str, str]) -> SparkSession.Builder:
    builder = SparkSession.builder.appName("contact-dedupe")
    if _is_connect(master):
        builder = builder.remote(master)
        for name, value in {**_OF_SESSION, **conf}.items():
            builder = builder.config(name, value)
        return builder
    settings = {**_OURS, **(_ALONE if _is_here(master) else {}), **conf}
    if _is_here(master):
        os.environ.setdefault("SPARK_LOCAL_IP", LOOPBACK)
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.master(master) if master else builder


def _is_connect(master: str | None) -> bool:
    return master is not None and master.startswith("sc://")


def _is_here(master: str | None) -> bool:
    return master is not None and (master.startswith("local") or urlsplit(master).hostname == LOOPBACK)


def _check(master: str | None) -> None:
    if int(pyspark.__version__.split(".")[0]) != RELEASE:
        raise ConfigurationError(
            f"pyspark {pyspark.__version__} is installed, and {RELEASE}.x is needed: "
            "pip install 'contact-dedupe[spark]'"
        )
    if _is_connect(master):
        if not all(map(importlib.util.find_spec, _CONNECT_NEEDS)):
            raise ConfigurationError(
                "--master sc://…: Spark Connect needs: pip install 'pyspark[connect]>=4.1,<5'"
            )
        return
    home = os.environ.get("JAVA_HOME")
    if not shutil.which("java" if home is None else f"{home}/bin/java"):
        where = "" if home is None else f" in JAVA_HOME ({home})"
        raise ConfigurationError(
            f"Spark needs Java 17 or later, and there is none{where}: apt install openjdk-17-jre-headless"
        )
    if master is not None and master.startswith("spark://"):
        _reach(master)


def _reach(master: str) -> None:
    """Spark itself tries for a minute and then ends the process."""
    at = urlsplit(master)
    try:
        socket.create_connection((at.hostname or "", at.port or 7077), _PATIENCE).close()
    except OSError as error:
        why = error.strerror or "it doesn't answer"
        raise ConfigurationError(f"--master {master}: {why}: is a master running there?") from None
