"""The index of match keys: which live contacts share a key with these.

A full run writes it as packed pages (`match_index_pages`); what changed since stands in a small table, a row
for each contact with its keys of today in place of those in the pages. All of it is plain rows, so that a
transaction sees it as it belongs to the state that is served. It is derived: dropped and made anew it is
equal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from psycopg import sql
from sqlalchemy import Connection, Table, func, insert, select, text

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers, texts
from dedupe.errors import IndexUnusable
from dedupe.storage import match_index_pages as pages
from dedupe.storage.copying import driver
from dedupe.storage.driver_errors import translating_errors
from dedupe.storage.made_ahead import in_blocks, made_ahead
from dedupe.storage.match_index_pages import ContactPage, Ids, KeyPage, Numbers
from dedupe.storage.staged_rows import is_empty
from dedupe.storage.tables import match_index, match_index_changes, match_index_contacts, match_index_keys

_FIELDS: list[tuple[str, pa.DataType]] = [("key", pa.int64()), ("source_contact_id", pa.string())]
HELD = pa.schema(_FIELDS)
_MANY = 500  # keys for which all changes are read, rather than each looked up (chosen)
_PAGES_AT_ONCE = 2000  # of 12 kB each, which bounds memory (chosen)
_ROWS_AT_ONCE = 100  # pages made while others are written (chosen)


@dataclass(frozen=True, slots=True)
class IndexState:
    made_by: str  # the code that made the keys
    contacts: int  # as of the last full run, as the keys
    keys: int
    page_bits: int
    changed: int  # contacts that changed since

    @property
    def drift(self) -> float:
        """The share of contacts that changed since term frequencies were counted."""
        return self.changed / max(self.contacts, 1)


def state(connection: Connection) -> IndexState | None:
    """The state of the index; None where there is none."""
    changed = select(func.count()).select_from(match_index_changes).scalar_subquery()
    row = connection.execute(select(match_index, changed.label("changed"))).mappings().first()
    return None if row is None else IndexState(**{name: row[name] for name in IndexState.__slots__})


def usable(connection: Connection, made_by: str) -> IndexState:
    """The state of the index. Raises IndexUnusable where there is none, or one that other code made."""
    found = state(connection)
    if found is None:
        raise IndexUnusable("there is no index of match keys yet: a full night makes it")
    if found.made_by != made_by:
        raise IndexUnusable("the index of match keys is of another release: a full night makes it anew")
    return found


def rebuild(connection: Connection, seeds: Any, keys: pa.Table, made_by: str) -> int:
    """Make the index anew from the `match_keys.MATCH_KEYS` of all live contacts; `seeds[i]` is the id of
    contact i. Gives the number of rows written: pages that are equal are left alone."""
    ids = pages.ids_of(seeds)
    order = np.argsort(ids, kind="stable")
    number = np.empty(len(ids), np.int32)  # as many bytes as a page has for it
    number[order] = np.arange(len(ids))
    whose, key = number[integers(keys["contact"])], integers(keys["key"])
    bits = pages.bits_for(len(key))
    written = _replace(connection, match_index_keys, ("int8", "bytea"), pages.key_pages(whose, key, bits))
    of_contacts = pages.contact_pages(ids[order], whose, key)
    written += _replace(connection, match_index_contacts, ("int8", "uuid", "bytea", "bytea"), of_contacts)
    connection.execute(match_index_changes.delete())
    connection.execute(match_index.delete())
    row = {"made_by": made_by, "contacts": len(ids), "keys": len(key), "page_bits": bits}
    connection.execute(insert(match_index).values(row))
    return written


def put(connection: Connection, seeds: Sequence[str], held: pa.Table) -> int:
    """The keys (HELD) that these contacts have now, none of one that is gone; gives the rows written."""
    keys_by_id: dict[str, list[int]] = {seed: [] for seed in seeds}
    for key, seed in zip(integers(held["key"]).tolist(), texts(held["source_contact_id"]), strict=True):
        keys_by_id[seed].append(key)
    rows = [{"id": seed, "keys": sorted(keys)} for seed, keys in keys_by_id.items()]
    return connection.execute(_PUT, rows).rowcount if rows else 0


def holders(connection: Connection, keys: Hashes) -> pa.Table:
    """HELD: the live contacts that hold these keys, as the index has them; sorted by key and id.

    Raises IndexUnusable where a page is missing or damaged.
    """
    wanted = np.unique(keys)
    found = [*_in_pages(connection, wanted), _in_changes(connection, wanted)]
    return _live(connection, pa.concat_tables(found)).sort_by(
        [("key", "ascending"), ("source_contact_id", "ascending")]
    )


def keys_of(connection: Connection, seeds: Sequence[str]) -> pa.Table:
    """HELD: the keys of these contacts as the index has them, live or not.

    Raises IndexUnusable where a page is damaged.
    """
    changed = connection.execute(_CHANGED_KEYS, {"ids": list(seeds)}).all()
    anew = {row.id for row in changed}
    others = sorted(seed for seed in seeds if seed not in anew)
    ids, names = pages.ids_of(pa.array(others, pa.string())), np.array(others, dtype=object)
    found = [_held([key for row in changed for key in row.keys], [r.id for r in changed for _ in r.keys])]
    for page in _rows(connection, _PAGES_OF_IDS, (others,)):
        place, key = ContactPage.read(page[0], page[1]).of(ids)
        found.append(_held(key, list(names[place])))
    return pa.concat_tables(found)


def check(connection: Connection) -> IndexState:
    """Look at every page. Raises IndexUnusable where there is no index, or one is missing or damaged."""
    found = state(connection)
    if found is None:
        raise IndexUnusable("there is no index of match keys yet: a full night makes it")
    keys = sum(len(KeyPage.read(content).keys) for _, content in _rows(connection, _ALL_KEYS, ()))
    ids = sum(len(pages.read_ids(content)) for (content,) in _rows(connection, _ALL_IDS, ()))
    if (keys, ids) != (found.keys, found.contacts):
        raise _missing()
    return found


# --- reading ----------------------------------------------------------------------------------------------


def _in_pages(connection: Connection, wanted: Hashes) -> Iterator[pa.Table]:
    head = state(connection)
    if head is None:
        raise IndexUnusable("there is no index of match keys yet: a full night makes it")
    page = pages.pages_of(wanted, head.page_bits)
    wanted = wanted[np.argsort(page, kind="stable")]
    page = np.sort(page)
    names, starts = np.unique(page, return_index=True)
    for first in range(0, len(names), _PAGES_AT_ONCE):
        some = names[first : first + _PAGES_AT_ONCE]
        bounds = np.append(starts, len(wanted))[first : first + len(some) + 1]
        rows = list(_rows(connection, _PAGES_OF_KEYS, (some.tolist(),)))
        if len(rows) != len(some):
            raise _missing()
        found = [
            KeyPage.read(content).of(np.sort(wanted[begin:end]))
            for (_, content), begin, end in zip(rows, bounds[:-1], bounds[1:], strict=True)
        ]
        key, number = (np.concatenate(column) for column in zip(*found, strict=True))
        yield _unchanged(connection, _held(key, _ids_of_numbers(connection, number)))


def _ids_of_numbers(connection: Connection, numbers: Numbers) -> list[str]:
    wanted, place = np.unique(numbers, return_inverse=True)
    names = np.unique(wanted // pages.CONTACTS_A_PAGE)
    rows = list(_rows(connection, _PAGES_OF_NUMBERS, (names.tolist(),)))
    if len(rows) != len(names):
        raise _missing()
    if not rows:
        return []
    known = [pages.read_ids(content) for (content,) in rows]
    starts = np.cumsum([0, *map(len, known)])[:-1]
    at = starts[np.searchsorted(names, wanted // pages.CONTACTS_A_PAGE)] + wanted % pages.CONTACTS_A_PAGE
    return _named(np.concatenate(known)[at], place)


def _in_changes(connection: Connection, wanted: Hashes) -> pa.Table:
    query = _CHANGED_HOLDERS if len(wanted) < _MANY else _CHANGED_HOLDERS_OF_MANY
    rows = connection.execute(query, {"keys": wanted.tolist()}).all()
    return _held([row.key for row in rows], [row.id for row in rows])


def _unchanged(connection: Connection, held: pa.Table) -> pa.Table:
    """The rows of the pages that still hold."""
    return held.filter(_isin(held, connection, _CHANGED, keep=False))


def _live(connection: Connection, held: pa.Table) -> pa.Table:
    return held.filter(_isin(held, connection, _LIVE, keep=True))


def _isin(held: pa.Table, connection: Connection, query: Any, keep: bool) -> Any:
    ids = held["source_contact_id"].unique()
    named = list(connection.execute(query, {"ids": ids.to_pylist()}).scalars())
    inside = pa.compute.is_in(held["source_contact_id"], value_set=pa.array(named, pa.string()))
    return inside if keep else pa.compute.invert(inside)


def _held(keys: Any, ids: Sequence[str]) -> pa.Table:
    return pa.table([pa.array(keys, pa.int64()), pa.array(ids, pa.string())], schema=HELD)


def _named(ids: Ids, place: Numbers) -> list[str]:
    names = np.array(pages.texts_of(ids), dtype=object)
    return list(names[place])


def _rows(connection: Connection, query: str, values: Sequence[Any]) -> Iterator[Any]:
    """Rows as the driver has them in its binary form, which leaves bytes as they are."""
    with translating_errors(), driver(connection).cursor(binary=True) as cursor:
        yield from cursor.execute(query, values)


def _missing() -> IndexUnusable:
    return IndexUnusable("a page of the index of match keys is missing: a full night makes it anew")


# --- writing ----------------------------------------------------------------------------------------------


def _replace(connection: Connection, into: Table, types: Sequence[str], rows: Iterable[Any]) -> int:
    """Make the table equal to the rows; gives how many were written or removed."""
    names = [column.name for column in into.columns]
    if is_empty(connection, into):
        return _copy(connection, sql.Identifier(into.schema or "", into.name), names, types, rows)
    staged = f"staged_{into.name}"
    like = f"CREATE TEMPORARY TABLE {staged} (LIKE {into.fullname} INCLUDING STORAGE) ON COMMIT DROP"
    connection.execute(text(f"DROP TABLE IF EXISTS pg_temp.{staged}"))
    connection.execute(text(like))
    _copy(connection, sql.Identifier(staged), names, types, rows)
    connection.execute(text(f"ANALYZE {staged}"))
    values = ", ".join(f"t.{name}" for name in names)
    others = ", ".join(f"s.{name}" for name in names)
    gone = connection.execute(
        text(
            f"DELETE FROM {into.fullname} t WHERE NOT EXISTS"
            f" (SELECT FROM {staged} s WHERE ({values}) = ({others}))"
        )
    )
    added = connection.execute(
        text(
            f"INSERT INTO {into.fullname} SELECT s.* FROM {staged} s WHERE NOT EXISTS"
            f" (SELECT FROM {into.fullname} t WHERE t.page = s.page)"
        )
    )
    return gone.rowcount + added.rowcount


def _copy(
    connection: Connection,
    into: sql.Identifier,
    names: Sequence[str],
    types: Sequence[str],
    rows: Iterable[Any],
) -> int:
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(into, columns)
    count = 0
    with translating_errors(), driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(list(types))
        for block in made_ahead(in_blocks(rows, _ROWS_AT_ONCE)):
            count += len(block)
            for row in block:
                copy.write_row(row)
    return count


_PAGES_OF_KEYS = "SELECT page, content FROM dedupe.match_index_keys WHERE page = ANY(%s) ORDER BY page"
_PAGES_OF_NUMBERS = "SELECT ids FROM dedupe.match_index_contacts WHERE page = ANY(%s) ORDER BY page"
_PAGES_OF_IDS = """
    SELECT ids, keys FROM dedupe.match_index_contacts WHERE page IN (
      SELECT DISTINCT (SELECT p.page FROM dedupe.match_index_contacts p WHERE p.first_id <= wanted
                        ORDER BY p.first_id DESC LIMIT 1)
        FROM unnest(CAST(%s AS uuid[])) wanted)"""
_ALL_KEYS = "SELECT page, content FROM dedupe.match_index_keys"
_ALL_IDS = "SELECT ids FROM dedupe.match_index_contacts"
_PUT = text("""
    INSERT INTO dedupe.match_index_changes AS t (source_contact_id, keys)
    VALUES (CAST(:id AS uuid), CAST(:keys AS bigint[]))
    ON CONFLICT (source_contact_id) DO UPDATE SET keys = excluded.keys WHERE t.keys <> excluded.keys""")
_CHANGED_KEYS = text("""
    SELECT source_contact_id::text AS id, keys FROM dedupe.match_index_changes
     WHERE source_contact_id = ANY(CAST(:ids AS uuid[]))""")
_CHANGED_HOLDERS = text("""
    SELECT c.source_contact_id::text AS id, wanted AS key
      FROM unnest(CAST(:keys AS bigint[])) wanted
      JOIN dedupe.match_index_changes c ON c.keys @> ARRAY[wanted]""")
_CHANGED_HOLDERS_OF_MANY = text("""
    SELECT held.id, held.key
      FROM (SELECT source_contact_id::text AS id, unnest(keys) AS key FROM dedupe.match_index_changes) held
      JOIN (SELECT unnest(CAST(:keys AS bigint[])) AS key) wanted ON wanted.key = held.key""")
_CHANGED = text("""
    SELECT source_contact_id::text FROM dedupe.match_index_changes
     WHERE source_contact_id = ANY(CAST(:ids AS uuid[]))""")
_LIVE = text("""
    SELECT c.id::text FROM dedupe.source_contacts c
      JOIN dedupe.contacts n ON n.source_contact_id = c.id
     WHERE c.id = ANY(CAST(:ids AS uuid[])) AND c.gone_at IS NULL""")
