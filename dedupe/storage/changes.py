"""What changed since contacts were last read (READING) and since they were last published (MERGING).

Triggers note it, once for each transaction that changes something, so nothing that writes can forget to, and
beside a note for merging the source contacts that the transaction touched: themselves, their normalized
content, or a decision about them; beside one for reading those that got or lost a tombstone or lost their
normalized content, and the version after which those of the transaction come. What concerns contacts that
nobody listed (a source's name, a value, all while there is no index of match keys) is noted as EVERYTHING as
well. Who has worked all of it off settles it, together with the state of everything else that the work
depends on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import insert

from dedupe.storage.tables import changed_contacts, changes, settled

READING, MERGING, EVERYTHING = "reading", "merging", "everything"


@dataclass(frozen=True)
class MergingNews:
    """What changed since contacts were last published, as one transaction sees it."""

    seen: tuple[int, ...]  # the notes, to be settled once they are worked off
    touched: int  # how many source contacts they are about
    everything: bool  # … or all may be


def unseen(connection: Connection, about: str) -> list[int]:
    """The ids of changes that this transaction sees, to be settled once they are worked off."""
    return list(connection.execute(select(changes.c.id).where(changes.c.about == about)).scalars())


def to_be_read(connection: Connection, seen: Sequence[int]) -> dict[UUID, list[UUID]]:
    """The source contacts that these changes are about, those of each source by rising id: with a new
    version, a tombstone got or lost, or without the normalized content that they had."""
    after = connection.execute(_VERSIONS_AFTER, {"seen": list(seen)}).scalar()
    found: dict[UUID, list[UUID]] = {}
    for row in connection.execute(_TO_BE_READ, {"seen": list(seen), "after": after}):
        found.setdefault(row.source_id, []).append(row.id)
    return found


def leave_to_be_read(connection: Connection, source_contacts: Sequence[UUID]) -> None:
    """Note that these are to be read again, because they could not be."""
    if not source_contacts:
        return
    note = connection.execute(insert(changes).values(about=READING).returning(changes.c.id)).scalar_one()
    rows = [{"change_id": note, "source_contact_id": one} for one in source_contacts]
    connection.execute(insert(changed_contacts), rows)


def versions_come(connection: Connection) -> None:
    """To be said before ids of versions are drawn, so that the note of this transaction covers them."""
    connection.execute(_VERSIONS_COME)


def merging_news(connection: Connection) -> MergingNews:
    """What changed since contacts were last published."""
    rows = connection.execute(_NEWS).all()
    touched = connection.execute(_COUNT, {"seen": [row.id for row in rows]}).scalar_one()
    return MergingNews(tuple(row.id for row in rows), touched, any(row.about == EVERYTHING for row in rows))


def touched(connection: Connection, seen: Sequence[int]) -> list[str]:
    """The source contacts that these changes are about, each once, by id; some may be gone."""
    return list(connection.execute(_TOUCHED, {"seen": list(seen)}).scalars())


class Notes(NamedTuple):
    """Notes of changes that are to be merged; `everything`: those of them that may be about all contacts."""

    seen: tuple[int, ...]
    everything: frozenset[int]


def notes(connection: Connection) -> Notes:
    """All that are not settled yet."""
    rows = connection.execute(_NEWS).all()
    everything = frozenset(row.id for row in rows if row.about == EVERYTHING)
    return Notes(tuple(row.id for row in rows), everything)


def pending(connection: Connection, some: Collection[str]) -> list[str]:
    """Those of these source contacts of which a change isn't settled yet, by id."""
    return list(connection.execute(_PENDING, {"ids": list(some)}).scalars())


def to_reread(connection: Connection, seen: Sequence[int]) -> list[str]:
    """Of the source contacts that these changes are about those that are gone, or that a decision names."""
    return list(connection.execute(_TO_REREAD, {"seen": list(seen)}).scalars())


def state_of(connection: Connection, about: str) -> str | None:
    """The state in which that was settled last."""
    return connection.execute(select(settled.c.state).where(settled.c.about == about)).scalar()


def is_settled(connection: Connection, about: str, state: str) -> bool:
    """Whether nothing changed since that was settled, in this very state."""
    if not is_state(connection, about, state):
        return False
    news = select(changes.c.id).where(changes.c.about == about).limit(1)
    return connection.execute(news).one_or_none() is None


def is_state(connection: Connection, about: str, state: str) -> bool:
    """Whether it was settled in this very state, whatever was noted since."""
    same = select(settled.c.about).where(settled.c.about == about, settled.c.state == state)
    return connection.execute(same).one_or_none() is not None


def settle(connection: Connection, about: str, seen: Sequence[int], state: str) -> None:
    """Note that the changes `seen` are worked off; those that came meanwhile stay."""
    for forget in (_FORGET, _FORGET_CONTACTS):
        connection.execute(forget, {"ids": list(seen)})
    row = {"about": about, "state": state}
    added = insert(settled).values(settled_at=func.clock_timestamp())
    again = {"state": added.excluded.state, "settled_at": added.excluded.settled_at}
    connection.execute(added.on_conflict_do_update(index_elements=["about"], set_=again), row)


def note_contacts(connection: Connection, some: Collection[str]) -> None:
    """Note that these source contacts are to be judged anew."""
    if some:
        connection.execute(_NOTE_CONTACTS, {"contacts": list(some)})


def settle_contacts(connection: Connection, seen: Sequence[int], some: Collection[str]) -> None:
    """Note that of the changes `seen` what is about these source contacts is worked off."""
    about = {"ids": list(seen), "contacts": list(some)}
    emptied = list(connection.execute(_FORGET_SOME, about).scalars())
    if emptied:
        connection.execute(_FORGET_EMPTIED, {"ids": emptied})


def is_no_news(connection: Connection, about: str) -> None:
    """What this transaction changes from here on is the very work, and is not noted."""
    connection.execute(_NOTED, {"name": f"dedupe.noted_{about}"})


_NOTED = text("SELECT set_config(:name, 'yes', true)")
_FORGET = text("DELETE FROM dedupe.changes WHERE id = ANY(:ids)")
_FORGET_CONTACTS = text("DELETE FROM dedupe.changed_contacts WHERE change_id = ANY(:ids)")
_NOTE_CONTACTS = text("""
    WITH note AS MATERIALIZED (SELECT dedupe.noted('merging') AS id)
    INSERT INTO dedupe.changed_contacts (change_id, source_contact_id)
    SELECT note.id, each FROM note, unnest(CAST(:contacts AS uuid[])) each""")
_FORGET_SOME = text("""
    WITH gone AS (
      DELETE FROM dedupe.changed_contacts
       WHERE change_id = ANY(:ids) AND source_contact_id = ANY(CAST(:contacts AS uuid[])) RETURNING change_id)
    SELECT DISTINCT change_id FROM gone""")
_FORGET_EMPTIED = text("""
    DELETE FROM dedupe.changes c WHERE c.id = ANY(:ids) AND c.about = 'merging'
       AND NOT EXISTS (SELECT FROM dedupe.changed_contacts t WHERE t.change_id = c.id)""")
_PENDING = text("""
    SELECT DISTINCT t.source_contact_id::text AS id
      FROM dedupe.changed_contacts t JOIN dedupe.changes c ON c.id = t.change_id AND c.about = 'merging'
     WHERE t.source_contact_id = ANY(CAST(:ids AS uuid[])) ORDER BY id""")
_TO_REREAD = text("""
    SELECT DISTINCT t.source_contact_id::text AS id
      FROM dedupe.changed_contacts t JOIN dedupe.source_contacts c ON c.id = t.source_contact_id
     WHERE t.change_id = ANY(:seen)
       AND (c.gone_at IS NOT NULL
            OR EXISTS (SELECT FROM dedupe.decision_members m WHERE m.source_contact_id = c.id))
     ORDER BY id""")
_VERSIONS_COME = text("SELECT dedupe.versions_come()")
_VERSIONS_AFTER = text("SELECT min(versions_after) FROM dedupe.changes WHERE id = ANY(:seen)")
_TO_BE_READ = text("""
    SELECT c.source_id, c.id FROM dedupe.source_contacts c JOIN (
      SELECT source_contact_id FROM dedupe.changed_contacts WHERE change_id = ANY(:seen)
      UNION
      SELECT source_contact_id FROM dedupe.source_contact_versions WHERE id > CAST(:after AS bigint)
      ) touched ON touched.source_contact_id = c.id
     ORDER BY c.id""")
_NEWS = text("SELECT id, about FROM dedupe.changes WHERE about IN ('merging', 'everything') ORDER BY id")
_COUNT = text(
    "SELECT count(DISTINCT source_contact_id) FROM dedupe.changed_contacts WHERE change_id = ANY(:seen)"
)
_TOUCHED = text("""
    SELECT DISTINCT source_contact_id::text AS id FROM dedupe.changed_contacts
     WHERE change_id = ANY(:seen) ORDER BY id""")
