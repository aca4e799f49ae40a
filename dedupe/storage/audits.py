"""Audits: the samples drawn, and what people judged. A judgement by itself is no decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import pyarrow as pa
from sqlalchemy import Connection, String, cast, func, insert, select, text, update

from dedupe.clustering.audit_estimates import FEWEST_JUDGED, MERGED, NEAR, Measured, measure_audit
from dedupe.errors import NotFound
from dedupe.golden.tables import ID
from dedupe.storage import tables
from dedupe.storage.copying import copy_out

__all__ = ["MERGED", "NEAR"]


@dataclass(frozen=True, slots=True)
class Audit:
    id: UUID
    run_id: UUID | None
    model_id: UUID | None
    link: int  # thresholds of the run, in 1/1024 bit
    review: int
    lowest: int
    strata: list[dict[str, Any]]  # kind, stratum, size
    drawn_by: str
    drawn_at: datetime


@dataclass(frozen=True, slots=True)
class Sample:
    audit_id: UUID
    number: int
    kind: str  # merged, near
    stratum: str
    left_members: list[UUID]
    right_members: list[UUID]
    probability: float
    verdict: str | None = None
    people: int | None = None
    wrong_pairs: int | None = None
    judged_by: str | None = None
    judged_at: datetime | None = None
    note: str = ""
    decision_id: UUID | None = None

    @property
    def members(self) -> list[UUID]:
        return [*self.left_members, *self.right_members]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a person judged of one sample; `people` and `wrong_pairs` are for a golden contact of several
    people."""

    verdict: str
    people: int | None = None
    wrong_pairs: int | None = None
    note: str = ""
    decision_id: UUID | None = None


def save(connection: Connection, audit: Audit, samples: Sequence[Sample]) -> None:
    row = {name: getattr(audit, name) for name in Audit.__slots__ if name != "drawn_at"}
    connection.execute(insert(tables.audits).values(drawn_at=func.clock_timestamp()), row)
    columns = ("audit_id", "number", "kind", "stratum", "left_members", "right_members", "probability")
    if samples:
        rows = [{name: getattr(sample, name) for name in columns} for sample in samples]
        connection.execute(insert(tables.audit_samples), rows)


def listed(connection: Connection) -> list[Audit]:
    """All audits, the latest first."""
    rows = connection.execute(select(tables.audits).order_by(tables.audits.c.drawn_at.desc()))
    return [Audit(**row) for row in rows.mappings()]


def get(connection: Connection, audit_id: UUID | None = None) -> Audit:
    """The audit with that id, without one the latest. Raises NotFound."""
    for audit in listed(connection):
        if audit_id in (None, audit.id):
            return audit
    missing = "no audit was drawn yet: `dedupe audit draw`" if audit_id is None else "there is no such audit"
    raise NotFound(missing)


def samples(connection: Connection, audit_id: UUID) -> list[Sample]:
    rows = connection.execute(
        select(tables.audit_samples)
        .where(tables.audit_samples.c.audit_id == audit_id)
        .order_by(tables.audit_samples.c.number)
    )
    return [Sample(**row) for row in rows.mappings()]


def judge(connection: Connection, audit_id: UUID, number: int, judgement: Judgement, who: str) -> None:
    """Store a person's judgement of a sample, in place of an earlier one."""
    at = (tables.audit_samples.c.audit_id == audit_id) & (tables.audit_samples.c.number == number)
    values = {name: getattr(judgement, name) for name in Judgement.__slots__}
    connection.execute(
        update(tables.audit_samples)
        .where(at)
        .values(judged_at=func.clock_timestamp(), judged_by=who, **values)
    )


def measured_for(connection: Connection, model_id: UUID, link: int) -> Measured | None:
    """The estimates of the latest audit of this model and link threshold with at least `FEWEST_JUDGED` judged
    golden contacts."""
    for audit in listed(connection):
        if (audit.model_id, audit.link) == (model_id, link):
            found = measured(connection, audit)
            if found.wrong_merges.judged >= FEWEST_JUDGED:
                return found
    return None


def measured(connection: Connection, audit: Audit) -> Measured:
    """What the judged samples of an audit say."""
    return measure_audit(audit, samples(connection, audit.id))


def live_links(connection: Connection) -> pa.Table:
    """Every live link: left_contact, right_contact, weight, probability, levels (JSON), cause."""
    links = tables.links.c
    query = select(
        links.left_contact,
        links.right_contact,
        links.weight,
        links.probability,
        cast(links.levels, String).label("levels"),
        links.cause,
    )
    return copy_out(connection, query, _LINKS)


def decided_apart(connection: Connection) -> set[tuple[UUID, UUID]]:
    """The pairs of source contacts that live decisions keep apart, each in both orders."""
    rows = connection.execute(_APART)
    return {pair for row in rows for pair in ((row.one, row.other), (row.other, row.one))}


_FIELDS: list[tuple[str, pa.DataType]] = [
    ("left_contact", ID),
    ("right_contact", ID),
    ("weight", pa.int32()),
    ("probability", pa.float64()),
    ("levels", pa.string()),
    ("cause", pa.string()),
]
_LINKS = pa.schema(_FIELDS)
_APART = text("""
    SELECT one.source_contact_id AS one, other.source_contact_id AS other
      FROM dedupe.decisions d
      JOIN dedupe.decision_members one ON one.decision_id = d.id
      JOIN dedupe.decision_members other ON other.decision_id = d.id AND other.side > one.side
     WHERE d.subject = 'contacts' AND d.revoked_at IS NULL
       AND (d.verdict IN ('different', 'grouped') OR (d.verdict = 'somebody_else' AND one.side = 0))""")
