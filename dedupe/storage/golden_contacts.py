"""Golden contacts as they are read: every value with the source contacts that it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

FIELDS = (
    "display_name",
    "given_name",
    "middle_name",
    "family_name",
    "prefix",
    "suffix",
    "nickname",
    "company",
    "job_title",
    "street",
    "city",
    "region",
    "postcode",
    "country",
    "birth_date",
    "time_zone",
    "language",
)
"""The single-valued fields of a golden contact, in the order to show them."""

By = Literal["value", "key", "source_contact", "id"]


@dataclass(frozen=True, slots=True)
class FieldValue:
    value: str
    source_contact: UUID | None  # the member it came from; None when a person pinned it


@dataclass(frozen=True, slots=True)
class Email:
    value: str
    attested: str
    marks: list[str]
    source_contacts: list[UUID]


@dataclass(frozen=True, slots=True)
class Phone:
    value: str  # E.164
    extension: str
    type: str | None
    region: str | None
    attested: str
    marks: list[str]
    source_contacts: list[UUID]


@dataclass(frozen=True, slots=True)
class Identifier:
    value: str  # namespace:value
    source_contacts: list[UUID]


@dataclass(frozen=True, slots=True)
class SourceLink:
    """One source contact of a golden contact, and why it is there."""

    source_contact: UUID
    source: str
    provider: str
    external_id: str
    cause: str  # alone, match, decision
    weight: float | None  # bits, of the strongest link that holds it
    run_id: UUID
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class GoldenContact:
    id: UUID
    kind: str
    fields: dict[str, FieldValue]  # of FIELDS, those that have a value
    emails: list[Email]  # the one to use first
    phones: list[Phone]
    identifiers: list[Identifier]
    blocked: bool
    preferences: dict[str, bool]  # channel: allowed
    source_links: list[SourceLink]
    run_id: UUID  # the run that last changed it
    changed_at: datetime

    @property
    def name(self) -> str:
        """A name to show: the golden contact's name, else its first email, else its id."""
        named = self.fields.get("display_name")
        reached = [*(email.value for email in self.emails), *(phone.value for phone in self.phones)]
        return named.value if named else next(iter(reached), str(self.id))


@dataclass(frozen=True, slots=True)
class Hit:
    by: By  # "key": not the value itself but what counts as the same, such as the same mailbox
    contact: GoldenContact


@dataclass(frozen=True, slots=True)
class Event:
    position: int
    golden_id: UUID
    kind: str
    cause: str
    run_id: UUID
    members_before: list[UUID]
    members_after: list[UUID]
    related: list[UUID]
    occurred_at: datetime
    decision_id: UUID | None = None  # the decision, or batch, whose making or revoking caused it
    because: list[UUID] = field(default_factory=list)  # source contacts whose own change caused it
    words: str = ""  # what happened and because of what, where that was asked for
