"""The walk over Whippy's pages: by cursor in order of (name, id), with filters repeated on every page.

An order by name may have no place for contacts without one: after a cursor, SQL lists no row whose name is
null. So contacts without a name are requested separately, by a filter and by offset. A service without
that filter is asked for the rest of its list by offset instead, which starts after the last contact seen.

A rename during a full walk can make it skip a row. So walks over the changes since the previous one began
follow, until one has a single page.

The list itself must be answered. Later requests may be refused or fail: the walk then continues without
them, and its assessment says which contacts may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Any

from dedupe.errors import ContractChanged, SourceError
from dedupe.fetchers.fetcher import Cursor, Mode, Page, Start, listing, mapping_of, plain_id, rows_of
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.http.client import Api, RequestRefused
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.walks.completeness import Unsettled
from dedupe.fetchers.walks.further_questions import fails_alone
from dedupe.fetchers.walks.loop_guard import LoopGuard

_PATH = "/v1/contacts"
_LIMIT = 500  # contacts a page: the provider's maximum
_OVERLAP = timedelta(minutes=10)  # chosen
_CLOSE = timedelta(minutes=2)  # the overlap of what is read once more at once
_SECOND = timedelta(seconds=1)
_RESTARTS = 3  # chosen
_ROUNDS = 5  # of what changed meanwhile
_BY_OFFSET = ("nameless", "rest")
_NO_END = "an answer doesn't say whether more follow (metadata.next_cursor)"
_SHIFTED = "contacts without a name moved while they were read, or their offset has no effect"
_IN_MOTION = "contacts went on changing while those that had changed were read"
_NO_EFFECT = "the filter has no effect"


class _Unsaid(Enum):
    """Marks an answer that doesn't name the next page, so that its end isn't stated; absent is not null."""

    UNSAID = 0


_UNSAID = _Unsaid.UNSAID


def reason_of(cursor: Any) -> str | None:
    """Why a finished walk may have missed a contact, or None."""
    problem, lacking = text_of(cursor.get("problem")), text_of(cursor.get("lacking"))
    reasons = "; ".join(one for one in (problem, lacking) if one)
    return Unsettled(reasons) if problem == _NO_END else reasons or None


def updated_at(payload: Any) -> datetime | None:
    """The time of the last change. Never raises: a malformed contact must not end the walk."""
    return time_of(mapping_of(payload).get("updated_at"))


@dataclass
class WhippyWalk:
    """One walk, from its beginning or from a cursor.

    Its phases: all (or changed, from a checkpoint), nameless, rest (where the nameless can't be
    requested), changed (repeatedly), done.
    """

    settings: SourceSettings
    api: Api
    start: Start
    _guard: LoopGuard = field(init=False)

    def pages(self) -> Iterator[Page]:
        state = self.start.cursor or self._beginning()
        self._guard = LoopGuard(self.settings.name, state.get("guard"))
        while True:
            again = self.start.mode is Mode.FULL and state["phase"] != "all"
            rows, state = self._step(state)
            yield Page(rows, state, state["phase"] == "done", again)
            if state["phase"] == "done":
                return

    def _beginning(self) -> Cursor:
        if self.start.mode is Mode.CHANGED and self.start.since is not None:
            after = _moment(self.start.since - _OVERLAP)
            return {"phase": "changed", "since": True, "after": after, "pages": 0}
        return {"phase": "all", "began": _now(), "pages": 0}

    def _step(self, state: Cursor) -> tuple[list[Any], Cursor]:
        """Read the next page; gives its rows and the state after it."""
        try:
            body, state = self._page(state)
        except SourceError as failed:
            if _is_the_list(state) or not fails_alone(failed, self._ask_for_the_list):
                raise
            return [], self._without_answer(state, str(failed))
        rows = rows_of(self.settings.name, body, "data")
        try:
            return rows, self._behind(state, rows, _following(body))
        except ContractChanged as wrong:
            if _is_the_list(state):
                raise
            return rows, self._without_answer(state, str(wrong))

    def _ask_for_the_list(self) -> object:
        return self.api.get(_PATH, {"limit": 1}, listing(self.settings.name, "data"))

    def _page(self, state: Cursor) -> tuple[Any, Cursor]:
        """Request a page; gives it with the state that was used: after a refused cursor the phase begins
        again."""
        try:
            asked = self.api.get(_PATH, self._params(state), listing(self.settings.name, "data"))
            return asked.body, state
        except RequestRefused as refused:
            restarts = state.get("restarts", 0) + 1
            if state.get("next") is None or refused.status not in (400, 422) or restarts > _RESTARTS:
                raise
            again = {**state, "restarts": restarts, "next": None, "pages": 0, "rows": 0, "last": None}
            return self._page({**again, "guard": self._guard.begin()})

    def _params(self, state: Cursor) -> dict[str, str | int]:
        limit = int(self.settings.options.get("limit", _LIMIT))
        params: dict[str, str | int] = {"limit": min(limit, int(state.get("limit", limit)))}
        if state["phase"] == "nameless":
            params["name"] = "nil"
        if state["phase"] in _BY_OFFSET:
            params["offset"] = state["offset"]
        if state.get("next") is not None:
            params["cursor"] = state["next"]
        if "after" in state:
            params[str(self.settings.options.get("updated_after", "updated_at[after]"))] = state["after"]
        return params

    def _behind(self, state: Cursor, rows: list[Any], following: Any) -> Cursor:
        """The state after a page that names `following`: a cursor, the end, or nothing at all."""
        if following is not None and not isinstance(following, str | _Unsaid):
            raise ContractChanged(f"{self.settings.name}: next_cursor is not text")
        ids = [_mark(row) for row in rows]
        if state.get("edge") is not None and ids[:1] != [state["edge"]]:
            return self._from_their_beginning(state)
        onward = [following, state.get("offset")] if isinstance(following, str) else None
        minded = self._guard.page(onward, ids)
        behind: Cursor = {**state, "guard": minded, "pages": state.get("pages", 0) + 1}
        if state["phase"] not in _BY_OFFSET:
            behind |= _counted(state, ids)
        if self._shows_unchanged(state, rows):
            behind["ignored"] = True
        if isinstance(following, _Unsaid):
            return {**behind, "phase": "done", "problem": _NO_END}
        if state["phase"] == "nameless" and any(text_of(mapping_of(row).get("name")) for row in rows):
            return self._rest(behind, _NO_EFFECT)
        if following is None or (state["phase"] in _BY_OFFSET and not rows):
            return self._next_phase({**behind, "next": None})
        return _further(behind, ids) if state["phase"] in _BY_OFFSET else {**behind, "next": following}

    def _shows_unchanged(self, state: Cursor, rows: list[Any]) -> bool:
        """Whether the filter by time of change has no effect."""
        after = time_of(state.get("after"))
        moments = (updated_at(row) for row in rows)
        return after is not None and any(m is not None and m < after - _SECOND for m in moments)

    def _without_answer(self, state: Cursor, why: str) -> Cursor:
        """The state of the walk without the failed request of its phase."""
        if state["phase"] == "nameless":
            return self._rest(state, why)
        if state["phase"] == "rest":
            asked = f"{state['why']} (name=nil), and of the rest of the list (offset): {why}"
            return self._next_phase(_lacking(state, f"contacts without a name may be missing: {asked}"))
        renamed = f"contacts renamed during the walk may be missing: {why} (what changed since)"
        return {**_lacking(state, renamed), "phase": "done"}

    def _rest(self, state: Cursor, why: str) -> Cursor:
        """Request the contacts after the last one that the cursors reached; none where the whole list was
        one page, which no cursor can have cut."""
        if state.get("alone"):
            return self._next_phase(state)
        rows, last = state.get("rows", 0), state.get("last")
        place = {"offset": max(0, rows - 1), "edge": last, "restarts": 0, "guard": self._guard.begin()}
        return {**state, "phase": "rest", "why": why, **place}

    def _from_their_beginning(self, state: Cursor) -> Cursor:
        """Begin the phase again: rows moved, or the offset has no effect or isn't that of the last contact
        seen."""
        if (restarts := state.get("restarts", 0) + 1) > _RESTARTS:
            return self._next_phase(_lacking(state, _SHIFTED))
        return {**state, "restarts": restarts, "offset": 0, "edge": None, "guard": self._guard.begin()}

    def _next_phase(self, state: Cursor) -> Cursor:
        """Choose the next phase. Contacts renamed during a phase may have been skipped, so the changes
        since it began are read after it, until they fit on a single page, which can't skip anybody."""
        many = state["phase"] == "changed" and "since" in state and state["pages"] > 1
        if state["phase"] == "all" or many:
            alone = state["pages"] == 1
            return {**state, "phase": "nameless", "alone": alone, "offset": 0, "guard": self._guard.begin()}
        state = {**state, "edge": None}
        rounds = state.get("rounds", 0) + (state["phase"] == "changed")
        settled = rounds and (state["pages"] == 1 or "ignored" in state)
        if settled or "since" in state:
            return {**state, "phase": "done"}
        if rounds == _ROUNDS:
            return {**state, "phase": "done", "problem": _IN_MOTION}
        skew = min(self.api.skew or 0.0, 0.0)
        began = datetime.fromisoformat(state["began"]) + timedelta(seconds=skew)
        after = _moment(began - (_CLOSE if rounds else _OVERLAP))
        fresh = {"phase": "changed", "began": _now(), "after": after, "rounds": rounds, "pages": 0}
        return {**state, **fresh, "guard": self._guard.begin()}


def _is_the_list(state: Cursor) -> bool:
    """Whether the phase is the walk's main list, not a later request."""
    return state["phase"] == "all" or (state["phase"] == "changed" and "since" in state)


def _mark(row: Any) -> str | None:
    """The hash of a contact's id that a walk keeps: an id erased meanwhile must not stand in a cursor."""
    one = plain_id(row)
    return None if one is None else sha256(one.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _counted(state: Cursor, ids: list[str | None]) -> Cursor:
    """The number of rows that cursors reached (a row shared by two pages counts once), and the last one."""
    shared = bool(ids) and ids[0] is not None and ids[0] == state.get("last")
    last = ids[-1] if ids else state.get("last")
    return {"rows": state.get("rows", 0) + len(ids) - shared, "last": last}


def _further(state: Cursor, ids: list[str | None]) -> Cursor:
    """The state for the next page by offset; each begins with the last contact of the page before, so a
    shift shows."""
    edge = ids[-1] if ids[1:] else None
    return {**state, "offset": state["offset"] + max(1, len(ids) - 1), "edge": edge}


def _lacking(state: Cursor, what: str) -> Cursor:
    before = state.get("lacking")
    return {**state, "lacking": f"{before}; {what}" if before else what}


def _following(body: Any) -> Any:
    """The cursor that an answer names; None at the end, _UNSAID where it says neither."""
    following = mapping_of(body.get("metadata")).get("next_cursor", _UNSAID)
    return _UNSAID if following == "" else following


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
