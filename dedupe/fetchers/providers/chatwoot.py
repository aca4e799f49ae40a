"""The Chatwoot family: numbered pages of fifteen, sorted by `created_at` because nothing else has an order.

Full snapshots only: a contact shows no time of its last edit. Two products share it; they differ in paths,
auth and how descending is written (`digital99.py`, `livedesk.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from dedupe.fetchers.fetcher import (
    LookupById,
    Mode,
    Page,
    ProviderConnection,
    Start,
    WalkSummary,
    filled,
    found_by_id,
    listing,
    mapping_of,
    plain_id,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http.client import Api, RetryPolicy
from dedupe.fetchers.http.page_prefetch import PagePrefetch
from dedupe.fetchers.http.responses import next_minute
from dedupe.fetchers.limits import MOST_DIGITS, whole_number
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.providers.chatwoot_channels import carried, inboxes_of, known_as, named_in
from dedupe.fetchers.providers.chatwoot_pages import ChatwootWalk
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.walks.completeness import Unsettled, counts_disagree
from dedupe.fetchers.writeback_settings import unwritten
from dedupe.model import GivenContact, GivenIdentifier, Kind

PER_SECOND = 50.0  # 3000 a minute from one address


@dataclass(frozen=True)
class Product:
    """The differences between the products of the family."""

    path: Callable[[SourceSettings], str]
    headers: Callable[[SourceSettings], dict[str, str]]
    base_url: str
    ascending: dict[str, str]
    descending: dict[str, str]
    verb: str  # of a change
    removes: bool  # whether an attribute can be taken away; else it is set to null


def _took_too_long(response: httpx.Response) -> bool:
    """A database timeout, which this family answers with 422."""
    return response.status_code == 422 and b"took too long" in response.content


HABITS = RetryPolicy(wait=next_minute, transient=_took_too_long)


@dataclass(frozen=True)
class Chatwoot:
    """The fetcher of one account of one product."""

    settings: SourceSettings
    product: Product
    version: str = "chatwoot-2"
    volatile: frozenset[str] = frozenset(
        {"availability_status", "last_activity_at", "thumbnail", "conversations_count"}
    )
    modes: frozenset[Mode] = frozenset({Mode.FULL, Mode.NEWEST})

    def connection(self) -> ProviderConnection:
        base_url = self.settings.base_url or self.product.base_url
        return ProviderConnection(base_url, self.product.headers(self.settings), PER_SECOND, HABITS)

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        newest = start.mode is Mode.NEWEST
        order = self.product.descending if newest else self.product.ascending
        with PagePrefetch(api, lambda page: self._page(api, page, order)) as ahead:
            walk = ChatwootWalk(self.settings.name, ahead.take, start.known if newest else None)
            yield from walk.pages(start.cursor or {})

    def assess_walk(self, summary: WalkSummary) -> str | None:
        at = mapping_of(summary.cursor.get("at"))
        if problem := text_of(at.get("problem")):
            return Unsettled(problem) if at.get("unsettled") else problem
        return None if summary.cursor.get("newest") else counts_disagree(summary)

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:  # noqa: ARG002  no edit shows a time here
        return None

    def find(self, api: Api, external_id: str) -> LookupById:
        if whole_number(external_id, MOST_DIGITS) is None:
            return LookupById()
        return found_by_id(api, self.product.path(self.settings) + "/{id}", external_id, "payload")

    def read(self, payload: Any) -> GivenContact:
        payload = unwritten(payload, self.settings.writeback)
        return extended(read(payload), payload, self.settings.mapping)

    def _page(self, api: Api, page: int, order: dict[str, str]) -> Any:
        expected = listing(self.settings.name, "payload")
        return api.get(self.product.path(self.settings), {"page": page, **order}, expected).body


def read(payload: Any) -> GivenContact:
    """Map a contact, with the values that its channels attest (see `chatwoot_channels`)."""
    contact, more = mapping_of(payload), mapping_of(mapping_of(payload).get("additional_attributes"))
    inboxes, identifier = inboxes_of(contact), text_of(contact.get("identifier"))
    emails, phones = carried(inboxes, text_of(contact.get("email")), text_of(contact.get("phone_number")))
    own: list[GivenIdentifier] = [{"namespace": "identifier", "given": identifier}] if identifier else []
    given: GivenContact = {
        "kind": Kind.PERSON,
        "names": [{"full": name}] if (name := text_of(contact.get("name"))) else [],
        "emails": emails,
        "phones": phones,
        "identifiers": [*own, *named_in(more), *known_as(inboxes)],
        "custom": _custom(contact, more),
    }
    given.update(
        filled(  # type: ignore[typeddict-item]
            company=more.get("company_name"),
            city=more.get("city"),
            country=text_of(more.get("country_code")) or more.get("country"),
        )
    )
    if isinstance(contact.get("blocked"), bool):
        given["blocked"] = contact["blocked"]
    if (created := time_of(contact.get("created_at"))) is not None:
        given["created_at"] = created
    return given


def _custom(contact: Any, more: Any) -> dict[str, Any]:
    custom = dict(mapping_of(contact.get("custom_attributes")))
    if (description := text_of(more.get("description"))) is not None:
        custom.setdefault("description", description)
    return custom
