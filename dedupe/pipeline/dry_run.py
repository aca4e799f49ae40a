"""What collecting a source would change, without changing it: `dedupe fetch --dry-run`."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from dedupe.errors import SourceError, kind_of
from dedupe.fetchers.fetcher import Fetcher, Mode, Start, WalkSummary
from dedupe.fetchers.given import time_of
from dedupe.fetchers.http.client import Api
from dedupe.fetchers.limits import NO_ID, seen_as
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload, prepare
from dedupe.fetchers.walks.completeness import no_id
from dedupe.pipeline.own_writes import as_stored
from dedupe.pipeline.source_report import Progress, SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import source_contacts, sources
from dedupe.storage.database import Database
from dedupe.storage.source_contacts import RawContact
from dedupe.storage.sources import Source

STATUS = "rehearsed"
NOBODY = UUID(int=0)  # the id of a source that was never fetched


def compare_without_storing(
    database: Database,
    fetcher: Fetcher,
    api: Api,
    mode: Mode,
    report: SourceReport,
    progress: Callable[[Progress], None] | None,
    erased: Erased | None = None,
) -> None:
    """Walk the source and compare with what is stored, writing nothing.

    `report` is filled with what would be new, changed, back, and not seen any more.
    """
    with database.connect() as connection:
        source = sources.by_name(connection, fetcher.settings.name)
    since = time_of(source.checkpoint.get("changed_at")) if source else None
    seen: set[str] = set()
    cursor, nameless = {}, 0
    report.mode = mode
    try:
        for page in fetcher.fetch(api, Start(mode, since)):
            cursor = page.cursor
            made = [prepare(fetcher, payload) for payload in page.payloads]
            report.fetched += len(made)
            report.pages += 1
            for one in made:
                if isinstance(one, UnusablePayload):
                    report.quarantined += 1
                    nameless += one.reason == NO_ID
                    report.set_aside(one.reason, one.bug)
            rows = [
                RawContact(*one[:3])
                for one in made
                if isinstance(one, PreparedPayload) and one.external_id not in seen
            ]
            seen.update(seen_as(one.external_id) for one in made if one.external_id is not None)
            if erased is not None:
                out = erased.among(source.id if source else NOBODY, fetcher, rows, report.cannot_read)
                rows = [row for row in rows if row.external_id not in out]
                report.erased += len(out)
            changed = {
                one.external_id: one.changed_at
                for one in made
                if isinstance(one, PreparedPayload) and one.changed_at is not None
            }
            if source is not None:
                with database.connect() as connection:
                    rows = as_stored(connection, source.id, fetcher, rows, changed)
            _compare(database, source, rows, report)
            if progress is not None:
                progress(Progress(report.source, report.fetched, cursor.get("count_last"), None))
    except SourceError as error:
        report.status, report.failure, report.reason = "failed", kind_of(error), str(error)
        return
    report.status, report.unique = STATUS, len(seen)
    report.reason = fetcher.assess_walk(WalkSummary(cursor, report.fetched, len(seen)))
    if nameless:
        report.reason = no_id(nameless)
    if mode is Mode.FULL and source is not None:
        with database.connect() as connection:
            live = source_contacts.live_ids(connection, source.id)
        report.missing = len(live - seen)
    report.fail_by_bugs()


def _compare(database: Database, source: Source | None, rows: list[RawContact], report: SourceReport) -> None:
    if source is None:
        report.new += len(rows)
        return
    with database.connect() as connection:
        would = source_contacts.count_changes(connection, source.id, rows)
    report.new += would.new
    report.changed += would.changed
    report.revived += would.revived
    report.same += would.same
