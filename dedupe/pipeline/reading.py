"""Raw payloads → normalized contacts, for what changed and for what another version read or normalized."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import reduce
from typing import Any, NamedTuple
from uuid import UUID

import pyarrow as pa

from dedupe.arrays.untyped import pc
from dedupe.errors import OF_ALL, DedupeError, InputError, safe_message
from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.files.read import read_payloads
from dedupe.fetchers.given import Cleaned, GivenBatch, given_batch
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.limits import fault_of
from dedupe.fetchers.providers.declared import is_declared
from dedupe.fetchers.registry import FILE, PROVIDERS, fetcher_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings, normalize, version
from dedupe.normalizers.outputs import unread_values
from dedupe.pipeline.bisection import halving
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import changes, contacts, erasures, sources, sync_runs
from dedupe.storage.contacts import Outdated
from dedupe.storage.database import Connection, Database
from dedupe.storage.erasures import ErasableContact
from dedupe.storage.sources import Source

FILE_READER = "file-1"
_BATCH = 5000  # contacts read and normalized at once (chosen)
_PATIENCE = 600.0  # seconds to wait while another run reads
_READ_BY = ("users",)  # options that change how a payload is read
_EVIDENCE = ("names", "emails", "phones", "identifiers")

Rows = Iterable[tuple[str, str, Any]]


class _Batch(NamedTuple):
    """How many rows were read and normalized, and in which values characters were replaced."""

    rows: int
    cleaned: tuple[Cleaned, ...]
    normalized: pa.Table


def read_changed(
    database: Database,
    configured: Mapping[str, SourceSettings],
    settings: NormalizeSettings,
    reports: dict[str, SourceReport],
    concerns: Callable[[str], bool] | None = None,
    erased: Erased | None = None,
    everything: bool = False,
) -> int:
    """Bring `contacts` up to date with the raw payloads; gives how many contacts were read or dropped.

    Looked at are the contacts that changed since all were read, and all of a source that is read or
    normalized otherwise now; with `everything`, all. Sources that are held keep what they had. Paused ones
    are read too: a new normalizer concerns them all. `concerns` keeps out sources that are configured but not
    `configured` here: without their own mapping they would be read otherwise. One run reads at a time;
    LockHeld after ten minutes. A paused source that fails gets a report in `reports`, too.
    """
    with database.lock("read", wait=_PATIENCE) as database:
        with database.connect() as connection:
            known = [one for one in sources.every(connection) if not sync_runs.is_held(connection, one.id)]
            states, seen = _states(known, configured, settings), changes.unseen(connection, changes.READING)
            everybody = concerns is None or all(concerns(one.name) for one in known)
            if everybody and not (seen or everything) and _is_settled(connection, states):
                return 0
            changed = {} if everything else _changed(connection, states, seen)
        total, left = 0, list[UUID]()
        for source in (one for one in known if concerns is None or concerns(one.name)):
            own, among = _own(source, configured), changed.get(source.id)
            report = reports.get(source.name) or SourceReport(source.name, source.provider)
            try:
                total += _read_source(database, source, own, settings, report, erased, among, left)
            except OF_ALL:
                raise
            except Exception as error:  # noqa: BLE001  told in the report; the others are read
                report.fail(error)
                del states[str(source.id)]
            report.fail_by_bugs()
            if report.failed:
                reports[source.name] = report
        if everybody:
            with database.begin() as connection:
                changes.settle(connection, changes.READING, seen, json.dumps(states, sort_keys=True))
                changes.leave_to_be_read(connection, left)
    return total


def read_some(
    database: Database,
    configured: Mapping[str, SourceSettings],
    settings: NormalizeSettings,
    some: Mapping[UUID, Sequence[UUID]],
    erased: Erased | None,
) -> SourceReport:
    """The same for some contacts alone: source → their ids. Those of a source that is held stay as they
    are. What could not be read is in the report."""
    report = SourceReport("told", "")
    with database.connect() as connection:
        known = [one for one in sources.every(connection) if one.id in some]
        known = [one for one in known if not sync_runs.is_held(connection, one.id)]
    for source in known:
        own = _own(source, configured)
        _read_source(database, source, own, settings, report, erased, some[source.id], [])
    return report


def _own(source: Source, configured: Mapping[str, SourceSettings]) -> SourceSettings:
    return configured.get(source.name) or SourceSettings(source.name, source.provider)


def _states(
    known: Sequence[Source], configured: Mapping[str, SourceSettings], settings: NormalizeSettings
) -> dict[str, str]:
    """By source id a hash of all that decides how the source's payloads are read and normalized."""
    found = {}
    for one in known:
        reader = reader_of(_own(one, configured), one)
        told = [version(settings), one.name, reader and reader[0]]
        found[str(one.id)] = hashlib.sha256(json.dumps(told).encode()).hexdigest()
    return found


def _is_settled(connection: Connection, states: Mapping[str, str]) -> bool:
    """Whether all were read in these very states."""
    return changes.state_of(connection, changes.READING) == json.dumps(states, sort_keys=True)


def _changed(
    connection: Connection, states: Mapping[str, str], seen: Sequence[int]
) -> dict[UUID, Sequence[UUID]]:
    """Of the sources that were read in these states the contacts that changed since."""
    settled: dict[str, str] = json.loads(changes.state_of(connection, changes.READING) or "{}")
    touched = changes.to_be_read(connection, seen)
    same = [UUID(source) for source, state in states.items() if settled.get(source) == state]
    return {source: touched.get(source, ()) for source in same}


def _read_source(
    database: Database,
    source: Source,
    own: SourceSettings,
    settings: NormalizeSettings,
    report: SourceReport,
    erased: Erased | None,
    among: Sequence[UUID] | None,
    left: list[UUID],
) -> int:
    """Of all contacts, or those `among` these; what could not be read is added to `left`."""
    if among is not None and not among:
        return 0
    with database.begin() as connection:
        changes.is_no_news(connection, changes.READING)
        total = contacts.drop_gone(connection, source.id, among)
    reader = reader_of(own, source)
    if reader is None:
        return total
    reader_version, read = reader
    versions = reader_version, version(settings)
    for some in _portions(among):
        after = contacts.FIRST
        while True:
            with database.begin() as connection:
                contacts.hold_off_reading(connection, source.id)
                changes.is_no_news(connection, changes.READING)
                rows = contacts.outdated(connection, source.id, *versions, after, _BATCH, some)
                if not rows:
                    break
                erased = erased.again(connection) if erased is not None else None
                keys = contacts.keys_of(rows)
                for batch in _read_batches(source, rows, read, settings, report, left):
                    normalized, by_key = batch.normalized, {row.external_id: row for row in rows}
                    if erased is not None and erased.known:
                        normalized = _not_erased(connection, source, normalized, by_key, erased, report)
                    contacts.store(connection, normalized, keys, *versions)
                    count_read(report, batch.cleaned, normalized)
                    total += batch.rows
            after = rows[-1].id
    return total


def _portions(among: Sequence[UUID] | None) -> Iterable[Sequence[UUID] | None]:
    if among is None:
        return [None]
    return [among[start : start + _BATCH] for start in range(0, len(among), _BATCH)]


def _read_batches(
    source: Source,
    rows: Sequence[Outdated],
    read: Callable[[Rows], GivenBatch],
    settings: NormalizeSettings,
    report: SourceReport,
    left: list[UUID],
) -> Iterator[_Batch]:
    """All rows as one batch, unless one can't be read: that one stays as it was read the last time."""

    def work(some: Sequence[Outdated]) -> _Batch:
        given = read((source.name, row.external_id, _payload_of(row)) for row in some)
        return _Batch(len(some), given.cleaned, normalize(given.table, settings))

    def failed(row: Outdated, error: Exception) -> None:
        left.append(row.id)
        report.set_aside(safe_message(error), None if isinstance(error, DedupeError) else error)

    return halving(rows, work, failed)


def _payload_of(row: Outdated) -> Any:
    """InputError over one of our limits: it was stored when there were none."""
    payload = parse_stored(row.payload)
    if (fault := fault_of(payload, row.payload)) is not None:
        raise InputError(fault)
    return payload


def _not_erased(
    connection: Any,
    source: Source,
    normalized: pa.Table,
    rows: Mapping[str, Outdated],
    erased: Erased,
    report: SourceReport,
) -> pa.Table:
    """Drop contacts, raw data included, that only a new mapping or normalizer shows to be erased persons."""
    keys = erased.holding(normalized)
    if not keys:
        return normalized
    found = {ErasableContact(rows[key].id, source.id, key): erased.mask(source.id, key) for key in keys}
    now = datetime.now(UTC)
    erasures.add(connection, {erased.hash_of(source.id, key) for key in keys}, now)
    erasures.erase(connection, found, now)
    report.erased += len(keys)
    return normalized.filter(pc.invert(pc.is_in(normalized.column("external_id"), pa.array(sorted(keys)))))


def reader_of(own: SourceSettings, source: Source) -> tuple[str, Callable[[Rows], GivenBatch]] | None:
    """The version of how the source's payloads are read, and the reader.

    None of a declared provider that is paused: nobody knows how its payloads are read.
    """
    if own.provider not in PROVIDERS and not is_declared(own):
        return None
    if own.provider == FILE:
        mapping = own.mapping or source.checkpoint.get("map", {})
        return file_reader_version(mapping), lambda rows: read_payloads(rows, mapping)
    fetcher: Fetcher = fetcher_for(own)
    read = fetcher.read
    reads_by = {**own.mapping, **{name: str(own.options[name]) for name in _READ_BY if name in own.options}}
    if own.writeback is not None:
        reads_by["writeback"] = own.writeback.field
    return _versioned(fetcher.version, reads_by), lambda rows: given_batch(
        (source_name, key, read(payload)) for source_name, key, payload in rows
    )


def file_reader_version(mapping: Mapping[str, str]) -> str:
    """The version of how a file's rows are read."""
    return _versioned(FILE_READER, mapping)


def _versioned(reader: str, mapping: Mapping[str, str]) -> str:
    if not mapping:
        return reader
    return f"{reader}+{hashlib.sha256(json.dumps(dict(mapping), sort_keys=True).encode()).hexdigest()[:12]}"


def count_read(report: SourceReport, cleaned: Sequence[Cleaned], normalized: pa.Table) -> None:
    """Count contacts that were read, and what of them could not be used."""
    report.read += normalized.num_rows
    rejected = pc.list_flatten(unread_values(normalized))
    reasons = pc.binary_join_element_wise(
        pc.struct_field(rejected, "field"), pc.struct_field(rejected, "reason"), ": "
    )
    report.rejected.update(reasons.to_pylist())
    report.rejected.update(f"{one.field}: characters that can't be stored were replaced" for one in cleaned)
    lengths = [pc.fill_null(pc.list_value_length(normalized.column(name)), 0) for name in _EVIDENCE]
    values = reduce(pc.add, lengths)
    if empty := pc.sum(pc.equal(values, 0)).as_py():
        report.rejected["contact: nothing usable in it"] += empty
