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
from dedupe.storage.tables import golden_versions


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
    """Delete the versions that ended before that moment (retention); gives their number."""
    ended = golden_versions.c.shown_until < moment
    return connection.execute(delete(golden_versions).where(ended)).rowcount


_CONTENT = f"json_build_object('golden', to_json(g), {LISTS_OF_GOLDEN})"
# An erasure knows a value by its match key, too: `storage.erasures.erase_history_with` looks for both.
_KEYS = """
    'emails', (SELECT coalesce(json_agg(e.key), '[]') FROM dedupe.golden_emails e WHERE e.golden_id = g.id),
    'phones', (SELECT coalesce(json_agg(p.key), '[]') FROM dedupe.golden_phones p WHERE p.golden_id = g.id)"""
_KEPT = f"json_build_object('golden', to_json(g), {LISTS_OF_GOLDEN}, 'keys', json_build_object({_KEYS}))"
_KEEP = text(f"""
    INSERT INTO dedupe.golden_versions
           (golden_id, run_id, shown_from, ended_run_id, shown_until, members, content)
    SELECT g.id, g.run_id, g.changed_at, CAST(:run_id AS uuid), now(), linked.members, {_KEPT}
      FROM ending_golden e
      JOIN dedupe.golden_contacts g ON g.id = e.id
      JOIN LATERAL (
        SELECT array_agg(l.source_contact_id ORDER BY l.source_contact_id) AS members,
               bool_or(c.gone_because = :erased) AS erased
          FROM dedupe.source_links l JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
         WHERE l.golden_id = g.id) linked ON linked.members IS NOT NULL
     WHERE linked.erased IS NOT TRUE AND g.changed_at < now()""")
_AS_OF = text(f"""
    SELECT content, shown_from, shown_until FROM dedupe.golden_versions
     WHERE golden_id = :id AND shown_from <= :at AND shown_until > :at
    UNION ALL
    SELECT {_CONTENT}, g.changed_at, NULL FROM dedupe.golden_contacts g
     WHERE g.id = :id AND g.changed_at <= :at""")
