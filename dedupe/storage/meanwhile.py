"""What others judge and publish while a night computes from its snapshot.

A night begins under the publish lock: whoever publishes after that notes here which source contacts it
judged, until the night has published. All of it is of that one night; one that was killed leaves its rows to
the next, and whether one is at work its lock tells.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, select, text

from dedupe.storage.database import Database
from dedupe.storage.publishing import PUBLISH_LOCK
from dedupe.storage.tables import judged_meanwhile, nights_at_work

_PATIENCE = 120.0  # seconds to wait for what is being published


class Judged(NamedTuple):
    """Ids of source contacts that others published since the night's snapshot; `changed`: those of them
    whose own change it was."""

    contacts: list[str]
    changed: list[str]


@contextlib.contextmanager
def snapshot(database: Database, run_id: UUID) -> Iterator[Connection]:
    """The snapshot that a night works from. Whatever is published is in it, or noted here."""
    with contextlib.ExitStack() as held:
        with database.lock(PUBLISH_LOCK, wait=_PATIENCE) as publishing:
            with publishing.begin() as connection:
                end(connection)
                connection.execute(_BEGIN, {"run_id": run_id})
            connection = held.enter_context(database.begin(snapshot=True))
            last_note(connection)  # the first query takes the snapshot
        yield connection


def end(connection: Connection) -> None:
    """No night is at work any more."""
    connection.execute(delete(nights_at_work))
    connection.execute(delete(judged_meanwhile))


def last_note(connection: Connection) -> int | None:
    """Of the changes that the night at work has in its snapshot; None where none is at work."""
    return connection.execute(select(nights_at_work.c.last_note)).scalar()


def note(
    connection: Connection,
    judged: Collection[UUID] | Collection[str],
    changed: Collection[UUID] | Collection[str],
) -> None:
    """Note what this transaction publishes, if a night is at work. Call it under the publish lock."""
    if last_note(connection) is None:
        return
    its_own = {str(each) for each in changed}
    everybody = sorted({*map(str, judged), *its_own})
    rows = [{"seed": seed, "changed": seed in its_own} for seed in everybody]
    if rows:
        connection.execute(_NOTE, rows)


def judged(connection: Connection) -> Judged:
    """What was noted since the night at work began."""
    rows = connection.execute(_JUDGED).all()
    return Judged([row.id for row in rows], [row.id for row in rows if row.changed])


_BEGIN = text("""
    INSERT INTO dedupe.nights_at_work (run_id, last_note)
    SELECT CAST(:run_id AS uuid), coalesce(max(id), 0) FROM dedupe.changes""")
_NOTE = text("""
    INSERT INTO dedupe.judged_meanwhile AS t (source_contact_id, changed)
    VALUES (CAST(:seed AS uuid), :changed)
    ON CONFLICT (source_contact_id) DO UPDATE SET changed = true WHERE excluded.changed AND NOT t.changed""")
_JUDGED = text("""
    SELECT source_contact_id::text AS id, changed FROM dedupe.judged_meanwhile ORDER BY source_contact_id""")
