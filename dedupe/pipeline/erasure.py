"""Erasure of a person: everything stored of them goes, hashes stay that keep them out, a certificate says
what went, and events tell others.
erase(database, settings, key, ["crm:17", "jo@example.org"], configured, unshow) -> ErasedReport
purge(database, keep)                                                            -> what went by its age
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import uuid_utils.compat as uuids

from dedupe.errors import LockHeld, NotFound
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline import erasure_certificate
from dedupe.pipeline.erasure_certificate import AskedFor, Kept
from dedupe.pipeline.forgetting import forget_keys
from dedupe.pipeline.people_in_raw import NamedBy, PeopleInRaw, named
from dedupe.pipeline.suppression_list import EMAIL, KEY, PHONE, SOURCE_CONTACT, Erased, hashed, spellings
from dedupe.storage import (
    access_log,
    erasure_certificates,
    erasures,
    golden_versions,
    idempotency,
    outgoing_events,
    review_candidates,
    sign_ins,
    sources,
    writebacks,
)
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Database
from dedupe.storage.erasure_certificates import GoldenMembers, StoredCertificate
from dedupe.storage.erasures import ErasableContact, Erasure
from dedupe.storage.locks import NIGHTLY_LOCK
from dedupe.storage.publishing import PUBLISH_LOCK
from dedupe.storage.sources import Source

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it
Unshow = Callable[[Connection, Collection[UUID]], object]
"""Publishes anew, within the transaction, what golden contacts show of these source contacts."""

PROGRAM = Visitor("", "program")
"""Who erases where no person or token is named."""

_PATIENCE = 10.0  # seconds to wait for a decision that is being published
_REPEATED_WITHIN = timedelta(days=7)  # a client that got no answer asks again sooner


@dataclass(frozen=True)
class ErasedReport:
    """How many source contacts went, how many hashes were kept.

    `erased`: those that went, as `source:id`; `remaining`: the other members of their golden contacts, which
    may be the same person.
    """

    contacts: int
    hashes: int
    certificate: StoredCertificate
    set_aside: int = 0  # rows of the quarantine that were emptied
    erased: tuple[str, ...] = ()
    remaining: tuple[str, ...] = ()
    rows: Mapping[str, int] = field(default_factory=dict)  # that went, by table
    written_back: int = 0  # golden ids of theirs that stand at providers until they are cleared there

    @property
    def nothing(self) -> bool:
        """Whether nothing at all was found."""
        return not any(self.rows.values())


@dataclass(frozen=True)
class Keep:
    """For how long each kind of data is kept; None: for ever."""

    gone: timedelta | None = None  # the raw of contacts that are gone, and what was set aside as unreadable
    access_log: timedelta | None = None
    history: timedelta | None = None  # what golden contacts showed before they changed
    events: timedelta | None = None
    webhooks: tuple[str, ...] = ()  # those that must have been told an event before it goes


@dataclass(frozen=True)
class Purged:
    """How many gone contacts lost their raw data, and how many rows quarantine, access log, history of golden
    contacts and events lost."""

    contacts: int = 0
    set_aside: int = 0
    access_log: int = 0
    history: int = 0
    events: int = 0


def erase(
    database: Database,
    settings: NormalizeSettings,
    key: bytes,
    what: Sequence[str],
    configured: Mapping[str, SourceSettings] | None = None,
    unshow: Unshow | None = None,
    *,
    visitor: Visitor = PROGRAM,
    recipients: Sequence[str] = (),
    dry_run: bool = False,
) -> ErasedReport:
    """Erase source contacts named `source:id` and all that hold an email or a phone number, for good.
    `dry_run`: all of it in a transaction that is rolled back, so that the report can't differ.

    `configured` tells how the raw of sources is read, `recipients` which webhooks are to be told. Waits for
    no run: LockHeld while a source is being walked, contacts are being read or a night runs.
    """
    with database.connect() as connection:
        Erased.load(connection, key, settings)
        names = [source.name for source in sources.every(connection)]
    with ExitStack() as held:
        for name in (NIGHTLY_LOCK, "read", *(f"source {name}" for name in names)):
            database = held.enter_context(database.lock(name))
        database = held.enter_context(database.lock(PUBLISH_LOCK, wait=_PATIENCE))
        with database.connect() if dry_run else database.begin() as connection:
            erasures.hold_off_new_sources(connection)
            known = sources.every(connection)
            if {source.name for source in known} - set(names):
                raise LockHeld("a source has begun meanwhile; try again")
            erasing = _Erasing(connection, settings, key, known, configured or {})
            return erasing.go(what, unshow, visitor, recipients)


def purge(database: Database, keep: Keep) -> Purged:
    """Drop what is older than it is to be kept, and answers to requests that nobody sends again by now."""
    now = datetime.now(UTC)
    contacts = set_aside = log = history = events = 0
    with database.begin() as connection:
        if keep.gone is not None:
            contacts = erasures.purge_tombstoned(connection, now - keep.gone)
            set_aside = erasures.purge_quarantine(connection, now - keep.gone)
            writebacks.purge_erased(connection, now - keep.gone)
        if keep.access_log is not None:
            log = access_log.delete_before(connection, now - keep.access_log)
            sign_ins.delete_before(connection, now - keep.access_log)
        if keep.history is not None:
            history = golden_versions.delete_before(connection, now - keep.history)
        if keep.events is not None:
            events = outgoing_events.expire(connection, now - keep.events, keep.webhooks)
        idempotency.delete_before(connection, now - _REPEATED_WITHIN)
    return Purged(contacts, set_aside, log, history, events)


class _Erasing:
    """One erasure, within its transaction."""

    def __init__(
        self,
        connection: Connection,
        settings: NormalizeSettings,
        key: bytes,
        known: Sequence[Source],
        configured: Mapping[str, SourceSettings],
    ) -> None:
        self._connection, self._settings, self._key, self._sources = connection, settings, key, known
        self._raw = PeopleInRaw(connection, settings, key, known, configured)
        self._found: dict[UUID, ErasableContact] = {}
        self._held_before: set[UUID] = set()  # contacts that stay, and gave up what was named
        self._values: dict[str, set[str]] = {EMAIL: set(), PHONE: set()}  # that were named
        self._asked: list[AskedFor] = []
        self._rows = Counter[str]()  # that went, by table

    def go(
        self, what: Sequence[str], unshow: Unshow | None, visitor: Visitor, recipients: Sequence[str]
    ) -> ErasedReport:
        for one in what:
            self._name(named(one, {source.name for source in self._sources}, self._settings))
        made = self._raw.hashes(self._values)
        self._search_raw()
        emptied = self._empty_quarantine()
        now, found = datetime.now(UTC), list(self._found.values())
        remaining = self._remaining()
        shown = self._shown()
        golden = {one.golden_id: one for one in erasure_certificates.golden_of(self._connection, shown)}
        nobody = self._holders(set())
        made |= {nobody.hash_of(one.source_id, one.external_id) for one in found}
        erasures.add(self._connection, {*made, hashed(self._key, KEY, "")}, now)
        masks = {one: nobody.mask(one.source_id, one.external_id) for one in found}
        self._rows["match_index_keys"] += forget_keys(self._connection, [str(one.id) for one in found])
        self._rows += erasures.erase(self._connection, masks, now)
        for kind, values in self._values.items():
            self._rows["decisions"] += erasures.erase_decisions(self._connection, kind, values)
        self._unshow(shown, unshow, golden)
        certificate = self._certify(now, visitor, recipients, len(made), golden)
        left = writebacks.count_erased(self._connection, [one.id for one in found])
        keys = self._keys(found)
        return ErasedReport(
            len(found), len(made), certificate, emptied, keys, remaining, dict(self._rows), left
        )

    def _keys(self, found: Sequence[ErasableContact]) -> tuple[str, ...]:
        names = {source.id: source.name for source in self._sources}
        return tuple(sorted(f"{names[one.source_id]}:{one.external_id}" for one in found))

    def _shown(self) -> set[UUID]:
        """The source contacts of golden contacts that show what was named."""
        shown = {*self._found}
        for kind, values in self._values.items():  # a contact may have given it up since the last night
            shown.update(erasures.shown_with(self._connection, f"{kind}s", values))
        return shown

    def _unshow(
        self, shown: Collection[UUID], unshow: Unshow | None, golden: dict[UUID, GoldenMembers]
    ) -> None:
        """Let no golden contact show what was named, now or as of a moment before."""
        self._rows["golden_contacts"] += sum(bool(one.members) for one in golden.values())
        if unshow is not None and shown:
            unshow(self._connection, sorted(shown))
        self._rows["replaced_rows"] += erasures.erase_replaced(self._connection, self._found)
        ended = erasures.erase_history(self._connection, self._held_before)
        for kind, values in self._values.items():  # what was shown until now is among it
            ended += erasures.erase_history_with(self._connection, f"{kind}s", values)
        self._rows["golden_versions"] += len(ended)
        for one in erasure_certificates.members_of(self._connection, set(ended) - golden.keys()):
            golden[one.golden_id] = one

    def _certify(
        self,
        now: datetime,
        visitor: Visitor,
        recipients: Sequence[str],
        hashes: int,
        golden: Mapping[UUID, GoldenMembers],
    ) -> StoredCertificate:
        """Tell of the erasure, and say what went."""
        erasure, before = uuids.uuid7(), [golden[one] for one in sorted(golden)]
        events = erasure_certificates.tell(self._connection, erasure, before)
        access_log.write(self._connection, visitor, "erase", sorted(golden))
        kept = Kept(hashes, len(self._found), erasures.decisions_kept(self._connection, self._found))
        return erasure_certificate.make(
            self._connection,
            self._key,
            erasure,
            now,
            visitor,
            self._asked,
            self._rows,
            kept,
            events,
            recipients,
        )

    def _remaining(self) -> tuple[str, ...]:
        companions = review_candidates.companions(self._connection, list(self._found)) - self._found.keys()
        members = review_candidates.members(self._connection, list(companions)).values()
        return tuple(sorted(f"{one.source}:{one.external_id}" for one in members))

    def _name(self, one: NamedBy) -> None:
        """Find the contacts that a word of the command means."""
        if one.kind == SOURCE_CONTACT:
            held = erasures.by_external_id(self._connection, one.source, one.external_id)
            if not held:
                raise NotFound(f"{one.source} holds no such contact")
            mine = self._holders(set()).hash_of(held[0].source_id, one.external_id)
            self._asked.append(AskedFor(one.kind, mine.keyed_hash, one.source))
        else:
            self._values[one.kind].update(one.spellings)
            held = erasures.by_value(self._connection, f"{one.kind}s", one.spellings)
            self._asked.append(AskedFor(one.kind, hashed(self._key, one.kind, one.spellings[0]).keyed_hash))
        self._found.update((contact.id, contact) for contact in held)

    def _search_raw(self) -> None:
        """Raw that is not shown: whole contacts, or only their older versions, that hold what was named."""
        older: list[int] = []
        for source, row in self._raw.hidden(self._values):
            if row.latest:
                self._found[row.contact] = ErasableContact(row.contact, source.id, row.external_id)
            else:
                older.append(row.id)
                self._held_before.add(row.contact)
        self._rows["source_contact_versions"] += erasures.erase_versions(self._connection, older)

    def _empty_quarantine(self) -> int:
        """What could not be read and holds a value that was named, or that one of the found holds."""
        held = {kind: set(values) for kind, values in self._values.items()}
        for member in review_candidates.members(self._connection, list(self._found)).values():
            for kind, values in held.items():
                for item in member.content.get(f"{kind}s") or ():
                    values.update(spellings(item))
        ids = [row.id for _, row in self._raw.set_aside(held)]
        erasures.clear_quarantined(self._connection, ids)
        self._rows["quarantine"] += len(ids)
        return len(ids)

    def _holders(self, known: set[Erasure]) -> Erased:
        return Erased(self._key, frozenset(known), self._settings)
