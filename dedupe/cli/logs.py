"""Logging: structured lines on standard error, with the run's id, and never a contact's values."""

from __future__ import annotations

import logging
import sys

import structlog

from dedupe import tracing

_QUIET = ("httpx", "httpcore", "alembic", "sqlalchemy", "uvicorn.access", "multipart")


def configure(verbosity: int, *, as_json: bool) -> None:
    """Configure logging: verbosity 0 shows warnings, 1 progress, 2 our details; libraries always only
    warnings."""
    level = (logging.WARNING, logging.INFO, logging.DEBUG)[min(verbosity, 2)]
    console = structlog.dev.ConsoleRenderer(colors=False)
    renderer: structlog.types.Processor = structlog.processors.JSONRenderer() if as_json else console
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        _add_trace,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("dedupe").setLevel(level)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _add_trace(_logger: object, _method: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    """The ids of the trace that the line is of."""
    line.update(tracing.ids())
    return line
