"""Ends a walk that makes no progress: cursors in a cycle, repeated pages, pages without new ids.

    guard = LoopGuard("crm", state.get("guard"))
    state["guard"] = guard.page(next_cursor, ids)   # ContractChanged where the walk would never end

Its state in the cursor is a few numbers and three hashes, however long the walk: repeated cursors are
found by Brent's cycle detection, with one remembered cursor that is replaced at each power of two. Ids
seen are kept as one bit each in a megabyte of this process; a walk resumed by another process forgets them
and so ends at most one round later. Two ids on one bit only make a page look less new; that this happens
to every id of a hundred pages in a row is practically impossible.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from dedupe.errors import ContractChanged

PATIENCE = 100  # pages in a row without a new id; chosen
REPEATED = "a page repeats the one before it; paging has no effect"
_BITS = 1 << 23  # a megabyte; chosen

State = dict[str, Any]


class LoopGuard:
    """Guards one list of one walk."""

    def __init__(self, source: str, state: Mapping[str, Any] | None = None) -> None:
        """`state` is what `page` gave after the last page, where a walk is resumed."""
        self._source = source
        self._state: State = dict(state or _BEGINNING)
        self._idle = IdlePages(source, self._state["idle"])

    def begin(self) -> State:
        """Start on another list, or on the same from its beginning: every id is new again."""
        self._state, self._idle = dict(_BEGINNING), IdlePages(self._source)
        return dict(self._state)

    def page(self, following: Any, ids: Sequence[str | None]) -> State:
        """Check a page of these ids whose next cursor is `following`. Gives the state as JSON, None where
        there is no next page.

        Raises ContractChanged at a repeated cursor, at the ids of the page before, and after too many
        pages without a new id.
        """
        shown = fingerprint(list(ids)) if any(key is not None for key in ids) else None
        if shown is not None and shown == self._state["shown"]:
            raise ContractChanged(f"{self._source}: {REPEATED}")
        self._state["shown"] = shown
        self._state["idle"] = self._idle.page(ids, last=following is None)
        if following is not None:
            self._mind_cursor(fingerprint(following))
        return dict(self._state)

    def _mind_cursor(self, cursor: str) -> None:
        if cursor in (self._state["mark"], self._state["before"]):
            raise ContractChanged(f"{self._source}: a cursor leads back to a page that was read before")
        self._state["pages"] += 1
        self._state["before"] = cursor
        if self._state["pages"] >= self._state["move_at"]:
            self._state |= {"mark": cursor, "move_at": 2 * self._state["move_at"]}


class IdlePages:
    """Counts pages without a new id. `pages`: their number in a row so far, where a walk is resumed."""

    def __init__(self, source: str, pages: int = 0) -> None:
        self._source, self.pages = source, pages
        self._known = SeenIds()

    def page(self, ids: Sequence[str | None], *, last: bool) -> int:
        """Count a page and give the pages in a row without a new id. Raises ContractChanged where they are
        too many and this isn't the last page."""
        fresh = [self._known.add(key) for key in ids if key is not None]
        self.pages = 0 if any(fresh) else self.pages + 1
        if self.pages >= PATIENCE and not last:
            what = f"{PATIENCE} pages in a row brought no contact that was not there before"
            raise ContractChanged(f"{self._source}: {what}: its list has no end, or its contacts show no id")
        return self.pages


class SeenIds:
    """The ids seen, as one bit each. An unseen id may count as seen, never the other way."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def add(self, key: str) -> bool:
        """Add an id; gives whether it is new."""
        hashed = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        place = int.from_bytes(hashed, "big") % _BITS
        byte, bit = place >> 3, 1 << (place & 7)
        seen = self._bits[byte] & bit
        self._bits[byte] |= bit
        return not seen


_BEGINNING: State = {"pages": 0, "mark": None, "move_at": 1, "before": None, "shown": None, "idle": 0}


def fingerprint(value: Any) -> str:
    """A hash of any JSON value in sixteen letters."""
    text = json.dumps(value, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=8).hexdigest()
