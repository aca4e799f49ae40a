"""AskElephant: pages in order of `updated_at`, walked by time; the cursor only within a page of equal times.

The provider's cursor holds nothing but an id. If that contact changes during the walk it sorts elsewhere, and
the walk skips or repeats. A filter on the time last seen can't be moved like that.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dedupe.errors import ContractChanged
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
    list_of,
    listing,
    mapping_of,
    plain_id,
    refuse_repeated,
    rows_of,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http import Api, RequestRefused
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import GivenContact, GivenIdentifier, GivenValue, Kind

PER_SECOND = 10.0
_LIMIT = 100
_OVERLAP = timedelta(minutes=10)
_RESTARTS = 5


@dataclass(frozen=True)
class AskElephant:
    """One workspace."""

    settings: SourceSettings
    version: str = "askelephant-1"
    volatile: frozenset[str] = frozenset()
    modes: frozenset[Mode] = frozenset({Mode.FULL, Mode.CHANGED})

    def connection(self) -> Connection:
        token = self.settings.secrets.get("token", "")
        headers = {"Authorization": token if self.settings.auth == "raw" else f"Bearer {token}"}
        return Connection(self.settings.base_url or "https://app.askelephant.ai", headers, PER_SECOND)

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        state: Cursor = start.cursor or {"floor": _floor(start), "next": None, "ids": [], "ordered": True}
        while True:
            body, state = self._page(api, state)
            rows = rows_of(self.settings.name, body, "data")
            state, done = self._behind(state, rows, self._following(body))
            yield Page(rows, state, done)
            if done:
                return

    def judge(self, facts: WalkFacts) -> str | None:
        if facts.cursor.get("problem"):
            return str(facts.cursor["problem"])
        return None if facts.cursor.get("ordered") else "order broken"

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:
        return time_of(mapping_of(payload).get("updated_at"))

    def find(self, api: Api, external_id: str) -> Found:
        return found_by_id(api, "/api/v2/contacts/{id}", external_id, "data")

    def read(self, payload: Any) -> GivenContact:
        return extended(read(payload), payload, self.settings.mapping)

    def _page(self, api: Api, state: Cursor) -> tuple[Any, Cursor]:
        """The page, and the state that asked for it: a refused cursor begins again at the time last seen."""
        params: dict[str, str | int] = {"limit": _LIMIT, "order_by": "updated_at:asc"}
        if state["floor"] is not None:
            params["filter[updated_at][gte]"] = state["floor"]
        if state["next"] is not None:
            params["cursor"] = state["next"]
        try:
            return api.get("/api/v2/contacts", params, listing(self.settings.name, "data")).body, state
        except RequestRefused as refused:
            restarts = state.get("restarts", 0) + 1
            if state["next"] is None or refused.status not in (400, 404, 410, 422) or restarts > _RESTARTS:
                raise
            return self._page(api, {**state, "restarts": restarts, "next": None, "ids": []})

    def _following(self, body: Any) -> str | None:
        more, following = body.get("has_more"), body.get("next_cursor")
        if not isinstance(more, bool) or more != (following is not None):
            raise ContractChanged(f"{self.settings.name}: has_more and next_cursor disagree")
        return str(following) if more else None

    def _behind(self, state: Cursor, rows: list[Any], following: str | None) -> tuple[Cursor, bool]:
        ids = [plain_id(row) for row in rows]
        refuse_repeated(self.settings.name, state["ids"], ids)
        moments = [moment for row in rows if (moment := self.changed_at(row)) is not None]
        floor = time_of(state["floor"])
        ordered = moments == sorted(moments)
        by_cursor = state.get("by_cursor", False) or (floor is not None and any(m < floor for m in moments))
        behind: Cursor = {
            **state,
            "ids": ids,
            "ordered": state["ordered"] and ordered,
            "by_cursor": by_cursor,
        }
        if following is None:
            return {**behind, "next": None}, True
        if following == state["next"]:
            raise ContractChanged(f"{self.settings.name}: a cursor leads to itself")
        last = moments[-1] if moments and self.changed_at(rows[-1]) is not None else None
        if last is None or by_cursor or not ordered or (floor is not None and last <= floor):
            return {**behind, "next": following}, False
        return {**behind, "next": None, "floor": mapping_of(rows[-1])["updated_at"]}, False


def _floor(start: Start) -> str | None:
    if start.mode is not Mode.CHANGED or start.since is None:
        return None
    return (start.since - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def read(payload: Any) -> GivenContact:
    """A contact. Its company is an id alone; phones are as somebody wrote them."""
    contact = mapping_of(payload)
    name = filled(given=contact.get("first_name"), family=contact.get("last_name"))
    given: GivenContact = {
        "kind": Kind.PERSON,
        "names": [name] if name else [],  # type: ignore[list-item]
        "emails": _values(contact.get("emails"), "email"),
        "phones": _values(contact.get("phone_numbers"), "phone_number"),
        "identifiers": _identifiers(contact.get("crm_association")),
        "custom": _custom(contact),
    }
    given.update(filled(time_zone=contact.get("time_zone")))  # type: ignore[typeddict-item]
    for field, key in (("created_at", "created_at"), ("changed_at", "updated_at")):
        if (moment := time_of(contact.get(key))) is not None:
            given[field] = moment  # type: ignore[literal-required]
    return given


def _values(items: Any, key: str) -> list[GivenValue]:
    """Each value, the primary ones first."""
    entries = [mapping_of(item) for item in list_of(items)]
    ranked = sorted(entries, key=lambda entry: entry.get("is_primary") is not True)
    return [{"given": text} for entry in ranked if (text := text_of(entry.get(key))) is not None]


def _identifiers(association: Any) -> list[GivenIdentifier]:
    found: list[GivenIdentifier] = []
    for item in association if isinstance(association, list) else [association]:
        entry = mapping_of(item)
        given = text_of(entry.get("id")) or text_of(entry.get("object_id"))
        crm = text_of(entry.get("source")) or text_of(entry.get("provider")) or "crm"
        if given is not None:
            found.append({"namespace": crm.strip().lower(), "given": given})
    return found


def _custom(contact: Any) -> dict[str, Any]:
    custom = filled(description=contact.get("description"))
    if (company := text_of(mapping_of(contact.get("company")).get("id"))) is not None:
        custom["company_id"] = company
    return custom
