"""The source contacts that a decision affects: the connected component of those it names."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, text


def component(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """All source contacts that a night would cluster together with one of these, with all members of their
    golden contacts, and who carries on the ids of those that are gone or came back.

    A night clusters components of all pairs from the review threshold on. Pairs within a golden contact need
    not be known; those between two are links, review candidates, or answered by a decision.
    """
    reached: set[UUID] = set()
    fresh = set(source_contacts)
    while fresh:
        reached |= fresh
        fresh = {*connection.execute(_TIED, {"ids": list(fresh)}).scalars()} - reached
    return sorted(reached)


# One step at a time for all, because a recursive query is planned for few. Arrays are looked up one by one
# in their index: a whole array at once is compared with every row.
_TIED = text("""
    SELECT right_contact FROM dedupe.links WHERE left_contact = ANY(:ids)
    UNION
    SELECT left_contact FROM dedupe.links WHERE right_contact = ANY(:ids)
    UNION
    SELECT other.source_contact_id
      FROM dedupe.source_links mine JOIN dedupe.source_links other ON other.golden_id = mine.golden_id
     WHERE mine.source_contact_id = ANY(:ids)
    UNION
    SELECT heir FROM dedupe.golden_heirs WHERE id = ANY(:ids) AND heir IS NOT NULL
    UNION
    SELECT other.source_contact_id
      FROM dedupe.decision_members mine
      JOIN dedupe.decisions d ON d.id = mine.decision_id AND d.revoked_at IS NULL
           AND d.subject = 'contacts'
      JOIN dedupe.decision_members other ON other.decision_id = d.id
     WHERE mine.source_contact_id = ANY(:ids)
    UNION
    SELECT unnest(c.left_members || c.right_members)
      FROM unnest(CAST(:ids AS uuid[])) wanted
      JOIN dedupe.review_candidates c ON c.left_members @> ARRAY[wanted]
    UNION
    SELECT unnest(c.left_members || c.right_members)
      FROM unnest(CAST(:ids AS uuid[])) wanted
      JOIN dedupe.review_candidates c ON c.right_members @> ARRAY[wanted]""")
