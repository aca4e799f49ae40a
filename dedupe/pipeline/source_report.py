"""What became of one source in a collecting run, for people and for the run's report."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dedupe.errors import BUG, kind_of, safe_message


class Progress(NamedTuple):
    """Where a source stands; `expected` contacts and `eta` seconds are None while nobody knows."""

    source: str
    fetched: int
    expected: int | None
    eta: float | None


@dataclass
class SourceReport:
    """Counts, and in words why the source isn't complete; `failure`: the class of the error that ended it."""

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
    bugs: int = 0  # contacts set aside by a bug of ours
    aside: Counter[str] = field(default_factory=Counter)  # why contacts were set aside
    rejected: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)
    columns: list[dict[str, Any]] = field(default_factory=list)  # of a file: read as what, or why not

    @property
    def failed(self) -> bool:
        """Whether the night must say so: exit 3."""
        return self.status in ("failed", "held")

    @property
    def news(self) -> int:
        """How many contacts are new, changed or back."""
        return self.new + self.changed + self.revived

    def fail(self, error: Exception) -> None:
        """It ended by this error; a bug is told by its place alone, because its text may hold values."""
        self.status, self.failure, self.reason = "failed", kind_of(error), safe_message(error)

    def set_aside(self, reason: str, bug: Exception | None = None) -> None:
        """One contact that could not be stored or read, while the others go on."""
        self.aside[reason] += 1
        if bug is not None:
            self.bugs += 1
            self.failure = type(bug).__name__

    def cannot_read(self, _contact: object, bug: Exception) -> None:
        self.set_aside(safe_message(bug), bug)

    def fail_by_bugs(self) -> None:
        """Contacts that a bug of ours kept out make the source's run fail, though the others are in."""
        if self.bugs and self.failed and BUG not in str(self.reason):
            self.notes.append(self.of_bugs)
        elif self.bugs:
            self.status, self.reason = "failed", self.of_bugs

    @property
    def of_bugs(self) -> str:
        places = ", ".join(reason for reason in self.aside if reason.startswith(BUG))
        return f"{self.bugs} contacts were set aside by {places}; the others are in"

    def tell_erased(self) -> None:
        if self.erased:
            self.notes.append(f"{self.erased} contacts of erased people were not stored")

    def content(self) -> dict[str, Any]:
        made = {
            name: value
            for name, value in vars(self).items()
            if name != "notes" and (value or name != "columns")
        }
        seconds = {name: round(made[name], 3) for name in ("seconds", "throttled_seconds")}
        counted = {name: dict(sorted(made[name].items())) for name in ("rejected", "aside")}
        return {**made, **seconds, **counted, "notes": list(self.notes)}
