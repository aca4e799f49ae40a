"""What a published run did to golden contacts, by its events and the versions that it ended, and what became
of that since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from dedupe.golden.differences import Live
from dedupe.golden.tables import ID, LINKED
from dedupe.storage.copying import array_text, copy_out

GoldenOf = dict[str, str]
"""The golden id of each source contact, as text."""


@dataclass(frozen=True)
class RunTraces:
    """`before` and `after` the run, of all source contacts whose golden contacts it touched."""

    events: int
    before: GoldenOf
    after: GoldenOf
    versions: dict[str, int]  # the golden contacts of before of which is kept what they showed: its print


class Whereabouts(NamedTuple):
    """Source contacts that are gone (as text), and those of them that were erased."""

    gone: frozenset[str]
    erased: frozenset[str]


class LaterRun(NamedTuple):
    id: UUID
    kind: str
    ended_at: datetime
    decisions: list[UUID]


def traces(connection: Connection, run_id: UUID) -> RunTraces:
    """What a run that published did, as far as it is kept."""
    of_run = {"run": run_id}
    before, after = (_golden_of(connection, query, of_run) for query in (_BEFORE, _AFTER))
    versions = {row.golden_id: row.print for row in connection.execute(_VERSIONS, of_run)}
    return RunTraces(connection.execute(_EVENTS, of_run).scalar_one(), before, after, versions)


def served_now(connection: Connection, contacts: Collection[str], golden: Collection[str]) -> GoldenOf:
    """The golden contact of each of these source contacts and of each member of these golden contacts."""
    asked = {"contacts": array_text(contacts), "golden": array_text(golden)}
    return _golden_of(connection, _SERVED, asked)


def live(connection: Connection, contacts: Collection[str], staged_ids: Collection[str]) -> Live:
    """As `served_state.live`, of source contacts that may be most of all: joined, and never looked for in a
    list once for each row, as a planner without statistics would."""
    of = {"contacts": array_text(contacts)}
    served = copy_out(connection, _GOLDEN_NOW.bindparams(**of), pa.schema(_GOLDEN))
    retired = _RETIRED.bindparams(ids=array_text(staged_ids))
    return Live(
        linked=copy_out(connection, _LINKED_NOW.bindparams(**of), LINKED),
        ids=served["id"].combine_chunks(),
        prints=served["print"].to_numpy().astype(np.int64).view(np.uint64),
        retired=copy_out(connection, retired, pa.schema([("id", ID)]))["id"].combine_chunks(),
    )


def shows_otherwise(connection: Connection, run_id: UUID, golden: Collection[str]) -> list[str]:
    """Those of these golden contacts, as the run left them, that show something else by now."""
    asked = {"run": run_id, "golden": array_text(golden)}
    return list(connection.execute(_OTHERWISE, asked).scalars())


def whereabouts(connection: Connection, contacts: Collection[str]) -> Whereabouts:
    rows = connection.execute(_GONE, {"contacts": array_text(contacts)}).all()
    return Whereabouts(
        frozenset(row.id for row in rows), frozenset(row.id for row in rows if row.gone_because == "erased")
    )


def later_runs(connection: Connection, run_id: UUID, golden: Collection[str]) -> list[LaterRun]:
    """The runs after this one that touched these golden contacts, the latest first; without those that were
    rolled back, and rollbacks."""
    asked = {"run": run_id, "golden": array_text(golden)}
    return [LaterRun(*row) for row in connection.execute(_LATER, asked)]


def decided_since(connection: Connection, moment: datetime, contacts: Collection[str]) -> list[UUID]:
    """The decisions about these source contacts that were made since and stand, or stood then and were
    revoked since; the latest first. What only reported a wrong merge holds nothing."""
    asked = {"since": moment, "contacts": array_text(contacts)}
    return list(connection.execute(_DECIDED, asked).scalars())


def decisions_of(connection: Connection, run_id: UUID) -> list[UUID]:
    """The decisions that the events of a run tell of."""
    return list(connection.execute(_DECISIONS, {"run": run_id}).scalars())


def _golden_of(connection: Connection, query: Any, asked: dict[str, Any]) -> GoldenOf:
    return {row.contact: row.golden for row in connection.execute(query, asked)}


_GOLDEN: list[tuple[str, pa.DataType]] = [("id", ID), ("print", pa.int64())]
_OF_CONTACTS = """
      FROM (SELECT DISTINCT unnest(CAST(:contacts AS uuid[])) AS id) one
      JOIN dedupe.source_links l ON l.source_contact_id = one.id"""
_LINKED_NOW = text(f"SELECT l.source_contact_id, l.golden_id, l.cause {_OF_CONTACTS}")
_GOLDEN_NOW = text(f"""
    SELECT g.id, CAST(CAST('x' || encode(g.content_hash, 'hex') AS bit(64)) AS bigint) AS print
      FROM (SELECT DISTINCT l.golden_id AS id {_OF_CONTACTS}) mine
      JOIN dedupe.golden_contacts g ON g.id = mine.id""")
_RETIRED = text("""
    SELECT i.id FROM (SELECT DISTINCT unnest(CAST(:ids AS uuid[])) AS id) one
      JOIN dedupe.golden_ids i ON i.id = one.id WHERE i.retired_at IS NOT NULL""")
_EVENTS = text("SELECT count(*) FROM dedupe.golden_events WHERE run_id = :run")
_BEFORE = text("""
    SELECT CAST(unnest(members_before) AS text) AS contact, CAST(golden_id AS text) AS golden
      FROM dedupe.golden_events WHERE run_id = :run
    UNION
    SELECT CAST(unnest(members) AS text), CAST(golden_id AS text)
      FROM dedupe.golden_versions WHERE ended_run_id = :run""")
# A golden contact that has a version and no event shows the same; why its members are there has changed.
_AFTER = text("""
    SELECT CAST(unnest(members_after) AS text) AS contact, CAST(golden_id AS text) AS golden
      FROM dedupe.golden_events WHERE run_id = :run
    UNION
    SELECT CAST(unnest(members) AS text), CAST(golden_id AS text) FROM dedupe.golden_versions v
     WHERE ended_run_id = :run
       AND NOT EXISTS (SELECT FROM dedupe.golden_events e WHERE e.run_id = :run AND e.golden_id = v.golden_id)
    """)
_PRINT = "CAST(CAST('x' || substr({hash}, 3) AS bit(64)) AS bigint)"
_VERSIONS = text(f"""
    SELECT CAST(golden_id AS text) AS golden_id,
           {_PRINT.format(hash="(content -> 'golden' ->> 'content_hash')")} AS print
      FROM dedupe.golden_versions
     WHERE ended_run_id = :run AND content ->> 'keys_in_order' = 'true'""")
_SERVED = text("""
    SELECT CAST(source_contact_id AS text) AS contact, CAST(golden_id AS text) AS golden
      FROM dedupe.source_links WHERE source_contact_id = ANY(CAST(:contacts AS uuid[]))
    UNION
    SELECT CAST(source_contact_id AS text), CAST(golden_id AS text)
      FROM dedupe.source_links WHERE golden_id = ANY(CAST(:golden AS uuid[]))""")
# What the run published is served still, or was kept when it ended; one that has a version of before the run
# alone showed the same before and after it.
_OTHERWISE = text("""
    SELECT CAST(g.id AS text) FROM dedupe.golden_contacts g
     WHERE g.id = ANY(CAST(:golden AS uuid[])) AND g.run_id <> :run
       AND coalesce(
         (SELECT v.content -> 'golden' ->> 'content_hash' FROM dedupe.golden_versions v
           WHERE v.golden_id = g.id AND v.run_id = :run ORDER BY v.shown_until LIMIT 1),
         (SELECT v.content -> 'golden' ->> 'content_hash' FROM dedupe.golden_versions v
           WHERE v.golden_id = g.id AND v.ended_run_id = :run)) IS DISTINCT FROM to_json(g) ->> 'content_hash'
    """)
_GONE = text("""
    SELECT CAST(c.id AS text) AS id, c.gone_because FROM dedupe.source_contacts c
     WHERE c.id = ANY(CAST(:contacts AS uuid[]))
       AND (c.gone_at IS NOT NULL
            OR NOT EXISTS (SELECT FROM dedupe.contacts n WHERE n.source_contact_id = c.id))""")
_LATER = text("""
    SELECT r.id, r.kind, r.ended_at,
           coalesce(array_agg(DISTINCT e.decision_id) FILTER (WHERE e.decision_id IS NOT NULL), '{}')
      FROM dedupe.golden_events e JOIN dedupe.merge_runs r ON r.id = e.run_id
     WHERE e.position > (SELECT max(position) FROM dedupe.golden_events WHERE run_id = :run)
       AND (e.golden_id = ANY(CAST(:golden AS uuid[])) OR e.related && CAST(:golden AS uuid[]))
       AND r.status <> 'rolled_back' AND r.kind <> 'rollback'
     GROUP BY r.id ORDER BY r.ended_at DESC""")
# One that stands again, because what took its place was taken back, stands as it did.
_DECIDED = text("""
    SELECT DISTINCT d.id FROM dedupe.decisions d JOIN dedupe.decision_members m ON m.decision_id = d.id
     WHERE m.source_contact_id = ANY(CAST(:contacts AS uuid[])) AND d.verdict <> 'reported'
       AND CASE WHEN d.decided_at > :since THEN d.revoked_at IS NULL ELSE d.revoked_at > :since END
       AND NOT EXISTS (SELECT FROM dedupe.decisions old
                        WHERE CAST(old.id AS text) = d.evidence ->> 'again' AND old.decided_at <= :since)
       AND NOT EXISTS (SELECT FROM dedupe.decisions again
                        WHERE again.evidence ->> 'again' = CAST(d.id AS text) AND again.revoked_at IS NULL)
     ORDER BY d.id DESC""")
_DECISIONS = text("""
    SELECT DISTINCT decision_id FROM dedupe.golden_events
     WHERE run_id = :run AND decision_id IS NOT NULL ORDER BY 1""")
