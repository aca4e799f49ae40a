"""Lists walked from answer to answer, by cursors or by links.

A cursor may refer to a contact's id, which misses nobody whatever changes meanwhile, or to a position,
which misses whoever moves across it; providers don't say which. So unless the declaration says `stable`, a
full walk of several pages reads its list a second time and is complete when both readings have the same
contacts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import Cursor, Page
from dedupe.fetchers.http.client import Api, Reply
from dedupe.fetchers.http.request import Request
from dedupe.fetchers.providers.declared.answers import Answers
from dedupe.fetchers.providers.declared.declaration import Declaration
from dedupe.fetchers.providers.declared.ends import NextPage, leads_to, unsaid
from dedupe.fetchers.providers.declared.page_requests import DeclaredRequests
from dedupe.fetchers.walks.loop_guard import LoopGuard

_EMPTY = {"rows": 0, "sum": 0}  # of a reading: its rows, and the sum of their ids' hashes
BEGINNING: Cursor = {"next": None, "ids": [], "pages": 0, "reading": 1, "here": _EMPTY}


@dataclass(frozen=True)
class CursorWalk:
    """One walk. `whole`: over all contacts, not only the changed ones."""

    declared: Declaration
    answers: Answers
    requests: DeclaredRequests
    api: Api
    whole: bool

    def pages(self, cursor: Cursor) -> Iterator[Page]:
        state = {**BEGINNING, **(cursor if "here" in cursor else {"since": cursor.get("since")})}
        guard = LoopGuard(self.api.source, state.get("guard"))
        while True:
            request = self.requests.followed(state["next"])
            reply, rows = self.answers.asked(self.api, request)
            again = state["reading"] == 2
            onward = self._onward(request, reply, rows)
            state = self._behind(state, guard, reply, rows, onward)
            done = state["next"] is None
            if done and self._read_again(state):
                done, state = False, {**state, **self._second_reading(state, guard)}
            yield Page(rows, state, done, again)
            if done:
                return

    def _onward(self, request: Request, reply: Reply, rows: list[Any]) -> NextPage:
        if self.declared.paging == "none":
            return NextPage(None, unsaid(self.declared, reply))
        onward = leads_to(self.api.source, self.declared, reply, rows)
        if onward.following is None:
            return onward
        if self.declared.paging == "link":
            return NextPage(self.api.behind(self._text(onward.following), request))
        if self.declared.method == "get":
            return NextPage(self._text(onward.following))
        return onward

    def _text(self, following: Any) -> str:
        """The cursor as text, also of a number. Raises ContractChanged for a value that can't go into a
        URL."""
        if isinstance(following, bool) or not isinstance(following, str | int):
            what = f"what is at options.next = {self.declared.next!r} is neither text nor number"
            raise ContractChanged(f"{self.api.source}: {what}")
        return str(following)

    def _behind(
        self, state: Cursor, guard: LoopGuard, reply: Reply, rows: list[Any], onward: NextPage
    ) -> Cursor:
        ids = self.answers.ids(rows)
        fresh = [row for row, key in zip(rows, ids, strict=True) if key not in state["ids"]]
        behind = {
            **state,
            "next": onward.following,
            "ids": ids,
            "pages": state["pages"] + 1,
            "guard": guard.page(onward.following, ids),
            "here": _added(state["here"], ids),
            **self.answers.counted(state, reply),
            **self.answers.in_order(state, fresh),
        }
        return behind if onward.problem is None else {**behind, "problem": onward.problem}

    def _read_again(self, state: Cursor) -> bool:
        proven = not self.whole or self.declared.stable
        return not proven and state["reading"] == 1 and state["pages"] > 1 and "problem" not in state

    def _second_reading(self, state: Cursor, guard: LoopGuard) -> Cursor:
        first = state["here"]
        return {"reading": 2, "first": first, "here": _EMPTY, "ids": [], "last": None, "guard": guard.begin()}


def _added(reading: Cursor, ids: Sequence[str | None]) -> Cursor:
    """An order-free sum of hashes: two readings with one sum have the same contacts."""
    hashes = (int.from_bytes(blake2b(str(key).encode(), digest_size=8).digest(), "big") for key in ids)
    return {"rows": reading["rows"] + len(ids), "sum": (reading["sum"] + sum(hashes)) % 2**64}
