"""Which source contacts a golden contact is made of."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, text


def of_golden(connection: Connection, golden_ids: Collection[UUID]) -> list[UUID]:
    """The source contacts of golden contacts that are served, the oldest first."""
    return list(connection.execute(_OF_GOLDEN, {"ids": list(golden_ids)}).scalars())


def golden_ids_of(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """The golden contacts that these source contacts belong to now."""
    return list(connection.execute(_GOLDEN_IDS_OF, {"ids": list(source_contacts)}).scalars())


def most_weakly_held(connection: Connection, golden_id: UUID) -> UUID:
    """The source contact whose strongest link is the weakest of all in a golden contact that is served; of
    several the youngest."""
    return UUID(str(connection.execute(_MOST_WEAKLY_HELD, {"id": golden_id}).scalar_one()))


def holding(connection: Connection, field: str, key: str) -> list[UUID]:
    """The source contacts that are served with an email or a phone (`field`) of this match key."""
    query = {"email": _HOLDING_EMAIL, "phone": _HOLDING_PHONE}[field]
    return list(connection.execute(query, {"key": key}).scalars())


_OF_GOLDEN = text("""
    SELECT source_contact_id FROM dedupe.source_links WHERE golden_id = ANY(:ids) ORDER BY 1""")
_GOLDEN_IDS_OF = text("""
    SELECT DISTINCT golden_id FROM dedupe.source_links WHERE source_contact_id = ANY(:ids) ORDER BY 1""")
_MOST_WEAKLY_HELD = text("""
    SELECT source_contact_id FROM dedupe.source_links WHERE golden_id = :id
     ORDER BY weight NULLS FIRST, source_contact_id DESC LIMIT 1""")
_HOLDING_EMAIL, _HOLDING_PHONE = (
    text(f"SELECT DISTINCT unnest(source_contact_ids) FROM dedupe.{table} WHERE key = :key ORDER BY 1")
    for table in ("golden_emails", "golden_phones")
)
