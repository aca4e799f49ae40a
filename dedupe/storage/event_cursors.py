"""Places in the order of events as clients know them: opaque texts, which they can only send back."""

from __future__ import annotations

import base64
import re

from dedupe.errors import InputError

# Each text that fits is a cursor, so what we didn't give out is refused by its shape alone.
LAST_OF_64_BITS = "[AEIMQUYcgkosw048]$"
EVENT_CURSOR = rf"^[A-Za-f][A-Za-z0-9_-]{{9}}{LAST_OF_64_BITS}"


def as_cursor(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def of_cursor(given: str) -> bytes:
    return base64.urlsafe_b64decode(given + "=" * (-len(given) % 4))


def event_cursor(position: int) -> str:
    """The place behind the event at this position."""
    return as_cursor(position.to_bytes(8, "big"))


def position_of(cursor: str) -> int:
    """The position of the last event that whoever has this cursor knows. Raises InputError for others."""
    if not re.match(EVENT_CURSOR, cursor):
        raise InputError(
            "that is no cursor of events: give one as /v1/events, a webhook or an export gave it"
        )
    return int.from_bytes(of_cursor(cursor), "big")
