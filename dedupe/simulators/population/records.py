"""What a population gives: contacts as their providers send them, whose they are, and the news of a night."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dedupe.simulators.population.payloads import SHAPES, Payload
from dedupe.simulators.population.provider_record import ProviderRecord

CUSTOMER_PROVIDERS = ("digital99", "livedesk", "whippy", "askelephant")
PROVIDERS = ("openmrp", "digital99", "whippy", "askelephant", "livedesk")


class Contact(NamedTuple):
    """One payload as the provider would send it, and whose it is."""

    provider: str
    external_id: str
    person: str
    payload: Payload


class Truth(NamedTuple):
    """Whose a provider's contact is."""

    provider: str
    external_id: str
    person: str


@dataclass(frozen=True)
class NightChanges:
    """What happened at the providers since the night before."""

    inserts: list[Contact]
    edits: list[Contact]
    deletes: list[Truth]


def contact(record: ProviderRecord) -> Contact:
    """The record in its provider's own JSON."""
    return Contact(record.provider, record.external_id, record.truth, SHAPES[record.provider](record))
