"""Whom to tell what: a subscription of another system to events of golden contacts."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

ERASED = "erased"
"""The kind of event that every receiver is told: it must erase too."""
KINDS = ("made", "changed", "merged", "split", "retired", "revived", ERASED)
"""The kinds of events."""


@dataclass(frozen=True)
class Target:
    """Where messages go and how they are signed; `timeout` in seconds, of a whole request."""

    url: str
    secrets: tuple[bytes, ...] = field(repr=False)
    allow_private_addresses: bool = False
    timeout: float = 10.0

    @property
    def shown(self) -> str:
        """The address for people and logs, without path and query, which may hold a key."""
        parts = urlsplit(self.url)
        host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")


@dataclass(frozen=True)
class EventSubscription:
    """`sources`: only events that concern a source contact of one of them; none: all. `give_up_after` in
    seconds. `starts_after`: the position after which it begins; None: whatever comes from now on."""

    name: str
    target: Target
    kinds: tuple[str, ...] = KINDS
    sources: frozenset[str] = frozenset()
    include_values: bool = False
    give_up_after: float = 72 * 3600.0
    starts_after: int | None = None
