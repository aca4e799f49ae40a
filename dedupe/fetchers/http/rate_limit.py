"""How fast a source may be asked."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field


@dataclass
class RateLimiter:
    """Slots in time for the requests of one source; a throttled source pauses as a whole."""

    rate: float
    _next: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def slot(self) -> float:
        """Seconds until the slot that is now taken. Two late slots may be made up for at once."""
        with self._lock:
            now = time.monotonic()
            start = max(self._next, now - 2 / self.rate)
            self._next = start + 1 / self.rate
            return max(0.0, start - now)

    def pause(self, seconds: float) -> None:
        """No slot before so many seconds from now."""
        with self._lock:
            self._next = max(self._next, time.monotonic() + seconds)
