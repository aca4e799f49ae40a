"""Deciding about a value (used by several people, by nobody, no longer theirs), and pinning a field."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from dedupe.errors import DecisionContradicts, InputError, NotFound, TooManyConcerned, ValueNotOffered
from dedupe.golden.tables import COLUMNS_OF, FIELDS
from dedupe.model import Origin, Subject, ValueVerdict
from dedupe.review.recording import DecisionResult, Republish, checked, live_members, publish
from dedupe.storage import access_log, decisions, golden_members, lookups, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decisions import PINNED, Member, NewDecision

HOLDERS_AT_ONCE = 1000
"""The most source contacts that hold a value about which a decision is published at once (chosen): their
components are worked out under the publish lock. What more of them hold is left to the next night."""


def decide_value(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    field: str,
    key: str,
    verdict: ValueVerdict,
    source_contacts: Sequence[UUID] = (),
    note: str = "",
    origin: Origin = Origin.HAND,
    since: date | None = None,
) -> DecisionResult:
    """What is true of an email or phone, named by its match key. Call it within `publishing`.

    It is published at once for those who hold the value, up to `HOLDERS_AT_ONCE`; a night finds whom it
    concerns besides. Only "not theirs" is about source contacts: those named, or with `since` those that hold
    the value and last changed before that day, as of a number that was given to somebody else.

    Raises InputError for what is no decision about a value, NotFound where `since` finds nobody,
    TooManyConcerned where it finds more than `HOLDERS_AT_ONCE`, DecisionContradicts when a live decision
    about the value says otherwise or says the same.
    """
    if field not in ("email", "phone"):
        raise InputError("a decision about a value is about an email or a phone")
    if (verdict is ValueVerdict.NOT_THEIRS) != (bool(source_contacts) or since is not None):
        raise InputError("not_theirs names the source contacts, or since when; the others name none")
    if since is not None:
        source_contacts = _with_changed_before(connection, field, key, since, source_contacts)
    rows = _checked_rows(connection, field, key, verdict, source_contacts)
    evidence = {"since": since.isoformat()} if since else None
    new = NewDecision(
        Subject.VALUE, verdict, rows, visitor.who, origin, checked(note), field, key, evidence=evidence
    )
    decision = decisions.add(connection, new)
    most = HOLDERS_AT_ONCE + 1
    concerned = list(source_contacts) or golden_members.holding(connection, field, key, most)
    if len(concerned) > HOLDERS_AT_ONCE:
        access_log.write(connection, visitor, "decide")
        return DecisionResult(decision, None, [])
    return publish(connection, republish, visitor, decision, concerned)


def _checked_rows(
    connection: Connection, field: str, key: str, verdict: ValueVerdict, source_contacts: Sequence[UUID]
) -> list[Member]:
    members = live_members(connection, source_contacts)
    for other in decisions.value_judgements(connection):
        overlap = not source_contacts or bool(set(source_contacts) & set(other.source_contacts))
        if (other.field, other.key) == (field, key) and overlap and _clash(other.verdict, verdict):
            raise DecisionContradicts(
                f"decision {other.decision} says {other.verdict.value} of it; revoke that one first",
                [str(other.decision)],
            )
    return [Member(seed, 0, members[seed].identity_hash) for seed in source_contacts]


def _with_changed_before(
    connection: Connection, field: str, key: str, day: date, named: Sequence[UUID]
) -> list[UUID]:
    """Those named, and those that hold the value and last changed before that day."""
    old = golden_members.holding(connection, field, key, HOLDERS_AT_ONCE + 1, before=day)
    if len(old) > HOLDERS_AT_ONCE:
        raise TooManyConcerned(
            f"over {HOLDERS_AT_ONCE:,} source contacts hold it and changed before {day}: is it shared?"
        )
    if not (old or named):
        raise NotFound(f"no source contact that holds it is known to have last changed before {day}")
    return [*named, *(seed for seed in old if seed not in named)]


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
    """The golden contact of this source contact shows `value` in `field`, while a member offers it. Call it
    within `publishing`.

    Raises InputError for a field that can't be pinned, ValueNotOffered for one that no member offers, and
    DecisionContradicts where a member of the golden contact has a live pin of the field.
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
    done = publish(connection, republish, visitor, decisions.add(connection, new), [source_contact])
    if not _shows(connection, visitor, done.golden_ids, field, value):
        raise ValueNotOffered(f"no source contact of this golden contact offers that as its {field}")
    return done


def _shows(
    connection: Connection, visitor: Visitor, golden_ids: Sequence[UUID], field: str, value: str
) -> bool:
    """Whether one of the golden contacts shows the value in one of the field's columns."""
    hits = lookups.by_ids(connection, visitor, golden_ids)
    columns = COLUMNS_OF[field]
    return any(
        hit.contact.fields[each].value == value
        for hit in hits
        for each in columns
        if each in hit.contact.fields
    )


def _clash(live: ValueVerdict, new: ValueVerdict) -> bool:
    """Shared and placeholder exclude each other; nothing is said twice."""
    by_nature = {ValueVerdict.SHARED, ValueVerdict.PLACEHOLDER}
    return live is new or {live, new} == by_nature
