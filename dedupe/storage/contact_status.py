"""The status of a contact or value (listed by a source, read, gone, quarantined), for explaining why it isn't
served."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class ListedContact:
    """A source contact that a source lists or listed."""

    id: UUID
    source: str
    external_id: str
    gone_at: datetime | None
    gone_because: str | None
    kind: str | None  # None: not read (again) yet

    @property
    def key(self) -> str:
        return f"{self.source}:{self.external_id}"


@dataclass(frozen=True, slots=True)
class UnreadableRecord:
    """A record that a source sent and that can't be read as a contact."""

    source: str
    place: str
    reason: str
    observed_at: datetime


@dataclass(frozen=True, slots=True)
class LastWalk:
    """The latest sync run over a source."""

    source: str
    mode: str
    status: str
    reason: str | None
    started_at: datetime


def by_key(connection: Connection, source: str, external_id: str) -> list[ListedContact]:
    return _listed(connection, _BY_KEY, {"source": source, "external_id": external_id})


def by_ids(connection: Connection, ids: Collection[UUID]) -> list[ListedContact]:
    return _listed(connection, _BY_IDS, {"ids": list(ids)})


def holding(connection: Connection, texts: Collection[str]) -> list[UUID]:
    """Live source contacts with one of the texts as a value, given or normalized, or as a match key.

    Reads every contact: there is no index on a contact's values.
    """
    needles = [json.dumps(each, ensure_ascii=False) for each in texts]
    return list(connection.execute(_HOLDING, {"needles": needles}).scalars())


def members_of(connection: Connection, golden_ids: Collection[UUID]) -> list[UUID]:
    """The source contacts of golden contacts that are served."""
    return list(connection.execute(_MEMBERS_OF, {"ids": list(golden_ids)}).scalars())


def last_members(connection: Connection, golden_id: UUID) -> list[UUID]:
    """The source contacts of a golden contact when it was last served."""
    return list(connection.execute(_LAST_MEMBERS, {"id": golden_id}).scalar() or [])


def unreadable(connection: Connection, given: str, source: str | None = None) -> list[UnreadableRecord]:
    """Quarantined records that hold this text, the latest first."""
    needle = given.encode("utf-8", "surrogatepass")
    rows = connection.execute(_SET_ASIDE, {"needle": needle, "source": source}).mappings()
    return [UnreadableRecord(**row) for row in rows]


def sources(connection: Connection) -> list[str]:
    return list(connection.execute(text("SELECT name FROM dedupe.sources ORDER BY name")).scalars())


def last_walks(connection: Connection) -> list[LastWalk]:
    return [LastWalk(**row) for row in connection.execute(_LAST_WALKS).mappings()]


def _listed(connection: Connection, query: Any, values: dict[str, Any]) -> list[ListedContact]:
    return [ListedContact(**row) for row in connection.execute(query, values).mappings()]


def links_between(
    connection: Connection, left: Sequence[UUID], right: Sequence[UUID]
) -> list[dict[str, Any]]:
    """Live links between the two groups: left_contact, right_contact, weight, probability, levels, cause,
    run_id, model_id; the strongest first."""
    rows = connection.execute(_BETWEEN, {"left": list(left), "right": list(right)}).mappings()
    return [dict(row) for row in rows]


_LISTED = """
    SELECT c.id, s.name AS source, c.external_id, c.gone_at, c.gone_because, n.kind
      FROM dedupe.source_contacts c
      JOIN dedupe.sources s ON s.id = c.source_id
      LEFT JOIN dedupe.contacts n ON n.source_contact_id = c.id"""
_BY_KEY = text(f"{_LISTED} WHERE s.name = :source AND c.external_id = :external_id")
_BY_IDS = text(f"{_LISTED} WHERE c.id = ANY(:ids) ORDER BY c.id")
_HOLDING = text("""
    SELECT source_contact_id FROM dedupe.contacts
     WHERE EXISTS (SELECT FROM unnest(CAST(:needles AS text[])) needle
                    WHERE strpos(content::text, needle) > 0)
     ORDER BY source_contact_id""")
_MEMBERS_OF = text("""
    SELECT source_contact_id FROM dedupe.source_links WHERE golden_id = ANY(:ids)
     ORDER BY source_contact_id""")
_LAST_MEMBERS = text("""
    SELECT members_before FROM dedupe.golden_events
     WHERE golden_id = :id AND cardinality(members_before) > 0 ORDER BY position DESC LIMIT 1""")
_SET_ASIDE = text("""
    SELECT s.name AS source, q.place, q.reason, q.observed_at
      FROM dedupe.quarantine q JOIN dedupe.sources s ON s.id = q.source_id
     WHERE position(CAST(:needle AS bytea) IN q.content) > 0
       AND (CAST(:source AS text) IS NULL OR s.name = :source)
     ORDER BY q.id DESC LIMIT 5""")
_LAST_WALKS = text("""
    SELECT DISTINCT ON (s.name) s.name AS source, r.mode, r.status, r.reason, r.started_at
      FROM dedupe.sync_runs r JOIN dedupe.sources s ON s.id = r.source_id
     ORDER BY s.name, r.started_at DESC""")
_BETWEEN = text("""
    SELECT left_contact, right_contact, weight, probability, levels, cause, run_id, model_id
      FROM dedupe.links
     WHERE (left_contact = ANY(:left) AND right_contact = ANY(:right))
        OR (left_contact = ANY(:right) AND right_contact = ANY(:left))
     ORDER BY weight DESC, left_contact, right_contact""")
