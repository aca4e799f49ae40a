"""Live links with the same comparison levels, or with the same value, as a given link."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.arrays.units import BIT


@dataclass(frozen=True, slots=True)
class FieldKey:
    """A match key of a field."""

    field: str  # email, phone, identifier, name
    key: str


@dataclass(frozen=True, slots=True)
class LinkTraits:
    """What other links are compared with; `levels` has the name of the level of each comparison that isn't
    silent."""

    levels: Mapping[str, str]
    values: Sequence[FieldKey]
    but: tuple[UUID, UUID]  # the pair itself


class PageStart(NamedTuple):
    """The weight and pair after which a page begins."""

    weight: int  # in 1/1024 bit
    left: UUID
    right: UUID


@dataclass(frozen=True, slots=True)
class SimilarLink:
    left: UUID
    right: UUID
    left_key: str  # source:external_id
    right_key: str
    golden_id: UUID | None
    weight: float  # bits
    probability: float
    cause: str
    run_id: UUID
    same_levels: bool
    same_values: list[str]  # the fields


def counted(connection: Connection, like: LinkTraits) -> dict[str, int]:
    """The number of similar links: in all, with the same levels, and with the same value of each field."""
    row = connection.execute(_COUNT, _parameters(like)).mappings().one()
    fields: dict[str, int] = row["fields"] or {}
    return {"links": row["links"], "levels": row["levels"], **fields}


def listed(
    connection: Connection, like: LinkTraits, limit: int, after: PageStart | None = None
) -> list[SimilarLink]:
    """Similar links, the weakest first, because those are the likeliest to be wrong."""
    place = after or PageStart(-(2**31), UUID(int=0), UUID(int=0))
    rows = connection.execute(_LIST, {**_parameters(like), "limit": limit, **place._asdict()})
    return [SimilarLink(**{**row, "weight": row["weight"] / BIT}) for row in rows.mappings()]


def _parameters(like: LinkTraits) -> dict[str, Any]:
    return {
        "wanted": json.dumps(dict(like.levels)),
        "fields": [one.field for one in like.values],
        "needles": [json.dumps(one.key, ensure_ascii=False) for one in like.values],
        "ends": list(like.but),
    }


_FOUND = """
    WITH held AS MATERIALIZED (
      SELECT v.field, v.needle, c.source_contact_id AS id
        FROM unnest(CAST(:fields AS text[]), CAST(:needles AS text[])) AS v(field, needle)
        JOIN dedupe.contacts c ON strpos(c.content::text, v.needle) > 0),
    shared AS (
      SELECT l.left_contact, l.right_contact, array_agg(DISTINCT one.field ORDER BY one.field) AS fields
        FROM held one
        JOIN dedupe.links l ON l.left_contact = one.id
        JOIN held other ON other.id = l.right_contact AND other.field = one.field
             AND other.needle = one.needle
       GROUP BY l.left_contact, l.right_contact),
    found AS (
      SELECT l.*, l.levels::jsonb = CAST(:wanted AS jsonb) AS same_levels,
             coalesce(s.fields, '{}') AS same_values
        FROM dedupe.links l
        LEFT JOIN shared s ON s.left_contact = l.left_contact AND s.right_contact = l.right_contact
       WHERE NOT (l.left_contact = ANY(:ends) AND l.right_contact = ANY(:ends))
         AND (s.fields IS NOT NULL
              OR (CAST(:wanted AS jsonb) <> '{}' AND l.levels::jsonb = CAST(:wanted AS jsonb))))"""
_COUNT = text(f"""{_FOUND}
    SELECT (SELECT count(*) FROM found) AS links,
           (SELECT count(*) FROM found WHERE same_levels) AS levels,
           (SELECT json_object_agg(field, n) FROM (
              SELECT unnest(same_values) AS field, count(*) AS n FROM found GROUP BY 1) f) AS fields""")
_LIST = text(f"""{_FOUND}
    SELECT f.left_contact AS left, f.right_contact AS right,
           ls.name || ':' || lc.external_id AS left_key, rs.name || ':' || rc.external_id AS right_key,
           g.golden_id, f.weight, f.probability, f.cause, f.run_id, f.same_levels, f.same_values
      FROM found f
      JOIN dedupe.source_contacts lc ON lc.id = f.left_contact
      JOIN dedupe.sources ls ON ls.id = lc.source_id
      JOIN dedupe.source_contacts rc ON rc.id = f.right_contact
      JOIN dedupe.sources rs ON rs.id = rc.source_id
      LEFT JOIN dedupe.source_links g ON g.source_contact_id = f.left_contact
     WHERE (f.weight, f.left_contact, f.right_contact) > (:weight, CAST(:left AS uuid), CAST(:right AS uuid))
     ORDER BY f.weight, f.left_contact, f.right_contact LIMIT :limit""")
