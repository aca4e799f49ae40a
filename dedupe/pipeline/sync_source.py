"""One source's walk into storage: page by page, resumable, checked at its end.

A page, or the few that wait, is one transaction: its contacts, what was set aside, and the cursor behind it.
What a run has counted so far stands beside the cursor, so a resumed run reports like an undisturbed one.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from dedupe.fetchers.fetcher import Fetcher, Mode, Page, Start, WalkSummary
from dedupe.fetchers.given import time_of
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.limits import NO_ID, fault_of_id
from dedupe.fetchers.schema_drift import Profile
from dedupe.fetchers.walks.completeness import Unsettled, no_id
from dedupe.fetchers.writeback_settings import all_unwritten
from dedupe.pipeline.intake import Intake, Ready
from dedupe.pipeline.live_changes import PAGES_WAIT
from dedupe.pipeline.own_writes import as_stored
from dedupe.pipeline.prefetch import fetched_ahead
from dedupe.pipeline.source_report import Progress, SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import source_contacts, sync_runs, told_changes
from dedupe.storage.database import Connection, Database
from dedupe.storage.source_contacts import RawContact, Stored
from dedupe.storage.sources import Source
from dedupe.storage.storing_turns import take_turn
from dedupe.storage.sync_runs import WATCH, PageRow, QuarantineEntry, Seen, SeenPage, SyncRun

MOST_WALKS = 3  # of one source in a night (chosen)
_PROFILE_EVERY = 20  # pages
_TOGETHER = 8  # pages in one transaction, where so many wait
_SUMS = (
    *("fetched", "new", "changed", "revived", "same", "erased", "quarantined", "bugs"),
    *("requests", "retries", "throttled_seconds"),
)


def _cut(page: Page, most: int) -> Page:
    """The page's first contacts: a sample holds no more than was asked for."""
    return replace(page, payloads=page.payloads[:most])


@dataclass
class Walker:
    """Walks one source within one run."""

    database: Database
    source: Source
    fetcher: Fetcher
    api: Api
    run: SyncRun
    report: SourceReport
    progress: Callable[[Progress], None] | None = None
    sample: int | None = None
    pause_due: Callable[[], bool] = lambda: False
    erased: Erased | None = None
    latest: datetime | None = None  # the largest changed_at seen
    stopped: bool = False  # before its end: a sample, or out of its hours
    profile: Profile = field(init=False)
    _intake: Intake = field(init=False)
    _began: float = 0.0  # of this walk, in this process
    _rows: int = 0  # since then
    _rows_before: int = 0  # of this walk, before it was resumed
    _known: int | None = None  # contacts that were live when asked
    _before: dict[str, Any] = field(default_factory=dict)  # sums of the run before it was resumed

    def __post_init__(self) -> None:
        self.profile = Profile(self.fetcher.volatile)
        self._intake = Intake(self.database, self.source, self.fetcher, self.report, self.erased)

    @property
    def mode(self) -> Mode:
        """A sample is the beginning of a full walk, a look between nights is for what changed."""
        if self.run.mode == WATCH:
            return Mode.CHANGED
        return Mode.FULL if self.sample is not None else Mode(self.run.mode)

    def walk(self) -> str | None:
        """Every page, walked again where that may help; gives why it is incomplete, or None."""
        at = self._resumed()
        walk, page, cursor = (at.walk, at.page, at.cursor) if at else (1, 0, {})
        before: str | None = None
        while True:
            if not cursor.get("done"):
                cursor = self._pages(walk, page, cursor)
            problem = self._problem_of(walk, cursor)
            if not self._may_settle(problem, before) or walk >= MOST_WALKS:
                return problem
            self.report.notes.append(f"walk {walk}: {problem}; walked again")
            walk, page, cursor, before = walk + 1, 0, {}, problem

    def _may_settle(self, problem: str | None, before: str | None) -> bool:
        """Whether another walk may: not one that has the very problem of the walk before it."""
        return isinstance(problem, Unsettled) and problem != before and self.mode is Mode.FULL

    def _resumed(self) -> PageRow | None:
        with self.database.connect() as connection:
            at = sync_runs.last_page(connection, self.run.id)
        if at is not None:
            self.report.resumed = True
            self.profile = Profile(self.fetcher.volatile, self.run.counts.get("profile"))
            self._before = at.cursor.get("sums", {})
            self._intake.erased_before = self._before.get("erased", 0)
            self.latest = time_of(at.cursor.get("latest"))
            for name in _SUMS:
                setattr(self.report, name, self._before.get(name, 0))
            self.report.aside = Counter(self._before.get("aside", {}))
        return at

    def _pages(self, walk: int, page: int, cursor: dict[str, Any]) -> dict[str, Any]:
        """The rest of one walk; gives what stands beside its last page."""
        self._began, self._rows = time.monotonic(), 0
        self._rows_before = self._walked(walk).rows if page else 0
        checkpoint = time_of(self.source.checkpoint.get("changed_at"))
        start = Start(self.mode, checkpoint, cursor.get("fetcher"), self._all_known)
        together = _TOGETHER if self.sample is None else 1
        fetched = self.fetcher.fetch(self.api, start)
        with fetched_ahead(fetched, self.api, together) as groups:
            for pages in groups:
                if self.sample is not None:
                    pages = [_cut(pages[0], self.sample - self.report.fetched)]
                cursor = self._store(walk, page + 1, pages)
                page += len(pages)
                self._tell(pages[-1])
                if self.sample is not None and self.report.fetched >= self.sample:
                    return {**cursor, "stopped": "sample"}
                if self.pause_due() and not pages[-1].done:
                    return {**cursor, "stopped": "outside its hours"}
        return cursor

    def _walked(self, walk: int) -> Seen:
        with self.database.connect() as connection:
            return sync_runs.seen(connection, self.run.id, walk)

    def _problem_of(self, walk: int, cursor: dict[str, Any]) -> str | None:
        seen = self._walked(walk)
        self.report.walks, self.report.pages = walk, self.report.pages + seen.pages
        self.report.unique = seen.unique_in_run
        self.stopped = "stopped" in cursor
        if self.stopped:
            return str(cursor["stopped"])
        if nameless := self._without_id():
            return no_id(nameless)
        return self.fetcher.assess_walk(WalkSummary(cursor.get("fetcher", {}), seen.rows, seen.unique))

    def _without_id(self) -> int:
        """Rows of the run that may be contacts we know: nobody can tell."""
        with self.database.connect() as connection:
            return sync_runs.count_quarantined(connection, self.run.id, NO_ID)

    def _store(self, walk: int, first: int, pages: Sequence[Page]) -> dict[str, Any]:
        """Pages that came together, in one transaction; gives what stands beside the last."""
        now = datetime.now(UTC)
        last = first + len(pages) - 1
        with self.database.begin() as connection:
            self._intake.reread(connection)
            take_turn(connection, self.source.id)
            ready = [self._intake.ready(walk, number, page) for number, page in enumerate(pages, start=first)]
            contacts = self._not_told_since(connection, ready, now)
            aside = [item for one in ready for item in one.aside]
            stored = source_contacts.store(connection, self.source.id, self.run.id, contacts, now)
            self._count(stored, aside, pages)
            self.latest = max((m for m in (*(one.latest for one in ready), self.latest) if m), default=None)
            cursor = self._beside(pages[-1])
            sync_runs.store_quarantined(connection, self.source.id, self.run.id, aside)
            numbered = enumerate(ready, start=first)
            rows = [SeenPage(at, cursor if at == last else None, one.ids) for at, one in numbered]
            sync_runs.add_pages(connection, self.run.id, walk, rows, now)
            if last // _PROFILE_EVERY > (first - 1) // _PROFILE_EVERY or pages[-1].done:
                counts = {**self.report.content(), "profile": self.profile.content()}
                sync_runs.save_counts(connection, self.run.id, counts)
        return cursor

    def _not_told_since(
        self, connection: Connection, ready: Sequence[Ready], now: datetime
    ) -> list[RawContact]:
        """The contacts to store, those that only we have changed as they are stored; without those of which
        the source has told something newer by itself, after their page was asked for."""
        contacts = [contact for one in ready for contact in one.contacts]
        since = self.run.started_at - PAGES_WAIT
        ids = [one.external_id for one in contacts]
        told = told_changes.told_since(connection, self.source.id, ids, since)
        changed = {key: moment for one in ready for key, moment in one.changed.items()}
        contacts = as_stored(connection, self.source.id, self.fetcher, contacts, changed)

        def stands(one: RawContact) -> bool:
            if (news := told.get(one.external_id)) is None:
                return True
            if (moment := changed.get(one.external_id)) is not None:
                return moment >= news.as_of
            return news.received_at <= now - PAGES_WAIT

        return [one for one in contacts if stands(one)]

    def _count(self, stored: Stored, aside: Sequence[QuarantineEntry], pages: Sequence[Page]) -> None:
        report, rows = self.report, sum(len(page.payloads) for page in pages)
        report.fetched += rows
        self._rows += rows
        report.new += stored.new
        report.changed += stored.changed
        report.revived += stored.revived
        report.same += stored.same
        report.quarantined += len(aside)
        self.count_requests()
        for page in pages:
            if not page.again:
                self.profile.add(all_unwritten(page.payloads, self.fetcher.settings.writeback))

    def count_requests(self) -> None:
        counts = self.api.counts
        self.report.requests = self._before.get("requests", 0) + counts.requests
        self.report.retries = self._before.get("retries", 0) + counts.retries
        self.report.throttled_seconds = self._before.get("throttled_seconds", 0.0) + counts.throttled_seconds

    def _beside(self, page: Page) -> dict[str, Any]:
        """What is stored with the page: the fetcher's cursor and what the run knows so far."""
        sums = {**{name: getattr(self.report, name) for name in _SUMS}, "aside": dict(self.report.aside)}
        latest = self.latest.isoformat() if self.latest is not None else None
        return {"fetcher": page.cursor, "done": page.done, "latest": latest, "sums": sums}

    def _all_known(self, external_ids: Sequence[str]) -> bool:
        """What can't be stored is no news."""
        ids = [key for key in external_ids if fault_of_id(key) is None]
        with self.database.connect() as connection:
            return source_contacts.all_live(connection, self.source.id, ids)

    def _tell(self, page: Page) -> None:
        if self.progress is not None:
            expected = self._expected(page)
            at = self._rows_before + self._rows
            self.progress(Progress(self.report.source, at, expected, self._eta(at, expected)))

    def _expected(self, page: Page) -> int | None:
        """How many contacts the walk will bring: the provider's own count, else as many as last time."""
        if self.mode is not Mode.FULL:
            return None
        if isinstance(told := page.cursor.get("count_last"), int):
            return told
        if self._known is None:
            with self.database.connect() as connection:
                self._known = source_contacts.live_count(connection, self.source.id)
        return self._known if self._known > self._rows_before + self._rows else None

    def _eta(self, at: int, expected: int | None) -> float | None:
        if expected is None or not self._rows:
            return None
        return (time.monotonic() - self._began) / self._rows * max(0, expected - at)
