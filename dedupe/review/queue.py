"""The review queue: what is asked, ordered by how much it matters, and one question in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice, product
from uuid import UUID

from dedupe.review import seen
from dedupe.review.explanations import UNIT, Bench, Judge, Pair, explained
from dedupe.review.people import Person, person
from dedupe.storage import access_log, decisions, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Decision
from dedupe.storage.review_candidates import Candidate, CandidateMember

PAIRS_EXPLAINED = 12

Members = Mapping[UUID, CandidateMember]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the queue; `weight` in bits, of the strongest pair."""

    id: UUID
    cause: str  # doubtful, held_apart, evidence_changed
    weight: float
    probability: float
    priority: float
    first_seen_at: datetime
    left: list[Person]
    right: list[Person]


@dataclass(frozen=True, slots=True)
class Queue:
    waiting: int
    candidates: list[Listed]

    @property
    def last(self) -> tuple[float, UUID] | None:
        """Where the next page begins."""
        return (self.candidates[-1].priority, self.candidates[-1].id) if self.candidates else None


@dataclass(frozen=True, slots=True)
class Shown:
    """One question in full. `seen` goes back with the answer: it says what the decider looked at."""

    question: Listed
    seen: str
    pairs: list[Pair]  # the strongest first, at most PAIRS_EXPLAINED
    pairs_in_all: int
    decisions: list[Decision]  # about any of the members, the latest first
    asked_again: list[UUID]  # live decisions that hold and are put to a person again


def queue(
    connection: Connection, visitor: Visitor, limit: int = 50, after: tuple[float, UUID] | None = None
) -> Queue:
    found = review_candidates.listed(connection, limit, after)
    members = _members(connection, found)
    access_log.write(connection, visitor, "review list", _golden_ids(members))
    shown = [listed(candidate, members) for candidate in found]
    return Queue(review_candidates.count(connection), shown)


def show(
    connection: Connection, visitor: Visitor, bench: Bench, candidate_id: UUID, before: str | None = None
) -> Shown:
    """Raises NotFound for what isn't asked now. `before`: the `seen` of an earlier look, to mark news."""
    candidate = review_candidates.get(connection, candidate_id)
    members = _members(connection, [candidate])
    access_log.write(connection, visitor, "review show", _golden_ids(members))
    changed = set(seen.news(before, members).changed) if before else set()
    asked_again = [UUID(decision) for decision in candidate.evidence["decisions"]]
    pairs = _pairs(candidate, members)
    judge = bench(connection) if pairs else None
    return Shown(
        question=listed(candidate, members, changed),
        seen=seen.token(members),
        pairs=_explained(judge, pairs, members) if judge else [],
        pairs_in_all=len(pairs),
        decisions=decisions.about(connection, candidate.members),
        asked_again=asked_again,
    )


def people(connection: Connection, visitor: Visitor, source_contacts: Sequence[UUID]) -> dict[UUID, Person]:
    """Those of the source contacts that are live."""
    members = review_candidates.members(connection, source_contacts)
    access_log.write(connection, visitor, "review show", _golden_ids(members))
    return {seed: person(member) for seed, member in members.items()}


def history(
    connection: Connection, visitor: Visitor, limit: int = 100, live_only: bool = False
) -> list[Decision]:
    """The latest decisions."""
    access_log.write(connection, visitor, "decisions")
    return decisions.latest(connection, limit, live_only)


def listed(candidate: Candidate, members: Members, changed: set[UUID] | None = None) -> Listed:
    def side(ids: Sequence[UUID]) -> list[Person]:
        return [person(members[seed], seed in (changed or ())) for seed in ids if seed in members]

    return Listed(
        id=candidate.id,
        cause=candidate.cause,
        weight=candidate.weight / UNIT,
        probability=candidate.probability,
        priority=candidate.priority,
        first_seen_at=candidate.first_seen_at,
        left=side(candidate.left_members),
        right=side(candidate.right_members),
    )


def _members(connection: Connection, candidates: Sequence[Candidate]) -> dict[UUID, CandidateMember]:
    ids = set(chain.from_iterable(candidate.members for candidate in candidates))
    return review_candidates.members(connection, sorted(ids))


def _pairs(candidate: Candidate, members: Members) -> list[tuple[UUID, UUID]]:
    """Those that the night found, the strongest first; for a decision asked again, all between its sides."""
    found = [(UUID(pair["left"]), UUID(pair["right"])) for pair in candidate.evidence["pairs"]]
    between = found or product(candidate.left_members, candidate.right_members)
    return [pair for pair in between if pair[0] in members and pair[1] in members]


def _explained(judge: Judge, pairs: Sequence[tuple[UUID, UUID]], members: Members) -> list[Pair]:
    chosen = islice(pairs, PAIRS_EXPLAINED)
    told = [explained(judge, members[left], members[right]) for left, right in chosen]
    return sorted(told, key=lambda pair: -pair.weight)


def _golden_ids(members: Members) -> list[UUID]:
    return sorted({member.golden_id for member in members.values() if member.golden_id})
