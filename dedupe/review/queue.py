"""The review queue: what is asked, ordered by how much it matters, and one question in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, islice, product
from uuid import UUID

from dedupe.arrays.units import BIT
from dedupe.review import opinions, version_token
from dedupe.review.explain.scored_pair import LoadScorer, Pair, PublishedScorer, explain_pair, of_today
from dedupe.review.explain.separation import separation_reason
from dedupe.review.people import Person, person
from dedupe.storage import (
    access_log,
    decisions,
    review_candidates,
    review_claims,
    review_opinions,
)
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Decision
from dedupe.storage.review_candidates import (
    ALL,
    CandidateMember,
    QueueFilter,
    QueueOrder,
    QueuePosition,
    ReviewCandidate,
)
from dedupe.storage.review_opinions import Opinion

PAIRS_EXPLAINED = 12  # of a question, the strongest (chosen)
HELD_APART = "held_apart"

Members = Mapping[UUID, CandidateMember]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the queue; `weight` in bits, of the strongest pair."""

    id: UUID
    cause: str  # doubtful, held_apart, evidence_changed, reported
    weight: float
    probability: float
    priority: float
    first_seen_at: datetime
    left: list[Person]
    right: list[Person]
    left_name: str  # of the golden contact there that is served; of the most members if there are several
    right_name: str
    seen: str  # sent back with an answer: what the decider looked at
    held_by: str | None = None  # who is at work on it, or to whom it is assigned
    held_until: datetime | None = None  # None besides `held_by`: until it is answered
    opinions: int = 0  # how many reviewers said what they think of it


@dataclass(frozen=True, slots=True)
class Queue:
    """A part of somebody's queue. `waiting`: in all of it; `matching`: of those, the ones that were asked
    for; `last`: where the next part begins, None at the end."""

    waiting: int
    matching: int
    candidates: list[Listed]
    last: QueuePosition | None


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """One question in full. `seen` goes back with the answer: it says what the decider looked at."""

    question: Listed
    seen: str
    pairs: list[Pair]  # the strongest first, at most PAIRS_EXPLAINED
    pairs_in_all: int
    decisions: list[Decision]  # about any of the members, the latest first
    asked_again: list[UUID]  # live decisions that hold and are put to a person again
    held_apart_by: str | None  # what keeps likely ones apart, in words
    opinions: list[Opinion]  # of reviewers, to one who gave theirs; else none


def queue(
    connection: Connection,
    visitor: Visitor,
    limit: int = 50,
    after: QueuePosition | None = None,
    order: QueueOrder = QueueOrder.PRIORITY,
    wanted: QueueFilter = ALL,
) -> Queue:
    """What the visitor is asked, in that order; what they skipped comes last. `after`: the `last` of the part
    before, in whose order it goes on."""
    found = review_candidates.listed(connection, visitor.who, limit, after, order, wanted)
    candidates = [candidate for candidate, _ in found]
    members = _members(connection, candidates)
    access_log.write(connection, visitor, "review list", _golden_ids(members))
    names = review_candidates.names(connection, _golden_ids(members))
    shown = _with_work(connection, [listed(candidate, members, names) for candidate in candidates])
    last = found[-1][1] if len(found) == limit else None
    waiting = review_candidates.count(connection)
    matching = waiting if wanted == ALL else review_candidates.count_of(connection, wanted)
    return Queue(waiting, matching, shown, last)


def skip(connection: Connection, visitor: Visitor, candidate_id: UUID) -> None:
    """Ask the visitor later: after everything that they have not skipped; another may be asked meanwhile.
    Raises NotFound."""
    review_candidates.skip(connection, candidate_id, visitor.who)
    review_claims.release(connection, candidate_id, visitor.who)


def show(
    connection: Connection,
    visitor: Visitor,
    load_scorer: LoadScorer,
    candidate_id: UUID,
    before: str | None = None,
) -> ShownQuestion:
    """Raises NotFound for what isn't asked now. `before`: the `seen` of an earlier look, to mark news."""
    candidate = review_candidates.get(connection, candidate_id)
    members = _members(connection, [candidate])
    access_log.write(connection, visitor, "review show", _golden_ids(members))
    changed = set(version_token.news(before, members).changed) if before else set()
    asked_again = [UUID(decision) for decision in candidate.evidence["decisions"]]
    pairs = _pairs(candidate, members)
    scorer = of_today(connection, load_scorer(connection), members.values()) if pairs else None
    told = _explained(scorer, pairs, members) if scorer else []
    held = scorer is not None and candidate.cause == HELD_APART
    names = review_candidates.names(connection, _golden_ids(members))
    [question] = _with_work(connection, [listed(candidate, members, names, changed)])
    return ShownQuestion(
        question=question,
        seen=version_token.token(members),
        pairs=told,
        pairs_in_all=len(pairs),
        decisions=decisions.about(connection, candidate.members),
        asked_again=asked_again,
        held_apart_by=separation_reason(connection, scorer, told[0].left, told[0].right)
        if scorer and held
        else None,
        opinions=opinions.visible(review_opinions.about(connection, candidate), visitor.who),
    )


def people(connection: Connection, visitor: Visitor, source_contacts: Sequence[UUID]) -> dict[UUID, Person]:
    """Those of the source contacts that are live."""
    members = review_candidates.members(connection, source_contacts)
    access_log.write(connection, visitor, "review show", _golden_ids(members))
    return {seed: person(member) for seed, member in members.items()}


def listed(
    candidate: ReviewCandidate, members: Members, names: Mapping[UUID, str], changed: set[UUID] | None = None
) -> Listed:
    def side(ids: Sequence[UUID]) -> list[Person]:
        return [person(members[seed], seed in (changed or ())) for seed in ids if seed in members]

    left, right = side(candidate.left_members), side(candidate.right_members)
    return Listed(
        id=candidate.id,
        cause=candidate.cause,
        weight=candidate.weight / BIT,
        probability=candidate.probability,
        priority=candidate.priority,
        first_seen_at=candidate.first_seen_at,
        left=left,
        right=right,
        left_name=_name(left, names),
        right_name=_name(right, names),
        seen=version_token.token({seed: members[seed] for seed in candidate.members if seed in members}),
    )


def listed_with_people(connection: Connection, candidates: Sequence[ReviewCandidate]) -> dict[UUID, Listed]:
    """Lines of the queue, by id."""
    members = _members(connection, candidates)
    names = review_candidates.names(connection, _golden_ids(members))
    return {each.id: listed(each, members, names) for each in candidates}


def _with_work(connection: Connection, questions: Sequence[Listed]) -> list[Listed]:
    """With who is at them, and how many said what they think."""
    ids = [each.id for each in questions]
    claims, said = review_claims.live(connection, ids), review_opinions.counts(connection, ids)
    return [
        replace(
            each,
            held_by=claims[each.id].who if each.id in claims else None,
            held_until=claims[each.id].expires_at if each.id in claims else None,
            opinions=said.get(each.id, 0),
        )
        for each in questions
    ]


def _name(side: Sequence[Person], names: Mapping[UUID, str]) -> str:
    """As its golden contact is served; one that has no name is called as its first source contact."""
    served = [who.golden_id for who in side if who.golden_id]
    most = max(served, key=served.count, default=None)
    return names.get(most, side[0].name) if most and side else side[0].name if side else "gone"


def _members(connection: Connection, candidates: Sequence[ReviewCandidate]) -> dict[UUID, CandidateMember]:
    ids = set(chain.from_iterable(candidate.members for candidate in candidates))
    return review_candidates.members(connection, sorted(ids))


def _pairs(candidate: ReviewCandidate, members: Members) -> list[tuple[UUID, UUID]]:
    """Those that the night found, the strongest first; for a decision asked again, all between its sides."""
    found = [(UUID(pair["left"]), UUID(pair["right"])) for pair in candidate.evidence["pairs"]]
    between = found or product(candidate.left_members, candidate.right_members)
    return [pair for pair in between if pair[0] in members and pair[1] in members]


def _explained(scorer: PublishedScorer, pairs: Sequence[tuple[UUID, UUID]], members: Members) -> list[Pair]:
    chosen = islice(pairs, PAIRS_EXPLAINED)
    told = [explain_pair(scorer, members[left], members[right]) for left, right in chosen]
    return sorted(told, key=lambda pair: -pair.weight)


def _golden_ids(members: Members) -> list[UUID]:
    return sorted({member.golden_id for member in members.values() if member.golden_id})
