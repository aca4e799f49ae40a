"""Deciding and revoking: one act, checked against what is live and what was seen, published at once."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import chain
from uuid import UUID

from dedupe.errors import DecisionRefused, EvidenceOutdated, InputError, NotFound
from dedupe.model import Origin, Verdict
from dedupe.review import version_token
from dedupe.review.recording import (
    DecisionResult,
    Republish,
    Statement,
    check_fresh,
    checked,
    live_members,
    publish,
    record,
)
from dedupe.storage import decisions, review_candidates, tombstones
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection, Database
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
    live decisions say otherwise, DecisionRefused when somebody answered before.
    """
    candidate = _asked_now(connection, candidate_id, saw)
    members = review_candidates.members(connection, candidate.members)
    check_fresh(saw, members)
    said = Statement(
        [
            [seed for seed in side if seed in members]
            for side in (candidate.left_members, candidate.right_members)
        ],
        verdict,
        note,
        origin,
        evidence={
            "candidate": str(candidate.id),
            "weight": candidate.weight,
            "model": str(candidate.model_id) if candidate.model_id else None,
            "run": str(candidate.run_id),
        },
        superseded=[UUID(old) for old in candidate.evidence["decisions"]],
    )
    decision = record(connection, visitor, said, members)
    return publish(connection, republish, visitor, decision, list(members))


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
    members = live_members(connection, named)
    said = Statement([list(side) for side in sides if side], verdict, note, origin)
    decision = record(connection, visitor, said, members)
    return publish(connection, republish, visitor, decision, named)


def revoke(
    connection: Connection, republish: Republish, visitor: Visitor, decision_id: UUID, note: str = ""
) -> DecisionResult:
    """Take a decision back, whole. Call it within `publishing`.

    Raises NotFound, and DecisionRefused for one that was revoked before.
    """
    decision = decisions.get(connection, decision_id)
    decisions.revoke(connection, decision_id, visitor.who, checked(note))
    named = [member.source_contact for member in decision.members]
    return publish(connection, republish, visitor, decision_id, named)


def revoke_batch(
    connection: Connection, republish: Republish, visitor: Visitor, batch: UUID, note: str = ""
) -> DecisionResult:
    """Take back what is still live of the decisions that were made at once. Call it within `publishing`.

    Raises NotFound for no batch, DecisionRefused where each was revoked before.
    """
    made = decisions.of_batch(connection, batch)
    live = [each for each in made if each.revoked_at is None]
    if not live:
        raise DecisionRefused(f"all decisions of batch {batch} were revoked before")
    for each in live:
        decisions.revoke(connection, each.id, visitor.who, checked(note))
    named = {member.source_contact for each in live for member in each.members}
    return publish(connection, republish, visitor, batch, sorted(named))


def _asked_now(connection: Connection, candidate_id: UUID, saw: str) -> ReviewCandidate:
    try:
        return review_candidates.get(connection, candidate_id)
    except NotFound:
        answers = [it for it in decisions.about_candidate(connection, candidate_id) if it.revoked_at is None]
        if answers:
            first = answers[0]
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
