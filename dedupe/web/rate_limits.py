"""How often somebody may ask: lookups by token, failed sign-ins by address. In this process, in bounded
memory."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field

from dedupe.web.problem_types import TOO_MANY_REQUESTS
from dedupe.web.problems import Problem

KEYS = 10_000
"""Tokens or addresses that are remembered; the one that was seen longest ago is forgotten first (chosen)."""
MINUTE = 60.0


class RateLimit:
    """So many a minute for each key, all at once if need be: an allowance that fills up steadily."""

    def __init__(self, a_minute: int, keys: int = KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        """`a_minute`: 0 for no limit."""
        self._most, self._keys, self._clock = float(a_minute), keys, clock
        self._left: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()  # what is left, and when
        self._lock = threading.Lock()

    def take(self, key: Hashable, number: int = 1) -> float:
        """Take as many; gives 0, or the seconds to wait where fewer are left, and then takes none.

        One that asks for more than a minute's share is let through by a full allowance, and waits longer
        after.
        """
        if not self._most:
            return 0.0
        with self._lock:
            left, now = self._now(key)
            missing = min(float(number), self._most) - left
            if missing > 0:
                self._keep(key, left, now)
                return missing * MINUTE / self._most
            self._keep(key, left - number, now)
            return 0.0

    def wait(self, key: Hashable) -> float:
        """The seconds until one is left; 0 where one is. Takes none."""
        if not self._most:
            return 0.0
        with self._lock:
            left, _ = self._now(key)
            return max(0.0, 1.0 - left) * MINUTE / self._most

    def _now(self, key: Hashable) -> tuple[float, float]:
        now = self._clock()
        left, before = self._left.get(key, (self._most, now))
        return min(self._most, left + (now - before) * self._most / MINUTE), now

    def _keep(self, key: Hashable, left: float, now: float) -> None:
        self._left[key] = (left, now)
        self._left.move_to_end(key)
        if len(self._left) > self._keys:
            self._left.popitem(last=False)


@dataclass(frozen=True)
class RateLimits:
    """`lookups` by token; `failures` by address, of secrets that were not known. A secret that was right
    before is let in from an address with many failures: who shares a proxy with a guesser goes on working."""

    lookups: RateLimit = field(default_factory=lambda: RateLimit(0))
    failures: RateLimit = field(default_factory=lambda: RateLimit(0))
    right: OrderedDict[bytes, None] = field(default_factory=OrderedDict)  # hashes of secrets
    lock: threading.Lock = field(default_factory=threading.Lock)

    def was_right(self, digest: bytes) -> bool:
        return digest in self.right

    def note(self, digest: bytes, *, right: bool) -> None:
        """Whether the secret with this hash opened something just now."""
        with self.lock:
            if not right:
                self.right.pop(digest, None)
                return
            self.right[digest] = None
            self.right.move_to_end(digest)
            if len(self.right) > KEYS:
                self.right.popitem(last=False)


def too_many(what: str, wait: float) -> Problem:
    """429, to be sent again after so many seconds: whole ones, one at least."""
    after = str(max(1, math.ceil(wait)))
    return Problem(TOO_MANY_REQUESTS, f"{what} Send it again in {after} seconds.", {"Retry-After": after})
