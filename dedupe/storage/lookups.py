"""Golden contacts, whole, by what people and programs know of them, in one query each.

That query writes the access log as well (ids only), so that nobody sees a golden contact without an entry in
it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from dedupe.arrays.units import BIT
from dedupe.storage.access_log import Visitor
from dedupe.storage.golden_contacts import (
    FIELDS,
    Email,
    Event,
    FieldValue,
    GoldenContact,
    Hit,
    Identifier,
    Phone,
    SourceLink,
)


def by_email(connection: Connection, visitor: Visitor, value: str, key: str) -> list[Hit]:
    return _hits(connection, visitor, _BY_EMAIL, {"value": value, "key": key})


def by_phone(connection: Connection, visitor: Visitor, value: str, key: str) -> list[Hit]:
    return _hits(connection, visitor, _BY_PHONE, {"value": value, "key": key})


def phone_key(connection: Connection, value: str) -> str | None:
    """The match key of a stored phone whose value is exactly this; None where there is none."""
    return connection.execute(_PHONE_KEY, {"value": value}).scalar()


def by_source_contact(connection: Connection, visitor: Visitor, source: str, external_id: str) -> list[Hit]:
    return _hits(connection, visitor, _BY_SOURCE_CONTACT, {"source": source, "external_id": external_id})


def by_ids(connection: Connection, visitor: Visitor, ids: Sequence[UUID]) -> list[Hit]:
    """Those of the golden contacts that are served now."""
    return _hits(connection, visitor, _BY_IDS, {"ids": list(ids)})


def was_published(connection: Connection, golden_id: UUID) -> bool:
    return bool(connection.execute(_WAS_PUBLISHED, {"id": golden_id}).scalar())


def first_published(connection: Connection, golden_id: UUID) -> datetime | None:
    """When an id was first served; None of one that never was."""
    return connection.execute(_FIRST_PUBLISHED, {"id": golden_id}).scalar()


def retired_at(connection: Connection, golden_id: UUID) -> datetime | None:
    """Since when an id is served no longer; None of one that is, or never was."""
    return connection.execute(_RETIRED_AT, {"id": golden_id}).scalar()


def leads_to(connection: Connection, golden_id: UUID) -> list[UUID]:
    """The served ids that a retired id leads to, over any number of merges and splits."""
    return list(connection.execute(_LEADS_TO, {"id": golden_id}).scalars())


def golden_id_of(connection: Connection, source_contact_id: UUID) -> UUID | None:
    return connection.execute(_GOLDEN_ID_OF, {"id": source_contact_id}).scalar()


def source_contact_id(connection: Connection, named: str) -> UUID | None:
    """The id of a source contact named `source:external id`, or by the id itself."""
    source, _, external_id = named.partition(":")
    found = connection.execute(_BY_KEY, {"source": source, "external_id": external_id}).scalar()
    with contextlib.suppress(ValueError):
        return found or connection.execute(_BY_SEED, {"id": UUID(named)}).scalar()
    return found


def every_link(connection: Connection) -> list[tuple[str, str, UUID]]:
    """Source, external id and golden id of every served source contact."""
    rows = connection.execute(text("SELECT source, external_id, golden_id FROM dedupe_v1.source_links"))
    return [(row.source, row.external_id, row.golden_id) for row in rows]


def is_source(connection: Connection, name: str) -> bool:
    return bool(connection.execute(_IS_SOURCE, {"name": name}).scalar())


def history(connection: Connection, golden_id: UUID) -> list[Event]:
    """All events of the id, and of other ids that concern it, oldest first."""
    return [Event(**row) for row in connection.execute(_HISTORY, {"id": golden_id}).mappings()]


def events_after(connection: Connection, position: int, limit: int | None = None) -> list[Event]:
    rows = connection.execute(_EVENTS_AFTER, {"position": position, "limit": limit}).mappings()
    return [Event(**row) for row in rows]


def _hits(
    connection: Connection, visitor: Visitor, query: TextClause, parameters: Mapping[str, Any]
) -> list[Hit]:
    known = {**parameters, "who": visitor.who, "door": visitor.door}
    return [Hit(row.by, contact_of(row._asdict())) for row in connection.execute(query, known)]


def contact_of(content: Mapping[str, Any]) -> GoldenContact:
    """A golden contact from its row and lists: golden, emails, phones, source_links."""
    golden: Mapping[str, Any] = content["golden"]
    provenance: Mapping[str, str] = golden["provenance"]
    return GoldenContact(
        id=UUID(golden["id"]),
        kind=golden["kind"],
        fields={
            field: FieldValue(golden[field], _uuid(provenance.get(field)))
            for field in FIELDS
            if golden[field] is not None
        },
        emails=[Email(**_with_sources(item)) for item in content["emails"]],
        phones=[Phone(**_with_sources(item)) for item in content["phones"]],
        identifiers=[Identifier(**_with_sources(item)) for item in golden["identifiers"]],
        blocked=golden["blocked"],
        preferences=golden["preferences"],
        source_links=[_source_link(item) for item in content["source_links"]],
        run_id=UUID(golden["run_id"]),
        changed_at=datetime.fromisoformat(golden["changed_at"]),
    )


def _with_sources(item: dict[str, Any]) -> dict[str, Any]:
    return item | {"source_contacts": [UUID(source) for source in item["source_contacts"]]}


def _source_link(item: dict[str, Any]) -> SourceLink:
    weight = item["weight"]
    return SourceLink(
        source_contact=UUID(item["source_contact"]),
        source=item["source"],
        provider=item["provider"],
        external_id=item["external_id"],
        cause=item["cause"],
        weight=None if weight is None else weight / BIT,
        run_id=UUID(item["run_id"]),
        linked_at=datetime.fromisoformat(item["linked_at"]),
    )


def _uuid(value: str | None) -> UUID | None:
    return UUID(value) if value else None


_EMAILS = """
      (SELECT coalesce(json_agg(json_build_object('value', e.value, 'attested', e.attested,
                'marks', e.marks, 'source_contacts', e.source_contact_ids) ORDER BY e.position), '[]')
         FROM dedupe.golden_emails e WHERE e.golden_id = g.id)"""
_PHONES = """
      (SELECT coalesce(json_agg(json_build_object('value', p.value, 'extension', p.extension,
                'type', p.type, 'region', p.region, 'attested', p.attested,
                'marks', p.marks, 'source_contacts', p.source_contact_ids) ORDER BY p.position), '[]')
         FROM dedupe.golden_phones p WHERE p.golden_id = g.id)"""
_SOURCE_LINKS = """
      (SELECT coalesce(json_agg(json_build_object('source_contact', c.id, 'source', s.name,
                'provider', s.provider, 'external_id', c.external_id, 'cause', l.cause,
                'weight', l.weight, 'run_id', l.run_id, 'linked_at', l.linked_at)
                ORDER BY s.name, c.external_id), '[]')
         FROM dedupe.source_links l
         JOIN dedupe.source_contacts c ON c.id = l.source_contact_id
         JOIN dedupe.sources s ON s.id = c.source_id
        WHERE l.golden_id = g.id)"""
LISTS_OF_GOLDEN = f"'emails', {_EMAILS}, 'phones', {_PHONES}, 'source_links', {_SOURCE_LINKS}"
"""The lists of the golden contact `g` as names and values, for SQL that builds a JSON object."""

# The access log's line goes with the query: one way to the server and back. The line isn't worth waiting for
# the disk; a crash may lose those of the last moment. A golden contact comes as one value, since each column
# of an answer costs the driver more than its text costs the reader of JSON.
_WHOLE = f"""
    , logged AS (
      INSERT INTO dedupe.access_log (who, door, action, golden_ids, occurred_at)
      SELECT :who, :door, 'lookup', coalesce((SELECT array_agg(golden_id) FROM hit), '{{}}'),
             clock_timestamp()
       WHERE set_config('synchronous_commit', 'off', true) = 'off')
    SELECT hit.by, to_json(g) AS golden,
      {_EMAILS} AS emails, {_PHONES} AS phones, {_SOURCE_LINKS} AS source_links
    FROM hit JOIN dedupe.golden_contacts g ON g.id = hit.golden_id
    ORDER BY hit.by DESC, g.id"""  # "value" before "key"


def _by_value(table: str) -> TextClause:
    # Two index scans: an OR over two columns leaves the planner to guess.
    return text(f"""
        WITH hit AS (
          SELECT golden_id, max(by) AS by FROM (
            SELECT golden_id, 'value' AS by FROM dedupe.{table} WHERE value = :value
            UNION ALL
            SELECT golden_id, 'key' AS by FROM dedupe.{table} WHERE key = :key
          ) found GROUP BY golden_id)
        {_WHOLE}""")


_BY_EMAIL = _by_value("golden_emails")
_BY_PHONE = _by_value("golden_phones")
_PHONE_KEY = text("SELECT key FROM dedupe.golden_phones WHERE value = :value LIMIT 1")
_BY_SOURCE_CONTACT = text(f"""
    WITH hit AS (
      SELECT l.golden_id, 'source_contact' AS by
        FROM dedupe.sources s
        JOIN dedupe.source_contacts c ON c.source_id = s.id
        JOIN dedupe.source_links l ON l.source_contact_id = c.id
       WHERE s.name = :source AND c.external_id = :external_id)
    {_WHOLE}""")
_BY_IDS = text(f"WITH hit AS (SELECT unnest(CAST(:ids AS uuid[])) AS golden_id, 'id' AS by) {_WHOLE}")
_WAS_PUBLISHED = text("SELECT EXISTS (SELECT FROM dedupe.golden_ids WHERE id = :id)")
_FIRST_PUBLISHED = text("SELECT published_at FROM dedupe.golden_ids WHERE id = :id")
_RETIRED_AT = text("SELECT retired_at FROM dedupe.golden_ids WHERE id = :id")
_LEADS_TO = text("""
    WITH RECURSIVE walk(id) AS (
      SELECT CAST(:id AS uuid)
      UNION
      SELECT unnest(i.successors) FROM walk JOIN dedupe.golden_ids i ON i.id = walk.id
       WHERE NOT EXISTS (SELECT FROM dedupe.golden_contacts g WHERE g.id = walk.id))
    SELECT id FROM walk
     WHERE EXISTS (SELECT FROM dedupe.golden_contacts g WHERE g.id = walk.id) ORDER BY id""")
_GOLDEN_ID_OF = text("SELECT golden_id FROM dedupe.source_links WHERE source_contact_id = :id")
_BY_KEY = text("""
    SELECT c.id FROM dedupe.source_contacts c JOIN dedupe.sources s ON s.id = c.source_id
     WHERE s.name = :source AND c.external_id = :external_id""")
_BY_SEED = text("SELECT id FROM dedupe.source_contacts WHERE id = :id")
_IS_SOURCE = text("SELECT EXISTS (SELECT FROM dedupe.sources WHERE name = :name)")
_EVENT = """
    SELECT position, golden_id, kind, cause, run_id, members_before, members_after, related, occurred_at,
           decision_id, because
      FROM dedupe.golden_events"""
_HISTORY = text(f"{_EVENT} WHERE golden_id = :id OR related @> ARRAY[CAST(:id AS uuid)] ORDER BY position")
_EVENTS_AFTER = text(f"{_EVENT} WHERE position > :position ORDER BY position LIMIT :limit")
