"""The walk of the Chatwoot family: the totals that its pages state, and the order of their contacts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dedupe.errors import ContractChanged
from dedupe.fetchers.fetcher import Cursor, Page, list_of, mapping_of, plain_id, rows_of
from dedupe.fetchers.given import text_of, time_of
from dedupe.fetchers.limits import whole_number
from dedupe.fetchers.walks.completeness import Unsettled
from dedupe.fetchers.walks.loop_guard import SeenIds
from dedupe.fetchers.walks.numbered_pages import KeptPage, NumberedPages

Take = Callable[[int, int], Any]
PAGE_SIZE = 15  # contacts a page, fixed by the provider
_TOO_MANY_PAGES = "more pages than the count allows"


@dataclass
class WalkTotals:
    """The totals that the answers of a walk state: page size, number of contacts, and how often that
    changed."""

    source: str
    size: int = PAGE_SIZE
    first: int | None = None
    last: int | None = None
    changes: int = 0  # of the count
    uncounted: bool = False  # an answer that told none

    @classmethod
    def going_on(cls, source: str, cursor: Cursor) -> WalkTotals:
        first, last = cursor.get("count_first"), cursor.get("count_last")
        return cls(
            source,
            cursor.get("size", PAGE_SIZE),
            first,
            last,
            cursor.get("changes", 0),
            "uncounted" in cursor,
        )

    def note(self, number: int, body: Any) -> None:
        """Take in the totals of a page. Raises ContractChanged when it isn't the page that was requested."""
        meta = mapping_of(mapping_of(body).get("meta"))
        echoed = text_of(meta.get("current_page"))
        if echoed is not None and echoed != str(number):
            raise ContractChanged(f"{self.source}: asked for page {number}, got page {echoed}")
        count, rows = _count(meta), list_of(body.get("payload"))
        self.size = max(len(rows), self.size if number > 1 else 1)
        if count is None:
            self.uncounted = True
            return
        self.changes += self.last is not None and count != self.last
        self.first, self.last = count if self.first is None else self.first, count

    def content(self) -> Cursor:
        state = {"size": self.size, "changes": self.changes}
        if self.uncounted:
            return {**state, "uncounted": True}
        return {**state, "count_first": self.first, "count_last": self.last}

    def end(self) -> int:
        """The number of the empty page after the last one; unknown before the first answer."""
        return 1 if self.last is None else -(-self.last // self.size) + 1

    def most(self) -> int:
        """The number of pages beyond which the list can't be of so many contacts, even if some pages are
        short."""
        if self.first is None or self.last is None:
            return 10**7
        return -(-max(self.first, self.last) * 5 // (self.size * 4)) + 50


@dataclass
class Order:
    """Whether `created_at` follows the requested direction throughout."""

    direction: int
    kept: bool = True
    _at: int = field(default=0, init=False)
    _last: float | None = field(default=None, init=False)
    _known: SeenIds = field(default_factory=SeenIds, init=False)

    def note(self, number: int, rows: Sequence[Any]) -> None:
        """Take in a page. A contact seen before, even on this page, counts at its first place only."""
        if number != self._at + 1:  # the walk went back: who is new there is older than whoever came last
            self._last = None
        self._at = number
        for row in rows:
            key, moment = plain_id(row), time_of(mapping_of(row).get("created_at"))
            if moment is None or (key is not None and not self._known.add(key)):
                continue
            seconds = moment.timestamp()
            self.kept = self.kept and (self._last is None or (seconds - self._last) * self.direction >= 0)
            self._last = seconds


def ids_of(source: str, body: Any) -> list[str | None]:
    return [plain_id(row) for row in rows_of(source, body, "payload")]


@dataclass
class ChatwootWalk:
    """One walk of an account: ascending over all contacts, or newest first until a page has no new
    contact."""

    source: str
    take: Take
    known: Callable[[Sequence[str]], bool] | None = None  # for the newest first

    def pages(self, cursor: Cursor) -> Iterator[Page]:
        """Yield the pages from `cursor` on; each is read again after the one that follows it."""
        totals, order = WalkTotals.going_on(self.source, cursor), Order(1 if self.known is None else -1)
        numbered = self._numbered(totals)
        for look in numbered.looks(cursor.get("at")):
            rows = rows_of(self.source, look.body, "payload")
            order.note(look.number, rows)
            if not order.kept:
                numbered.give_up(Unsettled("order broken"))
            capped = not look.done and look.number > totals.most()
            if capped:
                numbered.give_up(_TOO_MANY_PAGES)
            yield self._page(look, rows, totals, numbered.problem)
            if capped:
                return

    def _numbered(self, totals: WalkTotals) -> NumberedPages:
        def noted(number: int, last: int) -> Any:
            body = self.take(number, last)
            totals.note(number, body)
            return body

        def ids(body: Any) -> list[str | None]:
            return ids_of(self.source, body)

        if self.known is None:
            return NumberedPages(self.source, noted, ids, totals.end)
        return NumberedPages(self.source, noted, ids, totals.end, self._all_known, block=1)

    def _all_known(self, ids: Sequence[str | None]) -> bool:
        return self.known is not None and self.known([key for key in ids if key is not None])

    def _page(self, look: KeptPage, rows: list[Any], totals: WalkTotals, problem: str | None) -> Page:
        at = {**look.at, "problem": problem, "unsettled": isinstance(problem, Unsettled)}
        cursor = {"at": at, "newest": self.known is not None, **totals.content()}
        return Page(rows, cursor, look.done or problem == _TOO_MANY_PAGES, look.again)


def _count(meta: Any) -> int | None:
    return whole_number(text_of(meta.get("count")))
