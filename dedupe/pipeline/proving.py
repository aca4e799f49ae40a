"""Which contacts are gone: a tombstone needs a proof about the contact, not only a flawless walk.

Proofs: the provider, asked for the contact by its id, says that there is none; or two complete walks, of this
run and of the one before it, both lack it. A source that would lose more than its limit is held instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from dedupe.fetchers.fetcher import Fetcher
from dedupe.fetchers.http import Api
from dedupe.fetchers.payloads import prepare
from dedupe.pipeline.erasing import Erased
from dedupe.pipeline.source_report import SourceReport
from dedupe.storage import source_contacts, sync_runs
from dedupe.storage.database import Database
from dedupe.storage.source_contacts import Absent, RawContact
from dedupe.storage.sources import Source
from dedupe.storage.sync_runs import SyncRun

MOST_ASKED = 300  # questions by id in one run; the others wait for a second walk
ALWAYS_ALLOWED = 3  # so few may go whatever their share


def vanished(database: Database, source: Source, run: SyncRun) -> tuple[list[Absent], int]:
    """Live contacts that this run did not see, and how many live ones there are."""
    with database.connect() as connection:
        missing = source_contacts.absent(connection, source.id, run.id, run.started_at)
        return missing, source_contacts.live_count(connection, source.id)


def over_limit(missing: int, live: int, limit: float) -> str | None:
    """Why so many may not go unseen, or None."""
    if missing <= ALWAYS_ALLOWED or missing <= live * limit:
        return None
    return f"{missing} of {live} contacts would vanish ({missing / live:.0%}, limit max_gone = {limit:.0%})"


def bury(
    database: Database,
    source: Source,
    run: SyncRun,
    fetcher: Fetcher,
    api: Api,
    missing: Sequence[Absent],
    report: SourceReport,
    erased: Erased | None = None,
    *,
    complete: bool = True,
) -> None:
    """Tombstones for those that are proven gone; those that turn out to live are stored as they are.

    After a walk that was not `complete` nothing but the provider's word about the very contact is a proof.
    """
    left = list(missing)
    if left and _answers_by_id(database, source, run, fetcher, api):
        left = _asked_one_by_one(database, source, run, fetcher, api, left, report, erased)
    if left and complete:
        left = _absent_twice(database, source, run, left, report)
    report.missing = len(left)


def _answers_by_id(database: Database, source: Source, run: SyncRun, fetcher: Fetcher, api: Api) -> bool:
    """Whether a contact that is there is found by its id: only then does "not found" mean gone."""
    with database.connect() as connection:
        known = source_contacts.some_live(connection, source.id, run.id)
    if known is None:
        return False
    found = fetcher.find(api, known)
    return found.payload is not None and fetcher.external_id(found.payload) == known


def _asked_one_by_one(
    database: Database,
    source: Source,
    run: SyncRun,
    fetcher: Fetcher,
    api: Api,
    missing: Sequence[Absent],
    report: SourceReport,
    erased: Erased | None,
) -> list[Absent]:
    gone, there, left = [], [], list(missing[MOST_ASKED:])
    for contact in missing[:MOST_ASKED]:
        found = fetcher.find(api, contact.external_id)
        made = prepare(fetcher, found.payload) if found.payload is not None else None
        if found.gone:
            gone.append(contact.id)
        elif made is not None and made.external_id == contact.external_id:
            there.append(RawContact(contact.external_id, made.payload, made.content_hash))
        else:
            left.append(contact)
    now = datetime.now(UTC)
    with database.begin() as connection:
        if erased is not None:
            keys = erased.again(connection).among(source.id, fetcher, there)
            there = [one for one in there if one.external_id not in keys]
            report.erased += len(keys)
        report.gone += source_contacts.mark_gone(connection, gone, "not found by its id", now)
        stored = source_contacts.store(connection, source.id, run.id, there, now)
    report.changed += stored.changed
    if (unasked := len(missing) - MOST_ASKED) > 0:
        report.notes.append(
            f"{unasked} missing contacts were not asked for by their id ({MOST_ASKED} a run at most): "
            "a second complete walk must lack them, or the next run asks"
        )
    if there:
        report.notes.append(f"{len(there)} contacts were passed over by the walk and found by their id")
    return left


def _absent_twice(
    database: Database, source: Source, run: SyncRun, missing: Sequence[Absent], report: SourceReport
) -> list[Absent]:
    with database.begin() as connection:
        earlier = sync_runs.proving_before(connection, source.id, run)
        if earlier is None:
            return list(missing)
        then = set(source_contacts.absent(connection, source.id, earlier.id, earlier.started_at))
        gone = [contact.id for contact in missing if contact in then]
        because = "absent from two complete walks"
        report.gone += source_contacts.mark_gone(connection, gone, because, datetime.now(UTC))
    return [contact for contact in missing if contact not in then]
