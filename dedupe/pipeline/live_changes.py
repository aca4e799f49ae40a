"""What a source tells of single contacts by itself, between walks: into storage by the rules of a walk.

    store_changes(connection, told, changes) -> a ChangeVerdict for each, in their order

Erased people are kept out, paths of `never_store` are dropped, what can't be stored is set aside with its
reason, and the others are taken. News must be newer than what is stored: an event that comes late loses.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from dedupe.errors import safe_message
from dedupe.fetchers.given import GivenBatch, json_text, time_of
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.limits import NO_ID, fault_of_id
from dedupe.fetchers.live_change import LiveChange
from dedupe.fetchers.payloads import PreparedPayload, UnusablePayload
from dedupe.pipeline.bisection import halving
from dedupe.pipeline.deletion_proof import ALWAYS_ALLOWED, over_limit
from dedupe.pipeline.suppression_list import Erased
from dedupe.storage import source_contacts, sync_runs, told_changes
from dedupe.storage.database import Connection
from dedupe.storage.source_contacts import RawContact
from dedupe.storage.sources import Source
from dedupe.storage.storing_turns import take_turn_within
from dedupe.storage.sync_runs import QuarantineEntry
from dedupe.storage.told_changes import ToldMoment

PAGES_WAIT = timedelta(minutes=1)
"""A page of a walk is stored at most so long after it was asked for, pauses by 429 aside (chosen): within
that, what a source tells by itself counts as the newer."""
TOLD = "the source told that it was deleted"
TURN_WITHIN = 5.0  # seconds that a request waits while a walk or an import stores (chosen)
_DAY = timedelta(days=1)  # in which deletions are counted together, as a night counts its own


class Outcome(StrEnum):
    """What became of one change."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REVIVED = "revived"  # it was gone, and is told again
    DELETED = "deleted"
    ABSENT = "absent"  # told as deleted, and not known or gone already
    OUTDATED = "outdated"  # what is stored is newer
    ERASED = "erased"  # of a person who was erased
    REFUSED = "refused"


CHANGES_SOMETHING = frozenset({Outcome.NEW, Outcome.CHANGED, Outcome.REVIVED, Outcome.DELETED})


class ChangeVerdict(NamedTuple):
    """What became of a change; `reason` where it was not taken; `unread`: columns of it that nobody reads."""

    outcome: Outcome
    reason: str | None = None
    unread: tuple[str, ...] = ()


@dataclass(frozen=True)
class TellingSource:
    """A source as its changes are taken: how payloads are prepared and read, and who must stay out.

    `prepare` makes the payload of a contact of that id ready for storage; `changed_at` gives the time of its
    last change where a payload shows one; `hash_of` gives its hash, that of what is stored where only we have
    changed it; `unread` the columns of a payload that nobody reads.
    """

    source: Source
    prepare: Callable[[str, Any], PreparedPayload | UnusablePayload]
    changed_at: Callable[[Any], datetime | None]
    read: Callable[[Iterable[tuple[str, str, Any]]], GivenBatch]
    max_gone: float
    erased: Erased
    hash_of: Callable[[Connection, PreparedPayload], bytes] = lambda _, made: made.content_hash
    unread: Callable[[Any], tuple[str, ...]] = lambda _: ()


def store_changes(
    connection: Connection, told: TellingSource, changes: Sequence[LiveChange], now: datetime | None = None
) -> list[ChangeVerdict]:
    """Store them in their order, within this transaction. Raises LockHeld while others store for long."""
    return _Taking(connection, told, now or datetime.now(UTC)).take(changes)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of a contact, the changes before this one included; `as_of`: since when at the latest."""

    payload: str | None
    content_hash: bytes | None
    as_of: datetime | None
    changed_at: datetime | None
    gone: bool


@dataclass
class _Taking:
    """One transaction's changes of one source."""

    connection: Connection
    told: TellingSource
    now: datetime
    _ids: dict[str, UUID] = field(default_factory=dict)  # of contacts that are stored
    _known: dict[str, _Known] = field(default_factory=dict)
    _contents: list[RawContact] = field(default_factory=list)
    _moments: dict[str, ToldMoment] = field(default_factory=dict)  # of those that were taken
    _aside: list[QuarantineEntry] = field(default_factory=list)
    _limit: str | None = None  # why no deletion is taken

    def take(self, changes: Sequence[LiveChange]) -> list[ChangeVerdict]:
        connection, source = self.connection, self.told.source
        erased = self.told.erased.again(connection)
        take_turn_within(connection, source.id, TURN_WITHIN)
        self._look_up(changes)
        self._limit = self._deletions_over(changes)
        verdicts = [self._verdict(change) for change in changes]
        kept_out = self._kept_out(erased, changes)
        self._write(erased, kept_out.keys())
        keys = [change.external_id for change in changes]
        return [kept_out.get(key, verdict) for key, verdict in zip(keys, verdicts, strict=True)]

    def _look_up(self, changes: Sequence[LiveChange]) -> None:
        states = told_changes.states(self.connection, self.told.source.id, _named(changes))
        for key, state in states.items():
            # a walk's page may have been asked for a while before it was stored
            seen = state.seen_at - PAGES_WAIT if state.seen_at else None
            moments = [moment for moment in (seen, state.buried_at, state.told_at) if moment is not None]
            shown = None if state.payload is None else self.told.changed_at(parse_stored(state.payload))
            as_of = max(moments, default=None)
            self._ids[key] = state.id
            self._known[key] = _Known(state.payload, state.content_hash, as_of, shown, state.gone)

    def _deletions_over(self, changes: Sequence[LiveChange]) -> str | None:
        """Why no deletion is taken: more contacts would vanish within a day than a night may bury."""
        deleted = {one.external_id for one in changes if one.deleted} & self._ids.keys()
        if not deleted:
            return None
        source = self.told.source
        before = told_changes.deletions_since(self.connection, source.id, self.now - _DAY)
        if len(deleted) + before <= ALWAYS_ALLOWED:
            return None
        live = source_contacts.live_count(self.connection, source.id) + before
        return over_limit(len(deleted) + before, live, self.told.max_gone)

    def _verdict(self, change: LiveChange) -> ChangeVerdict:
        key = change.external_id
        if key is None or (fault := fault_of_id(key)) is not None:
            return self._refused(NO_ID if key is None else fault, json_text(change.payload))
        known = self._known.get(key)
        if change.made and known is not None:
            return ChangeVerdict(Outcome.OUTDATED, "it was known before this tells that it was made")
        if change.deleted:
            moment = self._moment(change, None)
            reason = self._limit or self._newer(known, moment, None)
            if reason is not None:
                return ChangeVerdict(Outcome.REFUSED if self._limit else Outcome.OUTDATED, reason)
            return self._deleted(key, known, moment)
        made = self.told.prepare(key, _whole(change, known))
        if isinstance(made, UnusablePayload):
            return self._refused(made.reason, made.payload)
        made = made._replace(content_hash=self.told.hash_of(self.connection, made))
        moment = self._moment(change, made)
        if (reason := self._newer(known, moment, made)) is not None:
            return ChangeVerdict(Outcome.OUTDATED, reason)
        return self._content(key, known, moment, made)._replace(unread=self.told.unread(change.payload))

    def _refused(self, reason: str | None, payload: str) -> ChangeVerdict:
        assert reason is not None
        self._aside.append(QuarantineEntry("told", reason, payload.encode("utf-8", "surrogatepass")))
        return ChangeVerdict(Outcome.REFUSED, reason)

    def _moment(self, change: LiveChange, made: PreparedPayload | None) -> datetime:
        """Of which the change is the state; never later than now, because a clock may be ahead."""
        told = change.as_of or (made.changed_at if made else None)
        return self.now if told is None else min(told, self.now)

    def _newer(self, known: _Known | None, moment: datetime, made: PreparedPayload | None) -> str | None:
        """What is known that is newer, in words; None where nothing is."""
        walked = time_of(self.told.source.checkpoint.get("full_at"))
        if walked is not None and _at_latest(moment) < walked:
            return "the last full walk began later"
        if known is None:
            return None
        if made is not None and made.changed_at is not None and known.changed_at is not None:
            return "a later change is stored" if made.changed_at < known.changed_at else None
        return "a later state is stored" if known.as_of is not None and moment < known.as_of else None

    def _deleted(self, key: str, known: _Known | None, moment: datetime) -> ChangeVerdict:
        known = known or _Known(None, None, None, None, gone=True)
        self._note(key, moment, deleted=True, news=not known.gone)
        self._known[key] = replace(known, gone=True, as_of=moment)
        return ChangeVerdict(Outcome.ABSENT if known.gone else Outcome.DELETED)

    def _content(
        self, key: str, known: _Known | None, moment: datetime, made: PreparedPayload
    ) -> ChangeVerdict:
        same = known is not None and not known.gone and known.content_hash == made.content_hash
        self._note(key, moment, deleted=False, news=not same)
        self._contents.append(RawContact(key, made.payload, made.content_hash))
        self._known[key] = _Known(made.payload, made.content_hash, moment, made.changed_at, gone=False)
        if known is None:
            return ChangeVerdict(Outcome.NEW)
        if known.gone:
            return ChangeVerdict(Outcome.REVIVED)
        return ChangeVerdict(Outcome.SAME if same else Outcome.CHANGED)

    def _note(self, key: str, moment: datetime, *, deleted: bool, news: bool) -> None:
        before = self._moments.get(key)
        self._moments[key] = ToldMoment(moment, deleted, news or (before is not None and before.news))

    def _kept_out(self, erased: Erased, changes: Sequence[LiveChange]) -> dict[str | None, ChangeVerdict]:
        """The verdict on contacts of erased people, and on those of whom nobody can tell."""
        if not erased.known:
            return {}
        source, found = self.told.source, dict[str | None, ChangeVerdict]()

        def asked(some: Sequence[RawContact]) -> set[str]:
            rows = ((source.name, one.external_id, parse_stored(one.payload)) for one in some)
            return erased.among_given(source.id, self.told.read(rows).table)

        def failed(one: RawContact, bug: Exception) -> None:
            found[one.external_id] = self._refused(safe_message(bug), one.payload)

        keys = set[str]().union(*halving(self._contents, asked, failed))
        keys |= {key for key in _named(changes) if erased.hash_of(source.id, key) in erased.known}
        return found | dict.fromkeys(keys, ChangeVerdict(Outcome.ERASED, "this person was erased"))

    def _write(self, erased: Erased, kept_out: Collection[str | None]) -> None:
        connection, source_id = self.connection, self.told.source.id
        contents = [one for one in self._contents if one.external_id not in kept_out]
        moments = {key: one for key, one in self._moments.items() if key not in kept_out}
        source_contacts.store(connection, source_id, None, contents, self.now)
        if added := sorted({one.external_id for one in contents} - self._ids.keys()):
            stored = told_changes.states(connection, source_id, added)
            self._ids |= {key: one.id for key, one in stored.items()}
        gone = [key for key, one in moments.items() if one.deleted]
        unknown = [key for key in gone if key not in self._ids]
        self._ids |= source_contacts.add_gone(connection, source_id, unknown, TOLD, self.now)
        source_contacts.mark_gone(connection, [self._ids[key] for key in gone], TOLD, self.now)
        told_changes.note(
            connection, source_id, {self._ids[key]: one for key, one in moments.items()}, self.now
        )
        rows = erased.emptied(self.told.source.name, self._aside)
        sync_runs.store_quarantined(connection, source_id, None, rows)


def _named(changes: Iterable[LiveChange]) -> list[str]:
    """The ids under which something can be stored."""
    ids = {one.external_id for one in changes if one.external_id is not None}
    return sorted(key for key in ids if fault_of_id(key) is None)


def _whole(change: LiveChange, known: _Known | None) -> Any:
    """The payload; a partial one over what is stored, so that no field that it lacks is lost."""
    if not change.partial or known is None or known.payload is None:
        return change.payload
    before = parse_stored(known.payload)
    if not isinstance(before, dict) or not isinstance(change.payload, dict):
        return change.payload
    return {**before, **change.payload}


def _at_latest(moment: datetime) -> datetime:
    """A moment told in whole seconds, as signatures tell it, may be any of that second."""
    return moment if moment.microsecond else moment + timedelta(microseconds=999_999)
