"""Golden contacts whose name or company begins with a text."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

NamedBy = Literal["name", "company"]


class Named(NamedTuple):
    golden_id: UUID
    by: NamedBy


def beginning_with(connection: Connection, prefixes: Collection[str], most: int) -> list[Named]:
    """At most so many of them; `prefixes` with ASCII letters in lower case, as the columns are compared.

    Reads golden contacts until it has found so many: there is no index on names.
    """
    rows = connection.execute(_BEGINNING, {"prefixes": list(prefixes), "most": most})
    return [Named(row.id, row.by) for row in rows]


_BEGINS = "lower(g.{}) ^@ ANY(CAST(:prefixes AS text[]))"
_NAMES = " OR ".join(_BEGINS.format(column) for column in ("display_name", "given_name", "family_name"))
_BEGINNING = text(f"""
    SELECT g.id, CASE WHEN {_NAMES} THEN 'name' ELSE 'company' END AS by
      FROM dedupe.golden_contacts g
     WHERE {_NAMES} OR {_BEGINS.format("company")}
     LIMIT :most""")
