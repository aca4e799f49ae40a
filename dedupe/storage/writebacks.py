"""What was written back to providers: one row for each source contact and field, and what is wanted there.

A row in the state `writing` says that a request was about to be sent; whether it was taken is known when the
contact has been read. `value` is what stands there by us as far as was noted last.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection, case, delete, func, select, text
from sqlalchemy.dialects.postgresql import Insert, insert

from dedupe.storage.tables import SCHEMA, golden_ids, writebacks


class WriteState(StrEnum):
    WRITING = "writing"
    WRITTEN = "written"
    CLEARED = "cleared"
    CONFLICT = "conflict"
    REFUSED = "refused"
    FAILED = "failed"


class Wanted(NamedTuple):
    """A source contact with the golden id that is to stand at its provider, and what is known to stand there.

    `golden_id`: none where it belongs to no golden contact. `sent`: what was sent last. `payload` (JSON): its
    raw, where that is newer than the row; `first`: of the contacts of this source in the golden contact the
    one that may hold a unique value; `held_by_another`: another contact of this source is to get the value
    that stands here; `erased`: of somebody erased.
    """

    source_contact_id: UUID
    external_id: str
    gone: bool
    golden_id: UUID | None
    state: WriteState | None
    value: UUID | None
    sent: UUID | None
    reason: str | None
    payload: str | None
    first: bool
    held_by_another: bool
    erased: bool


class OwnWrite(NamedTuple):
    """What we wrote into a contact, and what is stored of it: raw, its hash."""

    value: UUID | None
    sent: UUID | None
    writing: bool
    changed_at: datetime | None
    payload: str
    content_hash: bytes


class WriteNote(NamedTuple):
    """What became of a write: the golden id that stands there by us now, if any."""

    state: WriteState
    value: UUID | None
    changed_at: datetime | None = None
    reason: str | None = None


def wanted(connection: Connection, source_id: UUID, field: str, after: UUID, limit: int) -> list[Wanted]:
    """Up to `limit` contacts of the source that belong to a golden contact or have a row for the field, in
    the order of their ids, after that one."""
    values = {"source": source_id, "field": field, "after": after, "limit": limit}
    rows = connection.execute(_WANTED, values)
    return [Wanted(*row)._replace(state=_state(row.state)) for row in rows]


def other_fields(connection: Connection, source_id: UUID, field: str) -> list[str]:
    """The fields besides this one in which something of ours may stand."""
    held = select(writebacks.c.field).where(
        writebacks.c.source_id == source_id,
        writebacks.c.field != field,
        (writebacks.c.value.is_not(None)) | (writebacks.c.state == WriteState.WRITING),
    )
    return sorted(set(connection.execute(held).scalars()))


def published(connection: Connection, some: Collection[UUID]) -> set[UUID]:
    """Those that were ever handed out as golden ids."""
    if not some:
        return set()
    ids = select(golden_ids.c.id).where(golden_ids.c.id.in_(list(some)))
    return set(connection.execute(ids).scalars())


def golden_id_of(connection: Connection, one: Wanted) -> UUID | None:
    """The golden id that the contact has by now. An erasure waits until this transaction has ended, and after
    one there is none."""
    values = {"id": one.source_contact_id, "external_id": one.external_id}
    return connection.execute(_GOLDEN_ID, values).scalar()


def begin(connection: Connection, source_id: UUID, field: str, one: Wanted, sent: UUID | None) -> None:
    """Note that a request is about to be sent."""
    values = {
        "source_contact_id": one.source_contact_id,
        "source_id": source_id,
        "field": field,
        "value": one.value,
        "wanted": sent,
        "state": WriteState.WRITING,
        "attempts": 1,
        "noted_at": func.clock_timestamp(),
    }
    added = insert(writebacks).values(values)
    news: dict[str, Any] = {name: added.excluded[name] for name in ("wanted", "state")}
    news |= {"attempts": writebacks.c.attempts + 1, "reason": None, "noted_at": _noted(added)}
    connection.execute(added.on_conflict_do_update(index_elements=["source_contact_id", "field"], set_=news))


def note(connection: Connection, source_id: UUID, field: str, seed: UUID, made: WriteNote) -> None:
    """Note what became of it."""
    values = {
        "source_contact_id": seed,
        "source_id": source_id,
        "field": field,
        **made._asdict(),
        "attempts": 0,
        "noted_at": func.clock_timestamp(),
    }
    added = insert(writebacks).values(values)
    news: dict[str, Any] = {name: added.excluded[name] for name in ("value", "state", "changed_at", "reason")}
    news["noted_at"] = _noted(added)
    connection.execute(added.on_conflict_do_update(index_elements=["source_contact_id", "field"], set_=news))


def forget(connection: Connection, field: str, seed: UUID) -> None:
    """Delete the row: nothing of ours stands there."""
    of = (writebacks.c.source_contact_id == seed) & (writebacks.c.field == field)
    connection.execute(delete(writebacks).where(of))


def last_noted(connection: Connection, source_id: UUID) -> datetime | None:
    """When something was noted last."""
    last = select(func.max(writebacks.c.noted_at)).where(writebacks.c.source_id == source_id)
    return connection.execute(last).scalar()


def held_elsewhere(connection: Connection, sources: Collection[str]) -> dict[str, int]:
    """How many golden ids of ours stand at sources other than these, by the source's name."""
    rows = connection.execute(_HELD_ELSEWHERE, {"names": list(sources)})
    return {row.name: row.held for row in rows}


def own_writes(
    connection: Connection, source_id: UUID, field: str, external_ids: Sequence[str]
) -> dict[str, OwnWrite]:
    """What we wrote into those of the contacts that we wrote into, by external id."""
    values = {"source": source_id, "field": field, "ids": list(external_ids)}
    rows = connection.execute(_OWN_WRITES, values)
    return {
        row.external_id: OwnWrite(
            row.value, row.sent, row.writing, row.changed_at, row.payload, bytes(row.content_hash)
        )
        for row in rows
    }


def keep_erased(connection: Connection, external_ids: Mapping[UUID, str]) -> int:
    """Of contacts that were erased keep the ids at the providers that still hold a golden id of ours, and
    nothing of the others; gives how many were kept."""
    ids = list(external_ids)
    connection.execute(_NOTHING_HELD, {"ids": ids})
    values = {"ids": ids, "external_ids": [external_ids[one] for one in ids]}
    return connection.execute(_KEEP_ERASED, values).rowcount


def count_erased(connection: Connection, ids: Collection[UUID]) -> int:
    """How many golden ids of ours stand in these contacts, which were erased."""
    of_them = writebacks.c.source_contact_id.in_(list(ids)) & writebacks.c.external_id.is_not(None)
    return connection.execute(select(func.count()).where(of_them)).scalar_one()


def purge_erased(connection: Connection, before: datetime) -> int:
    """Delete the ids that were kept of contacts erased before that moment; gives their number."""
    old = (writebacks.c.external_id.is_not(None)) & (writebacks.c.noted_at < before)
    return connection.execute(delete(writebacks).where(old)).rowcount


def _noted(added: Insert) -> Any:
    """Of somebody erased the moment of the erasure stays: by it goes what is kept of them, were their
    provider never to take another write."""
    return case((writebacks.c.external_id.is_(None), added.excluded.noted_at), else_=writebacks.c.noted_at)


def _state(text: str | None) -> WriteState | None:
    return None if text is None else WriteState(text)


# Who may hold a unique value: who holds it, then who has no conflict there, then the oldest.
_RANK = (
    """CASE WHEN {w}.value = l.golden_id THEN 0 WHEN {w}.state IN ('conflict', 'refused') THEN 2 ELSE 1 END"""
)
# The live contacts of the source in that golden contact, but `c`. OFFSET 0 makes the planner, which without
# statistics would read the whole source for each contact, begin with the few links of the golden contact.
_MEMBERS = f"""
    (SELECT source_contact_id FROM {SCHEMA}.source_links WHERE golden_id = {{golden_id}} OFFSET 0) m
    JOIN LATERAL (SELECT id, source_id, gone_at FROM {SCHEMA}.source_contacts
                   WHERE id = m.source_contact_id OFFSET 0) o
      ON o.source_id = :source AND o.gone_at IS NULL AND o.id <> c.id"""
_WANTED = text(f"""
    SELECT c.id, coalesce(w.external_id, c.external_id) AS external_id, c.gone_at IS NOT NULL AS gone,
           CASE WHEN c.gone_at IS NULL THEN l.golden_id END AS golden_id,
           w.state, w.value, w.wanted AS sent, w.reason,
           CASE WHEN w.state IS NULL OR v.observed_at > w.noted_at THEN CAST(v.payload AS text) END,
           NOT EXISTS (
             SELECT FROM {_MEMBERS.format(golden_id="l.golden_id")}
             LEFT JOIN {SCHEMA}.writebacks ow ON ow.source_contact_id = o.id AND ow.field = :field
             WHERE ({_RANK.format(w="ow")}, o.id) < ({_RANK.format(w="w")}, c.id)) AS first,
           w.value IS NOT NULL AND EXISTS (
             SELECT FROM {_MEMBERS.format(golden_id="w.value")}) AS held_by_another,
           w.external_id IS NOT NULL AS erased
    FROM {SCHEMA}.source_contacts c
    LEFT JOIN {SCHEMA}.source_links l ON l.source_contact_id = c.id
    LEFT JOIN {SCHEMA}.writebacks w ON w.source_contact_id = c.id AND w.field = :field
    LEFT JOIN LATERAL (
        SELECT payload, observed_at FROM {SCHEMA}.source_contact_versions
        WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
    WHERE c.source_id = :source AND c.id > :after
      AND (w.source_contact_id IS NOT NULL OR l.golden_id IS NOT NULL AND c.gone_at IS NULL)
    ORDER BY c.id LIMIT :limit""")
# The lock on the row keeps an erasure from passing between this look and the note that follows it.
_GOLDEN_ID = text(f"""
    SELECT l.golden_id FROM {SCHEMA}.source_contacts c
    LEFT JOIN {SCHEMA}.source_links l ON l.source_contact_id = c.id
    WHERE c.id = :id AND c.external_id = :external_id AND c.gone_at IS NULL FOR SHARE OF c""")
_OWN_WRITES = text(f"""
    SELECT c.external_id, w.value, w.wanted AS sent, w.state = 'writing' AS writing, w.changed_at,
           CAST(v.payload AS text) AS payload, v.content_hash
    FROM {SCHEMA}.source_contacts c
    JOIN {SCHEMA}.writebacks w ON w.source_contact_id = c.id AND w.field = :field
    JOIN LATERAL (
        SELECT payload, content_hash FROM {SCHEMA}.source_contact_versions
        WHERE source_contact_id = c.id ORDER BY id + 0 DESC LIMIT 1) v ON true
    WHERE c.source_id = :source AND c.external_id = ANY(:ids)""")
_HELD_ELSEWHERE = text(f"""
    SELECT s.name, count(*) AS held FROM {SCHEMA}.writebacks w JOIN {SCHEMA}.sources s ON s.id = w.source_id
    WHERE (w.value IS NOT NULL OR w.state = 'writing') AND NOT s.name = ANY(:names) GROUP BY s.name""")
_NOTHING_HELD = text(f"""
    DELETE FROM {SCHEMA}.writebacks
    WHERE source_contact_id = ANY(CAST(:ids AS uuid[])) AND value IS NULL AND state <> 'writing'""")
_KEEP_ERASED = text(f"""
    UPDATE {SCHEMA}.writebacks w SET external_id = erased.external_id, noted_at = clock_timestamp()
    FROM unnest(CAST(:ids AS uuid[]), CAST(:external_ids AS text[])) AS erased(id, external_id)
    WHERE w.source_contact_id = erased.id""")
