"""The suppression list (keyed hashes of what was erased on a person's demand), and the erasure of stored
data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, TextClause, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import ARRAY, insert

from dedupe.storage import sync_erasure, tombstones, writebacks
from dedupe.storage.tables import SCHEMA, erasures

BECAUSE = "erased"


class Erasure(NamedTuple):
    """An entry of the suppression list; `kind` is email, phone, source_contact, or key (a hash by which one
    key is told from another)."""

    kind: str
    keyed_hash: bytes


class ErasableContact(NamedTuple):
    """A stored source contact that is to be erased."""

    id: UUID
    source_id: UUID
    external_id: str


def every(connection: Connection) -> frozenset[Erasure]:
    rows = connection.execute(select(erasures.c.kind, erasures.c.keyed_hash))
    return frozenset(Erasure(row.kind, bytes(row.keyed_hash)) for row in rows)


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(erasures)).scalar_one()


def add(connection: Connection, made: Collection[Erasure], at: datetime) -> None:
    """Add entries to the suppression list; those that are in it already stay as they are."""
    rows = [
        {"id": uuids.uuid7(), "kind": one.kind, "keyed_hash": one.keyed_hash, "erased_at": at}
        for one in sorted(made)
    ]
    if rows:
        connection.execute(insert(erasures).on_conflict_do_nothing(), rows)


def by_external_id(connection: Connection, source: str, external_id: str) -> list[ErasableContact]:
    query = text(f"""
        SELECT c.id, c.source_id, c.external_id FROM {SCHEMA}.source_contacts c
        JOIN {SCHEMA}.sources s ON s.id = c.source_id
        WHERE s.name = :source AND c.external_id = :external_id""")
    rows = connection.execute(query, {"source": source, "external_id": external_id})
    return [ErasableContact(row.id, row.source_id, row.external_id) for row in rows]


def by_value(connection: Connection, field: str, values: Collection[str]) -> list[ErasableContact]:
    """Live contacts with one of the `values` as a value or first match key of their emails or phones."""
    query = text(f"""
        SELECT DISTINCT c.id, c.source_id, c.external_id FROM {SCHEMA}.contacts n
        JOIN {SCHEMA}.source_contacts c ON c.id = n.source_contact_id,
        LATERAL json_array_elements(n.content -> CAST(:field AS text)) AS item
        WHERE n.content -> CAST(:field AS text) IS NOT NULL
          AND (item ->> 'value' = ANY(:values) OR item -> 'keys' ->> 0 = ANY(:values))""")
    rows = connection.execute(query, {"field": field, "values": list(values)})
    return [ErasableContact(row.id, row.source_id, row.external_id) for row in rows]


def erase(connection: Connection, found: Mapping[ErasableContact, str], at: datetime) -> Counter[str]:
    """Erase the raw payloads, normalized contact and external id of each contact, what golden contacts showed
    with it before, and what sync runs and people wrote down about it.

    Sync pages keep the given mask in place of the external id. The seed stays as a tombstone, so golden ids
    don't change. What is served isn't touched. Where a golden id of ours stands at the provider, the external
    id is kept until it is cleared there (`writebacks`). Gives the rows by table.
    """
    tombstones.hold_off_raw(connection)
    tombstones.announce_tombstones(connection)
    ids, rows = {"ids": [one.id for one in found]}, Counter[str]()
    for table in ("contacts", "source_contact_versions"):
        of_them = _of(f"DELETE FROM {SCHEMA}.{table} WHERE source_contact_id = ANY(:ids)")
        rows[table] += connection.execute(of_them, ids).rowcount
    for one, mask in found.items():
        rows["sync_pages"] += sync_erasure.forget(connection, one.source_id, one.external_id, mask)
    rows["source_contacts"] += connection.execute(
        _of(_TOMBSTONED), {**ids, "at": at, "because": BECAUSE}
    ).rowcount
    connection.execute(_of(_CONTENTS), ids)
    connection.execute(_of(_FACETS), ids)
    for table, statement in _WRITTEN_DOWN:
        rows[table] += connection.execute(_of(statement), ids).rowcount
    writebacks.keep_erased(connection, {one.id: one.external_id for one in found})
    return rows


def erased_among(connection: Connection, ids: Collection[str]) -> list[str]:
    """Those of these source contacts that were erased."""
    erased = text(f"""
        SELECT id::text FROM {SCHEMA}.source_contacts
        WHERE id = ANY(CAST(:ids AS uuid[])) AND gone_because = '{BECAUSE}'""")
    return list(connection.execute(erased, {"ids": list(ids)}).scalars())


def erase_versions(connection: Connection, ids: Collection[int]) -> int:
    """Erase payload versions of contacts that stay; gives their number."""
    gone = text(f"DELETE FROM {SCHEMA}.source_contact_versions WHERE id = ANY(:ids)")
    return connection.execute(gone, {"ids": list(ids)}).rowcount


def erase_history(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """Erase what golden contacts showed while one of these source contacts was part of them; gives the golden
    id of each version."""
    return list(connection.execute(_of(_HISTORY), {"ids": list(source_contacts)}).scalars())


def erase_replaced(connection: Connection, source_contacts: Collection[UUID]) -> int:
    """Erase the links and review candidates with these source contacts that runs replaced; gives their
    number. Who carries on their seeds stays, as it does where it is served."""
    if not source_contacts:
        return 0
    return connection.execute(_of(_REPLACED), {"ids": list(source_contacts)}).rowcount


def erase_history_with(connection: Connection, field: str, values: Collection[str]) -> list[UUID]:
    """Erase what golden contacts showed while one of the `values` was a value or match key of their emails or
    phones, and what was read of questions that held one; gives the golden id of each version."""
    held = {"words": [one.lower() for one in values], "shared": [f"{field[:-1]} {one}" for one in values]}
    connection.execute(_FACETS_WITH, held)
    rows = connection.execute(_HISTORY_WITH, {"field": field, "values": list(values)})
    return list(rows.scalars())


def shown_with(connection: Connection, field: str, values: Collection[str]) -> list[UUID]:
    """The members of golden contacts that are served with one of the `values` as a value or match key of
    their emails or phones."""
    query = text(f"""
        SELECT l.source_contact_id FROM {SCHEMA}.source_links l WHERE l.golden_id IN (
            SELECT golden_id FROM {SCHEMA}.golden_{field} WHERE value = ANY(:values)
            UNION SELECT golden_id FROM {SCHEMA}.golden_{field} WHERE key = ANY(:values))""")
    return list(connection.execute(query, {"values": list(values)}).scalars())


def decisions_kept(connection: Connection, source_contacts: Collection[UUID]) -> int:
    """How many decisions still name one of these source contacts."""
    return int(connection.execute(_of(_NAMING), {"ids": list(source_contacts)}).scalar_one())


def erase_decisions(connection: Connection, field: str, values: Collection[str]) -> int:
    """Erase the decisions about values that must not be stored any more; gives their number."""
    gone = text(f"""
        DELETE FROM {SCHEMA}.decisions
        WHERE value = ANY(:values) AND (subject = 'field' OR subject = 'value' AND field = :field)""")
    return connection.execute(gone, {"field": field, "values": list(values)}).rowcount


def clear_quarantined(connection: Connection, ids: Collection[int]) -> None:
    """Empty the content of quarantined rows; the rows stay as a record that something was quarantined."""
    emptied = text(f"UPDATE {SCHEMA}.quarantine SET content = '' WHERE id = ANY(:ids)")
    connection.execute(emptied, {"ids": list(ids)})


def hold_off_new_sources(connection: Connection) -> None:
    """Keep sources from being added until the end of the transaction: a new one would not know of the
    erasure."""
    connection.exec_driver_sql(f"LOCK TABLE {SCHEMA}.sources IN SHARE ROW EXCLUSIVE MODE")


def _of(statement: str) -> TextClause:
    return text(statement).bindparams(bindparam("ids", type_=ARRAY(Uuid)))


def purge_quarantine(connection: Connection, before: datetime) -> int:
    """Delete what was quarantined before that moment; gives the number of rows."""
    old = text(f"DELETE FROM {SCHEMA}.quarantine WHERE observed_at < :before")
    return connection.execute(old, {"before": before}).rowcount


def purge_tombstoned(connection: Connection, before: datetime) -> int:
    """Delete the raw payloads of contacts that have had a tombstone since before that moment and that no
    normalized contact is made from any more, and what golden contacts showed with them; gives the number of
    contacts."""
    tombstones.hold_off_raw(connection)
    query = text(f"""
        WITH dropped AS (
            DELETE FROM {SCHEMA}.source_contact_versions v USING {SCHEMA}.source_contacts c
            WHERE c.id = v.source_contact_id AND c.gone_at < :before
              AND NOT EXISTS (SELECT FROM {SCHEMA}.contacts n WHERE n.source_contact_id = c.id)
            RETURNING v.source_contact_id)
        SELECT DISTINCT source_contact_id FROM dropped""")
    purged = list(connection.execute(query, {"before": before}).scalars())
    erase_history(connection, purged)
    return len(purged)


_TOMBSTONED = f"""
    UPDATE {SCHEMA}.source_contacts
    SET gone_at = coalesce(gone_at, :at), gone_because = :because, external_id = 'erased:' || id
    WHERE id = ANY(:ids)"""
_TOUCHING = f"(SELECT decision_id FROM {SCHEMA}.decision_members WHERE source_contact_id = ANY(:ids))"
_NAMING = f"""
    SELECT count(DISTINCT decision_id) FROM {SCHEMA}.decision_members WHERE source_contact_id = ANY(:ids)"""
_NOTES = f"""
    UPDATE {SCHEMA}.decisions
    SET note = '', revoked_note = CASE WHEN revoked_note IS NOT NULL THEN '' END
    WHERE id IN {_TOUCHING} AND (note <> '' OR revoked_note <> '')"""
_CONTENTS = f"""
    UPDATE {SCHEMA}.decisions
    SET evidence = jsonb_set(CAST(evidence AS jsonb), '{{contents}}',
                             CAST(evidence -> 'contents' AS jsonb) - CAST(CAST(:ids AS uuid[]) AS text[]))
    WHERE id IN {_TOUCHING} AND evidence -> 'contents' IS NOT NULL"""
_IDENTITIES = f"""
    UPDATE {SCHEMA}.decision_members SET identity_hash = NULL
    WHERE source_contact_id = ANY(:ids) AND identity_hash IS NOT NULL"""
_DECISIONS_OF_NOBODY = f"""
    DELETE FROM {SCHEMA}.decisions d
    WHERE subject <> 'contacts' AND id IN {_TOUCHING} AND NOT EXISTS (
        SELECT FROM {SCHEMA}.decision_members m JOIN {SCHEMA}.source_contacts c ON c.id = m.source_contact_id
        WHERE m.decision_id = d.id AND c.gone_because IS DISTINCT FROM '{BECAUSE}')"""
# By one scan of the index for each contact: a night may purge many, and `&&` compares each with each member.
_HISTORY = f"""
    DELETE FROM {SCHEMA}.golden_versions WHERE (golden_id, shown_until) IN (
        SELECT v.golden_id, v.shown_until FROM unnest(CAST(:ids AS uuid[])) AS one(id)
        JOIN {SCHEMA}.golden_versions v ON v.members @> ARRAY[one.id])
    RETURNING golden_id"""
_HISTORY_WITH = text(f"""
    DELETE FROM {SCHEMA}.golden_versions
    WHERE EXISTS (SELECT FROM json_array_elements(content -> CAST(:field AS text)) AS item
                  WHERE item ->> 'value' = ANY(:values))
       OR EXISTS (SELECT FROM json_array_elements_text(content -> 'keys' -> CAST(:field AS text)) AS key
                  WHERE key = ANY(:values))
    RETURNING golden_id""")
# Of questions whose candidates stay: what they are narrowed by is read again when it is asked for.
_FACETS = f"""
    DELETE FROM {SCHEMA}.review_facets f USING {SCHEMA}.review_candidates c
     WHERE c.id = f.candidate_id AND (c.left_members && :ids OR c.right_members && :ids)"""
_FACETS_WITH = text(f"""
    DELETE FROM {SCHEMA}.review_facets
     WHERE shared_values && CAST(:shared AS text[])
        OR EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS one(word)
                    WHERE strpos(words, one.word) > 0)""")
_AUDITED = f"""
    UPDATE {SCHEMA}.audit_samples SET note = ''
    WHERE (left_members && :ids OR right_members && :ids) AND note <> ''"""
_OPINIONS = f"""
    UPDATE {SCHEMA}.review_opinions SET note = '' WHERE members && CAST(:ids AS uuid[]) AND note <> ''"""
_ROLLED_BACK = f"""
    UPDATE {SCHEMA}.rollbacks SET note = '' WHERE contacts && CAST(:ids AS uuid[]) AND note <> ''"""
# Few ids are looked for in the text first, which takes an eighth of the time of reading it as JSON.
REPLACED_NAMES = """
    (cardinality(CAST(:ids AS uuid[])) > 20
     OR EXISTS (SELECT FROM unnest(CAST(:ids AS uuid[])) AS one(id)
                 WHERE strpos(CAST(t.content AS text), CAST(one.id AS text)) > 0))
    AND ARRAY[t.content ->> 'left_contact', t.content ->> 'right_contact']
        || ARRAY(SELECT json_array_elements_text(t.content -> 'left_members'))
        || ARRAY(SELECT json_array_elements_text(t.content -> 'right_members'))
        && CAST(CAST(:ids AS uuid[]) AS text[])"""
"""Whether a row `t` of replaced_rows, a link or a review candidate, names one of these source contacts."""
_REPLACED = f"DELETE FROM {SCHEMA}.replaced_rows t WHERE t.about <> 'golden_heirs' AND {REPLACED_NAMES}"
_WRITTEN_DOWN = (
    ("decisions", _NOTES),
    ("decision_members", _IDENTITIES),
    ("decisions", _DECISIONS_OF_NOBODY),
    ("audit_samples", _AUDITED),
    ("review_opinions", _OPINIONS),
    ("rollbacks", _ROLLED_BACK),
    ("golden_versions", _HISTORY),
)
