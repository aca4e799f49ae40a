"""Numbered pages, a few of them asked for at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

AT_ONCE = 4


class Ahead:
    """Pages are taken in order; those behind are asked for meanwhile."""

    def __init__(self, threads: ThreadPoolExecutor, ask: Callable[[int], Any]) -> None:
        self._threads = threads
        self._ask = ask
        self._asked: deque[tuple[int, Future[Any]]] = deque()

    def take(self, page: int, last: int) -> Any:
        """The page; pages behind it, up to `last`, are asked for meanwhile."""
        if not self._asked:
            self._asked.append((page, self._threads.submit(self._ask, page)))
        while len(self._asked) < AT_ONCE and (following := self._asked[-1][0] + 1) <= last:
            self._asked.append((following, self._threads.submit(self._ask, following)))
        return self._asked.popleft()[1].result()

    def drop(self) -> None:
        for _, asked in self._asked:
            asked.cancel()
