"""What changed since contacts were last read (READING) and since they were last published (MERGING).

Triggers note it, once for each transaction that changes something, so nothing that writes can forget to. Who
has worked all of it off settles it, together with the state of everything else that the work depends on.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from dedupe.storage.tables import changes, settled

READING, MERGING = "reading", "merging"


def unseen(connection: Connection, about: str) -> list[int]:
    """The ids of changes that this transaction sees, to be settled once they are worked off."""
    return list(connection.execute(select(changes.c.id).where(changes.c.about == about)).scalars())


def is_settled(connection: Connection, about: str, state: str) -> bool:
    """Whether nothing changed since that was settled, in this very state."""
    same = select(settled.c.about).where(settled.c.about == about, settled.c.state == state)
    if connection.execute(same).one_or_none() is None:
        return False
    news = select(changes.c.id).where(changes.c.about == about).limit(1)
    return connection.execute(news).one_or_none() is None


def settle(connection: Connection, about: str, seen: Sequence[int], state: str) -> None:
    """Note that the changes `seen` are worked off; those that came meanwhile stay."""
    connection.execute(_FORGET, {"ids": list(seen)})
    row = {"about": about, "state": state}
    added = insert(settled).values(settled_at=func.clock_timestamp())
    again = {"state": added.excluded.state, "settled_at": added.excluded.settled_at}
    connection.execute(added.on_conflict_do_update(index_elements=["about"], set_=again), row)


def is_no_news(connection: Connection, about: str) -> None:
    """What this transaction changes from here on is the very work, and is not noted."""
    connection.execute(_NOTED, {"name": f"dedupe.noted_{about}"})


_NOTED = text("SELECT set_config(:name, 'yes', true)")
_FORGET = text("DELETE FROM dedupe.changes WHERE id = ANY(:ids)")
