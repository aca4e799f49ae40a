"""The engine on Spark, made from the configuration; the extra `spark` need not be there."""

from __future__ import annotations

import importlib.util
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from dedupe.config import Settings
from dedupe.config.sections import EngineSection
from dedupe.errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from dedupe.engines.spark.engine import SparkEngine

_MISSING = "Spark is not installed: pip install 'pyspark>=4.1,<5'"
_HERE = ("local", "spark://127.0.0.1")


@contextmanager
def spark_engine(
    master: str | None,
    conf: Mapping[str, str],
    work: str,
    tell: Callable[[str], None] = lambda _: None,
    outputs: tuple[str, ...] = (),
    *,
    section: EngineSection,
) -> Iterator[SparkEngine]:
    """An engine with a session of its own, or with the active one, and a folder of its own below `work`.
    `section` tells its limits.

    Raises ConfigurationError where Spark can't run, InputError where one of the `outputs` is there already.
    """
    if importlib.util.find_spec("pyspark") is None:
        raise ConfigurationError(_MISSING)
    from dedupe.engines.spark.engine import SparkEngine
    from dedupe.engines.spark.session import pages_of, session
    from dedupe.engines.spark.waiting import bounded_waiting
    from dedupe.engines.spark.work_folder import WorkFolder, folder_exists

    with session(master, conf) as spark:
        for output in outputs:
            if folder_exists(spark, output):
                raise InputError(f"{output}: it is there already: remove it, or name another folder")
        if pages := pages_of(spark):
            tell(f"Spark's pages: {pages}")
        waiting = bounded_waiting(spark, section.wait_for_workers, tell)
        with waiting, WorkFolder(spark, work, tell) as folder:
            yield SparkEngine(spark, folder, section.broadcast_limit_mb << 20)


@contextmanager
def spark_of_nights(settings: Settings, tell: Callable[[str], None]) -> Iterator[SparkEngine]:
    """The engine that `[engine]` describes, which starts when it is first asked for something. Raises
    ConfigurationError where workers elsewhere have no folder in common with this machine, or can't reach its
    Postgres."""
    section, here = settings.engine, (settings.engine.master or "").startswith(_HERE)
    if section.work_folder is None and not here:
        raise ConfigurationError(
            'engine.work_folder: with kind = "spark" name a folder that this machine and all workers reach'
        )
    if settings.database.is_embedded and not here:
        raise ConfigurationError(
            'database.url_env: with kind = "spark" name a Postgres that all workers reach: the embedded one '
            "serves this machine alone"
        )
    work = section.work_folder or tempfile.gettempdir()
    with ExitStack() as stack:

        def start() -> SparkEngine:
            found = spark_engine(section.master, section.spark, work, tell, section=section)
            return stack.enter_context(found)

        yield cast("SparkEngine", _StartedWhenAsked(start))


class _StartedWhenAsked:
    """An engine that starts with the first thing that is asked of it: a night without news asks nothing."""

    def __init__(self, start: Callable[[], SparkEngine]) -> None:
        self._start = start

    @cached_property
    def _engine(self) -> SparkEngine:
        return self._start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)
