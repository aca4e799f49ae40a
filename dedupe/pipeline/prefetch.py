"""Pages asked for while those before are being stored, and stored together when several wait."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from dedupe.fetchers.fetcher import Page
from dedupe.fetchers.http.client import Api

MOST_PAGES, MOST_BYTES = 8, 1024 * 1024  # that may wait, but one always may: memory stays flat


class _Waiting:
    """Pages between the thread that fetches and the one that stores."""

    def __init__(self, read: Callable[[], int], most: int) -> None:
        self._read, self._most = read, most
        self._pages: deque[Page] = deque()
        self._taken = read()  # bytes read from the provider when the last pages were taken
        self._end: BaseException | None = None
        self._ended = self._unwanted = False
        self._turn = threading.Condition()

    def put(self, page: Page) -> bool:
        """Waits for room; False when nobody wants pages any more."""
        with self._turn:
            self._turn.wait_for(lambda: self._unwanted or self._room())
            self._pages.append(page)
            self._turn.notify_all()
            return not self._unwanted

    def end(self, error: BaseException | None = None) -> None:
        with self._turn:
            self._ended, self._end = True, error
            self._turn.notify_all()

    def give_up(self) -> None:
        with self._turn:
            self._unwanted = True
            self._turn.notify_all()

    def take(self) -> list[Page]:
        """All that wait, at least one; none at the end. An error rises after the pages before it."""
        with self._turn:
            self._turn.wait_for(lambda: self._pages or self._ended)
            if not self._pages and self._end is not None:
                raise self._end
            taken = [self._pages.popleft() for _ in range(min(len(self._pages), self._most))]
            self._taken = self._read()
            self._turn.notify_all()
            return taken

    def _room(self) -> bool:
        if not self._pages:
            return True
        return len(self._pages) < MOST_PAGES and self._read() - self._taken < MOST_BYTES


@contextmanager
def fetched_ahead(
    pages: Iterator[Page], api: Api, together: int = MOST_PAGES
) -> Iterator[Iterator[list[Page]]]:
    """The same pages in the same order, in groups, fetched by a thread of their own; its error comes in turn.

    `api` is what they are fetched by; `together` is the most pages of a group. Who leaves waits for a request
    that is under way, but for no retry.
    """
    waiting = _Waiting(lambda: api.counts.bytes, together)

    def produce() -> None:
        try:
            for page in pages:
                if not waiting.put(page):
                    pages.close()  # type: ignore[attr-defined]  # every fetch is a generator
                    break
            waiting.end()
        except BaseException as error:  # noqa: BLE001  handed on, whatever it is
            waiting.end(error)

    thread = threading.Thread(target=produce, name=f"{threading.current_thread().name} ahead")
    thread.start()
    try:
        yield iter(waiting.take, [])
    finally:
        waiting.give_up()
        with api.abandoned():
            thread.join()
