"""Locks between transactions that give tombstones or drop raw payloads and transactions that rely on neither
happening.

A transaction that gives tombstones or erases contacts announces it; one that publishes contacts waits for
those and holds off others until it ends. Likewise one that stores raw payloads announces it, and one that
drops raw payloads (an erasure, or retention) holds off those that store.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select, text

from dedupe.storage.copying import copy_out
from dedupe.storage.tables import contacts, source_contacts

_TOMBSTONES, _RAW = "contact-dedupe: burying", "contact-dedupe: storing raw"
_SHARED = text("SELECT pg_advisory_xact_lock_shared(hashtextextended(:name, 0))")
_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
_ID = pa.schema([pa.field("id", pa.string())])


def announce_tombstones(connection: Connection) -> None:
    """Announce that this transaction gives tombstones or erases contacts; waits while another holds them
    off."""
    connection.execute(_SHARED, {"name": _TOMBSTONES})


def hold_off_tombstones(connection: Connection) -> None:
    """Keep others from giving tombstones and erasing contacts until the end of this transaction."""
    connection.execute(_ALONE, {"name": _TOMBSTONES})


def announce_raw(connection: Connection) -> None:
    """Announce that this transaction stores raw payloads, and reads what that depends on (the suppression
    list, known contents)."""
    connection.execute(_SHARED, {"name": _RAW})


def hold_off_raw(connection: Connection) -> None:
    """Keep others from storing raw payloads until the end of this transaction."""
    connection.execute(_ALONE, {"name": _RAW})


def tombstoned(connection: Connection, seeds: Any) -> Any:
    """Whether each of these seeds, which were live once, has a tombstone now; an array of bool in their
    order."""
    live = (
        select(source_contacts.c.id)
        .join_from(contacts, source_contacts, contacts.c.source_contact_id == source_contacts.c.id)
        .where(source_contacts.c.gone_at.is_(None))
    )
    now = copy_out(connection, live, _ID)["id"].combine_chunks()
    return pc.invert(pc.is_in(seeds, value_set=now))
