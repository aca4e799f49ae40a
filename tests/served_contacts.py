"""What the doors show, put straight into the tables: golden contacts and their source contacts."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection, insert, select

from dedupe.storage import tables

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
RUN = UUID("01900000-0000-7000-8000-00000000feed")
_SPACE = UUID("6a5c8a52-93a4-4c1c-a0c4-3c0d5d6f4f10")


def seed(key: str) -> UUID:
    """The seed of the source contact `crm:1`; golden ids are seeds too."""
    return uuid5(_SPACE, key)


@dataclass
class Golden:
    """A golden contact to be: `members` are keys such as `crm:1`, the first one's seed is its id."""

    members: list[str]
    name: str | None = "Ada Lovelace"
    emails: list[str | tuple[str, str]] = field(default_factory=list)  # value, or value and match key
    phones: list[str | tuple[str, str]] = field(default_factory=list)
    blocked: bool = False
    preferences: dict[str, bool] = field(default_factory=dict)

    @property
    def id(self) -> UUID:
        return seed(self.members[0])


def source_contact(
    connection: Connection, key: str, content: dict[str, Any] | None = None, identity: bytes | None = None
) -> UUID:
    """A live source contact, with its normalized content if given."""
    source, _, external_id = key.partition(":")
    known = connection.execute(select(tables.sources.c.id).where(tables.sources.c.name == source)).scalar()
    source_id = known or uuid5(_SPACE, f"source {source}")
    if known is None:
        row = {"id": source_id, "name": source, "provider": "file", "created_at": NOW}
        connection.execute(insert(tables.sources), row)
    row = {"id": seed(key), "source_id": source_id, "external_id": external_id, "first_seen_at": NOW}
    connection.execute(insert(tables.source_contacts), row)
    if content is not None:
        row = {
            "source_contact_id": seed(key),
            "version_id": 1,
            "kind": "person",
            "content": content,
            "identity_hash": identity or json.dumps(content, sort_keys=True).encode(),
            "reader_version": "1",
            "normalizer_version": "1",
        }
        connection.execute(insert(tables.contacts), row)
    return seed(key)


def serve(connection: Connection, *golden: Golden) -> None:
    """Publish them, with their source contacts."""
    for contact in golden:
        for key in contact.members:
            known = select(tables.source_contacts.c.id).where(tables.source_contacts.c.id == seed(key))
            if connection.execute(known).scalar() is None:
                source_contact(connection, key)
        _publish(connection, contact)


def retire(connection: Connection, golden_id: UUID, *successors: UUID) -> None:
    """An id that was handed out and leads to others now."""
    row = {
        "id": golden_id,
        "published_run_id": RUN,
        "published_at": NOW,
        "retired_at": NOW,
        "successors": list(successors),
    }
    connection.execute(insert(tables.golden_ids), row)


def event(connection: Connection, kind: str, golden_id: UUID, *related: UUID) -> None:
    row = {
        "golden_id": golden_id,
        "kind": kind,
        "cause": "contact",
        "run_id": RUN,
        "members_before": [],
        "members_after": [golden_id],
        "related": list(related),
        "occurred_at": NOW,
    }
    connection.execute(insert(tables.golden_events), row)


def _publish(connection: Connection, contact: Golden) -> None:
    row = {"id": contact.id, "published_run_id": RUN, "published_at": NOW, "successors": []}
    connection.execute(insert(tables.golden_ids), row)
    row = {
        "id": contact.id,
        "kind": "person",
        "display_name": contact.name,
        "blocked": contact.blocked,
        "preferences": contact.preferences,
        "identifiers": [],
        "provenance": {"display_name": str(contact.id)} if contact.name else {},
        "members": len(contact.members),
        "content_hash": b"1",
        "run_id": RUN,
        "changed_at": NOW,
    }
    connection.execute(insert(tables.golden_contacts), row)
    for key in contact.members:
        link = {"golden_id": contact.id, "cause": "match", "weight": 2048, "run_id": RUN, "linked_at": NOW}
        connection.execute(insert(tables.source_links), link | {"source_contact_id": seed(key)})
    for table, values in ((tables.golden_emails, contact.emails), (tables.golden_phones, contact.phones)):
        for at, given in enumerate(values):
            value, match_key = given if isinstance(given, tuple) else (given, given)
            row = {"golden_id": contact.id, "position": at, "value": value, "key": match_key}
            row |= {"attested": "person", "marks": [], "source_contact_ids": [contact.id]}
            connection.execute(insert(table), row)
