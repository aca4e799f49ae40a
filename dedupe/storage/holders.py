"""Source contacts by id, as columns: what a question is compared with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, text

from dedupe.storage import contacts
from dedupe.storage.copying import array_text
from dedupe.storage.tables import SCHEMA


class HoldersFound(NamedTuple):
    """`table`: schema CONTACTS; `seeds` and `golden_ids` (None: served in none yet) row for row; sorted by
    seed."""

    table: pa.Table
    seeds: list[str]
    golden_ids: list[str | None]


def live(connection: Connection, seeds: Sequence[str]) -> HoldersFound:
    """Those of the source contacts that live, and the golden contacts that they are served in."""
    rows = connection.execute(_LIVE, {"seeds": array_text(seeds)}).all()
    contents = pa.chunked_array([[row.content for row in rows]], pa.string())
    keys = pa.table(
        {
            "source": pa.array([row.source for row in rows], pa.string()),
            "external_id": pa.array([row.external_id for row in rows], pa.string()),
        }
    )
    table = contacts.from_json(contents, keys)
    return HoldersFound(table, [row.seed for row in rows], [row.golden_id for row in rows])


_LIVE = text(f"""
    SELECT c.id::text AS seed, l.golden_id::text AS golden_id, s.name AS source, c.external_id,
           n.content::text AS content
    FROM {SCHEMA}.source_contacts c
    JOIN {SCHEMA}.sources s ON s.id = c.source_id
    JOIN {SCHEMA}.contacts n ON n.source_contact_id = c.id
    LEFT JOIN {SCHEMA}.source_links l ON l.source_contact_id = c.id
    WHERE c.id = ANY(CAST(:seeds AS uuid[])) AND c.gone_at IS NULL ORDER BY c.id""")
