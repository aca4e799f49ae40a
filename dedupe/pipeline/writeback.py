"""The golden id into the contacts of sources: what is planned, contact by contact, each read first.

    apply(database, [source settings], options) -> a WritebackReport for each

One apply of a source runs at a time. It may be killed at any moment: what was begun is read by the next one
before anything is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

from dedupe.errors import OF_ALL, CredentialsRefused, LockHeld, SourceError
from dedupe.fetchers.http.client import Stopped
from dedupe.fetchers.registry import api_for, fetcher_for, writer_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.writeback_contact import ContactWriter, WritingStopped
from dedupe.pipeline.writeback_plan import LEFT, Action, PlannedWrite, plan, written_sources
from dedupe.pipeline.writeback_report import WritebackOptions, WritebackReport
from dedupe.storage.database import Database
from dedupe.storage.sources import Source

_SHARE = 4  # of the provider's limit a quarter, beside the half of a walk (chosen)
_IN_A_ROW = 5  # contacts that may fail before the source is left alone (chosen)


def apply(
    database: Database,
    configured: Sequence[SourceSettings],
    options: WritebackOptions | None = None,
    named: Sequence[str] = (),
) -> list[WritebackReport]:
    """Write what is planned, the sources side by side. A source fails alone, in its report. Raises LockHeld
    where another apply is at all of them, and InputError for a name that isn't one of them."""
    options = options or WritebackOptions()
    with database.connect() as connection:
        chosen = written_sources(connection, configured, named)
    with ThreadPoolExecutor(max(1, len(chosen)), thread_name_prefix="writeback") as threads:
        try:
            at_work = [
                threads.submit(copy_context().run, _apply_source, database, own, source, options)
                for own, source in chosen
            ]
            reports = [one.result() for one in at_work]
        except BaseException:
            options.stop.set()
            raise
    if reports and all(one.failure == LockHeld.__name__ for one in reports):
        raise LockHeld(str(reports[0].reason))
    return reports


def _apply_source(
    database: Database, own: SourceSettings, source: Source | None, options: WritebackOptions
) -> WritebackReport:
    report = WritebackReport(own.name)
    if source is None:
        report.reason = "nothing of it was fetched yet"
        return report
    try:
        with database.lock(f"writeback {own.name}") as database:
            _Applying(database, own, source, options, report).go()
    except OF_ALL:
        raise
    except Exception as error:  # noqa: BLE001  told in the report; the others go on
        report.fail(error)
    return report


@dataclass
class _Applying:
    """One source's write-back."""

    database: Database
    own: SourceSettings
    source: Source
    options: WritebackOptions
    report: WritebackReport
    _begun: int = 0
    _failed_in_a_row: int = 0

    def go(self) -> None:
        own, fetcher = self.own, fetcher_for(self.own)
        assert own.writeback is not None
        usual = fetcher.connection().limit / _SHARE if own.rate is None else own.rate / 2
        with api_for(fetcher, self.options.stop, rate=own.writeback.rate or usual) as api:
            contact = ContactWriter(
                self.database,
                self.source,
                fetcher,
                writer_for(fetcher),
                api,
                own.writeback,
                self.report,
                self.options.dry_run,
            )
            try:
                self._apply(contact)
            finally:
                self.report.requests = api.counts.requests

    def _apply(self, contact: ContactWriter) -> None:
        if contact.writer.unique and not self.options.dry_run:
            self._make_room(contact)
        for page in plan(self.database.begin, self.source, self.own, again=self.options.again):
            for one in page.writes:
                self._take(contact, one)

    def _make_room(self, contact: ContactWriter) -> None:
        """Clear values that another contact of the source is to get, before that one is written."""
        for page in plan(self.database.begin, self.source, self.own):
            for one in page.writes:
                if one.wanted.held_by_another and one.action in (Action.UPDATE, Action.CLEAR):
                    self._take(contact, replace(one, action=Action.CLEAR, golden_id=None, fixed=True))

    def _take(self, contact: ContactWriter, one: PlannedWrite) -> None:
        report = self.report
        if self.options.stop.is_set():
            raise Stopped(f"{self.own.name}: stopped by the operator")
        if one.action is Action.CONFLICT:
            report.conflicts += 1
            contact.leave(one)
        elif one.action in LEFT:
            report.duplicates += one.action is Action.DUPLICATE
            report.refused += one.action is Action.REFUSED
        elif one.action is Action.FORGET:
            contact.forget(one)
        elif one.action is not Action.KEEP:
            self._write(contact, one)

    def _write(self, contact: ContactWriter, one: PlannedWrite) -> None:
        """What fails is told, and tried again by the next apply; several in a row end this one."""
        if self.options.limit is not None and self._begun >= self.options.limit:
            self.report.left += 1
            return
        self._begun += 1
        try:
            contact.write(one)
            self._failed_in_a_row = 0
        except (CredentialsRefused, WritingStopped, Stopped):
            raise
        except SourceError as error:
            self.report.failed += 1
            self._failed_in_a_row += 1
            contact.failed(one, str(error))
            if self._failed_in_a_row >= _IN_A_ROW:
                raise
