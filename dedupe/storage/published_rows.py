"""Rows that a run and a rollback write alike: ids that are served or no longer, events, rows that go."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, Table, text

from dedupe.golden.differences import Difference
from dedupe.storage import tables
from dedupe.storage.copying import copy_in
from dedupe.storage.staged_rows import is_empty, moment, stage_rows, with_constants


def run(connection: Connection, statement: str, **parameters: Any) -> int:
    """Run a statement; gives the number of its rows."""
    return connection.execute(text(statement), parameters).rowcount


def remove_rows(connection: Connection, table: Table, key: str, ids: Any) -> int:
    """Remove the rows with these keys; gives their number."""
    if len(ids) == 0:
        return 0
    stage_rows(connection, f"gone_{table.name}", table, pa.table([ids], names=[key]))
    return run(
        connection, f"DELETE FROM dedupe.{table.name} t USING gone_{table.name} g WHERE t.{key} = g.{key}"
    )


def write_ids(connection: Connection, run_id: UUID, difference: Difference) -> int:
    """Ids that are served from now on, and those that are not, with where they lead; gives the rows."""
    count = 0
    if len(difference.fresh):
        count += _serve(connection, run_id, pa.table([difference.fresh], names=["id"]))
    if difference.gone.num_rows:
        stage_rows(connection, "gone_ids", tables.golden_ids, difference.gone)
        count += run(connection, _RETIRE_IDS)
    return count


def _serve(connection: Connection, run_id: UUID, fresh: pa.Table) -> int:
    if is_empty(connection, tables.golden_ids):
        now = moment(connection)
        rows = with_constants(fresh, published_run_id=run_id, published_at=now, successors="{}")
        return copy_in(connection, tables.golden_ids, rows)
    stage_rows(connection, "fresh_ids", tables.golden_ids, fresh)
    return run(connection, _SERVE_IDS, run_id=run_id)


def write_events(connection: Connection, run_id: UUID, events: pa.Table) -> int:
    """Write EVENTS. Which decision caused those that a night found is told by their members: the one made or
    revoked last that is about one of them."""
    if events.num_rows == 0:
        return 0
    rows = with_constants(events, run_id=run_id, occurred_at=moment(connection))
    count = copy_in(connection, tables.golden_events, rows)
    run(connection, _DECISIONS_OF_EVENTS, run_id=run_id)
    return count


def name_decision(connection: Connection, run_id: UUID, decision: UUID) -> None:
    """This decision, or batch, was made or revoked by the act that this run published."""
    run(connection, _NAME_DECISION, run_id=run_id, decision=decision)


_NAME_DECISION = """
    UPDATE dedupe.golden_events SET decision_id = CAST(:decision AS uuid)
     WHERE run_id = CAST(:run_id AS uuid)"""
_SERVE_IDS = """
    INSERT INTO dedupe.golden_ids AS t (id, published_run_id, published_at, successors)
    SELECT id, CAST(:run_id AS uuid), now(), '{}' FROM fresh_ids
    ON CONFLICT (id) DO UPDATE SET retired_at = NULL, successors = '{}'"""
_RETIRE_IDS = """
    UPDATE dedupe.golden_ids t SET retired_at = now(), successors = g.successors
      FROM gone_ids g WHERE t.id = g.id"""
_DECISIONS_OF_EVENTS = """
    UPDATE dedupe.golden_events e SET decision_id = (
        SELECT d.id FROM dedupe.decision_members m JOIN dedupe.decisions d ON d.id = m.decision_id
         WHERE m.source_contact_id = ANY(e.members_before || e.members_after)
         ORDER BY greatest(d.decided_at, d.revoked_at) DESC, d.id LIMIT 1)
     WHERE e.run_id = CAST(:run_id AS uuid) AND e.cause = 'decision'"""
