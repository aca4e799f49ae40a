"""How long-running commands end: all that is at work is asked to, and within ten seconds they are gone."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Self

import structlog

from dedupe.cli.interruption import INTERRUPTED
from dedupe.storage.database import Database

CANCELLED_AFTER, CUT_OFF_AFTER = 7.0, 9.0
"""Seconds until statements at work are cancelled, and until what is at work still is cut off (chosen: whoever
stops us waits ten)."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_log = structlog.stdlib.get_logger("dedupe.run")


class Ending:
    """What is at work while the block lasts, and ends by the first signal: every `stop` is called at once,
    rather than one after the other has ended."""

    def __init__(self, database: Database) -> None:
        self._database, self._stops = database, list[Callable[[], None]]()
        self._begun, self._over = threading.Event(), threading.Event()
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        self._handlers = {number: signal.signal(number, self._heard) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def when_begun(self, stop: Callable[[], None]) -> None:
        """Call this when it begins."""
        self._stops.append(stop)

    def begin(self) -> None:
        """Safe to be called by a handler of signals, and more than once."""
        if not self._begun.is_set():
            self._begun.set()
            threading.Thread(target=self._end, name="ending", daemon=True).start()

    def _heard(self, *_: object) -> None:
        """Interrupt what runs now, once: a second signal would break off what cleans up."""
        first = not self._begun.is_set()
        self.begin()
        if first:
            raise KeyboardInterrupt

    def _end(self) -> None:
        """What isn't committed when all is cut off never was: the next run goes on from what is."""
        began = time.monotonic()
        for stop in self._stops:
            stop()
        if self._over.wait(max(0.0, CANCELLED_AFTER - (time.monotonic() - began))):
            return
        self._database.cancel()
        if self._over.wait(CUT_OFF_AFTER - CANCELLED_AFTER):
            return
        at_work = [one.name for one in threading.enumerate() if one is not threading.current_thread()]
        _log.warning("cut off", at_work=at_work)
        sys.stderr.flush()
        os._exit(INTERRUPTED)


def ending_with_input() -> None:
    """Interrupt this process, once, by a signal or by the end of standard input: who began it is gone then.

    A second signal is ignored: a supervisor sends one to us and to who started us, who sends one as well.
    """

    def once(*_: object) -> None:
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in _SIGNALS:
        signal.signal(number, once)
    threading.Thread(target=_wait_for_the_end_of_input, name="input", daemon=True).start()


def _wait_for_the_end_of_input() -> None:
    with contextlib.suppress(OSError):
        while os.read(0, 4096):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
