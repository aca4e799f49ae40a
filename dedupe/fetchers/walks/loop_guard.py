"""Ends a walk that gets nowhere: cursors that go round, pages that repeat, pages without anybody new.

    guard = Endless("crm", state.get("guard"))
    state["guard"] = guard.page(next_cursor, ids)   # ContractChanged where the walk would have no end

What stands in the cursor is a few numbers and three hashes, however long the walk: repeated cursors are found
as Brent finds cycles, by one cursor kept as a mark that moves on at each power of two. Who is new is told by
one bit an id, in a megabyte that stays in this process. A walk that goes on in another one forgets who was
there and so ends at most one round later. Two ids of one bit only make a page look less new; that this
happens to every id of a hundred pages in a row is out of the question.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

from dedupe.errors import ContractChanged

PATIENCE = 100  # pages in a row without a new id
REPEATED = "a page repeats the one before it; paging has no effect"
_BITS = 1 << 23

State = dict[str, Any]


class LoopGuard:
    """Minds one list of one walk."""

    def __init__(self, source: str, state: Mapping[str, Any] | None = None) -> None:
        """`state` is what `page` gave behind the last page, where a walk goes on."""
        self._source = source
        self._state: State = dict(state or _BEGINNING)
        self._idle = IdlePages(source, self._state["idle"])

    def begin(self) -> State:
        """Another list, or the same from its beginning: everybody is new again."""
        self._state, self._idle = dict(_BEGINNING), IdlePages(self._source)
        return dict(self._state)

    def page(self, following: Any, ids: Sequence[str | None]) -> State:
        """How it stands behind a page of these ids, which `following` leads on from: JSON, None where nothing
        names the next page.

        ContractChanged at a cursor seen before, at the ids of the page before, and where page after page
        brings nobody new.
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
    """Minds that pages bring somebody new. `pages`: so many in a row brought nobody, where a walk goes on."""

    def __init__(self, source: str, pages: int = 0) -> None:
        self._source, self.pages = source, pages
        self._known = SeenIds()

    def page(self, ids: Sequence[str | None], *, last: bool) -> int:
        """How many did, this one included. ContractChanged where they are too many and it isn't the last."""
        fresh = [self._known.add(key) for key in ids if key is not None]
        self.pages = 0 if any(fresh) else self.pages + 1
        if self.pages >= PATIENCE and not last:
            what = f"{PATIENCE} pages in a row brought no contact that was not there before"
            raise ContractChanged(f"{self._source}: {what}: its list has no end, or its contacts show no id")
        return self.pages


class SeenIds:
    """Who was seen, by one bit an id. Some may be taken for seen who weren't, never the other way."""

    def __init__(self) -> None:
        self._bits = bytearray(_BITS // 8)

    def add(self, key: str) -> bool:
        """Whether it is the first time."""
        hashed = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        place = int.from_bytes(hashed, "big") % _BITS
        byte, bit = place >> 3, 1 << (place & 7)
        seen = self._bits[byte] & bit
        self._bits[byte] |= bit
        return not seen


_BEGINNING: State = {"pages": 0, "mark": None, "move_at": 1, "before": None, "shown": None, "idle": 0}


def fingerprint(value: Any) -> str:
    """Sixteen letters that stand for any JSON."""
    text = json.dumps(value, sort_keys=True, default=str)
    return blake2b(text.encode(), digest_size=8).hexdigest()
