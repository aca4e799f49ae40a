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

from dedupe.errors import ContractChanged
from dedupe.fetchers.ahead import Ahead
from dedupe.fetchers.answers import next_minute
from dedupe.fetchers.channels import carried, inboxes_of, known_as, named_in
from dedupe.fetchers.fetcher import (
    Connection,
    Cursor,
    Found,
    Mode,
    Page,
    Start,
    WalkFacts,
    filled,
    found_by_id,
    listing,
    mapping_of,
    plain_id,
    refuse_repeated,
    rows_of,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http import Api, Habits
from dedupe.fetchers.limits import MOST_DIGITS, whole_number
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import GivenContact, GivenIdentifier, Kind

PER_SECOND = 50.0  # 3000 a minute from one address
_PAGE_SIZE = 15


@dataclass(frozen=True)
class Product:
    """Where the products of the family differ."""

    path: Callable[[SourceSettings], str]
    headers: Callable[[SourceSettings], dict[str, str]]
    base_url: str
    ascending: dict[str, str]
    descending: dict[str, str]


def _took_too_long(response: httpx.Response) -> bool:
    """A database timeout, which this family answers with 422."""
    return response.status_code == 422 and b"took too long" in response.content


HABITS = Habits(wait=next_minute, transient=_took_too_long)


@dataclass(frozen=True)
class Chatwoot:
    """One account of one product of the family."""

    settings: SourceSettings
    product: Product
    version: str = "chatwoot-2"
    volatile: frozenset[str] = frozenset(
        {"availability_status", "last_activity_at", "thumbnail", "conversations_count"}
    )
    modes: frozenset[Mode] = frozenset({Mode.FULL, Mode.NEWEST})

    def connection(self) -> Connection:
        base_url = self.settings.base_url or self.product.base_url
        return Connection(base_url, self.product.headers(self.settings), PER_SECOND, HABITS)

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        state: Cursor = start.cursor or {"page": 1, "size": _PAGE_SIZE, "ids": [], "ordered": True}
        order = self.product.descending if start.mode is Mode.NEWEST else self.product.ascending
        state["newest"] = start.mode is Mode.NEWEST
        with Ahead(api, lambda page: self._page(api, page, order)) as ahead:
            yield from self._pages(ahead, state, start)

    def judge(self, facts: WalkFacts) -> str | None:
        if facts.cursor.get("problem"):
            return str(facts.cursor["problem"])
        if not facts.cursor.get("ordered"):
            return "order broken"
        counts = [
            facts.cursor[key] for key in ("count_first", "count_last") if facts.cursor.get(key) is not None
        ]
        if not counts or facts.cursor.get("newest"):
            return None
        agrees = any(min(counts) <= ids <= max(counts) for ids in (facts.unique, facts.unique_in_run))
        return None if agrees else "count disagreed"

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:  # noqa: ARG002  no edit shows a time here
        return None

    def find(self, api: Api, external_id: str) -> Found:
        if whole_number(external_id, MOST_DIGITS) is None:
            return Found()
        return found_by_id(api, self.product.path(self.settings) + "/{id}", external_id, "payload")

    def read(self, payload: Any) -> GivenContact:
        return extended(read(payload), payload, self.settings.mapping)

    def _page(self, api: Api, page: int, order: dict[str, str]) -> Any:
        expected = listing(self.settings.name, "payload")
        return api.get(self.product.path(self.settings), {"page": page, **order}, expected).body

    def _pages(self, ahead: Ahead, state: Cursor, start: Start) -> Iterator[Page]:
        while True:
            number = state["page"]
            body = ahead.take(number, _last_expected(state))
            rows = rows_of(self.settings.name, body, "payload")
            state = self._behind(state, rows, mapping_of(body.get("meta")), start.mode)
            ended = not rows or state.get("problem") is not None
            if start.mode is Mode.NEWEST and rows:
                ended = ended or start.known([key for key in state["ids"] if key])
            yield Page(rows, state, ended)
            if ended:
                return

    def _behind(self, state: Cursor, rows: list[Any], meta: Any, mode: Mode) -> Cursor:
        """How the walk stands behind the page `state["page"]`."""
        number, ids = state["page"], [plain_id(row) for row in rows]
        refuse_repeated(self.settings.name, state["ids"], ids)
        echoed = text_of(meta.get("current_page"))
        if echoed is not None and echoed != str(number):
            raise ContractChanged(f"{self.settings.name}: asked for page {number}, got page {echoed}")
        fresh = [row for row, key in zip(rows, ids, strict=True) if key not in state["ids"]]
        ordered, last = _in_order(fresh, state.get("last"), -1 if mode is Mode.NEWEST else 1)
        count = _count(meta)
        behind = {
            **state,
            "page": number + 1,
            "size": max(len(rows), state["size"] if number > 1 else 1),
            "ids": ids,
            "last": last,
            "ordered": state["ordered"] and ordered,
            "count_first": state.get("count_first", count),
            "count_last": state.get("count_last") if count is None else count,
        }
        if rows and number > _hard_cap(behind):
            behind["problem"] = "more pages than the count allows"
        return behind


def _last_expected(state: Cursor) -> int:
    """The page behind the last one, which is empty; none is known before the first answer."""
    count = state.get("count_last")
    return 1 if not isinstance(count, int) else -(-count // int(state["size"])) + 1


def _hard_cap(state: Cursor) -> int:
    counts = [state[key] for key in ("count_first", "count_last") if isinstance(state.get(key), int)]
    return 10**7 if not counts else -(-max(counts) * 5 // (int(state["size"]) * 4)) + 50


def _count(meta: Any) -> int | None:
    return whole_number(text_of(meta.get("count")))


def _in_order(rows: list[Any], last: float | None, direction: int) -> tuple[bool, float | None]:
    """Whether `created_at` never runs against `direction`, and the last one seen."""
    ordered = True
    for row in rows:
        moment = time_of(mapping_of(row).get("created_at"))
        if moment is None:
            continue
        seconds = moment.timestamp()
        ordered = ordered and (last is None or (seconds - last) * direction >= 0)
        last = seconds
    return ordered, last


def read(payload: Any) -> GivenContact:
    """A contact of the family, and what its channels know of it (`channels`)."""
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
