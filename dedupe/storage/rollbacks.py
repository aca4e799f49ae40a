"""Which runs were rolled back, by whom, and what they hold.

A night that would change the same source contacts again, by the model and configuration of the run that was
undone, is held back (`golden.gate`).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, func, select, text, update

from dedupe.golden.tables import ID
from dedupe.storage.copying import array_text
from dedupe.storage.tables import merge_runs, rollbacks, settled

KIND = "rollback"
UNDONE = "rolled_back"


@dataclass(frozen=True, slots=True)
class Rollback:
    undone_run_id: UUID
    run_id: UUID
    rolled_back_by: str
    note: str
    rolled_back_at: datetime
    released_at: datetime | None


def add(
    connection: Connection, undone: UUID, run_id: UUID, who: str, note: str, contacts: Collection[str]
) -> None:
    """Note that a run is undone by another, and that the source contacts that it had touched are held.

    No state is settled any more: the next night merges all contacts, and what sources tell waits for it.
    """
    row = {"undone": undone, "run": run_id, "who": who, "note": note, "contacts": array_text(contacts)}
    connection.execute(_ADD, row)
    connection.execute(update(merge_runs).where(merge_runs.c.id == undone).values(status=UNDONE))
    connection.execute(settled.delete().where(settled.c.about == "merging"))


def of_run(connection: Connection, undone: UUID) -> Rollback | None:
    """How a run was rolled back; None of one that wasn't."""
    columns = [each for each in rollbacks.c if each.name != "contacts"]
    query = select(*columns).where(rollbacks.c.undone_run_id == undone)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Rollback(**row)


def holding(connection: Connection) -> list[UUID]:
    """The runs that were rolled back and hold what they had touched, the latest first."""
    query = select(rollbacks.c.undone_run_id).where(rollbacks.c.released_at.is_(None))
    return list(connection.execute(query.order_by(rollbacks.c.rolled_back_at.desc())).scalars())


def held(connection: Connection, model_id: UUID | None, configuration_hash: str) -> Any:
    """The source contacts that are held from a run by this model and configuration, as an ID column."""
    rows = connection.execute(_HELD, {"model": model_id, "configuration": configuration_hash}).scalars()
    return pa.array(list(rows), ID)


def release(connection: Connection) -> None:
    """A night was published: nothing is held any more."""
    waiting = rollbacks.c.released_at.is_(None)
    connection.execute(update(rollbacks).where(waiting).values(released_at=func.clock_timestamp()))


_ADD = text("""
    INSERT INTO dedupe.rollbacks (undone_run_id, run_id, rolled_back_by, note, rolled_back_at, contacts)
    VALUES (:undone, :run, :who, :note, clock_timestamp(), CAST(:contacts AS uuid[]))""")
_HELD = text("""
    SELECT DISTINCT CAST(unnest(b.contacts) AS text)
      FROM dedupe.rollbacks b JOIN dedupe.merge_runs r ON r.id = b.undone_run_id
     WHERE b.released_at IS NULL AND r.model_id IS NOT DISTINCT FROM CAST(:model AS uuid)
       AND r.configuration_hash = :configuration""")
