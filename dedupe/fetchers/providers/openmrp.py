"""OpenMRP: the actors of an account, by next links. Only its users are people: the account's own staff.

Staff join no customer unless configured; a source whose users are customers says `options.users = "person"`.

The service may cut the list at a hundred without saying so. Exactly a hundred without a next page is asked
again in parts, by the search term, and the walk is called incomplete all the same: what has no letter to be
searched by would never be seen.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from dedupe.errors import ContractChanged, SourceError
from dedupe.fetchers.fetcher import (
    Cursor,
    LookupById,
    Mode,
    Page,
    ProviderConnection,
    Start,
    WalkSummary,
    found_by_id,
    listing,
    mapping_of,
    plain_id,
    rows_of,
)
from dedupe.fetchers.given import text_of
from dedupe.fetchers.http.client import Api, RetryPolicy
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.walks.completeness import Unsettled
from dedupe.fetchers.walks.further_questions import fails_alone
from dedupe.fetchers.walks.loop_guard import LoopGuard
from dedupe.model import GivenContact, Kind

PER_SECOND = 20.0  # requests, by the provider's page
CAP = 100  # contacts of a list that it cuts off
_PATH = "/v1/messaging/contacts"
_KINDS = {"api_key": Kind.KEY, "agent": Kind.BOT, "group": Kind.GROUP}
_LETTERS = string.ascii_lowercase + string.digits
_LONGEST_TERM = 3  # letters of a search term; chosen
_MOST_FAILED = 3  # searches; chosen
_BEGINNING: Cursor = {"next": None, "terms": [], "rows": 0}
_PUT_TOGETHER = (
    f"capped at {CAP} and put together by search: actors without a Latin letter or a digit may be missing"
)


def _transient(response: httpx.Response) -> bool:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return False
    return mapping_of(mapping_of(body).get("error")).get("is_transient") is True


_USERS = {kind.value: kind for kind in (Kind.STAFF, Kind.PERSON)}


@dataclass(frozen=True)
class OpenMrp:
    """The fetcher of one account."""

    settings: SourceSettings
    version: str = "openmrp-1"
    volatile: frozenset[str] = frozenset({"avatar_url"})
    modes: frozenset[Mode] = frozenset({Mode.FULL})

    def _kind(self) -> Kind | None:
        return _USERS.get(str(self.settings.options.get("users", Kind.STAFF)))

    def connection(self) -> ProviderConnection:
        header = self.settings.version_header or "OpenMRP-Version"
        headers = {
            "Authorization": f"Bearer {self.settings.secrets.get('token', '')}",
            header: self.settings.version or "1.0.forge-preview.1",
        }
        base_url = self.settings.base_url or "https://api.openmrp.com"
        return ProviderConnection(base_url, headers, PER_SECOND, RetryPolicy(transient=_transient))

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        """Yield every page. `terms` in the cursor are the search terms left; an empty list requests
        everything."""
        state: Cursor = start.cursor or dict(_BEGINNING)
        guard = LoopGuard(self.settings.name, state.get("guard"))
        while True:
            rows, state = self._step(api, state, guard)
            yield Page(rows, state, bool(state.get("done")))
            if state.get("done"):
                return

    def _step(self, api: Api, state: Cursor, guard: LoopGuard) -> tuple[list[Any], Cursor]:
        """Read the next page; gives its rows and the state after it. A search may fail, the list may not."""
        rows: list[Any] = []
        try:
            body = api.get(_PATH, self._params(state), listing(self.settings.name, "data")).body
            rows = rows_of(self.settings.name, body, "data")
            return rows, self._behind(api, state, rows, mapping_of(body.get("page_info")), guard)
        except SourceError as failed:
            if not state["terms"] or not fails_alone(failed, lambda: self._ask_for_the_list(api)):
                raise
            return rows, {**self._without_term(state, str(failed)), "guard": guard.begin()}

    def _ask_for_the_list(self, api: Api) -> object:
        return api.get(_PATH, self._params(_BEGINNING), listing(self.settings.name, "data"))

    def _without_term(self, state: Cursor, why: str) -> Cursor:
        failed = state.get("failed", 0) + 1
        left = state["terms"][1:] if failed < _MOST_FAILED else []
        behind = {**state, "failed": failed, "why": why, "terms": left, "next": None, "rows": 0}
        return behind if left else {**behind, "done": True}

    def assess_walk(self, summary: WalkSummary) -> str | None:
        problem, cut = summary.cursor.get("problem"), summary.cursor.get("cut")
        unsaid = summary.cursor.get("unsaid")
        if unsaid and not problem:
            return Unsettled(unsaid)
        failed, why = summary.cursor.get("failed"), summary.cursor.get("why")
        reasons = [
            problem,
            f"{cut} terms of {_LONGEST_TERM} letters were cut, too" if cut else None,
            f"{failed} searches failed, the last with: {why}" if failed else None,
            unsaid,
        ]
        return "; ".join(str(one) for one in reasons if one) or None

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:  # noqa: ARG002  actors show no time
        return None

    def find(self, api: Api, external_id: str) -> LookupById:
        """Look an actor up by id. The vendor doesn't document this, so only an actor found counts as an
        answer."""
        return found_by_id(api, _PATH + "/{id}", external_id, None)

    def read(self, payload: Any) -> GivenContact:
        return extended(read(payload, self._kind() or Kind.STAFF), payload, self.settings.mapping)

    def _params(self, state: Cursor) -> list[tuple[str, str | int]]:
        if state["next"] is not None:
            return [(key, value) for key, value in state["next"]]
        params: list[tuple[str, str | int]] = [("limit", CAP), ("include[]", "role")]
        return [*params, ("q", state["terms"][0])] if state["terms"] else params

    def _behind(self, api: Api, state: Cursor, rows: list[Any], info: Any, guard: LoopGuard) -> Cursor:
        ids, link = [plain_id(row) for row in rows], self._link(info)
        query = None if link is None else [list(pair) for pair in api.linked(link)]
        if query == []:
            raise ContractChanged(f"{self.settings.name}: a next link leads to its own page")
        seen = state["rows"] + len(rows)
        behind = {**state, "guard": guard.page(query, ids), "rows": seen, "next": query}
        if query is not None:
            return behind
        if unsaid := _unsaid(info):
            behind["unsaid"] = unsaid
        return {**self._next_term(behind, seen, ids), "guard": guard.begin()}

    def _link(self, info: Any) -> str | None:
        """The next link, None where there is none."""
        link, more = info.get("next_page_url"), info.get("has_next_page")
        if link is None or link == "":
            return None
        if not isinstance(link, str):
            raise ContractChanged(f"{self.settings.name}: next_page_url is not text")
        if more is False:
            raise ContractChanged(f"{self.settings.name}: has_next_page and next_page_url disagree")
        return link

    def _next_term(self, state: Cursor, seen: int, ids: list[str | None]) -> Cursor:
        """Finish the list of one search term; one that is cut at the cap is split into longer terms."""
        asked, left = (state["terms"][0], state["terms"][1:]) if state["terms"] else ("", [])
        behind: Cursor = {**state, "next": None, "rows": 0, "terms": left}
        if seen == CAP and not asked:
            behind |= {"problem": _PUT_TOGETHER, "all": ids, "terms": list(_LETTERS)}
        elif seen == CAP and ids == state.get("all"):
            behind |= {"problem": f"capped at {CAP}, and the search has no effect", "terms": []}
        elif seen == CAP and len(asked) < _LONGEST_TERM:
            behind["terms"] = [*left, *(asked + letter for letter in _LETTERS)]
        elif seen == CAP:
            behind["cut"] = state.get("cut", 0) + 1
        if not behind["terms"]:
            behind["done"] = True
        return behind


def _unsaid(info: Any) -> str | None:
    """Why a page without a next link isn't the stated end of the list, or None. Absent is not null."""
    if info.get("has_next_page") is True:
        return "an answer has more pages (has_next_page) and no link to them (next_page_url)"
    if info.get("has_next_page") is False or info.get("next_page_url", "") is None:
        return None
    return "an answer doesn't say whether more follow (page_info)"


def read(payload: Any, users: Kind = Kind.STAFF) -> GivenContact:
    """Map an actor. A user's handle is an email address; a key's is the redacted key, which is dropped."""
    actor = mapping_of(payload)
    type_ = text_of(actor.get("type")) or ""
    kind = users if type_ == "user" else _KINDS.get(type_, Kind.BOT)
    name, handle = text_of(actor.get("name")), text_of(actor.get("handle"))
    given: GivenContact = {"kind": kind, "names": [{"full": name}] if name else []}
    if type_ == "user" and handle is not None:
        given["emails"] = [{"given": handle}]
    role = text_of(mapping_of(actor.get("role")).get("name"))
    if role is not None:
        given["custom"] = {"role": role}
    return given
