"""Deciding about a value (used by several people, by nobody, no longer theirs), and pinning a field."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from dedupe.errors import DecisionContradicts, InputError
from dedupe.golden.tables import FIELDS
from dedupe.model import Origin, Subject, ValueVerdict
from dedupe.review.recording import DecisionResult, Republish, checked, live_members, publish
from dedupe.storage import access_log, decisions, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decisions import PINNED, Member, NewDecision


def decide_value(
    connection: Connection,
    visitor: Visitor,
    field: str,
    key: str,
    verdict: ValueVerdict,
    source_contacts: Sequence[UUID] = (),
    note: str = "",
    origin: Origin = Origin.HAND,
) -> UUID:
    """What is true of an email or phone, named by its match key; the next night goes by it.

    Call it within `publishing`: of two that contradict each other at once, the later must see the earlier.
    Only "not theirs" is about source contacts. Raises DecisionContradicts when a live decision about the
    value says otherwise or says the same.

    Raises InputError for what is no decision about a value, DecisionContradicts beside a live one.
    """
    if field not in ("email", "phone"):
        raise InputError("a decision about a value is about an email or a phone")
    if (verdict is ValueVerdict.NOT_THEIRS) != bool(source_contacts):
        raise InputError("not_theirs names the source contacts; shared and placeholder name none")
    members = live_members(connection, source_contacts)
    for other in decisions.value_judgements(connection):
        overlap = not source_contacts or bool(set(source_contacts) & set(other.source_contacts))
        if (other.field, other.key) == (field, key) and overlap and _clash(other.verdict, verdict):
            raise DecisionContradicts(
                f"decision {other.decision} says {other.verdict.value} of it; revoke that one first",
                [str(other.decision)],
            )
    rows = [Member(seed, 0, members[seed].identity_hash) for seed in source_contacts]
    new = NewDecision(
        Subject.VALUE, verdict, rows, visitor.who, origin, checked(note), field=field, value=key
    )
    access_log.write(connection, visitor, "decide")
    return decisions.add(connection, new)


def pin(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    source_contact: UUID,
    field: str,
    value: str,
    note: str = "",
    origin: Origin = Origin.HAND,
) -> DecisionResult:
    """The golden contact of this source contact shows `value` in `field`, while a member offers it.

    Raises DecisionContradicts when another member of the golden contact pins the field otherwise. Call it
    within `publishing`.

    Raises InputError for a field that can't be pinned, DecisionContradicts beside a live pin.
    """
    if field not in FIELDS:
        raise InputError(f"only these fields can be pinned: {', '.join(FIELDS)}")
    member = live_members(connection, [source_contact])[source_contact]
    companions = review_candidates.companions(connection, [source_contact])
    for other in decisions.pins(connection):
        if other.field == field and companions & set(other.source_contacts):
            raise DecisionContradicts(
                f"decision {other.decision} pins {field} already; revoke that one first",
                [str(other.decision)],
            )
    new = NewDecision(
        Subject.FIELD,
        PINNED,
        [Member(source_contact, 0, member.identity_hash)],
        visitor.who,
        origin,
        checked(note),
        field=field,
        value=value,
    )
    return publish(connection, republish, visitor, decisions.add(connection, new), [source_contact])


def _clash(live: ValueVerdict, new: ValueVerdict) -> bool:
    """Shared and placeholder exclude each other; nothing is said twice."""
    by_nature = {ValueVerdict.SHARED, ValueVerdict.PLACEHOLDER}
    return live is new or {live, new} == by_nature
