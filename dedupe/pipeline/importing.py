"""Files into storage: once by `dedupe import`, or every night as a source of its own (`watched_files`).

A file may name several sources in its source column; each gets what is its own, in one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import uuid_utils.compat as uuids

from dedupe.arrays.memory import give_memory_back
from dedupe.arrays.untyped import Array, pc
from dedupe.errors import InputError
from dedupe.fetchers.files.formats import Format
from dedupe.fetchers.files.raw_rows import raw_rows
from dedupe.fetchers.files.read import FileRead, read_file
from dedupe.fetchers.limits import LONGEST_ID
from dedupe.fetchers.registry import FILE
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline import deletion_proof
from dedupe.pipeline.reading import read_changed
from dedupe.pipeline.reading_while_storing import ReadingWhileStoring, reading_while_storing
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.storable import storable
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import contacts, raw_tables, source_contacts, sources, sync_runs
from dedupe.storage.database import Database
from dedupe.storage.source_contacts import Stored
from dedupe.storage.sources import Source
from dedupe.storage.storing_turns import take_turn
from dedupe.storage.sync_runs import QuarantineEntry, SyncRun

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it

MODE = "file"
LINES_TOLD = 20  # of those set aside, one by one
_CHUNK = 50_000  # rows stored at once: bounds memory (chosen)


@dataclass(frozen=True)
class Import:
    """How files go into storage. `max_gone` None: a person ordered it, nothing is held."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False  # rows that are missing are gone
    max_gone: float | None = None
    never_store: Sequence[str] = ()
    run_id: UUID | None = None
    erased: Erased | None = None

    @property
    def reads(self) -> NormalizeSettings | None:
        """How rows are normalized while they are stored.

        None: only later, because the source may be held at its end, or because what is stored is less than
        what the file says.
        """
        may_be_held = self.complete and self.max_gone is not None
        if may_be_held or self.never_store or self.erased is None:
            return None
        return self.erased.settings


def import_file(
    database: Database,
    path: Path,
    settings: NormalizeSettings,
    source: str | None = None,
    mapping: Mapping[str, str] | None = None,
    *,
    complete: bool = False,
    format: Format | None = None,
    encoding: str | None = None,
    records: str | None = None,
    run_id: UUID | None = None,
    never_store: Sequence[str] = (),
    erasure_key: bytes | None = None,
    max_gone: float | None = None,
) -> list[SourceReport]:
    """Every row of the file into its source, then read and normalized; a report for each source.

    A file imported again is an update. Rows that are missing from it stay, unless it is `complete`; more of
    them than the share `max_gone` stay all the same, and the source is held.
    """
    read = read_file(path, source, mapping, format=format, encoding=encoding, records=records, ids="content")
    with database.connect() as connection:
        erased = Erased.load(connection, erasure_key, settings)
    order = Import(
        dict(mapping or {}), complete, max_gone, never_store=never_store, run_id=run_id, erased=erased
    )
    reports = _taken_in(database, by_source([read], source or path.stem), order)
    del read
    give_memory_back()
    read_changed(database, {}, settings, reports, reports.__contains__, erased)
    return list(reports.values())


def _taken_in(
    database: Database, reads: Mapping[str, Sequence[FileRead]], order: Import
) -> dict[str, SourceReport]:
    reports = {}
    for name, own in reads.items():
        report = reports[name] = SourceReport(name, FILE, MODE)
        with database.lock(f"source {name}") as locked:
            take_in(locked, name, own, order, report)
    return reports


def by_source(reads: Sequence[FileRead], home: str) -> dict[str, list[FileRead]]:
    """The files for each source that they name; rows that can't be read name none and go to one alone."""
    columns = [pc.unique(read.given.column("source")) for read in reads]
    names = sorted({str(name) for column in columns for name in column.to_pylist()})
    if not names and any(read.quarantine for read in reads):
        names = [home]
    first = home if home in names else next(iter(names), home)
    return {
        name: [read if name == first else replace(read, quarantine=()) for read in reads] for name in names
    }


def take_in(
    database: Database, name: str, reads: Sequence[FileRead], order: Import, report: SourceReport
) -> None:
    """The rows of one source, all in one transaction.

    Raises InputError for a source whose name is too long or that is a provider's.
    """
    with database.begin() as connection:
        if len(name.encode()) > LONGEST_ID:
            raise InputError(f"the source column names a source by more than {LONGEST_ID} bytes")
        source = sources.ensure(connection, name, FILE)
        if source.provider != FILE:
            raise InputError(f"{name} is a source of the provider {source.provider}; give another --source")
        if order.erased is not None:
            order = replace(order, erased=order.erased.again(connection))
        run = sync_runs.start(connection, source.id, MODE, order.run_id)
        storing = _Storing(connection, source, run, order, report)
        for read in reads:
            unfit = storing.store(read.of_source(name))
            _set_aside(connection, source, run, read, unfit, order, report)
        report.pages, report.walks, report.unique = storing.pages, 1, storing.unique
        _end(connection, source, run, order, report)
        sync_runs.forget_pages(connection, source.id, run)
        sources.save(
            connection,
            source.id,
            checkpoint={**source.checkpoint, "map": dict(order.mapping)},
            last_complete_at=run.started_at if report.status == sync_runs.COMPLETE else None,
        )


@dataclass
class _Storing:
    """The rows of one source's files into storage, within one transaction."""

    connection: Connection
    source: Source
    run: SyncRun
    order: Import
    report: SourceReport
    pages: int = 0
    _seen: list[pa.Array[Any]] = field(default_factory=list)  # external ids
    _all_new: bool = False  # nothing was stored before this file, in which each id stands once

    @property
    def unique(self) -> int:
        """The number of distinct ids among the rows that may be stored."""
        return int(pc.count_distinct(pa.chunked_array(self._seen, pa.string())).as_py())

    def store(self, read: FileRead) -> list[QuarantineEntry]:
        """All rows, read and normalized too where nothing may hold them; gives those that can't be stored."""
        take_turn(self.connection, self.source.id)
        self._all_new = source_contacts.is_empty(self.connection, self.source.id)
        since = uuids.uuid7()
        unfit = self._stored_and_read(read)
        if self._all_new:
            raw_tables.check_first(self.connection, since)
        return unfit

    def _stored_and_read(self, read: FileRead) -> list[QuarantineEntry]:
        if self.order.reads is None:
            return self._stored(read, None)
        contacts.hold_off_reading(self.connection, self.source.id)
        settings, mapping = self.order.reads, self.order.mapping
        with reading_while_storing(
            self.connection, settings, mapping, self.report, all_new=self._all_new
        ) as reading:
            return self._stored(read, reading)

    def _stored(self, read: FileRead, reading: ReadingWhileStoring | None) -> list[QuarantineEntry]:
        unfit = []
        for start in range(0, read.given.num_rows, _CHUNK):
            part = read.slice(start, _CHUNK)
            raw = raw_rows(part, self.order.never_store)
            fit, aside = storable(raw, before=start)
            unfit += aside
            kept = pc.and_(fit, self._not_erased(part))
            raw, given = raw.filter(kept), part.given.filter(kept)
            now = datetime.now(UTC)
            whose = self.source.id, self.run.id
            taken = raw_tables.store(self.connection, *whose, raw, now, all_new=self._all_new)
            _count(self.report, taken.counts, len(raw))
            self._note(raw["external_id"].combine_chunks(), now)
            if reading is not None:
                reading.add(given, taken, part.cleaned)
        return unfit

    def _not_erased(self, part: FileRead) -> Array:
        erased = self.order.erased
        if erased is None or not erased.known:
            return pa.array([True] * part.given.num_rows)
        found = erased.among_given(self.source.id, part.given)
        self.report.erased += len(found)
        return pc.invert(pc.is_in(part.given["external_id"], pa.array(sorted(found), pa.string())))

    def _note(self, ids: pa.Array[Any], now: datetime) -> None:
        """Who was seen: absence from a complete file is proven by it."""
        self._seen.append(ids)
        self.pages = sync_runs.add_ids(self.connection, self.run.id, self.pages + 1, ids, now) - 1


def _end(connection: Connection, source: Source, run: SyncRun, order: Import, report: SourceReport) -> None:
    report.status, report.reason = sync_runs.COMPLETE, None
    report.tell_erased()
    if report.quarantined and not report.fetched + report.erased:
        report.status, report.reason = sync_runs.FAILED, "not one row could be read"
    elif order.complete and report.quarantined:
        report.status = sync_runs.INCOMPLETE
        report.reason = "rows could not be read, so none that is missing counts as gone"
    elif order.complete:
        missing = source_contacts.absent(connection, source.id, run.id, run.started_at)
        live = source_contacts.live_count(connection, source.id)
        held = (
            None if order.max_gone is None else deletion_proof.over_limit(len(missing), live, order.max_gone)
        )
        if held is not None:
            report.status, report.reason, report.missing = sync_runs.HELD, held, len(missing)
        else:
            ids = [contact.id for contact in missing]
            because = "absent from a complete file"
            report.gone = source_contacts.mark_gone(connection, ids, because, datetime.now(UTC))
    sync_runs.finish(connection, run.id, report.status, report.reason, report.content())


def _set_aside(
    connection: Connection,
    source: Source,
    run: SyncRun,
    read: FileRead,
    unfit: Sequence[QuarantineEntry],
    order: Import,
    report: SourceReport,
) -> None:
    rows = [
        QuarantineEntry(f"line {one.line}", one.reason, one.text.encode("utf-8", "replace"))
        for one in read.quarantine
    ]
    rows += unfit
    for one in unfit:
        report.set_aside(one.reason)
    if order.erased is not None:
        rows = order.erased.emptied(source.name, rows)
    sync_runs.store_quarantined(connection, source.id, run.id, rows)
    report.quarantined += len(rows)
    report.notes += [note for note in read.notes if note not in report.notes]
    report.columns += [one.content() for one in read.readings]
    told = read.quarantine[:LINES_TOLD]
    report.notes += [f"line {one.line} set aside: {one.reason}" for one in told]
    if more := len(read.quarantine) - len(told):
        report.notes.append(f"… and {more} more; all of them are in the table quarantine")


def _count(report: SourceReport, stored: Stored, rows: int) -> None:
    report.fetched += rows
    report.new += stored.new
    report.changed += stored.changed
    report.revived += stored.revived
    report.same += stored.same
