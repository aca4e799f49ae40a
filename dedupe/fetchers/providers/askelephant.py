"""AskElephant: pages in order of `updated_at`, walked by time; by cursor only within a page of equal
times.

The provider's cursor holds only a contact's id. If that contact changes during the walk, it moves in the
order and the walk skips or repeats rows; a filter by the last time seen isn't affected. Where a cursor is
needed, the page that gave it is read again after the next one: if that page is unchanged, the cursor was
valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import (
    Cursor,
    LookupById,
    Mode,
    Page,
    ProviderConnection,
    Start,
    WalkSummary,
    filled,
    found_by_id,
    list_of,
    listing,
    mapping_of,
    plain_id,
    rows_of,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http.client import Api, RequestRefused
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.walks.completeness import Unsettled
from dedupe.fetchers.walks.loop_guard import LoopGuard, fingerprint
from dedupe.model import GivenContact, GivenIdentifier, GivenValue, Kind

PER_SECOND = 10.0  # requests (chosen)
_LIMIT = 100  # contacts a page at most, by the provider's page
_OVERLAP = timedelta(minutes=10)  # chosen
_RESTARTS = 5  # chosen
_NO_END = "an answer doesn't say whether more follow (has_more)"
_MOVED = "contacts that cursors name went on changing while they were used"


@dataclass(frozen=True)
class AskElephant:
    """The fetcher of one workspace."""

    settings: SourceSettings
    version: str = "askelephant-1"
    volatile: frozenset[str] = frozenset()
    modes: frozenset[Mode] = frozenset({Mode.FULL, Mode.CHANGED})

    def connection(self) -> ProviderConnection:
        token = self.settings.secrets.get("token", "")
        headers = {"Authorization": token if self.settings.auth == "raw" else f"Bearer {token}"}
        return ProviderConnection(self.settings.base_url or "https://app.askelephant.ai", headers, PER_SECOND)

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        state: Cursor = start.cursor or {"floor": _floor(start), "next": None, "ordered": True}
        guard = LoopGuard(self.settings.name, state.get("guard"))
        while True:
            body, state = self._page(api, state, guard)
            rows = rows_of(self.settings.name, body, "data")
            state, done = self._behind(state, rows, self._following(body), guard)
            yield Page(rows, state, done)
            if done:
                return

    def assess_walk(self, summary: WalkSummary) -> str | None:
        problem = text_of(summary.cursor.get("problem"))
        if not summary.cursor.get("ordered"):
            return Unsettled("order broken")
        return Unsettled(problem) if problem == _NO_END else problem

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:
        return _updated_at(payload)

    def find(self, api: Api, external_id: str) -> LookupById:
        return found_by_id(api, "/api/v2/contacts/{id}", external_id, "data")

    def read(self, payload: Any) -> GivenContact:
        return extended(read(payload), payload, self.settings.mapping)

    def _page(self, api: Api, state: Cursor, guard: LoopGuard) -> tuple[Any, Cursor]:
        """Request a page; gives it with the state that was used: a cursor that is refused, or whose
        contact has moved, is replaced by the last time seen."""
        used_up = state.get("restarts", 0) >= _RESTARTS
        try:
            body = self._asked(api, state["floor"], state["next"])
            if state["next"] is None or "problem" in state or self._stood_still(api, state):
                return body, state
        except RequestRefused as refused:
            if state["next"] is None or refused.status not in (400, 404, 410, 422) or used_up:
                raise
        else:
            if used_up:
                return body, {**state, "problem": _MOVED}
        return self._page(api, _restarted(state, guard), guard)

    def _asked(self, api: Api, floor: str | None, cursor: str | None) -> Any:
        params: dict[str, str | int] = {"limit": _LIMIT, "order_by": "updated_at:asc"}
        if floor is not None:
            params["filter[updated_at][gte]"] = floor
        if cursor is not None:
            params["cursor"] = cursor
        return api.get("/api/v2/contacts", params, listing(self.settings.name, "data")).body

    def _stood_still(self, api: Api, state: Cursor) -> bool:
        """Whether the page that gave the cursor is unchanged after the cursor was used."""
        handed_out = state.get("handed_out")
        if handed_out is None:
            return True
        rows = rows_of(self.settings.name, self._asked(api, handed_out["floor"], handed_out["next"]), "data")
        return bool(fingerprint([plain_id(row) for row in rows]) == handed_out["ids"])

    def _following(self, body: Any) -> str | bool | None:
        """The next cursor; None at the end; False where the answer doesn't say whether more follow."""
        more, following = body.get("has_more"), body.get("next_cursor") or None
        if not isinstance(more, bool):
            return False
        if more != (following is not None):
            raise ContractChanged(f"{self.settings.name}: has_more and next_cursor disagree")
        return str(following) if more else None

    def _behind(
        self, state: Cursor, rows: list[Any], following: str | bool | None, guard: LoopGuard
    ) -> tuple[Cursor, bool]:
        ids = [plain_id(row) for row in rows]
        moments = [moment for row in rows if (moment := _updated_at(row)) is not None]
        floor, ordered = time_of(state["floor"]), moments == sorted(moments)
        by_cursor = state.get("by_cursor", False) or (floor is not None and any(m < floor for m in moments))
        behind: Cursor = {**state, "ordered": state["ordered"] and ordered, "by_cursor": by_cursor}
        behind.pop("handed_out", None)
        if following is False:
            behind["problem"] = _NO_END
        if not isinstance(following, str):
            return {**behind, "next": None, "guard": guard.page(None, ids)}, True
        last = moments[-1] if moments and _updated_at(rows[-1]) is not None else None
        stuck = last is not None and (last == moments[0] or (floor is not None and last <= floor))
        if last is None or by_cursor or not ordered or stuck:  # from there on the same page would come again
            handed_out = {"floor": state["floor"], "next": state["next"], "ids": fingerprint(ids)}
            behind |= {"next": following, "handed_out": handed_out}
        else:
            behind |= {"next": None, "floor": mapping_of(rows[-1])["updated_at"]}
        return {**behind, "guard": guard.page([behind["floor"], behind["next"]], ids)}, False


def _restarted(state: Cursor, guard: LoopGuard) -> Cursor:
    kept = {key: value for key, value in state.items() if key != "handed_out"}
    return {**kept, "restarts": state.get("restarts", 0) + 1, "next": None, "guard": guard.begin()}


def _floor(start: Start) -> str | None:
    if start.mode is not Mode.CHANGED or start.since is None:
        return None
    return (start.since - _OVERLAP).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _updated_at(payload: Any) -> datetime | None:
    """The time of the last change. Never raises: a malformed contact must not end the walk."""
    return time_of(mapping_of(payload).get("updated_at"))


def read(payload: Any) -> GivenContact:
    """Map a contact. Its company is only an id; phones are free text."""
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
