"""Whippy: pages by cursor in order of (name, id), filters that must be repeated on every page.

An order by name may have no place for who has none: behind a cursor, SQL lists nobody whose name is null.
So the nameless are asked for once more, by a filter of their own and by offset.

A rename during a full walk can skip a row, so walks over what changed since the one before began follow,
until one is a single page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

import httpx

from dedupe.errors import ContractChanged
from dedupe.fetchers.completeness import Unsettled
from dedupe.fetchers.endless import Endless
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
    rows_of,
)
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http import Api, Habits, RequestRefused
from dedupe.fetchers.limits import whole_number
from dedupe.fetchers.mapping import extended
from dedupe.fetchers.settings import SourceSettings
from dedupe.model import GivenContact, Kind, Preference

PER_SECOND = 25.0
_LIMIT = 500
_OVERLAP = timedelta(minutes=10)
_CLOSE = timedelta(minutes=2)  # the overlap of what is read once more at once
_SECOND = timedelta(seconds=1)
_RESTARTS = 3
_ROUNDS = 5  # of what changed meanwhile
_NO_END = "an answer doesn't say whether more follow (metadata.next_cursor)"
_SHIFTED = "contacts without a name moved while they were read, or their offset has no effect"
_IN_MOTION = "contacts went on changing while those that had changed were read"


class _Unsaid(Enum):
    """Absent is not null: where an answer doesn't name the next page, its end isn't stated."""

    UNSAID = 0


_UNSAID = _Unsaid.UNSAID


def _interval(response: httpx.Response) -> float | None:
    """The provider tells in milliseconds when its window ends."""
    told = whole_number(response.headers.get("x-ratelimit-remaining-interval-milliseconds"))
    return None if told is None else told / 1000


@dataclass(frozen=True)
class Whippy:
    """One organization."""

    settings: SourceSettings
    version: str = "whippy-2"
    volatile: frozenset[str] = frozenset()
    modes: frozenset[Mode] = frozenset({Mode.FULL, Mode.CHANGED})

    def connection(self) -> Connection:
        headers = {"X-WHIPPY-KEY": self.settings.secrets.get("token", "")}
        base_url = self.settings.base_url or "https://api.whippy.co"
        return Connection(base_url, headers, PER_SECOND, Habits(wait=_interval))

    def fetch(self, api: Api, start: Start) -> Iterator[Page]:
        state = start.cursor or self._beginning(start)
        guard = Endless(self.settings.name, state.get("guard"))
        while True:
            body, state = self._page(api, state, guard)
            rows = rows_of(self.settings.name, body, "data")
            again = start.mode is Mode.FULL and state["phase"] != "all"
            state = self._behind(state, rows, _following(body), guard, api.skew or 0.0)
            yield Page(rows, state, state["phase"] == "done", again)
            if state["phase"] == "done":
                return

    def judge(self, facts: WalkFacts) -> str | None:
        problem = text_of(facts.cursor.get("problem"))
        return Unsettled(problem) if problem == _NO_END else problem

    def external_id(self, payload: Any) -> str | None:
        return plain_id(payload)

    def changed_at(self, payload: Any) -> datetime | None:
        return _updated_at(payload)

    def find(self, api: Api, external_id: str) -> Found:
        return found_by_id(api, "/v1/contacts/{id}", external_id, "data")

    def read(self, payload: Any) -> GivenContact:
        return extended(read(payload), payload, self.settings.mapping)

    def _beginning(self, start: Start) -> Cursor:
        if start.mode is Mode.CHANGED and start.since is not None:
            return {"phase": "changed", "since": True, "after": _moment(start.since - _OVERLAP), "pages": 0}
        return {"phase": "all", "began": _now(), "pages": 0}

    def _page(self, api: Api, state: Cursor, guard: Endless) -> tuple[Any, Cursor]:
        """The page, and the state that asked for it: a refused cursor begins its phase again."""
        try:
            asked = api.get("/v1/contacts", self._params(state), listing(self.settings.name, "data"))
            return asked.body, state
        except RequestRefused as refused:
            if state["phase"] == "nameless":  # it doesn't know the filter
                return {"data": [], "metadata": {"next_cursor": None}}, state
            restarts = state.get("restarts", 0) + 1
            if state.get("next") is None or refused.status not in (400, 422) or restarts > _RESTARTS:
                raise
            again = {**state, "restarts": restarts, "next": None, "pages": 0}
            return self._page(api, {**again, "guard": guard.begin()}, guard)

    def _params(self, state: Cursor) -> dict[str, str | int]:
        limit = int(self.settings.options.get("limit", _LIMIT))
        params: dict[str, str | int] = {"limit": min(limit, int(state.get("limit", limit)))}
        if state["phase"] == "nameless":
            params |= {"name": "nil", "offset": state["offset"]}
        if state.get("next") is not None:
            params["cursor"] = state["next"]
        if "after" in state:
            params[str(self.settings.options.get("updated_after", "updated_at[after]"))] = state["after"]
        return params

    def _behind(self, state: Cursor, rows: list[Any], following: Any, guard: Endless, skew: float) -> Cursor:
        """How the walk stands behind a page that names `following`: a cursor, the end, or nothing at all."""
        if following is not None and not isinstance(following, str | _Unsaid):
            raise ContractChanged(f"{self.settings.name}: next_cursor is not text")
        ids = [plain_id(row) for row in rows]
        if state.get("edge") is not None and ids[:1] != [state["edge"]]:
            return self._nameless_again(state, guard)
        onward = [following, state.get("offset")] if isinstance(following, str) else None
        minded = guard.page(onward, ids)
        behind: Cursor = {**state, "guard": minded, "pages": state.get("pages", 0) + 1}
        if self._shows_unchanged(state, rows):
            behind["ignored"] = True
        if isinstance(following, _Unsaid):
            return {**behind, "phase": "done", "problem": _NO_END}
        if following is None:
            return self._next_phase({**behind, "next": None}, guard, skew)
        if state["phase"] == "nameless":
            return self._onward_nameless(behind, rows, guard, skew)
        return {**behind, "next": following}

    def _shows_unchanged(self, state: Cursor, rows: list[Any]) -> bool:
        """Whether the filter by time of change has no effect."""
        after = time_of(state.get("after"))
        moments = (_updated_at(row) for row in rows)
        return after is not None and any(m is not None and m < after - _SECOND for m in moments)

    def _onward_nameless(self, state: Cursor, rows: list[Any], guard: Endless, skew: float) -> Cursor:
        """By offset, each page beginning with the last contact of the one before, so that a shift is seen."""
        named = any(text_of(mapping_of(row).get("name")) for row in rows)
        if named or not rows:  # the filter has no effect, or these were all
            return self._next_phase(state, guard, skew)
        edge = plain_id(rows[-1]) if rows[1:] else None
        return {**state, "offset": state["offset"] + max(1, len(rows) - 1), "edge": edge}

    def _nameless_again(self, state: Cursor, guard: Endless) -> Cursor:
        """From their beginning, since they moved, or the offset has no effect."""
        if (restarts := state.get("restarts", 0) + 1) > _RESTARTS:
            return {**state, "phase": "done", "problem": _SHIFTED}
        return {**state, "restarts": restarts, "offset": 0, "edge": None, "guard": guard.begin()}

    def _next_phase(self, state: Cursor, guard: Endless, skew: float) -> Cursor:
        """Whoever was renamed while a phase was read may have been passed over. So what changed since it
        began is read behind it, until that is a single page, which can pass nobody over."""
        many = state["phase"] == "changed" and "since" in state and state["pages"] > 1
        if state["phase"] == "all" or many:
            return {**state, "phase": "nameless", "offset": 0, "guard": guard.begin()}
        state = {**state, "edge": None}
        rounds = state.get("rounds", 0) + (state["phase"] == "changed")
        settled = rounds and (state["pages"] == 1 or "ignored" in state)
        if settled or "since" in state:
            return {**state, "phase": "done"}
        if rounds == _ROUNDS:
            return {**state, "phase": "done", "problem": _IN_MOTION}
        began = datetime.fromisoformat(state["began"]) + timedelta(seconds=min(skew, 0.0))
        after = _moment(began - (_CLOSE if rounds else _OVERLAP))
        fresh = {"phase": "changed", "began": _now(), "after": after, "rounds": rounds, "pages": 0}
        return {**state, **fresh, "guard": guard.begin()}


def _following(body: Any) -> Any:
    """The cursor that an answer names, None at the end, _UNSAID where it says neither."""
    following = mapping_of(body.get("metadata")).get("next_cursor", _UNSAID)
    return _UNSAID if following == "" else following


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _updated_at(payload: Any) -> datetime | None:
    """Total, as the walk needs it: what one contact holds ends no walk."""
    return time_of(mapping_of(payload).get("updated_at"))


def read(payload: Any) -> GivenContact:
    """A contact; whole name and parts may disagree, both are kept."""
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
    """A structured date as the house writes it; a part that is missing or absurd is left out."""
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
