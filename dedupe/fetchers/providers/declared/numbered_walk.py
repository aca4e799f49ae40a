"""Lists by page numbers or offsets: every page is read again after the one that follows it.

An offset is the page number times the contacts on the first page. Where a later page has fewer and isn't
the last, offsets count something else than contacts, and only a count can prove that all came.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from dedupe.fetchers.fetcher import Cursor, Page, mapping_of
from dedupe.fetchers.http.client import Api, Reply
from dedupe.fetchers.http.page_prefetch import PagePrefetch
from dedupe.fetchers.providers.declared.answers import AnswerRows, Answers
from dedupe.fetchers.providers.declared.declaration import Declaration
from dedupe.fetchers.providers.declared.ends import says_end, unstated_end
from dedupe.fetchers.providers.declared.page_requests import DeclaredRequests
from dedupe.fetchers.walks.completeness import Unsettled
from dedupe.fetchers.walks.loop_guard import SeenIds
from dedupe.fetchers.walks.numbered_pages import KeptPage, NumberedPages

_KEPT = ("since", "size", "short", "uneven", "ordered", "count_first", "count_last", "changes", "motion")


@dataclass
class NumberedWalk:
    """One walk. `whole`: over all contacts, not only the changed ones."""

    declared: Declaration
    answers: Answers
    requests: DeclaredRequests
    api: Api
    whole: bool
    _totals: Cursor = field(default_factory=dict, init=False)  # what the answers have told
    _last_reply: Reply | None = field(default=None, init=False)
    _number: int = field(default=0, init=False)  # of its page
    _known: SeenIds = field(default_factory=SeenIds, init=False)

    def pages(self, cursor: Cursor) -> Iterator[Page]:
        self._totals = {key: cursor[key] for key in (*_KEPT, "uncounted") if key in cursor}
        with PagePrefetch(self.api, self._asked) as ahead:
            numbered = NumberedPages(
                self.api.source,
                lambda number, last: self._taken(number, ahead.take(number, last)),
                lambda answer: self.answers.ids(answer.rows),
                self._last,
                self._enough,
            )
            for look in numbered.looks(dict(mapping_of(cursor.get("at")))):
                yield self._page(look, numbered)

    def _asked(self, number: int) -> AnswerRows:
        request = self.requests.numbered(number, self._totals.get("size", self.declared.size))
        return self.answers.asked(self.api, request)

    def _taken(self, number: int, answer: AnswerRows) -> AnswerRows:
        """Take in what the answer says of the whole list."""
        rows = len(answer.rows)
        self._totals.setdefault("size", rows or self.declared.size)
        if rows and self.declared.paging == "offset" and self._totals.get("short", number) < number:
            self._totals["uneven"] = True
        if 0 < rows < self._totals["size"]:
            self._totals["short"] = min(number, self._totals.get("short", number))
        self._totals |= self.answers.counted(self._totals, answer.reply)
        self._number, self._last_reply = number, answer.reply
        return answer

    def _last(self) -> int:
        """The last page to request, as far as known."""
        count, size = self._totals.get("count_last"), self._totals.get("size")
        if count is None or not size:
            return 1
        return -(-int(count) // int(size)) + (self.declared.ends == ("empty page",))

    def _enough(self, ids: Sequence[str | None]) -> bool:
        """Whether a page with contacts is the last one."""
        ends, size = self.declared.ends, int(self._totals["size"])
        if self._last_reply is not None and says_end(self.declared, self._last_reply):
            return True
        if "short page" in ends and self._number > 1 and len(ids) < size:
            return True
        return "count" in ends and self._counted(self._number)

    def _counted(self, pages: int) -> bool:
        """Whether so many pages hold as many contacts as the provider counts."""
        count = self._totals.get("count_last")
        return count is not None and pages * int(self._totals["size"]) >= count

    def _page(self, look: KeptPage, numbered: NumberedPages) -> Page:
        answer: AnswerRows = look.body
        rows = answer.rows
        self._mind_order(look, rows)
        problem: str | None = None
        if look.done and not rows:
            counted = self._counted(look.number - 1)
            problem = unstated_end(self.declared, answer.reply, counted=counted)
        elif not self._totals.get("ordered", True):
            numbered.give_up(Unsettled("order broken"))
        problem = problem or numbered.problem
        cursor = {
            **self._totals,
            "at": look.at,
            "problem": problem,
            "unsettled": isinstance(problem, Unsettled),
        }
        return Page(rows, cursor, look.done, look.again)

    def _mind_order(self, look: KeptPage, rows: list[Any]) -> None:
        """Check the order of the new contacts."""
        if look.number != self._totals.get("page", 0) + 1:
            self._totals.pop("last", None)  # it went back: who is new there is older than whoever came last
        self._totals["page"] = look.number
        ids = self.answers.ids(rows)
        fresh = [row for row, key in zip(rows, ids, strict=True) if key is None or self._known.add(key)]
        self._totals |= self.answers.in_order(self._totals, fresh)
