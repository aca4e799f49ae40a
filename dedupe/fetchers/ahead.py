"""Numbered pages, a few of them asked for at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

AT_ONCE = 4  # asked for and not yet there
_MOST = 24  # with those that are there and wait for one before them


class Ahead:
    """Pages are taken in order; those behind are asked for meanwhile."""

    def __init__(self, threads: ThreadPoolExecutor, ask: Callable[[int], Any]) -> None:
        self._threads = threads
        self._ask = ask
        self._asked: deque[tuple[int, Future[Any]]] = deque()

    def take(self, page: int, last: int) -> Any:
        """The page; pages behind it, up to `last`, are asked for meanwhile.

        A page that waits for its retry holds up none but itself: others go on, up to `_MOST` of them.
        """
        if not self._asked:
            self._ask_for(page)
        while True:
            left = [asked for _, asked in self._asked if not asked.done()]
            for _ in range(AT_ONCE - len(left)):
                following = self._asked[-1][0] + 1
                if following <= last and len(self._asked) < _MOST:
                    left.append(self._ask_for(following))
            if self._asked[0][1].done():
                return self._asked.popleft()[1].result()
            wait(left, return_when=FIRST_COMPLETED)

    def _ask_for(self, page: int) -> Future[Any]:
        asked = self._threads.submit(self._ask, page)
        self._asked.append((page, asked))
        return asked

    def drop(self) -> None:
        for _, asked in self._asked:
            asked.cancel()
