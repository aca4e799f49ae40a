"""Questions of one pattern answered at once: a sample is looked at, then all get one answer, in one batch
that is taken back as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

import uuid_utils.compat as uuids

from dedupe.errors import DecisionRefused, InputError, NothingToDecide
from dedupe.matching.comparisons.agreement_patterns import in_words
from dedupe.model import Verdict
from dedupe.review import queue, version_token
from dedupe.review.deciding import QuestionAnswer, record_answer
from dedupe.review.queue import Listed
from dedupe.review.recording import DecisionResult, Members, Republish, publish
from dedupe.storage import access_log, review_candidates, review_claims
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import QueueFilter, ReviewCandidate

AT_ONCE = 500  # the most questions of one batch (chosen): their components are published under one lock
SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Group:
    """Questions of one pattern. `seen` names those that an answer is given to: the first AT_ONCE of those
    that are nobody else's to answer."""

    pattern: str
    words: str
    matching: int  # of them, in all
    answerable: int  # of these, the ones that an answer would go to now
    kept_for_others: int  # … that others are at, or that wait for a second opinion
    sample: list[Listed]
    seen: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A question that was not answered with the others."""

    candidate: UUID
    reason: str


@dataclass(frozen=True, slots=True)
class AnsweredAtOnce(DecisionResult):
    """`decision`: the batch, which is taken back as one."""

    answered: int = 0
    left_out: list[LeftOut] = field(default_factory=list)


def look(connection: Connection, visitor: Visitor, wanted: QueueFilter) -> Group:
    """What would be answered at once, with a sample drawn by chance of all of it. Call `workbench.refresh`
    before. Raises InputError without a pattern: what has nothing in common is answered one by one."""
    if wanted.pattern is None:
        raise InputError("name a pattern: only questions that are alike can be answered at once")
    matching = review_candidates.ids_of(connection, wanted)
    kept = review_claims.kept_for(connection, matching, visitor.who)
    free = [each for each in matching if each not in kept]
    answerable = review_candidates.with_ids(connection, free[:AT_ONCE])
    by_chance = sorted(answerable, key=lambda each: blake2b(each.id.bytes, digest_size=8).digest())[:SAMPLE]
    shown = queue.listed_with_people(connection, by_chance)
    members = _members(connection, answerable)
    access_log.write(connection, visitor, "review list", _golden_ids(shown.values()))
    return Group(
        wanted.pattern,
        in_words(wanted.pattern),
        len(matching),
        len(answerable),
        len(kept),
        [shown[each.id] for each in by_chance],
        ".".join(_seen(each, members) for each in answerable),
    )


def answer_many(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    verdict: Verdict,
    saw: str,
    note: str = "",
) -> AnsweredAtOnce:
    """Give one answer to the questions that `saw` names, a `seen` of `look`. Call it within `publishing`.

    Left out, with the reason, is what was answered, changed or taken by another since, and what live
    decisions contradict. Raises NothingToDecide where that is all, InputError for a `saw` that is none.
    """
    asked = _read(saw)
    found = review_candidates.with_ids(connection, asked)
    members = _members(connection, found)
    kept = review_claims.kept_for(connection, list(asked), visitor.who)
    batch, named, left_out = uuids.uuid7(), set[UUID](), _gone(asked, found)
    said = QuestionAnswer(verdict, note, evidence={"at_once": len(asked)}, batch=batch)
    answered = 0
    for each in found:
        reason = kept.get(each.id)
        if reason is None and _seen(each, members) != f"{each.id.hex}{asked[each.id]}":
            reason = "changed since you looked"
        own = {seed: members[seed] for seed in each.members if seed in members}
        reason = reason or _record(connection, visitor, each, own, said)
        if reason:
            left_out.append(LeftOut(each.id, reason))
        else:
            answered += 1
            named.update(own)
    if not answered:
        raise NothingToDecide("none of these is to be answered now: look at them again")
    done = publish(connection, republish, visitor, batch, sorted(named))
    return AnsweredAtOnce(done.decision, done.run_id, done.golden_ids, answered, left_out)


def _record(
    connection: Connection,
    visitor: Visitor,
    candidate: ReviewCandidate,
    members: Members,
    said: QuestionAnswer,
) -> str | None:
    """Why it can't be answered so; None where it was."""
    try:
        with connection.begin_nested():
            record_answer(connection, visitor, candidate, members, said)
    except DecisionRefused as refusal:
        return str(refusal)
    return None


def _gone(asked: dict[UUID, str], found: Sequence[ReviewCandidate]) -> list[LeftOut]:
    there = {each.id for each in found}
    return [LeftOut(each, "answered or changed since you looked") for each in asked if each not in there]


def _members(connection: Connection, candidates: Sequence[ReviewCandidate]) -> Members:
    ids = {seed for each in candidates for seed in each.members}
    return review_candidates.members(connection, sorted(ids))


def _seen(candidate: ReviewCandidate, members: Members) -> str:
    """Names the question, with a hash of what it is asked on and of its members as they are."""
    own = {seed: members[seed] for seed in candidate.members if seed in members}
    hashed = blake2b(candidate.evidence_hash + version_token.token(own).encode(), digest_size=8)
    return f"{candidate.id.hex}{hashed.hexdigest()}"


def _read(saw: str) -> dict[UUID, str]:
    try:
        return {UUID(hex=part[:32]): part[32:] for part in saw.split(".")}
    except ValueError:
        raise InputError("this isn't a `seen` of questions of one pattern: look at them again") from None


def _golden_ids(questions: Iterable[Listed]) -> list[UUID]:
    people = [who for one in questions for who in (*one.left, *one.right)]
    return sorted({who.golden_id for who in people if who.golden_id})
