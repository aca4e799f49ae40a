"""The outputs of a population: contacts as their providers send them, their true persons, and a night's
changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dedupe.simulators.population.payloads import SHAPES, Payload
from dedupe.simulators.population.provider_record import ProviderRecord

CUSTOMER_PROVIDERS = ("digital99", "livedesk", "whippy", "askelephant")
PROVIDERS = ("openmrp", "digital99", "whippy", "askelephant", "livedesk")


class Contact(NamedTuple):
    """A payload as the provider would send it, and its true person."""

    provider: str
    external_id: str
    person: str
    payload: Payload


class Truth(NamedTuple):
    """The true person of a provider's contact."""

    provider: str
    external_id: str
    person: str


@dataclass(frozen=True)
class NightChanges:
    """The changes at the providers since the night before."""

    inserts: list[Contact]
    edits: list[Contact]
    deletes: list[Truth]


def contact(record: ProviderRecord) -> Contact:
    """The record in its provider's own JSON."""
    return Contact(record.provider, record.external_id, record.truth, SHAPES[record.provider](record))
