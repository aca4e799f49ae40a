"""What golden contacts showed before they changed: each whole, with its source links and their reasons.

A version is kept when a run replaces or ends it; what is served now is none yet. Those that hold an erased
source contact are not kept, and go with the erasure (`storage.erasures`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, delete, text

from dedupe.storage import tables
from dedupe.storage.erasures import BECAUSE
from dedupe.storage.golden_contacts import GoldenContact
from dedupe.storage.lookups import LISTS_OF_GOLDEN, contact_of
from dedupe.storage.staged_rows import stage_rows
from dedupe.storage.tables import golden_versions, replaced_rows


@dataclass(frozen=True, slots=True)
class GoldenVersion:
    """What a golden contact showed from one moment until before another; None: it does so now."""

    contact: GoldenContact
    shown_from: datetime
    shown_until: datetime | None


def keep(connection: Connection, run_id: UUID, golden_ids: Any) -> int:
    """Keep what these golden contacts (UUID texts) show, before this run replaces it; gives the rows
    written."""
    if len(golden_ids) == 0:
        return 0
    stage_rows(connection, "ending_golden", tables.golden_contacts, pa.table([golden_ids], names=["id"]))
    return connection.execute(_KEEP, {"run_id": run_id, "erased": BECAUSE}).rowcount


def as_of(connection: Connection, golden_id: UUID, moment: datetime) -> GoldenVersion | None:
    """What the golden contact showed at that moment; None where it wasn't served, or that isn't kept."""
    row = connection.execute(_AS_OF, {"id": golden_id, "at": moment}).one_or_none()
    return None if row is None else GoldenVersion(contact_of(row.content), row.shown_from, row.shown_until)


def delete_before(connection: Connection, moment: datetime) -> int:
    """Delete the versions that ended before that moment, with what else was replaced by then (retention);
    gives their number."""
    connection.execute(delete(replaced_rows).where(replaced_rows.c.replaced_at < moment))
    ended = golden_versions.c.shown_until < moment
    return connection.execute(delete(golden_versions).where(ended)).rowcount


# Since when the golden contact `g` is as it is, the reasons of its members included, which change without it:
# since the version before it, or where that is kept no longer, since the run that wrote a link last.
_SHOWN_FROM = """
    greatest(g.changed_at, coalesce(
      (SELECT max(v.shown_until) FROM dedupe.golden_versions v
        WHERE v.golden_id = g.id AND v.shown_until > g.changed_at),
      (SELECT max(r.ended_at) FROM dedupe.source_links l JOIN dedupe.merge_runs r ON r.id = l.run_id
        WHERE l.golden_id = g.id AND l.run_id <> g.run_id)))"""
_CONTENT = f"json_build_object('golden', to_json(g), {LISTS_OF_GOLDEN})"
# In the order of the values. An erasure knows a value by its match key, too:
# `storage.erasures.erase_history_with` looks for both; and a rollback serves both again.
_KEYS = """
    'emails', (SELECT coalesce(json_agg(e.key ORDER BY e.position), '[]')
                 FROM dedupe.golden_emails e WHERE e.golden_id = g.id),
    'phones', (SELECT coalesce(json_agg(p.key ORDER BY p.position), '[]')
                 FROM dedupe.golden_phones p WHERE p.golden_id = g.id)"""
_KEPT = f"""json_build_object('golden', to_json(g), {LISTS_OF_GOLDEN}, 'keys', json_build_object({_KEYS}),
                              'keys_in_order', true)"""
_KEEP = text(f"""
    INSERT INTO dedupe.golden_versions
           (golden_id, run_id, shown_from, ended_run_id, shown_until, members, content)
    SELECT g.id, g.run_id, {_SHOWN_FROM}, CAST(:run_id AS uuid), now(), linked.members, {_KEPT}
      FROM ending_golden e
      JOIN dedupe.golden_contacts g ON g.id = e.id
      JOIN LATERAL (
        SELECT array_agg(l.source_contact_id ORDER BY l.source_contact_id) AS members,
               bool_or(c.gone_because = :erased) AS erased
          FROM dedupe.source_links l JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
         WHERE l.golden_id = g.id) linked ON linked.members IS NOT NULL
     WHERE linked.erased IS NOT TRUE AND {_SHOWN_FROM} < now()""")
_AS_OF = text(f"""
    SELECT content, shown_from, shown_until FROM dedupe.golden_versions
     WHERE golden_id = :id AND shown_from <= :at AND shown_until > :at
    UNION ALL
    SELECT {_CONTENT}, {_SHOWN_FROM}, NULL FROM dedupe.golden_contacts g
     WHERE g.id = :id AND {_SHOWN_FROM} <= :at""")
