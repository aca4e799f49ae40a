"""Golden contacts and the crosswalk (which source contact belongs to which golden contact), some rows at a
time and in a stable order.

Whole, or what events tell of since a position: then also golden ids that are served no longer, with those
they lead to, and source contacts that belong to none any more.
"""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
from sqlalchemy import Connection, text

from dedupe.storage.copying import copy_out_parts
from dedupe.storage.golden_contacts import FIELDS
from dedupe.storage.tables import SCHEMA

_TEXT = pa.large_string()
_TEXTS = pa.list_(pa.large_string())
_TIME = pa.timestamp("us", tz="UTC")

_GOLDEN_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("golden_id", _TEXT),
    ("status", _TEXT),  # live, retired
    ("successors", _TEXTS),  # of a retired one: where its id leads to
    ("kind", _TEXT),
    *((name, _TEXT) for name in FIELDS),
    ("emails", _TEXTS),  # the one to use first
    ("phones", _TEXTS),  # E.164
    ("identifiers", _TEXTS),  # namespace:value
    ("blocked", pa.bool_()),
    ("preferences", _TEXT),  # JSON: channel → allowed
    ("members", pa.int64()),
    ("changed_at", _TIME),
]
GOLDEN = pa.schema(_GOLDEN_COLUMNS)
_CROSSWALK_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("source", _TEXT),
    ("external_id", _TEXT),
    ("golden_id", _TEXT),  # null: it belongs to none any more
    ("since", _TIME),
]
CROSSWALK = pa.schema(_CROSSWALK_COLUMNS)


def golden_contacts(connection: Connection, since: int | None = None) -> Iterator[pa.Table]:
    """GOLDEN by rising golden id: all that are served, or all that events after the position `since` name."""
    if since is None:
        return copy_out_parts(connection, _GOLDEN, GOLDEN)
    return copy_out_parts(connection, _GOLDEN_SINCE.bindparams(since=since), GOLDEN)


def crosswalk(connection: Connection, since: int | None = None) -> Iterator[pa.Table]:
    """CROSSWALK by source and external id: all that are served, or all members that events after the position
    `since` name. Whoever was erased has no external id any more and isn't among them."""
    if since is None:
        return copy_out_parts(connection, _CROSSWALK, CROSSWALK)
    return copy_out_parts(connection, _CROSSWALK_SINCE.bindparams(since=since), CROSSWALK)


def _golden(join: str, which: str = "") -> str:
    values = "SELECT array_agg(v.value ORDER BY v.position) FROM {table} v WHERE v.golden_id = i.id"
    return f"""
        SELECT i.id AS golden_id, CASE WHEN g.id IS NULL THEN 'retired' ELSE 'live' END AS status,
               i.successors, g.kind, {", ".join(f"g.{name}" for name in FIELDS)},
               ({values.format(table=f"{SCHEMA}.golden_emails")}) AS emails,
               ({values.format(table=f"{SCHEMA}.golden_phones")}) AS phones,
               (SELECT array_agg(item ->> 'value' ORDER BY place)
                  FROM json_array_elements(g.identifiers) WITH ORDINALITY AS _ (item, place)) AS identifiers,
               g.blocked, CAST(g.preferences AS text) AS preferences, g.members, g.changed_at
          FROM {SCHEMA}.golden_ids i {join} JOIN {SCHEMA}.golden_contacts g ON g.id = i.id {which}
         ORDER BY i.id"""


def _crosswalk(join: str, which: str = "") -> str:
    return f"""
        SELECT s.name AS source, c.external_id, l.golden_id, l.linked_at AS since
          FROM {SCHEMA}.source_contacts c JOIN {SCHEMA}.sources s ON s.id = c.source_id
               {join} JOIN {SCHEMA}.source_links l ON l.source_contact_id = c.id {which}
         ORDER BY s.name, c.external_id"""


_SINCE = f"FROM {SCHEMA}.golden_events WHERE position > :since"
_GOLDEN = text(_golden("INNER"))
_GOLDEN_SINCE = text(
    _golden("LEFT", f"WHERE i.id IN (SELECT golden_id {_SINCE} UNION SELECT unnest(related) {_SINCE})")
)
_CROSSWALK = text(_crosswalk("INNER"))
_CROSSWALK_SINCE = text(
    _crosswalk(
        "LEFT",
        f"""WHERE c.gone_because IS DISTINCT FROM 'erased' AND c.id IN (
            SELECT unnest(members_before) {_SINCE} UNION SELECT unnest(members_after) {_SINCE})""",
    )
)
