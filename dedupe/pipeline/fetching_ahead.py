"""Pages asked for while the one before is being stored."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dedupe.fetchers.fetcher import Page

_DEPTH = 2  # pages that may wait: memory stays flat
_POLL = 0.2  # seconds after which a waiting producer looks whether it is still wanted


@contextmanager
def fetched_ahead(pages: Iterator[Page]) -> Iterator[Iterator[Page]]:
    """The same pages in the same order, fetched by a thread of their own; its error rises in its turn."""
    waiting: queue.Queue[Page | BaseException | None] = queue.Queue(_DEPTH)
    unwanted = threading.Event()

    def put(item: Page | BaseException | None) -> None:
        while not unwanted.is_set():
            try:
                waiting.put(item, timeout=_POLL)
            except queue.Full:
                continue
            return

    def produce() -> None:
        try:
            for page in pages:
                put(page)
                if unwanted.is_set():
                    pages.close()  # type: ignore[attr-defined]  # every fetch is a generator
                    return
            put(None)
        except BaseException as error:  # noqa: BLE001  handed on, whatever it is
            put(error)

    thread = threading.Thread(target=produce, name=f"{threading.current_thread().name} ahead")
    thread.start()
    try:
        yield _taken(waiting)
    finally:
        unwanted.set()
        thread.join()


def _taken(waiting: queue.Queue[Page | BaseException | None]) -> Iterator[Page]:
    while (item := waiting.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
