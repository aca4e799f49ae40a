"""Every row that tells of a person, table by table, for the answer to an access request.

Which tables those are follows from the metadata: one that names a source contact or a golden contact is read
whole, with whatever columns it has; others say here how they are found, or why they hold nothing of a single
person. A test holds that every column that is marked as personal is reached by one of these ways.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, RowMapping, Table, text

from dedupe.storage.erasures import REPLACED_NAMES
from dedupe.storage.tables import SCHEMA, metadata


@dataclass(frozen=True)
class PersonIds:
    """What a person is known by here. `golden_ids`: those that their source contacts are or were part of;
    `emails` and `phones` as match keys and values."""

    source_contacts: Collection[UUID]
    golden_ids: Collection[UUID]
    emails: Collection[str]
    phones: Collection[str]


OF_NOBODY = {
    "api_tokens": "names of those who use the API",
    "audits": "who drew an audit",
    "erasure_acknowledgements": "names of recipients, and of who noted that they erased",
    "erasure_certificates": "counts and keyed hashes, and by whom an erasure was made",
    "idempotency_keys": "who sent a request to the API",
    "match_context": "how often values occur among all contacts, as hashes",
    "review_claims": "who is at work on a question",
    "review_skips": "who put a question off",
    "sign_ins": "who signed in, and from where",
    "review_views": "whose view of the queue it is, and its name",
}
"""Tables with personal columns that hold nothing of a single contact, and what they hold instead."""
OTHERWISE = {
    "quarantine": "searched by what stands in it",
    "match_index_keys": "as match_keys",
    "match_index_contacts": "as match_keys",
}
"""Tables whose rows are read otherwise, and how."""

_ANY_MEMBER = "t.left_members && CAST(:ids AS uuid[]) OR t.right_members && CAST(:ids AS uuid[])"
_BY_CONTACT = "t.source_contact_id = ANY(:ids)"
_HOW = {
    "source_contacts": "t.id = ANY(:ids)",
    "golden_contacts": f"""
        t.id IN (SELECT golden_id FROM {SCHEMA}.source_links WHERE source_contact_id = ANY(:ids))""",
    "golden_emails": "t.source_contact_ids && CAST(:ids AS uuid[])",
    "golden_phones": "t.source_contact_ids && CAST(:ids AS uuid[])",
    "golden_versions": "t.members && CAST(:ids AS uuid[])",
    "golden_events": "t.members_before && CAST(:ids AS uuid[]) OR t.members_after && CAST(:ids AS uuid[])",
    "golden_ids": "t.id = ANY(:golden) OR t.id = ANY(:ids)",
    "golden_heirs": "t.id = ANY(:ids)",
    "decisions": f"""
        t.id IN (SELECT decision_id FROM {SCHEMA}.decision_members WHERE source_contact_id = ANY(:ids))
        OR t.subject = 'value' AND (t.field = 'email' AND t.value = ANY(:emails)
                                    OR t.field = 'phone' AND t.value = ANY(:phones))""",
    "audit_samples": _ANY_MEMBER,
    "review_candidates": _ANY_MEMBER,
    "review_facets": f"""
        t.candidate_id IN (SELECT r.id FROM {SCHEMA}.review_candidates r
                            WHERE r.left_members && CAST(:ids AS uuid[])
                               OR r.right_members && CAST(:ids AS uuid[]))""",
    "review_opinions": "t.members && CAST(:ids AS uuid[])",
    "links": "t.left_contact = ANY(:ids) OR t.right_contact = ANY(:ids)",
    "replaced_rows": f"t.about <> 'golden_heirs' AND {REPLACED_NAMES}",
    "rollbacks": "t.contacts && CAST(:ids AS uuid[])",
    "access_log": "t.golden_ids && CAST(:golden AS uuid[])",
    "sync_pages": f"""
        EXISTS (SELECT FROM {SCHEMA}.sync_runs r JOIN {SCHEMA}.source_contacts c ON c.source_id = r.source_id
                 WHERE r.id = t.sync_run_id AND c.id = ANY(:ids) AND c.external_id = ANY(t.external_ids))""",
}


def reached() -> list[Table]:
    """The tables whose rows tell of a person."""
    return [table for table in metadata.sorted_tables if _condition(table) is not None]


def unreached() -> set[str]:
    """Personal columns that no answer to an access request would hold: there must be none."""
    known = {table.name for table in reached()} | OF_NOBODY.keys() | OTHERWISE.keys()
    return {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.columns
        if column.info.get("personal") and table.name not in known
    }


def rows(connection: Connection, table: Table, person: PersonIds) -> Iterator[str]:
    """The rows of a table that tell of a person, each as a JSON object of all its columns."""
    order = ", ".join(f't."{column.name}"' for column in table.primary_key.columns) or "1"
    query = f"SELECT CAST(to_json(t) AS text) FROM {SCHEMA}.{table.name} t WHERE {_condition(table)}"
    yield from connection.execute(text(f"{query} ORDER BY {order}"), _known(person)).scalars()


def golden_ids_of(connection: Connection, source_contacts: Collection[UUID]) -> list[UUID]:
    """The golden contacts that source contacts are part of, or were as far as that is kept."""
    return list(connection.execute(_GOLDEN_IDS, {"ids": list(source_contacts)}).scalars())


def members_of(connection: Connection, golden_ids: Collection[UUID]) -> list[RowMapping]:
    """The source contacts of golden contacts that are served, and why they are there: source_contact_id,
    golden_id, cause, weight (in 1/1024 bit)."""
    return list(connection.execute(_MEMBERS, {"ids": list(golden_ids)}).mappings())


def linked(connection: Connection, source_contacts: Collection[UUID]) -> dict[UUID, UUID]:
    """The golden contact of each of these source contacts that is part of one."""
    found = connection.execute(_LINKED, {"ids": list(source_contacts)})
    return {row.source_contact_id: row.golden_id for row in found}


def named(connection: Connection, source_contacts: Collection[UUID]) -> list[RowMapping]:
    """id, source, provider, external_id, gone_at and doubtful (whether a question about it waits) of source
    contacts, by source and external id."""
    return list(connection.execute(_NAMED, {"ids": list(source_contacts)}).mappings())


def others_in_decisions(connection: Connection, source_contacts: Collection[UUID]) -> dict[str, int]:
    """How many other source contacts each decision about these names; none of those that name no other."""
    found = connection.execute(_OTHERS, {"ids": list(source_contacts)})
    return {str(row.decision_id): row.others for row in found}


def whole_exports(connection: Connection, since: datetime) -> list[RowMapping]:
    """Exports of everybody since a moment: who, action, occurred_at."""
    return list(connection.execute(_EXPORTS, {"since": since}).mappings())


def told(connection: Connection, person: PersonIds) -> list[RowMapping]:
    """Of each webhook: webhook, events (that name the person and that it has had, at most), waiting, dead,
    began_at, last_delivered_at."""
    return list(connection.execute(_TOLD, _known(person)).mappings())


def _condition(table: Table) -> str | None:
    if table.name in OF_NOBODY or table.name in OTHERWISE:
        return None
    if table.name in _HOW:
        return _HOW[table.name]
    if "source_contact_id" in table.columns:
        return _BY_CONTACT
    return "t.golden_id = ANY(:golden)" if "golden_id" in table.columns else None


def _known(person: PersonIds) -> dict[str, Any]:
    return {
        "ids": list(person.source_contacts),
        "golden": list(person.golden_ids),
        "emails": list(person.emails),
        "phones": list(person.phones),
    }


_GOLDEN_IDS = text(f"""
    SELECT golden_id FROM {SCHEMA}.source_links WHERE source_contact_id = ANY(:ids)
    UNION SELECT golden_id FROM {SCHEMA}.golden_versions WHERE members && CAST(:ids AS uuid[])
    UNION SELECT golden_id FROM {SCHEMA}.golden_events
           WHERE members_before && CAST(:ids AS uuid[]) OR members_after && CAST(:ids AS uuid[])
    ORDER BY 1""")
_MEMBERS = text(f"""
    SELECT source_contact_id, golden_id, cause, weight FROM {SCHEMA}.source_links
     WHERE golden_id = ANY(:ids) ORDER BY source_contact_id""")
_LINKED = text(f"""
    SELECT source_contact_id, golden_id FROM {SCHEMA}.source_links WHERE source_contact_id = ANY(:ids)""")
_NAMED = text(f"""
    SELECT c.id, s.name AS source, s.provider, c.external_id, c.gone_at,
           EXISTS (SELECT FROM {SCHEMA}.review_candidates r
                    WHERE r.left_members @> ARRAY[c.id] OR r.right_members @> ARRAY[c.id]) AS doubtful
      FROM {SCHEMA}.source_contacts c JOIN {SCHEMA}.sources s ON s.id = c.source_id
     WHERE c.id = ANY(:ids) ORDER BY s.name, c.external_id""")
_OTHERS = text(f"""
    SELECT decision_id, count(*) FILTER (WHERE NOT source_contact_id = ANY(:ids)) AS others
      FROM {SCHEMA}.decision_members
     WHERE decision_id IN (SELECT decision_id FROM {SCHEMA}.decision_members
                            WHERE source_contact_id = ANY(:ids))
     GROUP BY 1 HAVING count(*) FILTER (WHERE NOT source_contact_id = ANY(:ids)) > 0""")
_EXPORTS = text(f"""
    SELECT who, action, occurred_at FROM {SCHEMA}.access_log
     WHERE golden_ids = '{{}}' AND action LIKE 'export %' AND occurred_at >= :since ORDER BY occurred_at""")
_TOLD = text(f"""
    WITH mine AS (
        SELECT position FROM {SCHEMA}.golden_events
         WHERE members_before && CAST(:ids AS uuid[]) OR members_after && CAST(:ids AS uuid[]))
    SELECT s.name AS webhook, s.began_at, s.last_delivered_at,
           (SELECT count(*) FROM mine WHERE mine.position <= s.position) - u.waiting - u.dead AS events,
           u.waiting, u.dead
      FROM {SCHEMA}.subscriptions s,
           LATERAL (SELECT count(*) FILTER (WHERE state = 'waiting') AS waiting,
                           count(*) FILTER (WHERE state = 'dead') AS dead
                      FROM {SCHEMA}.undelivered_events f JOIN mine USING (position)
                     WHERE f.subscription = s.name) u
     ORDER BY s.name""")
