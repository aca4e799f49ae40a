"""What became of one source in a collecting run, for people and for the run's report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dedupe.errors import DatabaseUnavailable, DedupeError, LockLost

OF_ALL = (DatabaseUnavailable, LockLost, MemoryError, OSError)
"""Errors that are no single source's: whoever meets one stops."""


class Progress(NamedTuple):
    """Where a source stands; `expected` contacts and `eta` seconds are None while nobody knows."""

    source: str
    fetched: int
    expected: int | None
    eta: float | None


@dataclass
class SourceReport:
    """Counts, and in words why it isn't complete. `failure` names the class of the error that ended it."""

    source: str
    provider: str
    mode: str = "full"
    status: str = "running"
    reason: str | None = None
    failure: str | None = None
    resumed: bool = False
    fetched: int = 0
    new: int = 0
    changed: int = 0
    revived: int = 0
    same: int = 0
    gone: int = 0
    missing: int = 0  # live here, not seen there, not proven gone
    erased: int = 0  # of people who were erased: not stored
    quarantined: int = 0
    read: int = 0
    unique: int = 0
    pages: int = 0
    walks: int = 0
    requests: int = 0
    retries: int = 0
    throttled_seconds: float = 0.0
    seconds: float = 0.0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    @property
    def failed(self) -> bool:
        """Whether the night must say so: exit 3."""
        return self.status in ("failed", "held")

    def fail(self, error: Exception) -> None:
        """It ended by this error; a bug is told by its place alone, because its text may hold values."""
        self.status, self.failure = "failed", type(error).__name__
        self.reason = (
            str(error) if isinstance(error, DedupeError) else f"a bug of ours, in {_place_of(error)}"
        )

    def tell_erased(self) -> None:
        if self.erased:
            self.notes.append(f"{self.erased} contacts of erased people were not stored")

    def content(self) -> dict[str, Any]:
        made = {name: value for name, value in vars(self).items() if name not in ("rejected", "notes")}
        seconds = {name: round(made[name], 3) for name in ("seconds", "throttled_seconds")}
        return {**made, **seconds, "rejected": dict(sorted(self.rejected.items())), "notes": list(self.notes)}


def _place_of(error: Exception) -> str:
    """The innermost line of ours that it came through."""
    at, place = error.__traceback__, "a place unknown"
    while at is not None:
        module = str(at.tb_frame.f_globals.get("__name__"))
        if module.startswith("dedupe."):
            place = f"{module}, line {at.tb_lineno}"
        at = at.tb_next
    return place
