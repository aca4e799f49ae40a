"""Source contacts as providers sent them: append-only payload versions, tombstones, returns."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, Text, Uuid, bindparam, func, select, text, update
from sqlalchemy.dialects.postgresql import ARRAY
from uuid_utils import uuid7

from dedupe.storage import tombstones
from dedupe.storage.copying import copy_in
from dedupe.storage.storing_turns import take_turn
from dedupe.storage.tables import SCHEMA, source_contact_versions, source_contacts


class RawContact(NamedTuple):
    """A contact as sent. `payload` is JSON text without fields that are never stored; the hash leaves out
    volatile fields too."""

    external_id: str
    payload: str
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """How many contacts of a page were new, changed, back after a tombstone, or the same."""

    new: int = 0
    changed: int = 0
    revived: int = 0
    same: int = 0

    def __add__(self, other: Stored) -> Stored:
        return Stored(
            self.new + other.new,
            self.changed + other.changed,
            self.revived + other.revived,
            self.same + other.same,
        )


class Absent(NamedTuple):
    """A live contact that a run, or one walk of it, did not see."""

    id: UUID
    external_id: str


# `id + 0`: ordering by the bare id tempts the planner, while it has no statistics, to read the whole primary
# key backwards for each contact, instead of the few versions of one.
_LATEST = text(f"""
    SELECT c.external_id, c.id, c.gone_at, v.content_hash
    FROM {SCHEMA}.source_contacts c
    LEFT JOIN LATERAL (
        SELECT content_hash FROM {SCHEMA}.source_contact_versions
        WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
    WHERE c.source_id = :source AND c.external_id = ANY(:ids)""")

# EXCEPT sorts or hashes whatever the planner believes; NOT EXISTS became a loop in a loop without statistics.
_ABSENT = text(f"""
    SELECT c.id, c.external_id FROM (
        SELECT external_id FROM {SCHEMA}.source_contacts
        WHERE source_id = :source AND gone_at IS NULL AND first_seen_at < :before
        EXCEPT
        SELECT unnest(p.external_ids) FROM {SCHEMA}.sync_pages p
        WHERE p.sync_run_id = :run AND (CAST(:walk AS smallint) IS NULL OR p.walk = :walk)) missing
    JOIN {SCHEMA}.source_contacts c ON c.source_id = :source AND c.external_id = missing.external_id
    ORDER BY c.external_id""")


def store(
    connection: Connection,
    source_id: UUID,
    run_id: UUID | None,
    contacts: Sequence[RawContact],
    observed_at: datetime,
) -> Stored:
    """Add new contacts, and versions of those that changed.

    Where an id is given with several contents, each becomes a version and the last one is current.
    """
    tombstones.announce_raw(connection)
    take_turn(connection, source_id)
    known = _known(connection, source_id, contacts)
    keys = dict.fromkeys(contact.external_id for contact in contacts)
    fresh = {key: str(uuid7()) for key in keys if key not in known}
    back = [known[key].id for key in keys if key in known and known[key].gone_at is not None]
    versions = news(connection, known, contacts)
    if fresh:
        _add(connection, source_id, fresh, observed_at)
    if versions:
        ids = [fresh.get(one.external_id) or str(known[one.external_id].id) for one in versions]
        _add_versions(connection, ids, versions, observed_at, run_id)
    if back:
        revive(connection, back)
    return Stored(len(fresh), len(versions) - len(fresh), len(back), len(contacts) - len(versions))


def count_changes(connection: Connection, source_id: UUID, contacts: Sequence[RawContact]) -> Stored:
    """The counts that `store` would give, without writing anything."""
    known = _known(connection, source_id, contacts)
    keys = {contact.external_id for contact in contacts}
    revived = sum(key in known and known[key].gone_at is not None for key in keys)
    new = sum(key not in known for key in keys)
    versions = len(news(connection, known, contacts))
    return Stored(new, versions - new, revived, len(contacts) - versions)


def absent(
    connection: Connection, source_id: UUID, run_id: UUID, before: datetime, walk: int | None = None
) -> list[Absent]:
    """Live contacts first seen before that moment that a run, or one `walk` of it, did not see."""
    values = {"source": source_id, "run": run_id, "before": before, "walk": walk}
    return [Absent(row.id, row.external_id) for row in connection.execute(_ABSENT, values)]


def mark_gone(connection: Connection, ids: Sequence[UUID], because: str, at: datetime) -> int:
    """Give tombstones to those that are live; gives their number."""
    if not ids:
        return 0
    tombstones.announce_tombstones(connection)
    gone = update(source_contacts).where(
        source_contacts.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid))),
        source_contacts.c.gone_at.is_(None),
    )
    return connection.execute(gone.values(gone_at=at, gone_because=because), {"ids": list(ids)}).rowcount


def add_gone(
    connection: Connection, source_id: UUID, external_ids: Sequence[str], because: str, at: datetime
) -> dict[str, UUID]:
    """Tombstones of contacts that were never stored, so that what comes late of them stays out; their ids."""
    fresh = {key: str(uuid7()) for key in external_ids}
    if fresh:
        _add(connection, source_id, fresh, at)
    ids = {key: UUID(seed) for key, seed in fresh.items()}
    mark_gone(connection, list(ids.values()), because, at)
    return ids


def is_empty(connection: Connection, source_id: UUID) -> bool:
    """Whether no contact of the source was ever stored."""
    some = select(source_contacts.c.id).where(source_contacts.c.source_id == source_id).limit(1)
    return connection.execute(some).one_or_none() is None


def live_count(connection: Connection, source_id: UUID) -> int:
    count = select(func.count()).where(
        source_contacts.c.source_id == source_id, source_contacts.c.gone_at.is_(None)
    )
    return connection.execute(count).scalar_one()


def live_ids(connection: Connection, source_id: UUID) -> set[str]:
    """The external ids of all live contacts of a source."""
    ids = select(source_contacts.c.external_id).where(
        source_contacts.c.source_id == source_id, source_contacts.c.gone_at.is_(None)
    )
    return set(connection.execute(ids).scalars())


def ids_seen(connection: Connection, source_id: UUID, run_id: UUID, most: int) -> list[str]:
    """Up to `most` external ids of live contacts that this run has seen, the latest first, to test a lookup
    by id with."""
    seen = text(f"""
        SELECT c.external_id
        FROM {SCHEMA}.sync_pages p CROSS JOIN LATERAL unnest(p.external_ids) AS seen(id)
        JOIN {SCHEMA}.source_contacts c
          ON c.source_id = :source AND c.external_id = seen.id AND c.gone_at IS NULL
        WHERE p.sync_run_id = :run ORDER BY p.walk DESC, p.page DESC LIMIT :most""")
    return list(connection.execute(seen, {"run": run_id, "source": source_id, "most": most}).scalars())


def live_among(connection: Connection, source_id: UUID, external_ids: Sequence[str]) -> set[str]:
    """Those of the external ids whose contact is stored and live."""
    ids = select(source_contacts.c.external_id).where(
        source_contacts.c.source_id == source_id,
        source_contacts.c.gone_at.is_(None),
        source_contacts.c.external_id == func.any(bindparam("ids", type_=ARRAY(Text))),
    )
    return set(connection.execute(ids, {"ids": list(external_ids)}).scalars())


def all_live(connection: Connection, source_id: UUID, external_ids: Sequence[str]) -> bool:
    """Whether all of the external ids have a contact that is stored and live."""
    count = text(f"""
        SELECT count(*) FROM {SCHEMA}.source_contacts
        WHERE source_id = :source AND gone_at IS NULL AND external_id = ANY(:ids)""")
    found = connection.execute(count, {"source": source_id, "ids": list(external_ids)}).scalar_one()
    return bool(found == len(set(external_ids)))


class Known(NamedTuple):
    """A stored contact: its id, since when it is gone, and the hash of its current content."""

    id: UUID
    gone_at: datetime | None
    content_hash: bytes | None


def _add(connection: Connection, source_id: UUID, fresh: Mapping[str, str], observed_at: datetime) -> None:
    """Add new contacts, external id → id. Goes by Arrow, because psycopg adapts cell by cell, which costs
    more."""
    table = pa.table(
        {
            "id": pa.array(list(fresh.values()), pa.string()),
            "source_id": _all(str(source_id), len(fresh)),
            "external_id": pa.array(list(fresh), pa.string()),
            "first_seen_at": _all(observed_at.isoformat(), len(fresh)),
        }
    )
    copy_in(connection, source_contacts, table)


def _add_versions(
    connection: Connection,
    ids: Sequence[str],
    contacts: Sequence[RawContact],
    observed_at: datetime,
    run_id: UUID | None,
) -> None:
    table = pa.table(
        {
            "source_contact_id": pa.array(ids, pa.string()),
            "content_hash": pa.array([contact.content_hash for contact in contacts], pa.binary()),
            "payload": pa.array([contact.payload for contact in contacts], pa.large_string()),
            "observed_at": _all(observed_at.isoformat(), len(ids)),
            "sync_run_id": _all(None if run_id is None else str(run_id), len(ids)),
        }
    )
    copy_in(connection, source_contact_versions, table)


def _all(value: str | None, length: int) -> Any:
    return pa.repeat(pa.scalar(value, pa.string()), length)


def _known(connection: Connection, source_id: UUID, contacts: Sequence[RawContact]) -> dict[str, Known]:
    ids = list({contact.external_id for contact in contacts})
    rows = connection.execute(_LATEST, {"source": source_id, "ids": ids})
    return {row.external_id: Known(row.id, row.gone_at, row.content_hash) for row in rows}


def news(
    connection: Connection, known: Mapping[str, Known], contacts: Sequence[RawContact]
) -> list[RawContact]:
    """The versions to add, those of one id in the order sent.

    Of several contents of an id, those that were never stored are added, with the last one at the end,
    because the newest version is the current one. A provider that sends the same two contents every night so
    adds nothing.
    """
    sent: dict[str, dict[bytes, RawContact]] = {}
    for contact in contacts:
        contents = sent.setdefault(contact.external_id, {})
        contents.pop(contact.content_hash, None)
        contents[contact.content_hash] = contact
    several = {known[key].id for key, contents in sent.items() if len(contents) > 1 and key in known}
    stored = _contents(connection, several)
    found: list[RawContact] = []
    for key, contents in sent.items():
        before = known.get(key)
        *earlier, last = contents.values()
        added = [one for one in earlier if before is None or (before.id, one.content_hash) not in stored]
        found += added
        if added or before is None or before.content_hash != last.content_hash:
            found.append(last)
    return found


def _contents(connection: Connection, ids: Collection[UUID]) -> set[tuple[UUID, bytes]]:
    """The hashes of all stored contents of these contacts."""
    if not ids:
        return set()
    versions = source_contact_versions.c
    hashes = select(versions.source_contact_id, versions.content_hash).where(
        versions.source_contact_id == func.any(bindparam("ids", type_=ARRAY(Uuid)))
    )
    rows = connection.execute(hashes, {"ids": list(ids)})
    return {(row.source_contact_id, bytes(row.content_hash)) for row in rows}


def revive(connection: Connection, ids: Sequence[UUID]) -> None:
    """Take the tombstones of contacts that were sent again."""
    back = update(source_contacts).where(
        source_contacts.c.id == func.any(bindparam("ids", type_=ARRAY(Uuid)))
    )
    connection.execute(back.values(gone_at=None, gone_because=None), {"ids": list(ids)})
