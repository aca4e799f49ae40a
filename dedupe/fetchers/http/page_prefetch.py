"""Numbered pages, a few of them requested ahead."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any, Self

from dedupe.fetchers.http.client import Api

# chosen, all three
AT_ONCE = 4  # requested and not yet received
MOST_AHEAD = 24  # with those that were received and wait for one before them
_MOST_BYTES = 8 * 1024 * 1024  # in them, by the size of the pages so far


class PagePrefetch:
    """Gives pages in order while later ones are requested in the background. A context manager."""

    def __init__(self, api: Api, ask: Callable[[int], Any]) -> None:
        self._api = api
        self._ask = ask
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix=api.source)
        self._asked: deque[tuple[int, Future[Any]]] = deque()
        self._taken, self._bytes_before = 0, api.counts.bytes

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Abandon the pages under way; a retry that was to wait for minutes ends at once."""
        with self._api.abandoned():
            self._threads.shutdown(cancel_futures=True)

    def take(self, page: int, last: int) -> Any:
        """Give the page and request those after it, up to `last`.

        A page that waits for a retry delays only itself: others are requested meanwhile, up to
        `MOST_AHEAD` of them.
        """
        while self._asked and self._asked[0][0] != page:  # the walk goes on elsewhere than it was expected to
            self._asked.popleft()[1].cancel()
        if not self._asked:
            self._ask_for(page)
        while True:
            left = [asked for _, asked in self._asked if not asked.done()]
            most = self._most(len(self._asked) - len(left))
            for _ in range(AT_ONCE - len(left)):
                following = self._asked[-1][0] + 1
                if following <= last and len(self._asked) < most:
                    left.append(self._ask_for(following))
            if self._asked[0][1].done():
                self._taken += 1
                return self._asked.popleft()[1].result()
            wait(left, return_when=FIRST_COMPLETED)

    def _most(self, waiting: int) -> int:
        """How many pages to request at once: fewer where pages are large, so that memory stays flat;
        always one."""
        read = self._api.counts.bytes - self._bytes_before
        average = read // max(1, self._taken + waiting)
        return max(1, min(MOST_AHEAD, _MOST_BYTES // max(1, average)))

    def _ask_for(self, page: int) -> Future[Any]:
        asked = self._threads.submit(self._ask, page)
        self._asked.append((page, asked))
        return asked
