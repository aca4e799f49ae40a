"""Files into storage: once by `dedupe import`, or every night as a source of its own (`watched_files`).

A file may name several sources in its source column; each gets what is its own, in one transaction.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.errors import InputError
from dedupe.fetchers.files.formats import Format
from dedupe.fetchers.files.read import FileRead, read_file
from dedupe.fetchers.given import json_text
from dedupe.fetchers.limits import LONGEST_ID
from dedupe.fetchers.payloads import content_hash, without
from dedupe.fetchers.registry import FILE
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline import deletion_proof
from dedupe.pipeline.reading import read_changed
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.storable import storable
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import source_contacts, sources, sync_runs
from dedupe.storage.database import Database
from dedupe.storage.source_contacts import RawContact, Stored
from dedupe.storage.sources import Source
from dedupe.storage.sync_runs import PageRow, QuarantineEntry, SyncRun

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it

MODE = "file"
LINES_TOLD = 20  # of those set aside, one by one
_CHUNK = 5000  # rows stored at once (chosen)


@dataclass(frozen=True)
class Import:
    """How files go into storage. `max_gone` None: a person ordered it, nothing is held."""

    mapping: Mapping[str, str] = field(default_factory=dict)
    complete: bool = False  # rows that are missing are gone
    max_gone: float | None = None
    never_store: Sequence[str] = ()
    run_id: UUID | None = None
    erased: Erased | None = None


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
) -> list[SourceReport]:
    """Every row of the file into its source, then read and normalized; a report for each source.

    A file imported again is an update. Rows that are missing from it stay, unless it is `complete`.
    """
    read = read_file(path, source, mapping, format=format, encoding=encoding, records=records, ids="content")
    with database.connect() as connection:
        erased = Erased.load(connection, erasure_key, settings)
    order = Import(dict(mapping or {}), complete, never_store=never_store, run_id=run_id, erased=erased)
    reports = {}
    for name, reads in by_source([read], source or path.stem).items():
        report = reports[name] = SourceReport(name, FILE, MODE)
        with database.lock(f"source {name}") as locked:
            take_in(locked, name, reads, order, report)
    read_changed(database, {}, settings, reports, reports.__contains__, erased)
    return list(reports.values())


def by_source(reads: Sequence[FileRead], home: str) -> dict[str, list[FileRead]]:
    """The files for each source that they name; rows that can't be read name none and go to one alone."""
    columns = [read.given.column("source").to_pylist() for read in reads]
    names = sorted({str(name) for column in columns for name in column})
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
        page = 0
        for read in reads:
            raw, unfit = storable(_raw(read, name, order.never_store))
            _set_aside(connection, source, run, read, unfit, order, report)
            erased = _erased(read, name, source, order)
            report.erased += len(erased)
            kept = [one for one in raw if one.external_id not in erased]
            for contacts in source_contacts.chunks(kept, _CHUNK):
                page += 1
                now = datetime.now(UTC)
                stored = source_contacts.store(connection, source.id, run.id, contacts, now)
                _count(report, stored, len(contacts))
                ids = [one.external_id for one in contacts]
                sync_runs.add_page(connection, run.id, PageRow(1, page, {}), ids, now)
        report.pages, report.walks = page, 1
        report.unique = sync_runs.seen(connection, run.id, 1).unique
        _end(connection, source, run, order, report)
        sync_runs.forget_pages(connection, source.id, run)
        sources.save(
            connection,
            source.id,
            checkpoint={**source.checkpoint, "map": dict(order.mapping)},
            last_complete_at=run.started_at if report.status == sync_runs.COMPLETE else None,
        )


def _erased(read: FileRead, name: str, source: Source, order: Import) -> set[str]:
    if order.erased is None or not order.erased.known:
        return set()
    mine = pc.equal(read.given.column("source"), pa.scalar(name))
    return order.erased.among_given(source.id, read.given.filter(mine))


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


def _raw(read: FileRead, name: str, never_store: Sequence[str]) -> list[RawContact]:
    table = read.raw()
    mine = table.filter(pc.equal(table.column("source"), pa.scalar(name)))
    made = []
    keys, texts = mine.column("external_id").to_pylist(), mine.column("payload").to_pylist()
    for key, text in zip(map(str, keys), map(str, texts), strict=True):
        payload = without(json.loads(text), never_store)
        kept = json_text(payload) if never_store else text
        made.append(RawContact(key, kept, content_hash(payload, frozenset())))
    return made


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
