"""Rate limits in fixed windows, as the providers have them."""

from __future__ import annotations

from collections.abc import Callable


class RateLimit:
    """`requests` in every `seconds`, by the clock's own windows."""

    def __init__(self, requests: int, seconds: float, clock: Callable[[], float]) -> None:
        self._requests, self._seconds, self._clock = requests, seconds, clock
        self._window, self._used = -1, 0

    def take(self, lowered: float | None = None) -> bool:
        """Count a request; gives whether it exceeds the limit. `lowered` replaces the limit's own number."""
        window = int(self._clock() / self._seconds)
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        return self._used > (lowered or self._requests)

    def seconds_left(self) -> float:
        return self._seconds - self._clock() % self._seconds
