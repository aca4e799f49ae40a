"""Numbered pages of a list that changes during the walk: rows that shift across a page boundary are
noticed.

A deletion before the reading position moves every later row forward by one. The first row of the next page
then moves to a page that was read already and would be missed; the total can't show it, because an
insertion makes up for the deletion. So a block of pages is read, and then read again together with the
page before it. If all are unchanged, they existed together at one moment in between and nobody was missed.
If one changed, the walk continues after the last unchanged page.

Rows that moved across that page's boundary were on it, as long as its two readings share a contact. Where
pages change faster than they can be read, the walk runs to the end without second readings and reports it.
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
    """A page to keep, with rows that are new in this form. `again`: the page was kept before and has
    changed.

    `at` is the state of the walk after it, to store in the cursor and to resume with.
    """

    number: int
    body: Any
    again: bool
    done: bool
    at: dict[str, Any]


@dataclass
class NumberedPages:
    """One walk. `take(page, last)` gives a page and may prefetch up to `last`. The list ends at an empty
    page, or at one that is `enough`.

    `last` is the page after the last one, as far as known; `block` the number of pages read before they
    are read again.
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
        """Yield the pages after `at`. Raises ContractChanged where a page is a copy of the one before it,
        and after too many pages without a new id."""
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
        """Continue to the end without second readings, which would prove nothing any more."""
        self.problem = self.problem or reason

    def _go_on_from(self, at: dict[str, Any]) -> None:
        self._next = self.block
        self._sure, self._edge = at.get("sure", 0), at.get("edge")
        self._moved, self._in_a_row = at.get("moved", 0), at.get("in_a_row", 0)
        self._idle = IdlePages(self.source, at.get("idle", 0))
        problem = at.get("problem")
        self.problem = Unsettled(problem) if problem and at.get("unsettled") else problem

    def _read_on(self, read: dict[int, Ids]) -> Generator[KeptPage, None, Any]:
        """Read the next pages, their ids into `read`; gives the body of the empty page."""
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
        """Whether all pages of the block are unchanged. Pages may be requested in any order, so the last
        one counts too."""
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
