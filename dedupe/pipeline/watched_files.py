"""Files and folders that are sources of their own: looked at every night, read where one of them changed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from dedupe.errors import InputError, LockHeld, kind_of
from dedupe.fetchers.files.formats import SUFFIXES
from dedupe.fetchers.files.read import FileRead, read_file
from dedupe.fetchers.registry import FILE
from dedupe.fetchers.settings import SourceSettings
from dedupe.pipeline.importing import MODE, Import, by_source, take_in
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import sources, sync_runs
from dedupe.storage.database import Database
from dedupe.storage.sources import Source


def collect_file(
    database: Database,
    source: Source,
    own: SourceSettings,
    report: SourceReport,
    run_id: UUID | None,
    erased: Erased | None = None,
    *,
    accepted: bool = False,
) -> None:
    """A configured file or folder, if it changed since the last time. The caller holds the source's lock.
    `accepted`: a person has looked at its losses; nothing is held."""
    report.mode = MODE
    try:
        paths = _paths(own)
        marks = {path.name: _mark(path) for path in paths}
        read_as = {"map": dict(own.mapping), "encoding": own.options.get("encoding")}
        before = {"map": {}, "encoding": None, **source.checkpoint}
        if marks == before.get("files") and read_as == {key: before[key] for key in read_as}:
            report.status = sync_runs.COMPLETE
            report.notes.append("no file changed")
            return
        reads = [_read(path, own) for path in paths]
    except (InputError, OSError) as error:
        report.status, report.failure, report.reason = sync_runs.FAILED, kind_of(error), str(error)
        return
    complete = own.options.get("complete") is True
    max_gone = None if accepted else own.max_gone
    order = Import(own.mapping, complete, max_gone, own.never_store, run_id, erased)
    try:
        report.status = sync_runs.COMPLETE
        for name, mine in by_source(reads, own.name).items():
            if name == own.name:
                take_in(database, name, mine, order, report)
            else:
                _into_another(database, name, mine, order, report)
    except (InputError, LockHeld) as error:
        report.status, report.failure, report.reason = sync_runs.FAILED, kind_of(error), str(error)
    if report.status == sync_runs.COMPLETE:
        with database.begin() as connection:
            checkpoint = {"files": marks, **read_as}
            sources.save(connection, source.id, checkpoint=checkpoint)


def _read(path: Path, own: SourceSettings) -> FileRead:
    """Of a folder an option is for the files in it that it can mean something for."""
    in_folder, kind = path != own.path, SUFFIXES.get(path.suffix.lower())
    encoding = own.options.get("encoding")
    return read_file(
        path,
        own.name,
        None if in_folder and kind == "vcard" else own.mapping,
        encoding=None if encoding is None else str(encoding),
        records=None if in_folder and kind != "jsonl" else own.options.get("records"),
        ids="content",
    )


def _into_another(
    database: Database, name: str, reads: Sequence[FileRead], order: Import, report: SourceReport
) -> None:
    """Rows of the file that its source column gives to another source; what became of them is a note."""
    other = SourceReport(name, FILE, MODE)
    with database.lock(f"source {name}") as database:
        take_in(database, name, reads, order, other)
    report.read += other.read
    reason = f": {other.reason}" if other.reason else ""
    report.notes.append(f"{other.fetched} rows of source {name} went there, {other.status}{reason}")


def _paths(own: SourceSettings) -> list[Path]:
    if own.path is None:
        raise InputError(f"sources.{own.name}.path: name the file or the folder")
    if not own.path.exists():
        raise InputError(f"sources.{own.name}.path: {own.path}: there is no such file or folder")
    if not own.path.is_dir():
        return [own.path]
    found = sorted(path for path in own.path.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not found:
        raise InputError(f"{own.path}: the folder holds no CSV, JSON, vCard or Parquet file")
    return found


def _mark(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
