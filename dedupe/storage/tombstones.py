"""Who is gone, and raw that goes, held still while somebody relies on it.

Whoever buries or erases contacts says so in the transaction that does it; who publishes contacts waits for
them, and keeps them waiting until the own transaction ends. The same between those who store raw, and who
drops it: by an erasure or by its age.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select, text

from dedupe.storage.copying import copy_out
from dedupe.storage.tables import contacts, source_contacts

_BURYING, _STORING = "contact-dedupe: burying", "contact-dedupe: storing raw"
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_ID = pa.schema([pa.field("id", pa.string())])


def announce_tombstones(connection: Connection) -> None:
    """Somebody is buried or erased in this transaction."""
    connection.execute(_SHARED, {"name": _BURYING})


def hold_off_tombstones(connection: Connection) -> None:
    """Nobody is buried or erased by others until the end of this transaction."""
    connection.execute(_ALONE, {"name": _BURYING})


def announce_raw(connection: Connection) -> None:
    """Raw is stored in this transaction, and what it is stored by (erasures, what was known) read in it."""
    connection.execute(_SHARED, {"name": _STORING})


def hold_off_raw(connection: Connection) -> None:
    """Nobody else stores raw until the end of this transaction."""
    connection.execute(_ALONE, {"name": _STORING})


def tombstoned(connection: Connection, seeds: Any) -> Any:
    """Whether each of these, which were live once, is so no more; an array of bool beside them."""
    live = (
        select(source_contacts.c.id)
        .join_from(contacts, source_contacts, contacts.c.source_contact_id == source_contacts.c.id)
        .where(source_contacts.c.gone_at.is_(None))
    )
    now = copy_out(connection, live, _ID)["id"].combine_chunks()
    return pc.invert(pc.is_in(seeds, value_set=now))
