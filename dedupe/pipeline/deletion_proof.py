"""Which contacts are gone: a tombstone needs a proof about the contact, not only a flawless walk.

Proofs: the provider, asked for the contact by its id, says that there is none; or two complete walks, of this
run and of the one before it, both lack it. A source that would lose more than its limit is held instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dedupe.errors import SourceError
from dedupe.fetchers.fetcher import Fetcher, LookupById
from dedupe.fetchers.http.client import Api, Stopped
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload, prepare
from dedupe.fetchers.walks.loop_guard import fingerprint
from dedupe.pipeline.source_report import SourceReport
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import source_contacts, sources, sync_runs
from dedupe.storage.database import Database
from dedupe.storage.source_contacts import Absent, RawContact
from dedupe.storage.sources import Source
from dedupe.storage.sync_runs import SyncRun

ALWAYS_ASKED = 300  # by id in one run, or as many as it took requests; the others' turn is next
_TRIED = 3  # contacts that are there, to see whether they are found by their id
_MOST_FAILED = 3  # questions
_ASKED_UP_TO = "asked_up_to"  # in a source's checkpoint: whose turn was last
ALWAYS_ALLOWED = 3  # so few may go whatever their share


def vanished(database: Database, source: Source, run: SyncRun) -> tuple[list[Absent], int]:
    """The live contacts that this run did not see, and the number of all live ones."""
    with database.connect() as connection:
        missing = source_contacts.absent(connection, source.id, run.id, run.started_at)
        return missing, source_contacts.live_count(connection, source.id)


def over_limit(missing: int, live: int, limit: float) -> str | None:
    """Why so many contacts may not be marked as gone, in words; None if they may."""
    if missing <= ALWAYS_ALLOWED or missing <= live * limit:
        return None
    return f"{missing} of {live} contacts would vanish ({missing / live:.0%}, limit max_gone = {limit:.0%})"


@dataclass(frozen=True)
class CollectedWalk:
    """A walk through a source and whom its provider can be asked; what is proven goes into `report`."""

    database: Database
    source: Source
    run: SyncRun
    fetcher: Fetcher
    api: Api
    report: SourceReport
    erased: Erased | None = None  # who must not be stored again


def bury(walk: CollectedWalk, missing: Sequence[Absent], *, complete: bool = True) -> None:
    """Tombstones for those that are proven gone; those that turn out to live are stored as they are.

    After a walk that was not `complete` nothing but the provider's word about the very contact is a proof.
    """
    left = list(missing)
    if left and _answers_by_id(walk):
        left = _asked_in_turn(walk, left)
    if left and complete:
        left = _absent_twice(walk, left)
    walk.report.missing = len(left)


def most_asked(report: SourceReport) -> int:
    """How many contacts are asked for by id in one run: the questions take no longer than its walk did."""
    return max(ALWAYS_ASKED, report.requests)


def _answers_by_id(walk: CollectedWalk) -> bool:
    """Whether a contact that is there is found by its id: only then does "not found" mean gone.

    More than one is tried: the first may have gone since it was seen.
    """
    fetcher = walk.fetcher
    with walk.database.connect() as connection:
        known = source_contacts.ids_seen(connection, walk.source.id, walk.run.id, _TRIED)
    asking = _Asking(fetcher, walk.api)
    answers = ((key, asking.find(key).payload) for key in known)
    return any(payload is not None and fetcher.external_id(payload) == key for key, payload in answers)


@dataclass
class _Asking:
    """Questions by id. One that fails leaves its contact undecided; after a few, no more are asked."""

    fetcher: Fetcher
    api: Api
    failed: int = 0
    why: str = ""
    unasked: int = 0

    def find(self, external_id: str) -> LookupById:
        if self.failed >= _MOST_FAILED:
            self.unasked += 1
            return LookupById()
        try:
            return self.fetcher.find(self.api, external_id)
        except Stopped:
            raise
        except SourceError as error:
            self.failed, self.why = self.failed + 1, str(error)
            return LookupById()


def _asked_in_turn(walk: CollectedWalk, missing: Sequence[Absent]) -> list[Absent]:
    """Ask by id, beginning behind whoever was asked last, so that everybody's turn comes.

    Gives those who are not decided.
    """
    source, report = walk.source, walk.report
    turn, most = str(source.checkpoint.get(_ASKED_UP_TO, "")), most_asked(report)
    waiting = sorted(missing, key=lambda one: (_place(one) <= turn, _place(one)))
    asking = _Asking(walk.fetcher, walk.api)
    left = _asked_one_by_one(walk, asking, waiting[:most])
    later = waiting[most:]
    answered = waiting[: min(most, len(waiting)) - asking.unasked]
    source.checkpoint[_ASKED_UP_TO] = _place(answered[-1]) if answered else turn
    with walk.database.begin() as connection:
        sources.save(connection, source.id, checkpoint=dict(source.checkpoint))
    if asking.failed:
        report.notes.append(f"{asking.failed} questions by id failed, the last with: {asking.why}")
    if unasked := len(later) + asking.unasked:
        report.notes.append(
            f"{unasked} missing contacts were not asked for by their id (at most {most} in this run): "
            "their turn is in the next run, unless a second complete walk lacks them, too"
        )
    return [*left, *later]


def _place(contact: Absent) -> str:
    """A contact's place in the turn: a hash, because an id may be an address and the place is stored."""
    return fingerprint(contact.external_id)


def _asked_one_by_one(walk: CollectedWalk, asking: _Asking, missing: Sequence[Absent]) -> list[Absent]:
    """Ask for each by its id; gives those about whom the answers decide nothing."""
    fetcher, report = walk.fetcher, walk.report
    gone, there, left = [], [], list[Absent]()
    for contact in missing:
        found = asking.find(contact.external_id)
        made = prepare(fetcher, found.payload) if found.payload is not None else None
        if found.gone:
            gone.append(contact.id)
        elif isinstance(made, PreparedPayload) and made.external_id == contact.external_id:
            there.append(RawContact(contact.external_id, made.payload, made.content_hash))
        elif isinstance(made, UnusablePayload) and made.external_id == contact.external_id:
            report.set_aside(made.reason, made.bug)  # it lives, though not as it could be stored today
        else:
            left.append(contact)
    now = datetime.now(UTC)
    unread: set[str] = set()

    def failed(one: RawContact, bug: Exception) -> None:
        report.cannot_read(one, bug)
        unread.add(one.external_id)

    with walk.database.begin() as connection:
        if walk.erased is not None:
            keys = walk.erased.again(connection).among(walk.source.id, fetcher, there, failed)
            there = [one for one in there if one.external_id not in keys | unread]
            report.erased += len(keys)
        report.gone += source_contacts.mark_gone(connection, gone, "not found by its id", now)
        stored = source_contacts.store(connection, walk.source.id, walk.run.id, there, now)
    report.changed += stored.changed
    if there:
        report.notes.append(f"{len(there)} contacts were passed over by the walk and found by their id")
    return left


def _absent_twice(walk: CollectedWalk, missing: Sequence[Absent]) -> list[Absent]:
    """Mark as gone who was absent from the complete walk before this one, too; gives the others."""
    source, run = walk.source, walk.run
    with walk.database.begin() as connection:
        earlier = sync_runs.previous_complete(connection, source.id, run)
        if earlier is None:
            return list(missing)
        then = set(source_contacts.absent(connection, source.id, earlier.id, earlier.started_at))
        gone = [contact.id for contact in missing if contact in then]
        because = "absent from two complete walks"
        walk.report.gone += source_contacts.mark_gone(connection, gone, because, datetime.now(UTC))
    return [contact for contact in missing if contact not in then]
