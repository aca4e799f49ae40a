"""The index of match keys: which live contacts share a key with these.

A full run writes it as packed pages (`match_index_pages`, `match_index_writing`); what changed since stands
in a small table, a row for each contact with its keys of today in place of those in the pages. All of it is
plain rows, so that a transaction sees it as it belongs to the state that is served. It is derived: dropped
and made anew it is equal.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from sqlalchemy import Connection, func, select, text

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers, rising, texts
from dedupe.errors import IndexUnusable
from dedupe.storage import match_index_changes as changed_contacts
from dedupe.storage import match_index_pages as pages
from dedupe.storage.copying import array_text, driver
from dedupe.storage.driver_errors import translating_errors
from dedupe.storage.match_index_pages import ContactPage, Ids, KeyPage, Numbers
from dedupe.storage.tables import match_index, match_index_changes

_FIELDS: list[tuple[str, pa.DataType]] = [("key", pa.int64()), ("source_contact_id", pa.string())]
HELD = pa.schema(_FIELDS)
_PAGES_AT_ONCE = 2000  # of 12 kB each, which bounds memory (chosen)
_ROWS_AT_ONCE = 100  # pages made while others are written (chosen)


@dataclass(frozen=True, slots=True)
class IndexState:
    made_by: str  # the code that made the keys
    contacts: int  # as of the last full run, as the keys
    keys: int
    page_bits: int
    generation: int  # of the pages that count
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
    found = _there(connection)
    if found.made_by != made_by:
        raise IndexUnusable("the index of match keys is of another release: a full night makes it anew")
    return found


def put(connection: Connection, seeds: Sequence[str], held: pa.Table) -> int:
    """The keys (HELD) that these contacts have now, none of one that is gone; gives the rows written."""
    keys_by_id: dict[str, list[int]] = {seed: [] for seed in seeds}
    for key, seed in zip(integers(held["key"]).tolist(), texts(held["source_contact_id"]), strict=True):
        keys_by_id[seed].append(key)
    lists = ",".join(f'"{array_text(sorted(keys))}"' for keys in keys_by_id.values())
    return connection.execute(_PUT, {"ids": array_text(keys_by_id), "lists": f"{{{lists}}}"}).rowcount


def holders(connection: Connection, keys: Hashes, head: IndexState | None = None) -> pa.Table:
    """HELD: the live contacts that hold these keys, as the index has them; sorted by key and id.

    `head` is its state, where that is known. Raises IndexUnusable where a page is missing or damaged.
    """
    wanted = rising(keys)
    key, number = _in_pages(connection, wanted, head or _there(connection))
    numbers, place = np.unique(number, return_inverse=True)
    ids = _ids_of_numbers(connection, numbers)
    there = _unchanged(connection, ids)[place]
    fresh_key, fresh = changed_contacts.holders(connection, wanted)
    held = np.concatenate([ids[place[there]], pages.ids_of(pa.array(fresh, pa.string()))])
    known, of = np.unique(held, return_inverse=True)
    key = np.concatenate([key[there], np.array(fresh_key, np.int64)])
    order = np.lexsort((of, key))
    names, at = pa.array(pages.texts_of(known), pa.string()), pa.array(of[order], pa.int64())
    return _held(key[order], names.take(at))


def keys_of(connection: Connection, seeds: Sequence[str]) -> pa.Table:
    """HELD: the keys of these contacts as the index has them, live or not.

    Raises IndexUnusable where a page is damaged.
    """
    changed = connection.execute(_CHANGED_KEYS, {"ids": array_text(seeds)}).all()
    anew = {row.id for row in changed}
    others = sorted(seed for seed in seeds if seed not in anew)
    ids, names = pages.ids_of(pa.array(others, pa.string())), pa.array(others, pa.string())
    found = [_held([key for row in changed for key in row.keys], [r.id for r in changed for _ in r.keys])]
    for page in _rows(connection, _PAGES_OF_IDS, array_text(others)):
        known = ContactPage.read(page[0], page[1])
        begin, end = np.searchsorted(ids, known.ids[:1]), np.searchsorted(ids, known.ids[-1:], "right")
        place, key = known.of(ids[begin[0] : end[0]])
        found.append(_held(key, names.take(pa.array(place + begin[0]))))
    return pa.concat_tables(found)


def check(connection: Connection) -> IndexState:
    """Look at every page. Raises IndexUnusable where there is no index, or one is missing or damaged."""
    found = _there(connection)
    keys = sum(len(KeyPage.read(content).keys) for (content,) in _every_row(connection, _ALL_KEYS))
    ids = sum(len(pages.read_ids(content)) for (content,) in _every_row(connection, _ALL_IDS))
    if (keys, ids) != (found.keys, found.contacts):
        raise _missing()
    return found


# --- reading ----------------------------------------------------------------------------------------------


def _there(connection: Connection) -> IndexState:
    head = state(connection)
    if head is None:
        raise IndexUnusable("there is no index of match keys yet: a full night makes it")
    return head


def _in_pages(connection: Connection, wanted: Hashes, head: IndexState) -> tuple[Hashes, Numbers]:
    """Who held these keys by the pages, changed and gone since or not: (key, number)."""
    page = pages.pages_of(wanted, head.page_bits)
    wanted = wanted[np.argsort(page, kind="stable")]
    names, sizes = np.unique(page, return_counts=True)
    starts = np.concatenate([[0], np.cumsum(sizes)])
    found = [(wanted[:0], np.zeros(0, np.int64))]
    for first in range(0, len(names), _PAGES_AT_ONCE):
        some = names[first : first + _PAGES_AT_ONCE]
        bounds = starts[first : first + len(some) + 1]
        rows = _rows(connection, _PAGES_OF_KEYS, array_text(some.tolist()))
        if len(rows) != len(some):
            raise _missing()
        found.append(pages.rows_of([row[0] for row in rows], wanted[bounds[0] : bounds[-1]]))
    return np.concatenate([key for key, _ in found]), np.concatenate([number for _, number in found])


def _ids_of_numbers(connection: Connection, numbers: Numbers) -> Ids:
    """The ids of contacts by their numbers, which rise."""
    names = rising(numbers // pages.CONTACTS_A_PAGE)
    rows = _rows(connection, _PAGES_OF_NUMBERS, array_text(names.tolist()))
    if len(rows) != len(names):
        raise _missing()
    known = pages.read_ids(*(content for (content,) in rows))
    # Each page but the last is full.
    at = np.searchsorted(names, numbers // pages.CONTACTS_A_PAGE) * pages.CONTACTS_A_PAGE
    named: Ids = known[at + numbers % pages.CONTACTS_A_PAGE]
    return named


def _unchanged(connection: Connection, ids: Ids) -> npt.NDArray[np.bool_]:
    """Of which the pages still hold, because they live and haven't changed."""
    [(named,)] = _rows(connection, _UNCHANGED, array_text(pages.texts_of(ids)))
    return np.isin(ids, np.frombuffer(named or b"", ids.dtype))


def _held(keys: Any, ids: Any) -> pa.Table:
    return pa.table([pa.array(keys, pa.int64()), pa.array(ids, pa.string())], schema=HELD)


def _rows(connection: Connection, query: str, wanted: str) -> list[Any]:
    """Rows as the driver has them in its binary form, which leaves bytes as they are; `wanted` is an array as
    text."""
    with translating_errors(), driver(connection).cursor(binary=True) as cursor:
        return cursor.execute(query, (wanted,)).fetchall()


def _every_row(connection: Connection, query: str) -> Iterator[Any]:
    with translating_errors(), driver(connection).cursor(binary=True) as cursor:
        yield from cursor.execute(query)


def _missing() -> IndexUnusable:
    return IndexUnusable("a page of the index of match keys is missing: a full night makes it anew")


_NOW = "generation = (SELECT generation FROM dedupe.match_index)"
_PAGES_OF_KEYS = f"""
    SELECT content FROM dedupe.match_index_keys
     WHERE {_NOW} AND page = ANY(CAST(%s AS bigint[])) ORDER BY page"""
_PAGES_OF_NUMBERS = f"""
    SELECT ids FROM dedupe.match_index_contacts
     WHERE {_NOW} AND page = ANY(CAST(%s AS bigint[])) ORDER BY page"""
_PAGES_OF_IDS = f"""
    SELECT ids, keys FROM dedupe.match_index_contacts WHERE {_NOW} AND page IN (
      SELECT DISTINCT (SELECT p.page FROM dedupe.match_index_contacts p
                        WHERE p.{_NOW} AND p.first_id <= wanted ORDER BY p.first_id DESC LIMIT 1)
        FROM unnest(CAST(%s AS uuid[])) wanted)"""
_ALL_KEYS = f"SELECT content FROM dedupe.match_index_keys WHERE {_NOW}"
_ALL_IDS = f"SELECT ids FROM dedupe.match_index_contacts WHERE {_NOW}"
_PUT = text("""
    INSERT INTO dedupe.match_index_changes AS t (source_contact_id, keys)
    SELECT id, CAST(keys AS bigint[])
      FROM unnest(CAST(:ids AS uuid[]), CAST(:lists AS text[])) AS given (id, keys)
    ON CONFLICT (source_contact_id) DO UPDATE SET keys = excluded.keys WHERE t.keys <> excluded.keys""")
_CHANGED_KEYS = text("""
    SELECT source_contact_id::text AS id, keys FROM dedupe.match_index_changes
     WHERE source_contact_id = ANY(CAST(:ids AS uuid[]))""")
_UNCHANGED = """
    SELECT string_agg(uuid_send(c.id), ''::bytea) FROM dedupe.source_contacts c
      JOIN dedupe.contacts n ON n.source_contact_id = c.id
     WHERE c.id = ANY(CAST(%s AS uuid[])) AND c.gone_at IS NULL
       AND NOT EXISTS (SELECT FROM dedupe.match_index_changes m WHERE m.source_contact_id = c.id)"""
