"""Waiting for Spark's workers, which Spark itself does for ever and in silence."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from py4j.protocol import Py4JError
from pyspark import SparkContext
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from dedupe.engines.spark.session import context_of
from dedupe.errors import ConfigurationError

_EVERY = 1.0  # seconds between two looks (chosen)
_ONLY_DRIVER = 1
_SAID_AFTER = 15.0  # seconds: at the start of a session workers take some (chosen)


@contextmanager
def bounded_waiting(spark: SparkSession, patience: float, tell: Callable[[str], None]) -> Iterator[None]:
    """End jobs that have waited so many seconds for a worker; `tell` hears of waiting before.

    Raises ConfigurationError in place of the error of a job that was ended. What Spark Connect waits for is
    the server's business.
    """
    context = context_of(spark)
    if context is None or context.master.startswith("local"):
        yield
        return
    watch = _Watch(context, patience, tell)
    watch.start()
    try:
        yield
    except (PySparkException, Py4JError):
        if not watch.gave_up:
            raise
        raise ConfigurationError(
            f"Spark had no worker for {patience:g} s, and nothing was written: look at the workers' logs "
            "(often memory: spark.executor.memoryOverhead) and at whether the master runs, and run it again; "
            "engine.wait_for_workers sets how long to wait"
        ) from None
    finally:
        watch.stop()


class _Watch(threading.Thread):
    """Looks for workers while jobs are there."""

    def __init__(self, context: SparkContext, patience: float, tell: Callable[[str], None]) -> None:
        super().__init__(daemon=True, name="waiting for Spark's workers")
        self._context, self._patience, self._tell = context, patience, tell
        self._ended, self.gave_up = threading.Event(), False

    def run(self) -> None:
        with suppress(Py4JError, OSError):  # Java has ended, of which the jobs themselves tell
            self._look()

    def _look(self) -> None:
        since, said = time.monotonic(), False
        while not self._ended.wait(_EVERY):
            if not self._is_waiting():
                since, said = time.monotonic(), False
                continue
            waited = time.monotonic() - since
            if waited >= self._patience:
                self.gave_up = True
                self._context.cancelAllJobs()
                return
            if waited >= _SAID_AFTER and not said:
                self._tell(f"Spark has no worker: waiting for one, {self._patience:g} s at most")
                said = True

    def _is_waiting(self) -> bool:
        """Whether jobs are there and no worker is. Idle sessions may give their workers back."""
        if not self._context.statusTracker().getActiveJobsIds():
            return False
        scheduler = self._context._jsc.sc()
        return bool(scheduler.getExecutorMemoryStatus().size() <= _ONLY_DRIVER)

    def stop(self) -> None:
        self._ended.set()
        self.join()
