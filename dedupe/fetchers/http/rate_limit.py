"""The rate limit of requests to one source."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class RateLimiter:
    """Hands out time slots for the requests of one source; a throttled source pauses as a whole."""

    rate: float
    _next: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def slot(self) -> float:
        """Take the next slot and give the seconds until it. Up to two missed slots may be used at once."""
        with self._lock:
            now = time.monotonic()
            start = max(self._next, now - 2 / self.rate)
            self._next = start + 1 / self.rate
            return max(0.0, start - now)

    def pause(self, seconds: float) -> None:
        """Give out no slot within so many seconds from now."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)
