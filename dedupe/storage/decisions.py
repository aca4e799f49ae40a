"""Decisions of people about source contacts, values and fields: append-only, revoked as a whole."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import uuid_utils.compat as uuids
from sqlalchemy import Connection, func, insert, text, update

from dedupe.clustering.decided_constraints import DecidedConstraint, apart
from dedupe.errors import AlreadyRevoked, NotFound
from dedupe.model import Grouping, Origin, Subject, ValueVerdict, Verdict
from dedupe.storage.copying import array_text
from dedupe.storage.tables import decision_members, decisions

PINNED = "pinned"  # the only verdict about a field


@dataclass(frozen=True, slots=True)
class Member:
    source_contact: UUID
    side: int
    identity_hash: bytes | None  # of its identifying fields as the decider saw them


@dataclass(frozen=True, slots=True)
class NewDecision:
    subject: Subject
    verdict: str  # a Verdict, a Grouping, a ValueVerdict or PINNED, by subject
    members: Sequence[Member]
    decided_by: str
    origin: Origin
    note: str = ""
    field: str | None = None
    value: str | None = None
    evidence: dict[str, Any] | None = None  # candidate, evidence_hash, weight, model, contents, act
    batch: UUID | None = None  # of decisions made at once, which can be revoked at once


@dataclass(frozen=True, slots=True)
class Decision:
    id: UUID
    subject: str
    verdict: str
    field: str | None
    value: str | None
    decided_by: str
    origin: str
    note: str
    evidence: dict[str, Any] | None
    decided_at: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    revoked_note: str | None
    batch_id: UUID | None
    members: list[Member] = dataclasses.field(default_factory=list)

    @property
    def sides(self) -> list[list[UUID]]:
        numbers = sorted({member.side for member in self.members})
        return [
            [member.source_contact for member in self.members if member.side == number] for number in numbers
        ]

    @property
    def apart(self) -> Sequence[Sequence[UUID]]:
        """Groups of source contacts of which no two hold one person, by this decision."""
        return apart(self.verdict, self.sides) if self.subject == Subject.CONTACTS else []


@dataclass(frozen=True, slots=True)
class ValueDecision:
    """A live decision about an email or a phone, which is named by its match key."""

    decision: UUID
    field: str  # email, phone
    key: str
    verdict: ValueVerdict
    source_contacts: list[UUID]  # whose it no longer is; empty for the other verdicts


@dataclass(frozen=True, slots=True)
class Pin:
    """A live decision that a field has this value in the golden contact of these source contacts."""

    decision: UUID
    field: str
    value: str
    source_contacts: list[UUID]
    decided_at: datetime


def add(connection: Connection, new: NewDecision) -> UUID:
    decision_id = uuids.uuid7()
    connection.execute(
        insert(decisions).values(decided_at=func.clock_timestamp()),
        {
            "id": decision_id,
            "subject": new.subject.value,
            "verdict": str(new.verdict),
            "field": new.field,
            "value": new.value,
            "decided_by": new.decided_by,
            "origin": new.origin.value,
            "note": new.note,
            "evidence": new.evidence,
            "batch_id": new.batch,
        },
    )
    rows = [
        {
            "decision_id": decision_id,
            "source_contact_id": member.source_contact,
            "side": member.side,
            "identity_hash": member.identity_hash,
        }
        for member in new.members
    ]
    if rows:
        connection.execute(insert(decision_members), rows)
    return decision_id


def revoke(connection: Connection, decision_id: UUID, who: str, note: str) -> None:
    """Revoke a decision. Raises NotFound, or AlreadyRevoked for one that was revoked before."""
    changed = connection.execute(
        update(decisions)
        .where(decisions.c.id == decision_id, decisions.c.revoked_at.is_(None))
        .values(revoked_at=func.clock_timestamp(), revoked_by=who, revoked_note=note)
    ).rowcount
    if changed == 0:
        get(connection, decision_id)
        raise AlreadyRevoked(f"decision {decision_id} was revoked before")


def get(connection: Connection, decision_id: UUID) -> Decision:
    """The decision with that id. Raises NotFound."""

    found = matching(connection, "d.id = :id", {"id": decision_id})
    if not found:
        raise NotFound(f"there is no decision {decision_id}")
    return found[0]


def with_id(connection: Connection, decision_or_batch: UUID) -> list[Decision]:
    """The decision with that id, or those of the batch; none for an id that is neither."""
    return matching(connection, "d.id = :id OR d.batch_id = :id", {"id": decision_or_batch})


def about(connection: Connection, source_contacts: Iterable[UUID]) -> list[Decision]:
    """All decisions, live or revoked, that name one of the source contacts, the latest first."""
    where = "d.id IN (SELECT decision_id FROM dedupe.decision_members WHERE source_contact_id = ANY(:ids))"
    return matching(connection, where, {"ids": list(source_contacts)})


def about_candidate(connection: Connection, candidate: UUID) -> list[Decision]:
    """All decisions made on this review candidate, the latest first."""
    return matching(connection, "d.evidence ->> 'candidate' = :candidate", {"candidate": str(candidate)})


def latest(connection: Connection, limit: int, live_only: bool = False) -> list[Decision]:
    where = "d.revoked_at IS NULL" if live_only else "true"
    return matching(connection, where, {"limit": limit}, "LIMIT :limit")


def pace_of(connection: Connection, who: str) -> float | None:
    """The usual seconds between two of somebody's latest decisions, without pauses; None before there are
    any."""
    seconds: float | None = connection.scalar(_PACE, {"who": who})
    return seconds


def judgements(connection: Connection) -> list[DecidedConstraint]:
    """All live decisions about source contacts."""
    return _judgements(connection, "true", {})


def judgements_around(
    connection: Connection, source_contacts: Iterable[UUID | str]
) -> list[DecidedConstraint]:
    """The live decisions that name these source contacts, or any that others join to them."""
    return _judgements(connection, _AROUND, {"ids": array_text(source_contacts)})


def value_judgements(connection: Connection) -> list[ValueDecision]:
    """The live decisions about emails and phones."""

    rows = connection.execute(_LIVE_OF_SUBJECT, {"subject": Subject.VALUE.value}).mappings()
    return [
        ValueDecision(row["id"], row["field"], row["value"], ValueVerdict(row["verdict"]), row["members"])
        for row in rows
    ]


def pins(connection: Connection) -> list[Pin]:
    """The live decisions about fields of golden contacts."""

    rows = connection.execute(_LIVE_OF_SUBJECT, {"subject": Subject.FIELD.value}).mappings()
    return [Pin(row["id"], row["field"], row["value"], row["members"], row["decided_at"]) for row in rows]


def matching(
    connection: Connection, where: str, parameters: dict[str, Any], limit: str = ""
) -> list[Decision]:
    """The decisions `d` for which the SQL condition holds, the latest first. For the storage room alone."""
    query = text(f"""
        SELECT d.*, coalesce(m.members, '[]') AS members
          FROM dedupe.decisions d
          LEFT JOIN LATERAL (
            SELECT json_agg(json_build_object('source_contact', source_contact_id, 'side', side,
                     'hash', encode(identity_hash, 'hex')) ORDER BY side, source_contact_id) AS members
              FROM dedupe.decision_members WHERE decision_id = d.id) m ON true
         WHERE {where} ORDER BY d.decided_at DESC, d.id DESC {limit}""")
    rows = connection.execute(query, parameters).mappings()
    return [Decision(**{**row, "members": [_member(item) for item in row["members"]]}) for row in rows]


def _member(item: dict[str, Any]) -> Member:
    seen = bytes.fromhex(item["hash"]) if item["hash"] else None
    return Member(UUID(item["source_contact"]), item["side"], seen)


def _judgements(connection: Connection, where: str, parameters: dict[str, Any]) -> list[DecidedConstraint]:
    query = text(f"""
        SELECT d.id, d.verdict, d.evidence ->> 'evidence_hash' AS evidence_hash,
               json_agg(json_build_array(m.side, m.source_contact_id, encode(m.identity_hash, 'hex'))
                        ORDER BY m.side, m.source_contact_id) AS members
          FROM dedupe.decisions d JOIN dedupe.decision_members m ON m.decision_id = d.id
         WHERE d.subject = 'contacts' AND d.revoked_at IS NULL AND {where}
         GROUP BY d.id ORDER BY d.id""")
    return [_judgement(row) for row in connection.execute(query, parameters).mappings()]


def _judgement(row: Any) -> DecidedConstraint:
    sides: dict[int, list[str]] = {}
    for side, seed, _ in row["members"]:
        sides.setdefault(side, []).append(seed)
    return DecidedConstraint(
        decision=str(row["id"]),
        verdict=verdict_of(row["verdict"]),
        sides=list(sides.values()),
        seen={seed: bytes.fromhex(seen) for _, seed, seen in row["members"] if seen},
        evidence_hash=bytes.fromhex(row["evidence_hash"]) if row["evidence_hash"] else None,
    )


def verdict_of(stored: str) -> Verdict | Grouping:
    """The verdict of a decision about source contacts."""
    return Grouping(stored) if stored in list(Grouping) else Verdict(stored)


_AROUND = """d.id IN (
    WITH RECURSIVE reached(id) AS (
      SELECT unnest(CAST(:ids AS uuid[]))
      UNION
      SELECT other.source_contact_id
        FROM reached
        JOIN dedupe.decision_members mine ON mine.source_contact_id = reached.id
        JOIN dedupe.decisions same ON same.id = mine.decision_id
             AND same.subject = 'contacts' AND same.revoked_at IS NULL
             AND same.verdict IN ('same', 'grouped', 'somebody_else')
        JOIN dedupe.decision_members other ON other.decision_id = same.id)
    SELECT touching.decision_id
      FROM reached JOIN dedupe.decision_members touching ON touching.source_contact_id = reached.id)"""
_LIVE_OF_SUBJECT = text("""
    SELECT d.id, d.field, d.value, d.verdict, d.decided_at,
           coalesce(array_agg(m.source_contact_id ORDER BY m.source_contact_id)
                    FILTER (WHERE m.source_contact_id IS NOT NULL), '{}') AS members
      FROM dedupe.decisions d LEFT JOIN dedupe.decision_members m ON m.decision_id = d.id
     WHERE d.subject = :subject AND d.revoked_at IS NULL
     GROUP BY d.id ORDER BY d.decided_at, d.id""")
_PACE = text("""
    SELECT CAST(extract(epoch FROM percentile_cont(0.5) WITHIN GROUP (ORDER BY gap)) AS float8)
      FROM (SELECT decided_at - lag(decided_at) OVER (ORDER BY decided_at) AS gap
              FROM (SELECT min(decided_at) AS decided_at FROM dedupe.decisions WHERE decided_by = :who
                     GROUP BY coalesce(batch_id, id) ORDER BY 1 DESC LIMIT 40) AS latest) AS gaps
     WHERE gap < INTERVAL '5 minutes'""")
