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
    return list(connection.execute(_COMPONENT, {"ids": list(source_contacts)}).scalars())


_COMPONENT = text("""
    WITH RECURSIVE reached(id) AS (
      SELECT unnest(CAST(:ids AS uuid[]))
      UNION
      SELECT tied.id FROM reached CROSS JOIN LATERAL (
        SELECT right_contact AS id FROM dedupe.links WHERE left_contact = reached.id
        UNION ALL
        SELECT left_contact FROM dedupe.links WHERE right_contact = reached.id
        UNION ALL
        SELECT other.source_contact_id
          FROM dedupe.source_links mine JOIN dedupe.source_links other ON other.golden_id = mine.golden_id
         WHERE mine.source_contact_id = reached.id
        UNION ALL
        SELECT heir FROM dedupe.golden_heirs WHERE id = reached.id AND heir IS NOT NULL
        UNION ALL
        SELECT other.source_contact_id
          FROM dedupe.decision_members mine
          JOIN dedupe.decisions d ON d.id = mine.decision_id AND d.revoked_at IS NULL
               AND d.subject = 'contacts'
          JOIN dedupe.decision_members other ON other.decision_id = d.id
         WHERE mine.source_contact_id = reached.id
        UNION ALL
        SELECT unnest(left_members || right_members) FROM dedupe.review_candidates
         WHERE left_members @> ARRAY[reached.id]
        UNION ALL
        SELECT unnest(left_members || right_members) FROM dedupe.review_candidates
         WHERE right_members @> ARRAY[reached.id]) tied)
    SELECT id FROM reached ORDER BY id""")
