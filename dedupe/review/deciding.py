"""Deciding and revoking: one act, checked against what is live and what was seen, published at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from dedupe.clustering.decided_constraints import DecidedConstraint, contradiction
from dedupe.clustering.review_questions import evidence_hash
from dedupe.errors import DecisionContradicts, DecisionRefused, EvidenceOutdated, InputError, NotFound
from dedupe.golden.tables import FIELDS
from dedupe.model import Origin, Subject, ValueVerdict, Verdict
from dedupe.review import version_token
from dedupe.storage import access_log, decisions, review_candidates, tombstones
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.decisions import PINNED, Member, NewDecision
from dedupe.storage.publishing import PUBLISH_LOCK
from dedupe.storage.review_candidates import CandidateMember, ReviewCandidate

LOCK_WAIT = 10.0  # seconds (chosen)
LONGEST_NOTE = 4000  # characters (chosen)

Members = dict[UUID, CandidateMember]


@dataclass(frozen=True, slots=True)
class Republished:
    """What a decision changed: the run, and the golden contacts its source contacts belong to now."""

    run_id: UUID
    golden_ids: list[UUID]


Republish = Callable[[Connection, Collection[UUID]], Republished]
"""Clusters the component of these source contacts anew and publishes it, within the transaction."""


@dataclass(frozen=True, slots=True)
class DecisionResult:
    decision: UUID
    run_id: UUID
    golden_ids: list[UUID]


@contextlib.contextmanager
def publishing(database: Database) -> Iterator[Connection]:
    """The publish lock, and a transaction under it. Raises LockHeld while a night publishes."""
    with database.lock(PUBLISH_LOCK, wait=LOCK_WAIT) as database, database.begin() as connection:
        tombstones.hold_off_tombstones(connection)
        yield connection


def decide(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    candidate_id: UUID,
    verdict: Verdict,
    saw: str,
    note: str = "",
    origin: Origin = Origin.QUEUE,
) -> DecisionResult:
    """Answer a review candidate; `saw` is its `seen`. Call it within `publishing`.

    Raises EvidenceOutdated when its members are no longer as the decider saw them, DecisionContradicts when
    live decisions say otherwise, DecisionRefused when somebody answered before.
    """
    candidate = _asked_now(connection, candidate_id, saw)
    members = review_candidates.members(connection, candidate.members)
    _check_fresh(saw, members)
    asked_again = set(candidate.evidence["decisions"])
    sides = [
        [seed for seed in side if seed in members]
        for side in (candidate.left_members, candidate.right_members)
    ]
    evidence = _evidence(connection, members) | {
        "candidate": str(candidate.id),
        "weight": candidate.weight,
        "model": str(candidate.model_id) if candidate.model_id else None,
        "run": str(candidate.run_id),
    }
    decision = _add(connection, visitor, sides, verdict, note, origin, members, evidence, asked_again)
    for old in sorted(asked_again):
        decisions.revoke(connection, UUID(old), visitor.who, f"asked again, answered by {decision}")
    return _publish(connection, republish, visitor, decision, list(members))


def decide_by_hand(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    sides: Sequence[Sequence[UUID]],
    verdict: Verdict,
    note: str = "",
    origin: Origin = Origin.HAND,
) -> DecisionResult:
    """A pair or a grouping of source contacts, in the queue or not. Call it within `publishing`.

    "same": all of them are one person; "different": no member of one side is the person of another side's.
    Raises InputError where the verdict doesn't fit the sides.
    """
    named = list(chain.from_iterable(sides))
    if len(named) < 2 or len(set(named)) != len(named):
        raise InputError("name at least two source contacts, each once")
    if verdict is not Verdict.SAME and len([side for side in sides if side]) < 2:
        raise InputError(f"{verdict.value} needs two sides")
    members = _live(connection, named)
    evidence = _evidence(connection, members)
    kept = [list(side) for side in sides if side]
    decision = _add(connection, visitor, kept, verdict, note, origin, members, evidence, set())
    return _publish(connection, republish, visitor, decision, named)


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
    live = _live(connection, source_contacts)
    for other in decisions.value_judgements(connection):
        overlap = not source_contacts or bool(set(source_contacts) & set(other.source_contacts))
        if (other.field, other.key) == (field, key) and overlap and _clash(other.verdict, verdict):
            raise DecisionContradicts(
                f"decision {other.decision} says {other.verdict.value} of it; revoke that one first",
                [str(other.decision)],
            )
    members = [Member(seed, 0, live[seed].identity_hash) for seed in source_contacts]
    new = NewDecision(
        Subject.VALUE, verdict, members, visitor.who, origin, _checked(note), field=field, value=key
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
    member = _live(connection, [source_contact])[source_contact]
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
        _checked(note),
        field=field,
        value=value,
    )
    return _publish(connection, republish, visitor, decisions.add(connection, new), [source_contact])


def revoke(
    connection: Connection, republish: Republish, visitor: Visitor, decision_id: UUID, note: str = ""
) -> DecisionResult:
    """Take a decision back, whole. Call it within `publishing`.

    Raises NotFound, and DecisionRefused for one that was revoked before.
    """
    decision = decisions.get(connection, decision_id)
    decisions.revoke(connection, decision_id, visitor.who, _checked(note))
    named = [member.source_contact for member in decision.members]
    return _publish(connection, republish, visitor, decision_id, named)


def _asked_now(connection: Connection, candidate_id: UUID, saw: str) -> ReviewCandidate:
    try:
        return review_candidates.get(connection, candidate_id)
    except NotFound:
        live = [it for it in decisions.about_candidate(connection, candidate_id) if it.revoked_at is None]
        if live:
            first = live[0]
            raise DecisionRefused(
                f"{first.decided_by} has answered before: {first.verdict} (decision {first.id})"
            ) from None
        now = review_candidates.touching(connection, version_token.members_of(saw))
        if now:
            raise EvidenceOutdated(
                "the groups have changed and the question is another now: "
                + ", ".join(str(candidate.id) for candidate in now)
            ) from None
        raise


def _check_fresh(saw: str, members: Members) -> None:
    news = version_token.news(saw, members)
    if news:
        told = (f"{what}: {', '.join(map(str, ids))}" for what, ids in news._asdict().items() if ids)
        raise EvidenceOutdated(f"since you looked, source contacts have {'; '.join(told)}")


def _add(
    connection: Connection,
    visitor: Visitor,
    sides: Sequence[Sequence[UUID]],
    verdict: Verdict,
    note: str,
    origin: Origin,
    members: Members,
    evidence: dict[str, Any],
    superseded: set[str],
) -> UUID:
    named = [[str(seed) for seed in side] for side in sides]
    new = DecidedConstraint("this one", verdict, named, {})
    around = decisions.judgements_around(connection, members)
    path = contradiction(new, [live for live in around if live.decision not in superseded])
    if path:
        raise DecisionContradicts(
            f"live decisions say otherwise: {' → '.join(path)}; revoke one of them first", path
        )
    rows = [Member(seed, side, members[seed].identity_hash) for side, ids in enumerate(sides) for seed in ids]
    return decisions.add(
        connection,
        NewDecision(Subject.CONTACTS, verdict, rows, visitor.who, origin, _checked(note), evidence=evidence),
    )


def _publish(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    decision: UUID,
    source_contacts: Collection[UUID],
) -> DecisionResult:
    done = republish(connection, source_contacts)
    access_log.write(connection, visitor, "decide", done.golden_ids)
    return DecisionResult(decision, done.run_id, done.golden_ids)


def _evidence(connection: Connection, members: Members) -> dict[str, Any]:
    identities = {str(seed): member.identity_hash for seed, member in members.items()}
    contents = review_candidates.content_hashes(connection, list(members))
    return {
        "evidence_hash": evidence_hash(identities, identities).hex(),
        "contents": {str(seed): hashed.hex() for seed, hashed in contents.items()},
    }


def _live(connection: Connection, source_contacts: Sequence[UUID]) -> Members:
    members = review_candidates.members(connection, source_contacts)
    missing = [seed for seed in source_contacts if seed not in members]
    if missing:
        raise NotFound(f"no such live source contact: {', '.join(map(str, missing))}")
    return members


def _clash(live: ValueVerdict, new: ValueVerdict) -> bool:
    """Shared and placeholder exclude each other; nothing is said twice."""
    by_nature = {ValueVerdict.SHARED, ValueVerdict.PLACEHOLDER}
    return live is new or {live, new} == by_nature


def _checked(note: str) -> str:
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise InputError(f"a note holds at most {LONGEST_NOTE} characters, and no NUL")
    return note.strip()
