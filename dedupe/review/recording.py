"""Recording a decision about source contacts: checked against the live ones, stored, published at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from dedupe.clustering.decided_constraints import DecidedConstraint, contradiction
from dedupe.clustering.review_questions import evidence_hash
from dedupe.errors import DecisionContradicts, EvidenceOutdated, InputError, NotFound
from dedupe.model import Grouping, Origin, Subject, Verdict
from dedupe.review import version_token
from dedupe.storage import access_log, decisions, published_rows, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Member, NewDecision
from dedupe.storage.review_candidates import CandidateMember

LONGEST_NOTE = 4000  # characters (chosen)

Members = dict[UUID, CandidateMember]
Sides = Sequence[Sequence[UUID]]


@dataclass(frozen=True, slots=True)
class Republished:
    """What a decision changed: the run, and the golden contacts its source contacts belong to now."""

    run_id: UUID
    golden_ids: list[UUID]


Republish = Callable[[Connection, Collection[UUID]], Republished]
"""Clusters the component of these source contacts anew and publishes it, within the transaction."""


@dataclass(frozen=True, slots=True)
class DecisionResult:
    """`run_id`: of the run that published it; None where that is left to the next night."""

    decision: UUID
    run_id: UUID | None
    golden_ids: list[UUID]


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be recorded of live source contacts; `evidence` besides what is recorded of each decision.

    `superseded`: live decisions that this one takes the place of.
    """

    sides: Sides
    verdict: Verdict | Grouping
    note: str = ""
    origin: Origin = Origin.HAND
    evidence: dict[str, Any] | None = None
    superseded: Collection[UUID] = ()
    batch: UUID | None = None


def record(connection: Connection, visitor: Visitor, said: Statement, members: Members) -> UUID:
    """Store the decision, and revoke those it supersedes. Raises DecisionContradicts, with the path, where
    live decisions say otherwise."""
    named = [[str(seed) for seed in side] for side in said.sides]
    new = DecidedConstraint("this one", said.verdict, named, {})
    superseded = {str(each) for each in said.superseded}
    around = decisions.judgements_around(connection, members)
    path = contradiction(new, [live for live in around if live.decision not in superseded])
    if path:
        raise DecisionContradicts(
            f"live decisions say otherwise: {' → '.join(path)}; revoke one of them first", path
        )
    made = decisions.add(connection, _new(connection, visitor, said, members))
    for old in sorted(superseded):
        decisions.revoke(connection, UUID(old), visitor.who, f"answered by {made}")
    return made


def publish(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    decision: UUID,
    source_contacts: Collection[UUID],
    action: str = "decide",
) -> DecisionResult:
    """Publish what follows from the decision for these source contacts, and note who looked."""
    done = republish(connection, source_contacts)
    published_rows.name_decision(connection, done.run_id, decision)
    access_log.write(connection, visitor, action, done.golden_ids)
    return DecisionResult(decision, done.run_id, done.golden_ids)


def live_members(connection: Connection, source_contacts: Sequence[UUID]) -> Members:
    """These source contacts as they are. Raises NotFound where one is not live."""
    members = review_candidates.members(connection, source_contacts)
    missing = [seed for seed in source_contacts if seed not in members]
    if missing:
        raise NotFound(f"no such live source contact: {', '.join(map(str, missing))}")
    return members


def check_fresh(saw: str, members: Members) -> None:
    """Raises EvidenceOutdated, with the news, unless the members are as the decider saw them."""
    news = version_token.news(saw, members)
    if news:
        told = (f"{what}: {', '.join(map(str, ids))}" for what, ids in news._asdict().items() if ids)
        raise EvidenceOutdated(f"since you looked, source contacts have {'; '.join(told)}")


def checked(note: str) -> str:
    """The note without blanks around it. Raises InputError for one that can't be stored."""
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise InputError(f"a note holds at most {LONGEST_NOTE} characters, and no NUL")
    return note.strip()


def _new(connection: Connection, visitor: Visitor, said: Statement, members: Members) -> NewDecision:
    named = list(chain.from_iterable(said.sides))
    return NewDecision(
        Subject.CONTACTS,
        said.verdict,
        [Member(seed, at, members[seed].identity_hash) for at, ids in enumerate(said.sides) for seed in ids],
        visitor.who,
        said.origin,
        checked(said.note),
        evidence=_seen(connection, {seed: members[seed] for seed in named})
        | (said.evidence or {})
        | ({"superseded": [str(each) for each in said.superseded]} if said.superseded else {}),
        batch=said.batch,
    )


def _seen(connection: Connection, members: Members) -> dict[str, Any]:
    """What the decider saw: hashes, no values."""
    identities = {str(seed): member.identity_hash for seed, member in members.items()}
    contents = review_candidates.content_hashes(connection, list(members))
    return {
        "evidence_hash": evidence_hash(identities, identities).hex(),
        "contents": {str(seed): hashed.hex() for seed, hashed in contents.items()},
    }
