"""What each source contact of a golden contact says, as a table: fields by source contacts.

matrix(cluster, offers, people) -> Matrix
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from dedupe.normalizers.text import in_latin
from dedupe.review.cluster import Cluster, ClusterMember
from dedupe.review.offers import FieldOffers, OfferedValue
from dedupe.review.people import Person

FEW = 5
"""Up to so many source contacts are columns; more are rows, so that the page grows downwards (chosen)."""
_FIELDS = {
    "name": "Name",
    "emails": "Email",
    "phones": "Phone",
    "company": "Company",
    "job_title": "Job title",
    "place": "Place",
    "birth": "Born",
    "identifiers": "Identifier",
    "language": "Language",
    "time_zone": "Time zone",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value in a cell; `offer` says why it is shown or isn't, None where all values are kept."""

    text: str
    latin: str | None  # in Latin letters, where it is in others
    offer: OfferedValue | None


@dataclass(frozen=True, slots=True)
class Row:
    field: str
    label: str
    cells: Mapping[UUID, list[Value]]
    pinned_by: UUID | None


@dataclass(frozen=True, slots=True)
class Member:
    number: int  # from 1, as the drawing of the cluster has it
    key: str
    link: ClusterMember
    live: bool  # False: gone since the golden contact was published


@dataclass(frozen=True, slots=True)
class Matrix:
    members: list[Member]
    rows: list[Row]

    @property
    def few(self) -> bool:
        return len(self.members) <= FEW


def matrix(cluster: Cluster, offers: Iterable[FieldOffers], people: Mapping[UUID, Person]) -> Matrix:
    """A row for each field that a source contact says something of."""
    offered = {one.field: one for one in offers}
    rows = []
    for field, label in _FIELDS.items():
        known = offered.get(field)
        cells = _cells(known.offers) if known else _identifiers(people) if field == "identifiers" else {}
        if cells:
            rows.append(Row(field, label, cells, known.pinned_by if known else None))
    members = [
        Member(at, f"{one.source}:{one.external_id}", one, one.source_contact in people)
        for at, one in enumerate(cluster.members, 1)
    ]
    return Matrix(members, rows)


def _cells(offers: Sequence[OfferedValue]) -> dict[UUID, list[Value]]:
    cells: dict[UUID, list[Value]] = {}
    for offer in sorted(offers, key=lambda one: (not one.chosen, not one.agrees)):
        own = cells.setdefault(offer.source_contact, [])
        if offer.value not in [value.text for value in own]:
            own.append(Value(offer.value, in_latin(offer.value), offer))
    return cells


def _identifiers(people: Mapping[UUID, Person]) -> dict[UUID, list[Value]]:
    said = {seed: [Value(text, None, None) for text in who.identifiers] for seed, who in people.items()}
    return {seed: values for seed, values in said.items() if values}
