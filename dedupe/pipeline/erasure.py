"""Erasure of a person: everything stored of them goes, and hashes stay that keep them out.

erase(database, settings, key, ["crm:17", "jo@example.org"], configured, unshow) -> ErasedReport
purge(database, keep)                                                            -> what went by its age
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from dedupe.errors import InputError, LockHeld
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.normalizers.queries import email_query, phone_query
from dedupe.pipeline.forgetting import forget_keys
from dedupe.pipeline.reading import reader_of
from dedupe.pipeline.suppression_list import EMAIL, KEY, PHONE, Erased, hashed, spellings
from dedupe.storage import (
    access_log,
    erasures,
    golden_versions,
    idempotency,
    outgoing_events,
    review_candidates,
    sources,
)
from dedupe.storage.database import Database
from dedupe.storage.erasures import ErasableContact, Erasure, HiddenVersion
from dedupe.storage.locks import NIGHTLY_LOCK
from dedupe.storage.publishing import PUBLISH_LOCK
from dedupe.storage.sources import Source

Connection = Any  # SQLAlchemy's; this floor hands it on and never looks into it
Unshow = Callable[[Connection, Collection[UUID]], object]
"""Publishes anew, within the transaction, what golden contacts show of these source contacts."""

_PATIENCE = 10.0  # seconds to wait for a decision that is being published
_BATCH = 2000  # contacts at once (chosen)
_REPEATED_WITHIN = timedelta(days=7)  # a client that got no answer asks again sooner


@dataclass(frozen=True)
class ErasedReport:
    """How many source contacts went, how many hashes were kept.

    `remaining`: the other members of their golden contacts, as `source:id`, which may be the same person.
    """

    contacts: int
    hashes: int
    set_aside: int = 0  # rows of the quarantine that were emptied
    remaining: tuple[str, ...] = ()


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
) -> ErasedReport:
    """Erase source contacts named `source:id` and all that hold an email or a phone number, for good.

    `configured` tells how the raw of sources is read. Waits for no run: LockHeld while a source is being
    walked, contacts are being read or a night runs.
    """
    with database.connect() as connection:
        Erased.load(connection, key, settings)
        names = [source.name for source in sources.every(connection)]
    with ExitStack() as held:
        for name in (NIGHTLY_LOCK, "read", *(f"source {name}" for name in names)):
            database = held.enter_context(database.lock(name))
        database = held.enter_context(database.lock(PUBLISH_LOCK, wait=_PATIENCE))
        with database.begin() as connection:
            erasures.hold_off_new_sources(connection)
            known = sources.every(connection)
            if {source.name for source in known} - set(names):
                raise LockHeld("a source has begun meanwhile; try again")
            return _Erasing(connection, settings, key, known, configured or {}).go(what, unshow)


def purge(database: Database, keep: Keep) -> Purged:
    """Drop what is older than it is to be kept, and answers to requests that nobody sends again by now."""
    now = datetime.now(UTC)
    contacts = set_aside = log = history = events = 0
    with database.begin() as connection:
        if keep.gone is not None:
            contacts = erasures.purge_tombstoned(connection, now - keep.gone)
            set_aside = erasures.purge_quarantine(connection, now - keep.gone)
        if keep.access_log is not None:
            log = access_log.delete_before(connection, now - keep.access_log)
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
        self._connection, self._settings, self._key = connection, settings, key
        self._sources, self._configured = known, configured
        self._found: dict[UUID, ErasableContact] = {}
        self._held_before: set[UUID] = set()  # contacts that stay, and gave up what was named
        self._values: dict[str, set[str]] = {EMAIL: set(), PHONE: set()}  # that were named

    def go(self, what: Sequence[str], unshow: Unshow | None) -> ErasedReport:
        for one in what:
            self._name(one)
        made = self._hashes(self._values)
        if made:
            for source in self._sources:
                self._search_raw(source, self._holders(made))
        emptied = self._empty_quarantine(made)
        now, found = datetime.now(UTC), list(self._found.values())
        remaining = self._remaining()
        nobody = self._holders(set())
        made |= {nobody.hash_of(one.source_id, one.external_id) for one in found}
        erasures.add(self._connection, {*made, hashed(self._key, KEY, "")}, now)
        masks = {one: nobody.mask(one.source_id, one.external_id) for one in found}
        forget_keys(self._connection, [str(one.id) for one in found])
        erasures.erase(self._connection, masks, now)
        for kind, values in self._values.items():
            erasures.erase_decisions(self._connection, kind, values)
        self._unshow([one.id for one in found], unshow)
        return ErasedReport(len(found), len(made), emptied, remaining)

    def _unshow(self, found: Sequence[UUID], unshow: Unshow | None) -> None:
        """Let no golden contact show what was named, now or as of a moment before."""
        shown = {*found}
        for kind, values in self._values.items():  # a contact may have given it up since the last night
            shown.update(erasures.shown_with(self._connection, f"{kind}s", values))
        if unshow is not None and shown:
            unshow(self._connection, sorted(shown))
        erasures.erase_history(self._connection, self._held_before)
        for kind, values in self._values.items():  # what was shown until now is among it
            erasures.erase_history_with(self._connection, f"{kind}s", values)

    def _remaining(self) -> tuple[str, ...]:
        companions = review_candidates.companions(self._connection, list(self._found)) - self._found.keys()
        members = review_candidates.members(self._connection, list(companions)).values()
        return tuple(sorted(f"{one.source}:{one.external_id}" for one in members))

    def _name(self, one: str) -> None:
        """The contacts that a word of the command means; InputError when it means nobody there can be."""
        source, _, external_id = one.partition(":")
        if external_id and source in {known.name for known in self._sources}:
            held = erasures.by_external_id(self._connection, source, external_id)
            if not held:
                raise InputError(f"{source} holds no such contact")
            return self._found.update((contact.id, contact) for contact in held)
        kind = EMAIL if "@" in one else PHONE
        query = email_query(one) if kind == EMAIL else phone_query(one, self._settings.fallback_region)
        if query.value is None and external_id:
            known = ", ".join(sorted(one.name for one in self._sources)) or "none yet"
            raise InputError(f"there is no such source; those there are: {known}")
        if query.value is None:
            raise InputError(f"it is no email, no phone number and no source:id ({query.reason})")
        values = spellings({"value": query.value, "keys": query.keys})
        self._values[kind].update(values)
        held = erasures.by_value(self._connection, f"{kind}s", values)
        return self._found.update((contact.id, contact) for contact in held)

    def _search_raw(self, source: Source, erased: Erased) -> None:
        """Raw that is not shown: whole contacts, or only their older versions, that hold what was named."""
        search = self._searcher(source, erased)
        older: list[int] = []
        after = 0
        while rows := erasures.versions_not_shown(self._connection, source.id, after, _BATCH):
            held = search(rows)
            for row in rows:
                if str(row.id) in held and row.latest:
                    self._found[row.contact] = ErasableContact(row.contact, source.id, row.external_id)
                elif str(row.id) in held:
                    older.append(row.id)
                    self._held_before.add(row.contact)
            after = rows[-1].id
        erasures.erase_versions(self._connection, older)

    def _searcher(self, source: Source, erased: Erased) -> Callable[[Sequence[HiddenVersion]], set[str]]:
        """Gives the ids of versions that hold an erased value, read as they would be for a night."""
        own = self._configured.get(source.name) or SourceSettings(source.name, source.provider)
        reader = reader_of(own, source)
        if reader is None:  # declared in a configuration that is not there: nobody knows how it is read
            return lambda rows: erased.among_texts(source.name, ((str(row.id), row.payload) for row in rows))
        _, read = reader
        return lambda rows: erased.holding_given(
            read((source.name, str(row.id), parse_stored(row.payload)) for row in rows).table
        )

    def _empty_quarantine(self, named: set[Erasure]) -> int:
        """What could not be read and holds a value that was named, or that one of the found holds."""
        held: dict[str, set[str]] = {EMAIL: set(), PHONE: set()}
        for member in review_candidates.members(self._connection, list(self._found)).values():
            for kind, values in held.items():
                for item in member.content.get(f"{kind}s") or ():
                    values.update(spellings(item))
        erased = self._holders(named | self._hashes(held))
        ids: list[int] = []
        for source in self._sources:
            after = 0
            while rows := erasures.quarantined(self._connection, source.id, after, _BATCH):
                texts = ((str(row.id), row.content.decode("utf-8", "replace")) for row in rows)
                ids += map(int, erased.among_texts(source.name, texts))
                after = rows[-1].id
        erasures.clear_quarantined(self._connection, ids)
        return len(ids)

    def _holders(self, known: set[Erasure]) -> Erased:
        return Erased(self._key, frozenset(known), self._settings)

    def _hashes(self, values: Mapping[str, Collection[str]]) -> set[Erasure]:
        return {hashed(self._key, kind, text) for kind, texts in values.items() for text in texts}
