"""Raw that no golden contact is made of: payload versions that are older, gone or unread, and the quarantine.

What a person asks for, or is to be erased, may stand in it as well.
"""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection, text

from dedupe.normalizers.raw_patterns import RawPatterns
from dedupe.storage.tables import SCHEMA


class HiddenVersion(NamedTuple):
    """A payload version that no normalized contact is made from; `latest`: it is its contact's newest."""

    id: int
    contact: UUID
    external_id: str
    payload: str
    latest: bool


class QuarantinedRow(NamedTuple):
    """A row of the quarantine."""

    id: int
    content: bytes


def versions(
    connection: Connection, source_id: UUID, after: int, limit: int, patterns: RawPatterns | None = None
) -> list[HiddenVersion]:
    """Up to `limit` payload versions of the source after the id `after` that no normalized contact is made
    from, in order of id: older ones, ones of gone contacts, and ones that are not normalized yet.

    With `patterns` only those in which these find something.
    """
    wanted = {"source": source_id, "after": after, "limit": limit, **(patterns._asdict() if patterns else {})}
    rows = connection.execute(_HIDDEN_MATCHING if patterns else _HIDDEN, wanted)
    return [HiddenVersion(*row) for row in rows]


def quarantined(connection: Connection, source_id: UUID, after: int, limit: int) -> list[QuarantinedRow]:
    """Up to `limit` rows of the source's quarantine after the id `after`, in order of id."""
    query = text(f"""
        SELECT id, content FROM {SCHEMA}.quarantine
        WHERE source_id = :source AND id > :after AND content <> '' ORDER BY id LIMIT :limit""")
    rows = connection.execute(query, {"source": source_id, "after": after, "limit": limit})
    return [QuarantinedRow(row.id, bytes(row.content)) for row in rows]


_HIDDEN_VERSIONS = f"""
    SELECT v.id, c.id, c.external_id, CAST(v.payload AS text),
           NOT EXISTS (SELECT FROM {SCHEMA}.source_contact_versions later
                       WHERE later.source_contact_id = c.id AND later.id > v.id)
    FROM {SCHEMA}.source_contact_versions v
    JOIN {SCHEMA}.source_contacts c ON c.id = v.source_contact_id
    LEFT JOIN {SCHEMA}.contacts n ON n.source_contact_id = c.id
    WHERE c.source_id = :source AND v.id > :after AND n.version_id IS DISTINCT FROM v.id"""
_HIDDEN = text(f"{_HIDDEN_VERSIONS} ORDER BY v.id LIMIT :limit")
# Few payloads hold an escape, and to look for some among hundreds costs more than all the rest.
_HIDDEN_MATCHING = text(f"""{_HIDDEN_VERSIONS} AND (
    CAST(v.payload AS text) ~* CAST(:written AS text) OR CAST(v.payload AS text) ~ CAST(:strange AS text)
    OR strpos(CAST(v.payload AS text), '\\u') > 0 AND CAST(v.payload AS text) ~* CAST(:escaped AS text))
    ORDER BY v.id LIMIT :limit""")
