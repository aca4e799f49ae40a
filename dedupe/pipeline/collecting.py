"""Collect: every source's contacts into storage, then read and normalized. The journey in front of matching.

    collect(database, sources, normalize_settings) -> CollectReport

Sources are walked side by side, each under its own lock; one that fails doesn't stop the others. One that is
missing from the configuration is paused.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from dedupe.errors import OF_ALL, LockHeld, SourceError, SourceUnavailable, kind_of
from dedupe.fetchers.fetcher import Fetcher, Mode
from dedupe.fetchers.http.client import Stopped
from dedupe.fetchers.registry import FILE, api_for, fetcher_for
from dedupe.fetchers.schema_drift import drift, news
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline import deletion_proof
from dedupe.pipeline.accounts import account_of
from dedupe.pipeline.deletion_proof import CollectedWalk
from dedupe.pipeline.dry_run import compare_without_storing
from dedupe.pipeline.reading import read_changed
from dedupe.pipeline.schedule import mode_of, within_hours
from dedupe.pipeline.source_report import Progress, SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.pipeline.sync_source import Walker
from dedupe.pipeline.walk_runs import SKIPPED, WantedRun, begun, why_not_watched
from dedupe.pipeline.watched_files import collect_file
from dedupe.storage import sources as stored_sources
from dedupe.storage import sync_runs
from dedupe.storage.database import Database
from dedupe.storage.sources import Source
from dedupe.storage.sync_runs import SAMPLE, WATCH, SyncRun
from dedupe.tracing import span


@dataclass(frozen=True)
class CollectOptions:
    """`accept`: sources whose losses and drift a person has approved; `sample`: so many contacts at most."""

    full: bool = False
    dry_run: bool = False  # say what would change, change nothing
    sample: int | None = None
    watch: bool = False  # only what changed since the last look; no night is gone on with
    accept: Collection[str] = ()
    besides: Collection[str] = ()  # configured too, but neither walked, read nor taken for renamed
    run_id: UUID | None = None
    erasure_key: bytes | None = field(default=None, repr=False)
    erased: Erased | None = None  # loaded by `collect`
    progress: Callable[[Progress], None] | None = None
    stop: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class CollectReport:
    """What became of each source; `read` counts contacts that were read, normalized or dropped."""

    sources: tuple[SourceReport, ...]
    read: int

    @property
    def failed(self) -> list[str]:
        return [report.source for report in self.sources if report.failed]

    def content(self) -> dict[str, Any]:
        return {"read": self.read, "sources": [report.content() for report in self.sources]}


def collect(
    database: Database,
    configured: Sequence[SourceSettings],
    settings: NormalizeSettings,
    options: CollectOptions | None = None,
) -> CollectReport:
    """Walk the sources side by side, then read and normalize what changed. LockHeld when another run walks
    them all; ConfigurationError when the key of erasures is missing. Other failures stand in the report."""
    options = options or CollectOptions()
    with database.connect() as connection:
        options = replace(options, erased=Erased.load(connection, options.erasure_key, settings))
    names = [*(source.name for source in configured), *options.besides]
    with ThreadPoolExecutor(max(1, len(configured)), thread_name_prefix="source") as threads:
        try:
            walks = [
                threads.submit(copy_context().run, collect_source, database, own, options, names)
                for own in configured  # in the night's context: log lines bear its run id
            ]
            reports = [_result(walk, own) for walk, own in zip(walks, configured, strict=True)]
        except BaseException:
            options.stop.set()
            raise
    if reports and all(report.failure == LockHeld.__name__ for report in reports):
        raise LockHeld(str(reports[0].reason))
    if options.dry_run:
        return CollectReport(tuple(reports), 0)
    by_name, own = {report.source: report for report in reports}, {one.name: one for one in configured}
    concerns = (lambda name: name not in options.besides) if options.besides else None
    read = sum(report.read for report in reports)
    read += read_changed(database, own, settings, by_name, concerns, options.erased, options.full)
    return CollectReport(tuple(by_name.values()), read)


def _result(walk: Future[SourceReport], own: SourceSettings) -> SourceReport:
    """A source fails alone: one that another run walks, and one that brings a bug of ours to light."""
    try:
        return walk.result()
    except OF_ALL:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, it is told, and the night ends with 3
        report = SourceReport(own.name, own.provider)
        report.fail(error)
        return report


def collect_source(
    database: Database, own: SourceSettings, options: CollectOptions, configured: Collection[str] = ()
) -> SourceReport:
    """One source into storage. Its own failures end in the report; LockHeld and database errors rise."""
    report = SourceReport(own.name, own.provider)
    began = time.monotonic()
    if options.dry_run and own.provider != FILE:
        _rehearsed(database, own, options, report)
        report.seconds = time.monotonic() - began
        return report
    with span("collect", source=own.name), database.lock(f"source {own.name}") as database:
        with database.begin() as connection:
            source = account_of(connection, own, configured)
            if options.erased is not None:
                options = replace(options, erased=options.erased.again(connection))
        if own.provider == FILE:
            accepted = own.name in options.accept
            collect_file(database, source, own, report, options.run_id, options.erased, accepted=accepted)
        else:
            _Collecting(database, own, source, fetcher_for(own), options, report).go()
    report.seconds = time.monotonic() - began
    return report


def _rehearsed(
    database: Database, own: SourceSettings, options: CollectOptions, report: SourceReport
) -> None:
    fetcher = fetcher_for(own)
    with database.connect() as connection:
        source = stored_sources.by_name(connection, own.name)
    mode = mode_of(own, fetcher, source.checkpoint if source else {}, full=options.full)
    with api_for(fetcher, options.stop) as api:
        compare_without_storing(database, fetcher, api, mode, report, options.progress, options.erased)
        report.requests, report.retries = api.counts.requests, api.counts.retries


@dataclass
class _Collecting:
    database: Database
    own: SourceSettings
    source: Source
    fetcher: Fetcher
    options: CollectOptions
    report: SourceReport

    def go(self) -> None:
        """Walk, check, mark who is gone, move the checkpoint; whatever happens ends as the run's status."""
        if (reason := self._skipped()) is not None:
            self.report.status, self.report.reason = SKIPPED, reason
            return
        with self.database.begin() as connection:
            run = begun(connection, self._wanted())
        self.report.mode = run.mode
        with api_for(self.fetcher, self.options.stop) as api:
            walker = self._walker(run, api)
            try:
                problem = walker.walk()
                self._ended(run, walker, api, problem)
            except SourceError as error:
                self._failed(run, walker, error)

    def _skipped(self) -> str | None:
        if not within_hours(self.own, datetime.now(UTC)):
            return "outside its hours"
        with self.database.connect() as connection:
            return why_not_watched(connection, self.source) if self.options.watch else None

    def _wanted(self) -> WantedRun:
        options = self.options
        fixed = SAMPLE if options.sample is not None else WATCH if options.watch else None
        mode = fixed or mode_of(self.own, self.fetcher, self.source.checkpoint, full=options.full)
        return WantedRun(self.source.id, mode, options.run_id, full=options.full)

    def _walker(self, run: SyncRun, api: Any) -> Walker:
        return Walker(
            self.database,
            self.source,
            self.fetcher,
            api,
            run,
            self.report,
            self.options.progress,
            self.options.sample,
            lambda: not within_hours(self.own, datetime.now(UTC)),
            self.options.erased,
        )

    def _ended(self, run: SyncRun, walker: Walker, api: Any, problem: str | None) -> None:
        if problem is None and self.report.bugs:
            problem = self.report.of_bugs
        held = self._drifted(run, walker, partial=run.mode != Mode.FULL or problem is not None)
        if held is None and run.mode == Mode.FULL and not walker.stopped:
            held = self._bury(run, api, problem)
        if held is not None:
            self._finish(run, walker, sync_runs.HELD, held)
        elif self.report.bugs:  # the checkpoint stays: once it is mended, they are sent again
            self._finish(run, walker, sync_runs.FAILED, self.report.of_bugs)
        elif problem is not None:
            self._finish(run, walker, sync_runs.INCOMPLETE, problem, resumable=walker.stopped)
        else:
            self._finish(run, walker, sync_runs.COMPLETE, None)

    def _bury(self, run: SyncRun, api: Any, problem: str | None) -> str | None:
        """Why the source is held, or None. A walk that missed much says nothing about who it missed."""
        missing, live = deletion_proof.vanished(self.database, self.source, run)
        over = self._accepted(deletion_proof.over_limit(len(missing), live, self.own.max_gone))
        if over is not None and problem is None:
            return over
        if over is not None:
            self.report.missing = len(missing)
            self.report.notes.append(f"{over}: after an incomplete walk none of them was asked for")
            return None
        walk = CollectedWalk(
            self.database, self.source, run, self.fetcher, api, self.report, self.options.erased
        )
        deletion_proof.bury(walk, missing, complete=problem is None)
        return None

    def _failed(self, run: SyncRun, walker: Walker, error: SourceError) -> None:
        """End a run that failed: what came stays, unless it shows that the provider's contract changed."""
        held = self._drifted(run, walker, partial=True)
        self.report.failure = kind_of(error)
        stopped = isinstance(error, Stopped)
        status = sync_runs.INCOMPLETE if stopped else sync_runs.FAILED
        if held is not None:
            self._finish(run, walker, sync_runs.HELD, f"{held}; {error}")
        else:
            resumable = isinstance(error, SourceUnavailable | Stopped)
            self._finish(run, walker, status, str(error), resumable=resumable)

    def _drifted(self, run: SyncRun, walker: Walker, *, partial: bool) -> str | None:
        now, before = walker.profile.content(), self.source.profile
        if run.mode == SAMPLE:
            return None
        self.report.notes += [f"in the payload {what}" for what in news(before, now)] if before else []
        found = drift(before, now, partial=partial) if before else []
        return self._accepted("; ".join(found) or None)

    def _accepted(self, reason: str | None) -> str | None:
        if reason is not None and self.own.name in self.options.accept:
            self.report.notes.append(f"accepted: {reason}")
            return None
        return reason

    def _finish(
        self, run: SyncRun, walker: Walker, status: str, reason: str | None, *, resumable: bool = False
    ) -> None:
        self.report.status, self.report.reason = status, reason
        walker.count_requests()
        self.report.tell_erased()
        counts = {**self.report.content(), "resumable": resumable}
        if resumable:
            counts["profile"] = walker.profile.content()
        with self.database.begin() as connection:
            sync_runs.finish(connection, run.id, status, reason, counts)
            if status == sync_runs.COMPLETE:
                self._complete(connection, run, walker)
            if run.mode == WATCH and status != sync_runs.HELD:
                quiet = status == sync_runs.COMPLETE and not self.report.news
                sync_runs.forget_watch(connection, run.id, news=not quiet)

    def _complete(self, connection: Any, run: SyncRun, walker: Walker) -> None:
        """The checkpoint moves only now, and never past the start of the run: a clock may be ahead."""
        checkpoint = dict(self.source.checkpoint)
        if walker.latest is not None:
            checkpoint["changed_at"] = min(walker.latest, run.started_at).isoformat()
        profile = walker.profile.content() if run.mode == Mode.FULL else None
        if run.mode == Mode.FULL:
            checkpoint["full_at"] = run.started_at.isoformat()
            sync_runs.forget_pages(connection, self.source.id, run)
        stored_sources.save(
            connection,
            self.source.id,
            checkpoint=checkpoint,
            profile=profile,
            last_complete_at=run.started_at,
        )
