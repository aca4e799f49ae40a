"""Logging: structured lines on standard error, with the run's id, and never a contact's values.

structlog takes a tenth of a second to load, and a lookup logs nothing: it is configured when it is loaded.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

from dedupe import tracing

_QUIET = ("httpx", "httpcore", "alembic", "sqlalchemy", "uvicorn.access", "multipart")


def configure(verbosity: int, *, as_json: bool) -> None:
    """Configure logging: verbosity 0 shows warnings, 1 progress, 2 our details; libraries always only
    warnings."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    handler = _Handler(as_json)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("dedupe").setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    if "structlog" in sys.modules:
        _configure_structlog()
    elif not any(isinstance(one, _AfterLoading) for one in sys.meta_path):
        sys.meta_path.insert(0, _AfterLoading("structlog", _configure_structlog))


class _Handler(logging.StreamHandler[Any]):
    """Writes to standard error; the first line loads what renders it."""

    def __init__(self, as_json: bool) -> None:
        super().__init__(sys.stderr)
        self._as_json = as_json
        self._renders: logging.Formatter | None = None

    def format(self, record: logging.LogRecord) -> str:
        self._renders = self._renders or _formatter(self._as_json)
        return self._renders.format(record)


def _formatter(as_json: bool) -> logging.Formatter:
    import structlog

    console = structlog.dev.ConsoleRenderer(colors=False)
    renderer: Any = structlog.processors.JSONRenderer() if as_json else console
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_shared(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )


def _shared() -> list[Any]:
    import structlog

    return [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _configure_structlog() -> None:
    import structlog

    structlog.configure(
        processors=[*_shared(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _add_trace(_logger: object, _method: str, line: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The ids of the trace that the line is of."""
    line.update(tracing.ids())
    return line


class _AfterLoading(MetaPathFinder):
    """Calls a function right after a module was loaded, once."""

    def __init__(self, name: str, then: Callable[[], None]) -> None:
        self._name, self._then = name, then

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname != self._name:
            return None
        sys.meta_path.remove(self)
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, self._then)
        return spec


class _Loader(Loader):
    def __init__(self, loader: Loader, then: Callable[[], None]) -> None:
        self._loader, self._then = loader, then

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._then()
