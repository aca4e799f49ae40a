"""What a write-back does and has done."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field
from typing import Any

from dedupe.errors import kind_of, safe_message


@dataclass(frozen=True)
class WritebackOptions:
    """`limit`: contacts that requests are sent for, at most; `dry_run`: they are read and not written;
    `again`: also those that are written, in conflict or refused."""

    limit: int | None = None
    dry_run: bool = False
    again: bool = False
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass
class WritebackReport:
    """What became of a source's contacts.

    `there`: the golden id stood there already; `conflicts`: something that isn't ours did, and was left;
    `duplicates`: the field is unique and another contact has it; `gone`: there is no such contact any more;
    `confirmed`: no answer came to a write, and the contact showed that it was taken; `repeated`: it showed
    that it was not, and the write was sent again; `left`: contacts that the limit left for the next apply.
    """

    source: str
    written: int = 0
    updated: int = 0
    cleared: int = 0
    there: int = 0
    conflicts: int = 0
    duplicates: int = 0
    refused: int = 0
    failed: int = 0
    gone: int = 0
    confirmed: int = 0
    repeated: int = 0
    left: int = 0
    requests: int = 0
    failure: str | None = None
    reason: str | None = None

    def fail(self, error: Exception) -> None:
        self.failure, self.reason = kind_of(error), safe_message(error)

    def content(self) -> dict[str, Any]:
        return asdict(self)
