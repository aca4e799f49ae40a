"""The thread of a server that merges what sources told, as soon as it is stored."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from traceback import extract_tb

import structlog

from dedupe.config import Settings
from dedupe.errors import DedupeError
from dedupe.pipeline.live_merging import LiveSettings, merge_told
from dedupe.storage.database import Database
from dedupe.wiring import rooms
from dedupe.wiring.nights import merge_settings

LOOK_EVERY = 2.0
"""Seconds between two looks for what others have stored, or one that was killed has left (chosen)."""
PAUSES = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds to wait after the first, second … time in a row that nothing could be merged (chosen)."""
_log = structlog.stdlib.get_logger("dedupe.live")


class LiveWorker:
    """Merges what waits, one run after the other; `wake` when something was stored."""

    def __init__(self, database: Database, settings: LiveSettings) -> None:
        self._database, self._settings = database, settings
        self._news, self._stop = threading.Event(), threading.Event()
        self._failed = 0  # times in a row
        self._left: str | None = None

    def wake(self) -> None:
        self._news.set()

    def stop(self) -> None:
        """The run under way is finished; no other is begun."""
        self._stop.set()
        self._news.set()

    def work(self) -> None:
        """Until it is stopped."""
        while not self._stop.is_set():
            self._news.clear()
            if self.once():
                continue
            self._news.wait(LOOK_EVERY) if not self._failed else self._stop.wait(self._pause)

    def once(self) -> bool:
        """Merge what waits; whether there may be more at once."""
        try:
            done = merge_told(self._database, self._settings)
        except DedupeError as error:  # another run merges, Postgres restarts, the index is of another release
            self._wait_for(str(error))
            return False
        except Exception as error:  # noqa: BLE001  a thread's last door: told by its place, and tried again
            self._wait_for(_place(error))
            return False
        if done.held:
            _log.warning("held back", run_id=done.run_id, reason="; ".join(done.held))
        self._failed, self._left = 0, None
        if done.taken:
            _log.info("merged what was told", contacts=done.taken, run_id=done.run_id)
        return done.taken > 0

    @property
    def _pause(self) -> float:
        return PAUSES[min(self._failed, len(PAUSES)) - 1]

    def _wait_for(self, why: str) -> None:
        self._failed += 1
        if why != self._left:
            _log.warning("what was told waits", reason=why)
        self._left = why


def live_settings(settings: Settings) -> LiveSettings:
    return LiveSettings(
        rooms.readers(settings),
        rooms.normalize_settings(settings),
        merge_settings(settings),
        rooms.engine(settings),
        rooms.erasure_key(settings),
    )


@contextlib.contextmanager
def working(database: Database, settings: Settings) -> Iterator[LiveWorker]:
    """A worker at work in a thread while the block lasts."""
    worker = LiveWorker(database, live_settings(settings))
    thread = threading.Thread(target=worker.work, name="live")
    thread.start()
    try:
        yield worker
    finally:
        worker.stop()
        thread.join()


def _place(error: Exception) -> str:
    """A bug by its class and place alone: its text may hold values."""
    last = extract_tb(error.__traceback__)[-1]
    return f"a bug of ours: {type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
