"""Keys of source contacts taken out of the index of match keys for good: pages that hold any are written
anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
from sqlalchemy import Connection, text

from dedupe.storage import match_index
from dedupe.storage import match_index_pages as pages
from dedupe.storage.match_index_pages import ContactPage, Ids, KeyPage, Numbers
from dedupe.storage.tables import match_index as head
from dedupe.storage.tables import match_index_changes, match_index_contacts, match_index_keys


def forget(connection: Connection, seeds: Sequence[str]) -> int:
    """Take the keys of these contacts out, those that changed since too; gives the number of pages written.

    Their ids stay, as those of tombstones do. Call it under the publish lock. Raises IndexUnusable for a
    damaged page; see `drop`.
    """
    found = match_index.state(connection)
    if found is None or not seeds:
        return 0
    connection.execute(_EMPTIED, {"ids": list(seeds)})
    ids = pages.ids_of(pa.array(sorted(seeds), pa.string()))
    numbers, keys = np.empty(0, np.int64), np.empty(0, np.int64)
    written = 0
    for row in connection.execute(_PAGES_OF_IDS, {"ids": list(seeds)}).all():
        here, held, content = _without(row.page, bytes(row.ids), bytes(row.keys), ids)
        if len(held):
            connection.execute(_WRITE_CONTACTS, {"page": row.page, "keys": content})
            numbers, keys = np.append(numbers, here), np.append(keys, held)
            written += 1
    for page, content in _key_pages(connection, numbers, pages.pages_of(keys, found.page_bits)):
        connection.execute(_WRITE_KEYS, {"page": page, "content": content})
        written += 1
    connection.execute(head.update().values(keys=head.c["keys"] - len(keys)))
    return written


def drop(connection: Connection) -> int:
    """Drop the index whole, as one that can't be read: the next night makes it anew. Gives its pages."""
    pages_of = (match_index_keys, match_index_contacts)
    count = sum(connection.execute(table.delete()).rowcount for table in pages_of)
    for table in (match_index_changes, head):
        connection.execute(table.delete())
    return count


def _without(page: int, ids: bytes, keys: bytes, gone: Ids) -> tuple[Numbers, Numbers, bytes]:
    """The page of contacts without the keys of those that are gone; before it their numbers, and the keys."""
    known = ContactPage.read(ids, keys)
    places = np.flatnonzero(np.isin(known.ids, gone))
    _, held = known.of(gone)
    return page * pages.CONTACTS_A_PAGE + places, held, known.without(places)


def _key_pages(connection: Connection, numbers: Numbers, names: Numbers) -> Iterator[tuple[int, bytes]]:
    wanted = np.unique(names).tolist()
    for row in connection.execute(_PAGES_OF_KEYS, {"pages": wanted}).all():
        yield row.page, KeyPage.read(bytes(row.content)).without(numbers)


_NOW = "generation = (SELECT generation FROM dedupe.match_index)"
_PAGES_OF_IDS = text(f"""
    SELECT page, ids, keys FROM dedupe.match_index_contacts WHERE {_NOW} AND page IN (
      SELECT DISTINCT (SELECT p.page FROM dedupe.match_index_contacts p
                        WHERE p.{_NOW} AND p.first_id <= wanted ORDER BY p.first_id DESC LIMIT 1)
        FROM unnest(CAST(:ids AS uuid[])) wanted)""")
_PAGES_OF_KEYS = text(
    f"SELECT page, content FROM dedupe.match_index_keys WHERE {_NOW} AND page = ANY(:pages)"
)
_WRITE_CONTACTS = text(f"UPDATE dedupe.match_index_contacts SET keys = :keys WHERE {_NOW} AND page = :page")
_WRITE_KEYS = text(f"UPDATE dedupe.match_index_keys SET content = :content WHERE {_NOW} AND page = :page")
_EMPTIED = text("""
    UPDATE dedupe.match_index_changes SET keys = '{}'
     WHERE source_contact_id = ANY(CAST(:ids AS uuid[]))""")
