"""The source contacts of a golden contact and the links between them: what holds it together, how well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.errors import NotFound
from dedupe.model import EXTERNAL_ID
from dedupe.storage import contact_status, lookups
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import SourceLink

Addresses = Mapping[str, str]
"""Source → the address of a contact in it, with EXTERNAL_ID."""


@dataclass(frozen=True, slots=True)
class Link:
    """A live link between two source contacts, as it was made; `weight` in bits."""

    left: UUID
    right: UUID
    weight: float
    probability: float
    cause: str  # match, decision


@dataclass(frozen=True, slots=True)
class ClusterMember:
    source_contact: UUID
    source: str
    provider: str
    external_id: str
    address: str | None  # of its page in the source, where that is configured
    cause: str  # alone, match, decision
    linked_at: datetime


@dataclass(frozen=True, slots=True)
class Cluster:
    """Members by source and id, links the strongest first."""

    golden_id: UUID
    members: list[ClusterMember]
    links: list[Link]


def cluster(connection: Connection, visitor: Visitor, golden_id: UUID, addresses: Addresses) -> Cluster:
    """Raises NotFound where the golden contact isn't served."""
    hits = lookups.by_ids(connection, visitor, [golden_id])
    if not hits:
        raise NotFound(f"no golden contact is served by the id {golden_id}")
    return cluster_of(connection, golden_id, hits[0].contact.source_links, addresses)


def cluster_of(
    connection: Connection, golden_id: UUID, source_links: list[SourceLink], addresses: Addresses
) -> Cluster:
    """The same of a golden contact that was looked up."""
    seeds = [link.source_contact for link in source_links]
    rows = contact_status.links_between(connection, seeds, seeds)
    links = [
        Link(row["left_contact"], row["right_contact"], row["weight"] / BIT, row["probability"], row["cause"])
        for row in rows
    ]
    return Cluster(golden_id, [_member(link, addresses) for link in source_links], links)


def _member(link: SourceLink, addresses: Addresses) -> ClusterMember:
    address = addresses.get(link.source)
    filled = address.replace(EXTERNAL_ID, quote(link.external_id, safe="")) if address else None
    return ClusterMember(
        link.source_contact, link.source, link.provider, link.external_id, filled, link.cause, link.linked_at
    )
