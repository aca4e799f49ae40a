"""Which source contacts a golden contact is made of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from uuid import UUID

from sqlalchemy import Connection, text


def of_golden(connection: Connection, golden_ids: Collection[UUID]) -> list[UUID]:
    """The source contacts of golden contacts that are served, the oldest first; without those that are gone
    since."""
    return list(connection.execute(_OF_GOLDEN, {"ids": list(golden_ids)}).scalars())


def golden_ids_of(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """The golden contacts that these source contacts belong to now."""
    return list(connection.execute(_GOLDEN_IDS_OF, {"ids": list(source_contacts)}).scalars())


def most_weakly_held(connection: Connection, golden_id: UUID) -> UUID:
    """The source contact whose strongest link is the weakest of those in a golden contact that are not gone;
    of several the youngest."""
    return UUID(str(connection.execute(_MOST_WEAKLY_HELD, {"id": golden_id}).scalar_one()))


def holding(
    connection: Connection, field: str, key: str, most: int, before: date | None = None
) -> list[UUID]:
    """At most so many source contacts that are served with an email or a phone (`field`) of this match key;
    with `before`, of those whose provider tells a last change, and one before that day."""
    query = {"email": _HOLDING_EMAIL, "phone": _HOLDING_PHONE}[field]
    return list(connection.execute(query, {"key": key, "most": most, "before": before}).scalars())


_OF_GOLDEN = text("""
    SELECT l.source_contact_id
      FROM dedupe.source_links l JOIN dedupe.contacts n ON n.source_contact_id = l.source_contact_id
     WHERE l.golden_id = ANY(:ids) ORDER BY 1""")
_GOLDEN_IDS_OF = text("""
    SELECT DISTINCT golden_id FROM dedupe.source_links WHERE source_contact_id = ANY(:ids) ORDER BY 1""")
_MOST_WEAKLY_HELD = text("""
    SELECT l.source_contact_id
      FROM dedupe.source_links l JOIN dedupe.contacts n ON n.source_contact_id = l.source_contact_id
     WHERE l.golden_id = :id ORDER BY l.weight NULLS FIRST, l.source_contact_id DESC LIMIT 1""")
_HOLDING_EMAIL, _HOLDING_PHONE = (
    text(f"""
    SELECT DISTINCT held.id
      FROM dedupe.{table} v
      CROSS JOIN LATERAL unnest(v.source_contact_ids) AS held(id)
      JOIN dedupe.contacts n ON n.source_contact_id = held.id
     WHERE v.key = :key
       AND (CAST(:before AS date) IS NULL
            OR CAST(n.content ->> 'changed_at' AS timestamptz) < CAST(:before AS date))
     ORDER BY 1 LIMIT :most""")
    for table in ("golden_emails", "golden_phones")
)
