"""The contacts that changed since the last full run, in the index of match keys: rows with their keys."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sqlalchemy import Connection, text

from dedupe.arrays.hashing import Hashes
from dedupe.storage.copying import array_text

_MANY = 500  # keys for which all changes are read, rather than each looked up (chosen)


def holders(connection: Connection, wanted: Hashes) -> tuple[list[int], list[str]]:
    """Those that live and hold these keys: (key, id) in two columns."""
    query = _HOLDERS if len(wanted) < _MANY else _HOLDERS_OF_MANY
    rows = connection.execute(query, {"keys": array_text(wanted.tolist())}).all()
    return [row.key for row in rows], [row.id for row in rows]


def counts(connection: Connection, keys: Hashes, but: Sequence[str]) -> Hashes:
    """How many contacts have changed and hold each of these keys (rising), but for some of them."""
    query = _COUNTS if len(keys) < _MANY else _COUNTS_OF_MANY
    rows = connection.execute(query, {"keys": array_text(keys.tolist()), "but": array_text(but)}).all()
    counts = np.zeros(len(keys), dtype=np.int64)
    counts[np.searchsorted(keys, [row.key for row in rows])] = [row.contacts for row in rows]
    return counts


_ALIVE = """
      JOIN dedupe.source_contacts s ON s.id = c.source_contact_id AND s.gone_at IS NULL
      JOIN dedupe.contacts n ON n.source_contact_id = s.id"""
_HOLDERS = text(f"""
    SELECT c.source_contact_id::text AS id, wanted AS key
      FROM unnest(CAST(:keys AS bigint[])) wanted
      JOIN dedupe.match_index_changes c ON c.keys @> ARRAY[wanted] {_ALIVE}""")
_HOLDERS_OF_MANY = text(f"""
    SELECT c.source_contact_id::text AS id, c.key
      FROM (SELECT source_contact_id, unnest(keys) AS key FROM dedupe.match_index_changes) c
      JOIN (SELECT unnest(CAST(:keys AS bigint[])) AS key) wanted ON wanted.key = c.key {_ALIVE}""")
_COUNTS = text("""
    SELECT wanted AS key, count(*) AS contacts
      FROM unnest(CAST(:keys AS bigint[])) wanted
      JOIN dedupe.match_index_changes c ON c.keys @> ARRAY[wanted]
     WHERE NOT EXISTS (SELECT FROM unnest(CAST(:but AS uuid[])) b WHERE b = c.source_contact_id)
     GROUP BY wanted""")
_COUNTS_OF_MANY = text("""
    SELECT c.key, count(*) AS contacts
      FROM (SELECT unnest(keys) AS key FROM dedupe.match_index_changes m
             WHERE NOT EXISTS (SELECT FROM unnest(CAST(:but AS uuid[])) b
                                WHERE b = m.source_contact_id)) c
      JOIN (SELECT unnest(CAST(:keys AS bigint[])) AS key) wanted ON wanted.key = c.key GROUP BY c.key""")
