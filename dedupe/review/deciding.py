"""Deciding and revoking: one act, checked against what is live and what was seen, published at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from uuid import UUID

import uuid_utils.compat as uuids

from dedupe.errors import (
    AlreadyAnswered,
    AlreadyRevoked,
    DecisionContradicts,
    EvidenceOutdated,
    InputError,
    NotFound,
)
from dedupe.model import Origin, Verdict
from dedupe.review import version_token
from dedupe.review.recording import (
    DecisionResult,
    Members,
    Republish,
    Sides,
    Statement,
    check_fresh,
    checked,
    live_members,
    publish,
    record,
)
from dedupe.review.standing import answers, restore_superseded
from dedupe.storage import access_log, decisions, review_candidates, review_opinions, tombstones
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
from dedupe.storage.decisions import Decision
from dedupe.storage.publishing import PUBLISH_LOCK
from dedupe.storage.review_candidates import ReviewCandidate

LOCK_WAIT = 10.0  # seconds (chosen)


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
    live decisions say otherwise, AlreadyAnswered when somebody answered before.
    """
    candidate = _asked_now(connection, candidate_id, saw)
    members = review_candidates.members(connection, candidate.members)
    check_fresh(saw, members)
    decision = record_answer(connection, visitor, candidate, members, QuestionAnswer(verdict, note, origin))
    return publish(connection, republish, visitor, decision, list(members))


@dataclass(frozen=True, slots=True)
class QuestionAnswer:
    """What is said of a question. `evidence`: what is to be kept of how it was answered; `batch`: of
    questions that were answered at once."""

    verdict: Verdict
    note: str = ""
    origin: Origin = Origin.QUEUE
    evidence: Mapping[str, Any] = field(default_factory=dict)
    batch: UUID | None = None


def record_answer(
    connection: Connection,
    visitor: Visitor,
    candidate: ReviewCandidate,
    members: Members,
    said: QuestionAnswer,
) -> UUID:
    """Record the answer to a question whose members are as they were seen; it is to be published. Raises
    DecisionContradicts where live decisions say otherwise, DecisionRefused for what `answers` refuses."""
    asked = (UUID(old) for old in candidate.evidence["decisions"])
    standing = [one for old in asked for one in decisions.with_id(connection, old)]
    sides = [[seed for seed in side if seed in members] for side in _sides(candidate)]
    evidence = _asked_by(candidate, standing) | dict(said.evidence)
    statement = Statement(sides, said.verdict, said.note, said.origin, evidence, batch=said.batch)
    made = [record(connection, visitor, each, members) for each in answers(statement, standing, members)]
    review_opinions.keep_with_others(connection, candidate, visitor.who, said.verdict.value)
    return made[0]


@dataclass(frozen=True, slots=True)
class ByHand:
    """A pair or a grouping of source contacts, in the queue or not.

    "same": all of them are one person; "different": no member of one side is the person of another side's.
    """

    sides: Sides
    verdict: Verdict
    note: str = ""


def decide_by_hand(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    sides: Sides,
    verdict: Verdict,
    note: str = "",
    origin: Origin = Origin.HAND,
) -> DecisionResult:
    """Decide about source contacts, in the queue or not. Call it within `publishing`.

    Raises InputError where the verdict doesn't fit the sides, NotFound for contacts that aren't live, and
    DecisionContradicts.
    """
    said = ByHand(sides, verdict, note)
    decision = _by_hand(connection, visitor, said, origin)
    return publish(connection, republish, visitor, decision, list(chain.from_iterable(sides)))


def decide_at_once(
    connection: Connection, republish: Republish, visitor: Visitor, said: Sequence[ByHand]
) -> DecisionResult:
    """Decide many at once, or none: one batch, published at once, which can be revoked whole. Call it within
    `publishing`; the result's decision is the batch. Raises what `decide_by_hand` raises."""
    batch = uuids.uuid7()
    made: list[str] = []
    for each in said:
        try:
            made.append(str(_by_hand(connection, visitor, each, Origin.HAND, batch)))
        except DecisionContradicts as error:
            raise _among_themselves(error, made) from None
    named = {seed for each in said for seed in chain.from_iterable(each.sides)}
    return publish(connection, republish, visitor, batch, sorted(named))


def _among_themselves(error: DecisionContradicts, made: Sequence[str]) -> DecisionContradicts:
    """The refusal of the next of a batch, with those that it contradicts of the batch itself by number."""
    numbers = [str(made.index(one) + 1) for one in error.path if one in made]
    if not numbers:
        return error
    told = f"decision {len(made) + 1} of the batch contradicts what comes before it: {', '.join(numbers)}"
    return DecisionContradicts(told, [one for one in error.path if one not in made])


def revoke(
    connection: Connection, republish: Republish, visitor: Visitor, decision_or_batch: UUID, note: str = ""
) -> DecisionResult:
    """Take a decision back, whole, or what is still live of a batch; what it took the place of stands again.
    Call it within `publishing`.

    What a decision about a value kept apart is found again by the next night.

    Raises NotFound, and AlreadyRevoked where it was revoked before.
    """
    made = decisions.with_id(connection, decision_or_batch)
    if not made:
        raise NotFound(f"there is no decision {decision_or_batch}, nor a batch of them")
    live = [each for each in made if each.revoked_at is None]
    if not live:
        raise AlreadyRevoked(f"{decision_or_batch} was revoked before")
    for each in live:
        decisions.revoke(connection, each.id, visitor.who, checked(note))
    named = {member.source_contact for each in live for member in each.members}
    for each in live:
        named.update(restore_superseded(connection, each))
    if not named:  # of a value: whom it concerns is found by a night
        access_log.write(connection, visitor, "decide")
        return DecisionResult(decision_or_batch, None, [])
    return publish(connection, republish, visitor, decision_or_batch, sorted(named))


def _by_hand(
    connection: Connection, visitor: Visitor, said: ByHand, origin: Origin, batch: UUID | None = None
) -> UUID:
    named = list(chain.from_iterable(said.sides))
    kept = [list(side) for side in said.sides if side]
    if said.verdict is Verdict.SAME and len(kept) == 1:
        kept = [kept[0][:1], kept[0][1:]]  # of two sides, so that it can be asked again
    if len(named) < 2 or len(set(named)) != len(named):
        raise InputError("name at least two source contacts, each once")
    if said.verdict is not Verdict.SAME and len(kept) < 2:
        raise InputError(f"{said.verdict.value} needs two sides")
    statement = Statement(kept, said.verdict, said.note, origin, batch=batch)
    return record(connection, visitor, statement, live_members(connection, named))


def _sides(candidate: ReviewCandidate) -> Sides:
    return [candidate.left_members, candidate.right_members]


def _asked_by(candidate: ReviewCandidate, standing: Sequence[Decision]) -> dict[str, Any]:
    """What the decider was asked, and whether somebody had pointed at it rather than a night found it."""
    by_hand = any(each.origin == Origin.HAND.value for each in standing)
    return {
        "candidate": str(candidate.id),
        "weight": candidate.weight,
        "model": str(candidate.model_id) if candidate.model_id else None,
        "run": str(candidate.run_id),
        "pointed_at": by_hand,
    }


def _asked_now(connection: Connection, candidate_id: UUID, saw: str) -> ReviewCandidate:
    try:
        return review_candidates.get(connection, candidate_id)
    except NotFound:
        answers = [it for it in decisions.about_candidate(connection, candidate_id) if it.revoked_at is None]
        if answers:
            first = answers[0]
            raise AlreadyAnswered(
                f"{first.decided_by} has answered before: {first.verdict} (decision {first.id})"
            ) from None
        now = review_candidates.touching(connection, version_token.members_of(saw))
        if now:
            raise EvidenceOutdated(
                "the groups have changed and the question is another now: "
                + ", ".join(str(candidate.id) for candidate in now)
            ) from None
        raise
