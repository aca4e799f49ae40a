"""The exit code of each error; the only place that knows."""

from dedupe.errors import (
    DecisionRefused,
    DedupeError,
    HeldBack,
    LockHeld,
    LockLost,
    SourceError,
    UsageError,
)

DONE = 0
OUR_BUG = 1
NOT_READY = 1  # of `dedupe health` alone: what runs health checks takes 1 for "unhealthy"
BAD_INPUT = 2
SOURCE_FAILED = 3
LOCKED = 4
HELD_BACK = 5

_CODES: list[tuple[type[DedupeError], int]] = [
    (UsageError, BAD_INPUT),
    (DecisionRefused, BAD_INPUT),
    (SourceError, SOURCE_FAILED),
    (LockHeld, LOCKED),
    (LockLost, LOCKED),
    (HeldBack, HELD_BACK),
]


def exit_code(error: DedupeError) -> int:
    """The code of the first class in the table that the error belongs to; that of a bug of ours if none."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), OUR_BUG)
