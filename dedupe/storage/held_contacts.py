"""Components that a live run left as they are served, because a limit of the publish gate, or a block that
has grown too large, kept it from merging what changed in them.

They are asked again when one of their members changes, and by the next night.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, delete, func, select, text

from dedupe.storage.tables import held_contacts


@dataclass(frozen=True)
class HeldComponent:
    """Source contacts of one component, and those of them whose change waits."""

    members: frozenset[str]
    changed: frozenset[str]


class HeldCount(NamedTuple):
    """How many components are held, how many changed contacts wait in them, and since when the first does."""

    components: int
    contacts: int
    since: datetime | None


def hold(connection: Connection, run_id: UUID, some: Iterable[HeldComponent], at: datetime) -> None:
    """Hold these, as they were at that moment; `run_id` is the run whose gate says why. Whoever was held
    before is held anew."""
    rows: list[dict[str, Any]] = [
        {
            "seed": seed,
            "run_id": run_id,
            "component": min(one.members),
            "changed": seed in one.changed,
            "at": at,
        }
        for one in some
        for seed in sorted(one.members)
    ]
    if rows:
        release(connection, [row["seed"] for row in rows])
        connection.execute(_HOLD, rows)


def release(connection: Connection, some: Collection[str]) -> None:
    """The components of these source contacts are held no longer."""
    connection.execute(_RELEASE, {"ids": list(some)})


def release_all(connection: Connection) -> None:
    connection.execute(delete(held_contacts))


def waiting_with(connection: Connection, some: Collection[str]) -> list[str]:
    """The changed contacts of the held components that these source contacts are of, by id."""
    return list(connection.execute(_WAITING_WITH, {"ids": list(some)}).scalars())


def count(connection: Connection) -> HeldCount:
    held = held_contacts.c
    found = select(
        func.count(held.component.distinct()), func.count().filter(held.changed), func.min(held.held_at)
    )
    return HeldCount(*connection.execute(found).one())


def runs(connection: Connection) -> list[UUID]:
    """The runs that say why, the latest first."""
    query = select(held_contacts.c.run_id).group_by(held_contacts.c.run_id)
    return list(connection.execute(query.order_by(func.max(held_contacts.c.held_at).desc())).scalars())


_HOLD = text("""
    INSERT INTO dedupe.held_contacts (source_contact_id, run_id, component, changed, held_at)
    VALUES (CAST(:seed AS uuid), :run_id, CAST(:component AS uuid), :changed, :at)""")
_RELEASE = text("""
    DELETE FROM dedupe.held_contacts WHERE component IN (
      SELECT component FROM dedupe.held_contacts WHERE source_contact_id = ANY(CAST(:ids AS uuid[])))""")
_WAITING_WITH = text("""
    SELECT DISTINCT held.source_contact_id::text AS id
      FROM dedupe.held_contacts mine JOIN dedupe.held_contacts held USING (component)
     WHERE mine.source_contact_id = ANY(CAST(:ids AS uuid[])) AND held.changed ORDER BY id""")
