"""Whose turn it is to store a source's contacts: a walk and what the source tells meanwhile take turns.

Two transactions that bring the same new contact would each add it, and neither would see what the other
knows.
"""

from __future__ import annotations

import time
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.errors import LockHeld

_LOOK_EVERY = 0.02  # seconds (chosen)
_TAKE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_TRY = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")


def take_turn(connection: Connection, source_id: UUID) -> None:
    """Keep others from storing this source's contacts until the end of this transaction; waits for its
    turn."""
    connection.execute(_TAKE, _named(source_id))


def take_turn_within(connection: Connection, source_id: UUID, seconds: float) -> None:
    """The same; raises LockHeld after `seconds`."""
    deadline = time.monotonic() + seconds
    while not connection.execute(_TRY, _named(source_id)).scalar_one():
        if time.monotonic() > deadline:
            raise LockHeld("contacts of this source are being stored by another run; try again later")
        time.sleep(_LOOK_EVERY)


def _named(source_id: UUID) -> dict[str, str]:
    return {"name": f"contact-dedupe: storing {source_id}"}
