"""Whippy: the contacts of an organization. `whippy_pages` walks them."""

from __future__ import annotations

from collections.abc import Iterator
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
    list_of,
    mapping_of,
    plain_id,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http.client import Api, RetryPolicy
from dedupe.fetchers.limits import whole_number
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.providers.whippy_pages import WhippyWalk, reason_of, updated_at
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import unwritten
from dedupe.model import GivenContact, Kind, Preference

PER_SECOND = 25.0  # requests, by the provider's page


def _interval(response: httpx.Response) -> float | None:
    """The seconds until the rate limit's window ends, from the header in milliseconds."""
    milliseconds = whole_number(response.headers.get("x-ratelimit-remaining-interval-milliseconds"))
    return None if milliseconds is None else milliseconds / 1000


@dataclass(frozen=True)
class Whippy:
    """The fetcher of one organization."""

    settings: SourceSettings
    version: str = "whippy-2"
    volatile: frozenset[str] = frozenset()
    modes: frozenset[Mode] = frozenset({Mode.FULL, Mode.CHANGED})

    def connection(self) -> ProviderConnection:
        headers = {"X-WHIPPY-KEY": self.settings.secrets.get("token", "")}
        base_url = self.settings.base_url or "https://api.whippy.co"
        return ProviderConnection(base_url, headers, PER_SECOND, RetryPolicy(wait=_interval))

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        return WhippyWalk(self.settings, api, start).pages()

    def assess_walk(self, summary: WalkSummary) -> str | None:
        return reason_of(summary.cursor)

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:
        return updated_at(payload)

    def find(self, api: Api, external_id: str) -> LookupById:
        return found_by_id(api, "/v1/contacts/{id}", external_id, "data")

    def read(self, payload: Any) -> GivenContact:
        payload = unwritten(payload, self.settings.writeback)
        return extended(read(payload), payload, self.settings.mapping)


def read(payload: Any) -> GivenContact:
    """Map a contact; the whole name and its parts may disagree, and both are kept."""
    contact, address = mapping_of(payload), mapping_of(mapping_of(payload).get("address"))
    name = filled(full=contact.get("name"), given=contact.get("first_name"), family=contact.get("last_name"))
    external = text_of(contact.get("external_id"))
    given: GivenContact = {
        "kind": Kind.PERSON,
        "names": [name] if name else [],  # type: ignore[list-item]
        "emails": [{"given": email}] if (email := text_of(contact.get("email"))) else [],
        "phones": [{"given": phone}] if (phone := text_of(contact.get("phone"))) else [],
        "identifiers": [{"namespace": "external_id", "given": external}] if external else [],
        "preferences": [
            made for item in list_of(contact.get("communication_preferences")) if (made := _preference(item))
        ],
        "blocked": contact.get("blocked") is True or contact.get("state") == "blocked",
        "custom": {key: contact[key] for key in ("contact_tags", "state") if contact.get(key)},
    }
    lines = [text_of(address.get(line)) for line in ("address_line_one", "address_line_two")]
    given.update(
        filled(  # type: ignore[typeddict-item]
            street=", ".join(line for line in lines if line),
            city=address.get("city"),
            region=address.get("state"),
            postcode=address.get("post_code"),
            country=address.get("country"),
            language=_language(contact.get("language")),
            birth=birth(contact.get("birth_date")),
        )
    )
    for field, key in (("created_at", "created_at"), ("changed_at", "updated_at")):
        if (moment := time_of(contact.get(key))) is not None:
            given[field] = moment  # type: ignore[literal-required]
    return given


def birth(date: Any) -> str | None:
    """A structured date as YYYY-MM-DD or a part of it; missing and impossible parts are left out."""
    parts = mapping_of(date)
    year, month, day = (whole_number(text_of(parts.get(part)), 4) for part in ("year", "month", "day"))
    if not month or not day:
        return f"{year:04}" if year else None
    return f"{year:04}-{month:02}-{day:02}" if year else f"--{month:02}-{day:02}"


def _language(value: Any) -> str | None:
    return text_of(value) or text_of(mapping_of(value).get("code")) or text_of(mapping_of(value).get("name"))


def _preference(item: Any) -> Preference | None:
    allowed = mapping_of(item).get("opt_in")
    if not isinstance(allowed, bool):
        return None
    channel = mapping_of(item).get("channel")
    return {
        "channel": text_of(mapping_of(channel).get("type")) or text_of(channel) or "sms",
        "allowed": allowed,
    }
