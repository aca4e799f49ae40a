"""Erasure of a contact from sync pages: its id among those seen, and cursors that hold its name."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.storage.tables import SCHEMA


def forget(connection: Connection, source_id: UUID, external_id: str, mask: str) -> int:
    """Replace the contact's id in sync pages by the mask, so that counts stay the same, and drop a cursor
    behind it; gives the number of pages.

    An unfinished walk that stands right behind the contact goes back a few pages.
    """
    values = {"source": source_id, "external_id": external_id, "mask": mask}
    for statement in (_NOT_GONE_ON_WITH, _WALKED_AGAIN):
        connection.execute(text(statement), values)
    return connection.execute(text(_SEEN), values).rowcount


_RUNS = f"""{SCHEMA}.sync_runs r
    WHERE r.id = p.sync_run_id AND r.source_id = :source AND :external_id = ANY(p.external_ids)"""
_LATER = f"""
    EXISTS (SELECT FROM {SCHEMA}.sync_pages later WHERE later.sync_run_id = p.sync_run_id
            AND later.cursor IS NOT NULL AND (later.walk, later.page) > (p.walk, p.page))"""
_NOT_GONE_ON_WITH = f"""
    UPDATE {SCHEMA}.sync_pages p SET cursor = NULL FROM {_RUNS}
      AND p.cursor IS NOT NULL AND (r.status IN ('complete', 'held') OR {_LATER})"""
_WALKED_AGAIN = f"""
    DELETE FROM {SCHEMA}.sync_pages gone
    USING (SELECT p.sync_run_id, p.walk, p.page FROM {SCHEMA}.sync_pages p, {_RUNS}
             AND p.cursor IS NOT NULL AND r.status NOT IN ('complete', 'held')) last
    WHERE gone.sync_run_id = last.sync_run_id AND NOT EXISTS (
        SELECT FROM {SCHEMA}.sync_pages before
        WHERE before.sync_run_id = gone.sync_run_id AND before.cursor IS NOT NULL
          AND (before.walk, before.page) >= (gone.walk, gone.page)
          AND (before.walk, before.page) < (last.walk, last.page))"""
_SEEN = f"""
    UPDATE {SCHEMA}.sync_pages p SET external_ids = array_replace(external_ids, :external_id, :mask)
    FROM {_RUNS}"""
