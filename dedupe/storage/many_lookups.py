"""Golden contacts by many values at once, in one query that writes the access log too: a line for each value,
as if it were looked up by itself."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Literal, NamedTuple, TypeAlias
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.access_log import Visitor
from dedupe.storage.golden_contacts import Hit
from dedupe.storage.lookups import LISTS_OF_GOLDEN, contact_of

How: TypeAlias = Literal["email", "phone", "source_contact", "id"]


class Sought(NamedTuple):
    """What is looked up: a value and its match key, a source and an external id, or a golden id."""

    how: How
    value: str
    key: str


def find(connection: Connection, visitor: Visitor, sought: Sequence[Sought]) -> list[list[Hit]]:
    """The hits of each, in its place: "value" before "key", then by id."""
    given = {
        "at": list(range(len(sought))),
        "how": [one.how for one in sought],
        "value": [one.value for one in sought],
        "key": [one.key for one in sought],
    }
    hits: list[list[Hit]] = [[] for _ in sought]
    for row in connection.execute(_FIND, given | {"who": visitor.who, "door": visitor.door}):
        contact = contact_of({"golden": row.golden, **row.lists})
        for at, by in zip(row.ats, row.bys, strict=True):
            hits[at].append(Hit(by, contact))
    for of_one in hits:
        of_one.sort(key=lambda hit: (hit.by == "key", hit.contact.id))
    return hits


def known_ids(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those of the golden ids that were ever handed out."""
    return set(connection.execute(_KNOWN, {"ids": list(ids)}).scalars())


def phone_keys(connection: Connection, values: Collection[str]) -> dict[str, str]:
    """The match keys of the stored phones among these."""
    rows = connection.execute(_PHONE_KEYS, {"values": list(values)})
    return {row.value: row.key for row in rows}


# As with a single lookup: an index scan each for value and key, and the access log doesn't wait for the disk.
_FIND = text(f"""
    WITH RECURSIVE asked AS MATERIALIZED (
      SELECT * FROM unnest(CAST(:at AS integer[]), CAST(:how AS text[]), CAST(:value AS text[]),
                           CAST(:key AS text[])) AS a(at, how, value, key)),
    walk(at, id) AS (
      SELECT at, CAST(value AS uuid) FROM asked WHERE how = 'id'
      UNION
      SELECT walk.at, unnest(i.successors) FROM walk JOIN dedupe.golden_ids i ON i.id = walk.id
       WHERE NOT EXISTS (SELECT FROM dedupe.golden_contacts g WHERE g.id = walk.id)),
    hit AS (
      SELECT at, golden_id, max(by) AS by FROM (
        SELECT a.at, e.golden_id, 'value' AS by
          FROM asked a JOIN dedupe.golden_emails e ON e.value = a.value WHERE a.how = 'email'
        UNION ALL
        SELECT a.at, e.golden_id, 'key'
          FROM asked a JOIN dedupe.golden_emails e ON e.key = a.key WHERE a.how = 'email'
        UNION ALL
        SELECT a.at, p.golden_id, 'value'
          FROM asked a JOIN dedupe.golden_phones p ON p.value = a.value WHERE a.how = 'phone'
        UNION ALL
        SELECT a.at, p.golden_id, 'key'
          FROM asked a JOIN dedupe.golden_phones p ON p.key = a.key WHERE a.how = 'phone'
        UNION ALL
        SELECT a.at, l.golden_id, 'source_contact'
          FROM asked a JOIN dedupe.sources s ON s.name = a.value
          JOIN dedupe.source_contacts c ON c.source_id = s.id AND c.external_id = a.key
          JOIN dedupe.source_links l ON l.source_contact_id = c.id
         WHERE a.how = 'source_contact'
        UNION ALL
        SELECT w.at, g.id, 'id' FROM walk w JOIN dedupe.golden_contacts g ON g.id = w.id
      ) found GROUP BY at, golden_id),
    logged AS (
      INSERT INTO dedupe.access_log (who, door, action, golden_ids, occurred_at)
      SELECT :who, :door, 'lookup',
             coalesce((SELECT array_agg(golden_id) FROM hit WHERE hit.at = a.at), '{{}}'), clock_timestamp()
        FROM asked a
       WHERE set_config('synchronous_commit', 'off', true) = 'off'
       ORDER BY a.at)
    SELECT found.ats, found.bys, to_json(g) AS golden, json_build_object({LISTS_OF_GOLDEN}) AS lists
      FROM (SELECT golden_id, array_agg(at ORDER BY at) AS ats, array_agg(by ORDER BY at) AS bys
              FROM hit GROUP BY golden_id) found
      JOIN dedupe.golden_contacts g ON g.id = found.golden_id""")
_KNOWN = text("""
    SELECT id FROM dedupe.golden_ids WHERE id = ANY(:ids)
    UNION SELECT id FROM dedupe.golden_contacts WHERE id = ANY(:ids)""")
_PHONE_KEYS = text("SELECT DISTINCT value, key FROM dedupe.golden_phones WHERE value = ANY(:values)")
