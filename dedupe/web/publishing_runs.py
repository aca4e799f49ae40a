"""Nights that a person publishes from a page, which doesn't wait: it takes as long as a night."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotDone
from dataclasses import dataclass, field
from uuid import UUID

import structlog

from dedupe.errors import ConfigurationError, DedupeError
from dedupe.pipeline.merge_report import MergeReport
from dedupe.web.services import Services

WAIT = 3.0  # seconds until a page is shown that doesn't wait (chosen)
_log = structlog.stdlib.get_logger("dedupe.web")


@dataclass
class PublishedByPage:
    """What became of the nights that pages of this process asked for; one is at work, others wait in order.

    The night itself is guarded by its lock in the database, whatever process works on it.
    """

    _worker: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1, "publishing"))
    _started: dict[UUID, Future[MergeReport]] = field(default_factory=dict)
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def publish(self, services: Services, run_id: UUID) -> str | None:
        """Begin, unless it is under way; what became of it by the time that a page waits, as `told`."""
        with self._guard:
            before = self._started.get(run_id)
            if before is None or before.done():
                self._started[run_id] = self._worker.submit(
                    services.operating.publish, services.database, run_id
                )
            chosen = self._started[run_id]
        try:
            chosen.exception(WAIT)
        except NotDone:
            return "It is being published: that takes as long as a night. This page shows when it is done."
        return self.told(run_id)

    def told(self, run_id: UUID) -> str | None:
        """In words; None where nothing was asked for here."""
        chosen = self._started.get(run_id)
        if chosen is None:
            return None
        if not chosen.done():
            return "It is being published."
        error = chosen.exception()
        if error is None:
            report = chosen.result()
            reasons = f": {'; '.join(report.held_for)}" if report.held_for else ""
            return f"It was {report.status}{reasons}."
        return f"It was not published: {_why(run_id, error)}"

    def is_under_way(self, run_id: UUID) -> bool:
        chosen = self._started.get(run_id)
        return chosen is not None and not chosen.done()


def _why(run_id: UUID, error: BaseException) -> str:
    """For a person; what only the operator can mend, and what is a bug of ours, is in the log."""
    if isinstance(error, ConfigurationError):
        _log.error("the configuration can't be used", reason=str(error))
        return "the configuration can't be used; the log says why."
    if isinstance(error, DedupeError):
        return f"{error}."
    _log.error("our bug", error=type(error).__name__, publishing=str(run_id))
    return "this is our mistake; the log says where."
