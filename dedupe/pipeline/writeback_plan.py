"""What is to be written into the contacts of a source: the difference between the golden ids that are served
and those that are known to stand there. Nothing is asked of the provider.

    for page in plan(reading, source, own):
        page.writes   PlannedWrite(wanted, field, action, golden_id, reason), what is as it should be included
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from dedupe.errors import InputError
from dedupe.fetchers.http.raw_json import parse_stored
from dedupe.fetchers.registry import fetcher_for, writer_for
from dedupe.fetchers.settings import SourceSettings
from dedupe.fetchers.writeback_settings import WritebackSettings, golden_id_in, value_at
from dedupe.storage import sources, writebacks
from dedupe.storage.database import Connection
from dedupe.storage.sources import Source
from dedupe.storage.writebacks import Wanted, WriteState

Reading = Callable[[], AbstractContextManager[Connection]]
"""Gives a connection to read one page by."""

AT_ONCE = 500  # source contacts read at a time (chosen)
NOT_OURS = "something that isn't ours stands there"
TAKEN_BEFORE = "another contact of this source holds it: the field is unique"
_ERASED = "erased"
_GONE = "gone"


class Action(StrEnum):
    """What an apply does with a contact."""

    KEEP = "keep"  # it is written
    WRITE = "write"  # nothing stands there, as far as is known
    UPDATE = "update"  # another golden id of ours stands there
    OVERWRITE = "overwrite"  # something else does, and the configuration allows it
    CLEAR = "clear"  # it belongs to no golden contact, or what we wrote is withdrawn
    CHECK = "check"  # a request was sent and nobody knows what became of it: it is read first
    FORGET = "forget"  # nothing of ours is left there
    CONFLICT = "conflict"  # something else stands there, and is left
    REFUSED = "refused"  # the provider would not take it
    DUPLICATE = "duplicate"  # the field is unique, and another contact of this source holds the golden id


SENDS = (Action.WRITE, Action.UPDATE, Action.OVERWRITE, Action.CLEAR, Action.CHECK)
"""The actions that ask something of the provider."""
LEFT = (Action.CONFLICT, Action.REFUSED, Action.DUPLICATE)


@dataclass(frozen=True, slots=True)
class PlannedWrite:
    """`golden_id`: what is to stand in the field; none: nothing of ours. `fixed`: whatever golden contact the
    contact belongs to by now."""

    wanted: Wanted
    field: str
    action: Action
    golden_id: UUID | None = None
    reason: str | None = None
    fixed: bool = False


class PlanPosition(NamedTuple):
    """Behind which contact of which field a page ends."""

    field: str
    after: UUID


class PlanPage(NamedTuple):
    writes: list[PlannedWrite]
    position: PlanPosition


def plan(
    reading: Reading,
    source: Source,
    own: SourceSettings,
    *,
    start: PlanPosition | None = None,
    again: bool = False,
) -> Iterator[PlanPage]:
    """Every contact that is concerned, a page at a time. `again`: what is written, in conflict or refused is
    to be looked at, too."""
    writeback = _writeback(own)
    with reading() as connection:
        fields = [*writebacks.other_fields(connection, source.id, writeback.field), writeback.field]
    if start is not None:
        fields = fields[fields.index(start.field) :] if start.field in fields else fields[-1:]
    for field in fields:
        after = start.after if start is not None and start.field == field else UUID(int=0)
        while True:
            with reading() as connection:
                some = writebacks.wanted(connection, source.id, field, after, AT_ONCE)
                writes = _page(connection, some, own, field, again)
            if not some:
                break
            after = some[-1].source_contact_id
            yield PlanPage(writes, PlanPosition(field, after))


def counts(reading: Reading, source: Source, own: SourceSettings) -> Counter[Action]:
    """How many contacts each action is planned for."""
    return Counter(one.action for page in plan(reading, source, own) for one in page.writes)


def written_sources(
    connection: Connection, configured: Sequence[SourceSettings], named: Sequence[str] = ()
) -> list[tuple[SourceSettings, Source | None]]:
    """The sources whose write-back is configured, or those of that name; none is stored of one that was never
    fetched.

    Raises InputError for a name that isn't one of them.
    """
    with_field = {one.name: one for one in configured if one.writeback is not None}
    if unknown := [name for name in named if name not in with_field]:
        there = ", ".join(with_field) or "none yet"
        raise InputError(
            f"{unknown[0]} has no write-back: [sources.{unknown[0]}.writeback] configures it; "
            f"those that have one: {there}"
        )
    known = {one.name: one for one in sources.every(connection)}
    return [(own, known.get(name)) for name, own in with_field.items() if not named or name in named]


def _page(
    connection: Connection, some: Sequence[Wanted], own: SourceSettings, field: str, again: bool
) -> list[PlannedWrite]:
    writeback = _writeback(own)
    if field != writeback.field:
        return [_taken_back(one, field) for one in some if one.state is not None]
    unique = writer_for(fetcher_for(own)).unique
    shown = {one.source_contact_id: _shown(one, field) for one in some}
    ids = {golden for value in shown.values() if (golden := golden_id_in(value)) is not None}
    ours = writebacks.published(connection, ids)
    foreign = {one.source_contact_id: _is_foreign(one, shown[one.source_contact_id], ours) for one in some}
    return [_planned(one, writeback, foreign[one.source_contact_id], unique, again) for one in some]


def _planned(
    one: Wanted, writeback: WritebackSettings, foreign: bool, unique: bool, again: bool
) -> PlannedWrite:
    golden_id = None if writeback.withdraw else one.golden_id
    action, reason = _action(one, golden_id, writeback.overwrite, foreign, unique, again)
    fixed = writeback.withdraw or one.erased
    if reason == TAKEN_BEFORE:
        golden_id, fixed = None, True
    return PlannedWrite(one, writeback.field, action, golden_id, reason, fixed)


def _action(
    one: Wanted, golden_id: UUID | None, overwrite: bool, foreign: bool, unique: bool, again: bool
) -> tuple[Action, str | None]:
    if one.state is WriteState.WRITING:
        return Action.CHECK, _ERASED if one.erased else None
    if golden_id is None:
        return _without(one, foreign)
    if foreign and not (overwrite or again):
        return Action.CONFLICT, NOT_OURS
    if one.state is WriteState.REFUSED and not again and one.sent == golden_id:
        return Action.REFUSED, one.reason
    if one.value == golden_id and not foreign:
        return (Action.CHECK if again else Action.KEEP), None
    if unique and not one.first:
        return (Action.DUPLICATE if one.value is None else Action.CLEAR), TAKEN_BEFORE
    if foreign:
        return (Action.OVERWRITE if overwrite else Action.WRITE), None
    return (Action.WRITE if one.value is None else Action.UPDATE), None


def _without(one: Wanted, foreign: bool) -> tuple[Action, str | None]:
    """Of a contact in whose field nothing of ours is to stand."""
    if one.state is None:
        return Action.KEEP, None
    if one.erased:
        return (Action.FORGET if one.value is None else Action.CLEAR), _ERASED
    if one.state is WriteState.CLEARED:
        return Action.KEEP, None
    if one.value is None or foreign or one.gone:
        return Action.FORGET, _GONE if one.gone else None
    return Action.CLEAR, None


def _taken_back(one: Wanted, field: str) -> PlannedWrite:
    """Of a field that the configuration named before."""
    if one.state is WriteState.WRITING:
        return PlannedWrite(one, field, Action.CHECK, fixed=True)
    action, reason = _without(one, foreign=False)
    reason = reason or "the configuration names another field now"
    return PlannedWrite(one, field, action, None, reason, fixed=True)


def _shown(one: Wanted, field: str) -> Any:
    """What raw shows in the field, where raw is newer than what we noted."""
    payload = parse_stored(one.payload) if one.payload is not None else None
    return value_at(payload, field) if isinstance(payload, Mapping) else None


def _is_foreign(one: Wanted, shown: Any, ours: set[UUID]) -> bool:
    """Whether something stands there that is no golden id of ours: as raw shows, or as was noted since."""
    if shown is None:
        return one.state is WriteState.CONFLICT and one.payload is None
    golden = golden_id_in(shown)
    return golden is None or not (golden in ours or golden in (one.value, one.sent))


def _writeback(own: SourceSettings) -> WritebackSettings:
    if own.writeback is None:
        raise InputError(f"{own.name} has no write-back: [sources.{own.name}.writeback] configures it")
    return own.writeback
