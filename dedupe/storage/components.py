"""Which source contacts a decision reaches: those that links, golden contacts or decisions tie to its own."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, text

PAIRS = pa.schema([("left", pa.string()), ("right", pa.string())])


def component(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """Everything that could end in one cluster with one of them, and all of their golden contacts."""
    return list(connection.execute(_COMPONENT, {"ids": list(source_contacts)}).scalars())


def asked_about(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """The source contacts on either side of the review candidates that name one of these."""
    return list(connection.execute(_ASKED_ABOUT, {"ids": list(source_contacts)}).scalars())


def matched_pairs(connection: Connection, source_contacts: Collection[UUID]) -> pa.Table:
    """Pairs of them that the last night linked by their weight: `PAIRS`, with `weight`."""
    return _pairs(connection, _MATCHED, source_contacts)


def judged_pairs(connection: Connection, source_contacts: Collection[UUID]) -> pa.Table:
    """Pairs of them that one decision, live or revoked, is about: `PAIRS`."""
    return _pairs(connection, _JUDGED, source_contacts)


def _pairs(connection: Connection, query: object, source_contacts: Collection[UUID]) -> pa.Table:
    rows = connection.execute(query, {"ids": list(source_contacts)}).mappings()  # type: ignore[call-overload]
    listed = [{**row, "left": str(row["left"]), "right": str(row["right"])} for row in rows]
    schema = PAIRS if query is _JUDGED else PAIRS.append(pa.field("weight", pa.int32()))
    return pa.Table.from_pylist(listed, schema=schema)


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
        SELECT other.source_contact_id
          FROM dedupe.decision_members mine
          JOIN dedupe.decisions d ON d.id = mine.decision_id AND d.revoked_at IS NULL
               AND d.subject = 'contacts' AND d.verdict = 'same'
          JOIN dedupe.decision_members other ON other.decision_id = d.id
         WHERE mine.source_contact_id = reached.id) tied)
    SELECT id FROM reached ORDER BY id""")
_ASKED_ABOUT = text("""
    SELECT DISTINCT member FROM dedupe.review_candidates,
           unnest(left_members || right_members) AS member
     WHERE left_members && CAST(:ids AS uuid[]) OR right_members && CAST(:ids AS uuid[])
     ORDER BY member""")
_MATCHED = text("""
    SELECT left_contact AS left, right_contact AS right, weight FROM dedupe.links
     WHERE cause = 'match' AND left_contact = ANY(:ids) AND right_contact = ANY(:ids)""")
_JUDGED = text("""
    SELECT DISTINCT one.source_contact_id AS left, other.source_contact_id AS right
      FROM dedupe.decision_members one
      JOIN dedupe.decisions d ON d.id = one.decision_id AND d.subject = 'contacts'
      JOIN dedupe.decision_members other ON other.decision_id = one.decision_id
           AND other.source_contact_id > one.source_contact_id
     WHERE one.source_contact_id = ANY(:ids) AND other.source_contact_id = ANY(:ids)""")
