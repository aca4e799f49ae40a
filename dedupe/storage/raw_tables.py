"""Raw contacts into storage by columns, for sources that come whole: an unchanged row is never an object.

store(connection, source_id, run_id, raw, observed_at) -> Taken

The same rules as `source_contacts.store`, which takes the few contacts of a page.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
import pyarrow
from numpy.typing import NDArray
from sqlalchemy import Connection, Select, Table, column, select, table, text, true
from uuid_utils import uuid7

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.storage import changes, tombstones
from dedupe.storage.copying import copy_in, copy_out
from dedupe.storage.references import check_references, copy_unchecked
from dedupe.storage.source_contacts import Known, RawContact, Stored, news, revive
from dedupe.storage.staged_rows import stage_rows
from dedupe.storage.storing_turns import take_turn
from dedupe.storage.tables import SCHEMA, contacts, source_contact_versions, source_contacts

RAW = pa.schema([("external_id", pa.string()), ("payload", pa.large_string()), ("content_hash", pa.binary())])
_KNOWN = pa.schema(
    [
        ("external_id", pa.string()),
        ("id", pa.string()),
        ("gone_at", pa.timestamp("us", "UTC")),
        ("content_hash", pa.binary()),
    ]
)
Copy = Callable[[Connection, Table, pyarrow.Table], int]
_VERSION_IDS = text(f"""
    SELECT string_agg(nextval((
        SELECT pg_get_serial_sequence('{SCHEMA}.source_contact_versions', 'id')::regclass))::text, ',')
    FROM generate_series(1, :count)""")
"""In one text, because a row for each costs more than the number."""


class Taken(NamedTuple):
    """What became of a table of raw contacts.

    `current`: a row for each contact whose current version was added: row (in the table), external_id, id,
    version_id. `first`: nothing was known of any contact of the table.
    """

    counts: Stored
    current: pyarrow.Table
    first: bool


def store(
    connection: Connection,
    source_id: UUID,
    run_id: UUID | None,
    raw: pyarrow.Table,
    observed_at: datetime,
    *,
    all_new: bool = False,
) -> Taken:
    """Add the new contacts of a table of schema RAW, and versions of those that changed.

    Where an id is given with several contents, each becomes a version and the last one is current. `all_new`:
    the caller knows that none of the ids is stored, so nothing is looked up, and it checks references itself
    (`check_first`).
    """
    tombstones.announce_raw(connection)
    take_turn(connection, source_id)
    sent = combined(raw["external_id"])
    known = _KNOWN.empty_table() if all_new else _known(connection, source_id, sent)
    place = pc.index_in(sent, combined(known["external_id"]))
    rows = _rows_to_add(connection, raw, known, place)
    added = raw.take(pa.array(rows))
    copy = copy_unchecked if all_new else copy_in
    ids = _ids(connection, source_id, added["external_id"], known, observed_at, copy)
    version_ids = _add_versions(connection, added, ids.id, observed_at, run_id, copy)
    back = pc.unique(combined(known["id"]).filter(pc.is_valid(combined(known["gone_at"]))))
    if len(back):
        revive(connection, [UUID(each) for each in back.to_pylist()])
    counts = Stored(ids.new, len(rows) - ids.new, len(back), len(raw) - len(rows))
    last = _last_of_each(combined(added["external_id"]))
    current = pa.table(
        {
            "row": rows[last],
            "external_id": added["external_id"].take(last),
            "id": ids.id.take(last),
            "version_id": version_ids.take(last),
        }
    )
    return Taken(counts, current, not len(known))


def check_first(connection: Connection, since: UUID) -> None:
    """Check the references of all that a source's first contacts brought; `since`: a UUIDv7 older than
    them."""
    check_references(connection, source_contacts, "t.id > :since", since=since)
    for table_of_contacts in (source_contact_versions, contacts):
        check_references(connection, table_of_contacts, "t.source_contact_id > :since", since=since)


class _Ids(NamedTuple):
    id: Array  # of the contact of each added version
    new: int  # contacts that were not stored yet


def _known(connection: Connection, source_id: UUID, sent: Array) -> pyarrow.Table:
    """_KNOWN of those that are stored."""
    stage_rows(connection, "sent_ids", source_contacts, pa.table({"external_id": pc.unique(sent)}))
    return copy_out(connection, _latest_versions(source_id, "sent_ids"), _KNOWN)


def _latest_versions(source_id: UUID, sent: str) -> Select[Any]:
    """The stored contacts of a source whose external ids stand in the temporary table `sent`.

    Columns: external_id, id, gone_at, content_hash of the current version.
    """
    versions = source_contact_versions.c
    latest = (
        select(versions.content_hash)
        .where(versions.source_contact_id == source_contacts.c.id)
        .order_by((versions.id + 0).desc())  # see `source_contacts._LATEST`
        .limit(1)
        .lateral("v")
    )
    ids = table(sent, column("external_id"))
    return (
        select(source_contacts.c.external_id, source_contacts.c.id, source_contacts.c.gone_at)
        .add_columns(latest.c.content_hash)
        .select_from(ids)
        .join(source_contacts, source_contacts.c.external_id == ids.c.external_id)
        .outerjoin(latest, true())
        .where(source_contacts.c.source_id == source_id)
    )


def _rows_to_add(
    connection: Connection, raw: pyarrow.Table, known: pyarrow.Table, place: Array
) -> NDArray[np.int64]:
    """The rows that become versions, those of one id in the order sent."""
    before = combined(known["content_hash"]).take(place)
    same = pc.fill_null(pc.equal(before, combined(raw["content_hash"])), False)
    differs = ~same.to_numpy(zero_copy_only=False)
    several = _given_more_than_once(combined(raw["external_id"]))
    if not several.any():
        return np.flatnonzero(differs)
    again = _news_of_several(connection, raw, known, np.flatnonzero(several))
    return np.concatenate([np.flatnonzero(differs & ~several), again])


def _given_more_than_once(ids: Array) -> NDArray[np.bool_]:
    codes = ids.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    return np.bincount(codes)[codes] > 1 if len(codes) else np.zeros(0, np.bool_)


def _news_of_several(
    connection: Connection, raw: pyarrow.Table, known: pyarrow.Table, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of ids with several contents the rows to add, by the rule for pages: they are few."""
    chosen = raw.take(pa.array(rows)).select(RAW.names)
    contacts = [RawContact(*row.values()) for row in chosen.to_pylist()]
    stored = known.filter(pc.is_in(known["external_id"], value_set=combined(chosen["external_id"])))
    known_of = {
        row["external_id"]: Known(UUID(row["id"]), row["gone_at"], row["content_hash"])
        for row in stored.to_pylist()
    }
    row_of = {contact[::2]: row for row, contact in zip(rows.tolist(), contacts, strict=True)}
    found = news(connection, known_of, contacts)
    return np.array([row_of[contact[::2]] for contact in found], np.int64)


def _ids(
    connection: Connection,
    source_id: UUID,
    external_ids: Array,
    known: pyarrow.Table,
    observed_at: datetime,
    copy: Copy,
) -> _Ids:
    external_ids = combined(external_ids)
    stored = pc.is_in(external_ids, value_set=combined(known["external_id"]))
    fresh = pc.unique(external_ids.filter(pc.invert(stored)))
    made = pa.array([str(uuid7()) for _ in range(len(fresh))], pa.string())
    if len(fresh):
        rows = {
            "id": made,
            "source_id": _all(str(source_id), len(fresh)),
            "external_id": fresh,
            "first_seen_at": _all(observed_at.isoformat(), len(fresh)),
        }
        copy(connection, source_contacts, pa.table(rows))
    names = pa.concat_arrays([combined(known["external_id"]), fresh])
    ids = pa.concat_arrays([combined(known["id"]), made])
    return _Ids(ids.take(pc.index_in(external_ids, names)), len(fresh))


def _add_versions(
    connection: Connection,
    added: pyarrow.Table,
    ids: Array,
    observed_at: datetime,
    run_id: UUID | None,
    copy: Copy,
) -> Array:
    """Add the versions; gives their ids, which ascend."""
    if not len(added):
        return pa.array([], pa.int64())
    changes.versions_come(connection)
    drawn = str(connection.execute(_VERSION_IDS, {"count": len(added)}).scalar_one())
    version_ids = pa.array(np.array(drawn.split(","), np.int64))
    rows = {
        "id": version_ids,
        "source_contact_id": ids,
        "content_hash": added["content_hash"],
        "payload": added["payload"],
        "observed_at": _all(observed_at.isoformat(), len(added)),
        "sync_run_id": _all(None if run_id is None else str(run_id), len(added)),
    }
    copy(connection, source_contact_versions, pa.table(rows))
    return version_ids


def _last_of_each(ids: Array) -> Array:
    """The last place of each id, in ascending order."""
    codes = ids.dictionary_encode().indices.to_numpy(zero_copy_only=False)
    last = np.zeros(int(codes.max(initial=-1)) + 1, np.int64)
    last[codes] = np.arange(len(codes))
    return pa.array(np.sort(last))


def _all(value: str | None, length: int) -> Array:
    return pa.repeat(pa.scalar(value, pa.string()), length)
