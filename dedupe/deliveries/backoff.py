"""How long to wait after failures: longer each time, up to a longest, and by chance, so that not all come at
once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

LONGEST_RETRY_AFTER = 24 * 3600.0  # seconds that a receiver may ask us to wait with one event (chosen)
LONGEST_REST = 3600.0  # seconds that a receiver may ask to be left alone for (chosen)


@dataclass(frozen=True)
class Backoff:
    """In seconds; each pause is twice the one before."""

    first: float
    longest: float

    def pause(self, failures: int) -> float:
        """After so many failures in a row, one at least: between half and all of the pause, by chance."""
        whole = min(self.first * 2.0 ** min(failures - 1, 60), self.longest)
        return whole * (0.5 + secrets.randbelow(1001) / 2000)


def asked_pause(retry_after: float | None, longest: float = LONGEST_RETRY_AFTER) -> float:
    """The pause in seconds that a receiver asked for, within bounds; 0 where it asked for none."""
    return min(retry_after or 0.0, longest)
