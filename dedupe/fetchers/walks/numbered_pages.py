"""Numbered pages of a list that changes while it is walked: a row that moves over a page's edge is noticed.

A deletion before the reading position moves every later row one place forward. The row at the edge comes to
stand on a page that was read already, and nobody reads it; no count tells, because a row that is inserted
meanwhile makes up for it. So some pages are read, and then read again, with the last one of those before
them. Are they all as they were, they stood so together at the moment between: nobody was passed over. If one
isn't, the walk goes on behind the last that was.

What moved forward over that page's near edge meanwhile stood on it, as long as its two readings have a
contact in common. A walk in which pages move faster than they can be read goes on to its end without looking
back, and says so.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from dedupe.errors import ContractChanged
from dedupe.fetchers.walks.completeness import Unsettled
from dedupe.fetchers.walks.loop_guard import REPEATED, IdlePages

BLOCK = 16  # pages: what waits for its second reading, or is read once more by a walk that goes on, is little
_IN_A_ROW = 10  # pages that moved, one right after another
_IN_ALL = 50  # of a walk, and one more for every ten pages
_FASTER = "contacts moved from page to page faster than they could be read"
_FURTHER = "contacts moved further than a page while it was read"

Ids = Sequence[str | None]


class KeptPage(NamedTuple):
    """A page to keep: its rows weren't seen so before. `again`: it stood behind here already, and has moved.

    `at` is where the walk stands behind it: to be kept in its cursor, and given back to go on there.
    """

    number: int
    body: Any
    again: bool
    done: bool
    at: dict[str, Any]


@dataclass
class NumberedPages:
    """One walk. `take(page, last)` gives a page and may ask ahead up to `last`. An empty page is the end, and
    one that is `enough`.

    `last` is the page behind the last one, as far as anybody knows; `block` the pages that are read before
    they are read again.
    """

    source: str
    take: Callable[[int, int], Any]
    ids_of: Callable[[Any], Ids]
    last: Callable[[], int]
    enough: Callable[[Ids], bool] = lambda _ids: False
    block: int = BLOCK
    problem: str | None = None
    _sure: int = field(default=0, init=False)  # nobody was passed over up to this page
    _edge: Ids | None = field(default=None, init=False)  # its ids when it was last read; None: no page yet
    _moved: int = field(default=0, init=False)  # pages that weren't what they had been, in all
    _in_a_row: int = field(default=0, init=False)
    _next: int = field(default=1, init=False)  # pages to read before they are read again
    _idle: IdlePages = field(init=False)

    def looks(self, at: dict[str, Any] | None = None) -> Iterator[KeptPage]:
        """The pages behind `at`. ContractChanged where a page is a copy of the one before it, and where page
        after page brings nobody new."""
        self._go_on_from(at or {})
        while True:
            read: dict[int, Ids] = {} if self._edge is None else {self._sure: self._edge}
            end = yield from self._read_on(read)
            settled = self.problem is not None or (yield from self._read_again(read))
            if self.problem is not None:
                self._stand_at(max(read), read[max(read)])
            if end is not None and (settled or self.problem is not None):
                yield self._look(max(read), end, read[max(read)], done=True)
                return

    def give_up(self, reason: str) -> None:
        """Go on to the end without looking back: nothing would be proven by it any more."""
        self.problem = self.problem or reason

    def _go_on_from(self, at: dict[str, Any]) -> None:
        self._next = self.block
        self._sure, self._edge = at.get("sure", 0), at.get("edge")
        self._moved, self._in_a_row = at.get("moved", 0), at.get("in_a_row", 0)
        self._idle = IdlePages(self.source, at.get("idle", 0))
        problem = at.get("problem")
        self.problem = Unsettled(problem) if problem and at.get("unsettled") else problem

    def _read_on(self, read: dict[int, Ids]) -> Generator[KeptPage, None, Any]:
        """The next pages, their ids into `read`; gives the body of the empty one."""
        end = self._sure + self._next
        for number in range(self._sure + 1, end + 1):
            body = self.take(number, min(end, self.last()))
            read[number] = ids = self.ids_of(body)
            if not ids or self.enough(ids):
                return body
            if self.problem is not None:
                self._refuse_copy(read.get(number - 1), ids)
            yield self._look(number, body, ids)
        return None

    def _read_again(self, read: dict[int, Ids]) -> Generator[KeptPage, None, bool]:
        """Whether they all are as they were. Pages are asked for in any order, so the last one counts too."""
        last = max(read)
        for number in sorted(read):
            body = self.take(number, last)
            ids = self.ids_of(body)
            if list(ids) != list(read[number]):
                self._note_move(number, read, ids)
                yield self._look(number, body, ids, again=True)
                return False
            self._refuse_copy(ids, read.get(number + 1, ()))
        self._stand_at(last, read[last])
        self._next, self._in_a_row = min(2 * self._next, self.block), 0
        return True

    def _note_move(self, number: int, read: dict[int, Ids], now: Ids) -> None:
        self._moved, self._in_a_row, self._next = self._moved + 1, self._in_a_row + 1, 1
        if number != self._sure:
            self._stand_at(number - 1, read.get(number - 1))
        elif (set(read[number]) & set(now)) - {None}:
            self._stand_at(number, now)
        else:
            self.give_up(Unsettled(_FURTHER))
        if self._in_a_row > _IN_A_ROW or self._moved > _IN_ALL + number // 10:
            self.give_up(_FASTER)

    def _stand_at(self, number: int, ids: Ids | None) -> None:
        self._sure, self._edge = number, None if ids is None else list(ids)

    def _look(self, number: int, body: Any, ids: Ids, *, again: bool = False, done: bool = False) -> KeptPage:
        at = {
            "idle": self._idle.page(ids, last=done),
            "sure": self._sure,
            "edge": self._edge,
            "moved": self._moved,
            "in_a_row": self._in_a_row,
            "problem": self.problem,
            "unsettled": isinstance(self.problem, Unsettled),
        }
        return KeptPage(number, body, again, done, at)

    def _refuse_copy(self, before: Ids | None, ids: Ids) -> None:
        if any(key is not None for key in ids) and list(before or ()) == list(ids):
            raise ContractChanged(f"{self.source}: {REPEATED}")
