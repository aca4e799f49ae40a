"""Judging the samples of an audit: one at a time, or in a file that comes back filled in.

A judgement measures; it changes nothing, unless it is made a decision as well (origin: audit).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain, combinations
from uuid import UUID

from dedupe.errors import InputError, NotFound
from dedupe.model import Origin, Verdict
from dedupe.review.deciding import decide_by_hand
from dedupe.review.people import Person, person
from dedupe.review.recording import LONGEST_NOTE, Republish
from dedupe.storage import access_log, audits, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.audits import MERGED, Audit, Judgement, Sample
from dedupe.storage.database import Connection

UNSURE = "?"


@dataclass(frozen=True)
class ShownSample:
    """A sample without what the model thinks of it, which would sway the judge."""

    sample: Sample
    left: list[Person]
    right: list[Person]
    gone: int  # source contacts that live no longer


@dataclass(frozen=True, slots=True)
class Overview:
    """An audit and how far it is judged."""

    id: UUID
    drawn_at: datetime
    drawn_by: str
    samples: int
    judged: int


def listed(connection: Connection) -> list[Overview]:
    """The latest first."""
    return [overview(one, audits.samples(connection, one.id)) for one in audits.listed(connection)]


def overview(audit: Audit, samples: Sequence[Sample]) -> Overview:
    judged = sum(sample.verdict is not None for sample in samples)
    return Overview(audit.id, audit.drawn_at, audit.drawn_by, len(samples), judged)


def question(sample: Sample) -> str:
    return "Is all of this one person?" if sample.kind == MERGED else "Are both sides one person?"


def next_one(connection: Connection, audit: Audit) -> Sample | None:
    """The first that was not judged yet."""
    waiting = (one for one in audits.samples(connection, audit.id) if one.verdict is None)
    return next(waiting, None)


def show(connection: Connection, visitor: Visitor, sample: Sample) -> ShownSample:
    return shown(connection, visitor, [sample])[0]


def shown(connection: Connection, visitor: Visitor, samples: Sequence[Sample]) -> list[ShownSample]:
    members = review_candidates.members(connection, list(chain.from_iterable(it.members for it in samples)))
    golden = {member.golden_id for member in members.values() if member.golden_id}
    access_log.write(connection, visitor, "audit", sorted(golden))

    def people(side: Sequence[UUID]) -> list[Person]:
        return [person(members[seed]) for seed in side if seed in members]

    return [
        ShownSample(
            sample,
            people(sample.left_members),
            people(sample.right_members),
            sum(seed not in members for seed in sample.members),
        )
        for sample in samples
    ]


def sample_of(connection: Connection, audit: Audit, number: int) -> Sample:
    """A sample of an audit. Raises NotFound where the audit has no such number."""
    for one in audits.samples(connection, audit.id):
        if one.number == number:
            return one
    raise NotFound(f"the audit has no sample {number}")


def judge(
    connection: Connection,
    visitor: Visitor,
    sample: Sample,
    verdict: Verdict,
    note: str = "",
    astray: Sequence[UUID] = (),
    republish: Republish | None = None,
) -> Judgement:
    """`astray`: members of a merged one that are another person's. With `republish` it is decided too, which
    wants the publish lock and can be refused as any decision can."""
    groups = _told_apart(sample, verdict, astray)
    return _judged(connection, visitor, sample, verdict, groups, note, republish)


def judge_persons(
    connection: Connection,
    visitor: Visitor,
    sample: Sample,
    persons: Mapping[UUID, str],
    note: str = "",
    republish: Republish | None = None,
) -> Judgement | None:
    """By whose each source contact is said to be: any sign for a person, `?` where nobody can tell. None, and
    nothing is written, where nothing is said. Raises InputError where it is said of some only."""
    said = {seed: sign for seed, sign in persons.items() if sign}
    if not said:
        return None
    if UNSURE in said.values():
        return _judged(connection, visitor, sample, Verdict.UNSURE, [], note, republish)
    missing = [seed for seed in sample.members if seed not in said]
    if missing:
        raise InputError(f"sample {sample.number}: say of every source contact whose it is, or ? for unsure")
    by_sign: dict[str, list[UUID]] = {}
    for seed in sample.members:
        by_sign.setdefault(said[seed], []).append(seed)
    if sample.kind == MERGED:
        verdict = Verdict.SAME if len(by_sign) == 1 else Verdict.DIFFERENT
        groups = list(by_sign.values()) if verdict is Verdict.DIFFERENT else []
        return _judged(connection, visitor, sample, verdict, groups, note, republish)
    sides = [{said[seed] for seed in side} for side in (sample.left_members, sample.right_members)]
    verdict = Verdict.SAME if sides[0] & sides[1] else Verdict.DIFFERENT
    return _judged(connection, visitor, sample, verdict, [], note, republish)


def _told_apart(sample: Sample, verdict: Verdict, astray: Sequence[UUID]) -> list[list[UUID]]:
    if not astray:
        two = sample.kind == MERGED and len(sample.left_members) == 2 and verdict is Verdict.DIFFERENT
        return [[seed] for seed in sample.left_members] if two else []
    if sample.kind != MERGED or verdict is not Verdict.DIFFERENT:
        raise InputError("only of one golden contact judged different some can be another person's")
    strangers = [seed for seed in astray if seed not in sample.left_members]
    rest = [seed for seed in sample.left_members if seed not in astray]
    if strangers or not rest:
        raise InputError("name some, not all, of the sample's own source contacts")
    return [rest, list(dict.fromkeys(astray))]


def _judged(
    connection: Connection,
    visitor: Visitor,
    sample: Sample,
    verdict: Verdict,
    groups: list[list[UUID]],
    note: str,
    republish: Republish | None,
) -> Judgement:
    if len(note) > LONGEST_NOTE or "\x00" in note:
        raise InputError(f"a note holds at most {LONGEST_NOTE} characters, and no NUL")
    made = Judgement(verdict.value, note=note.strip())
    if groups:
        wrong = sum(len(one) * len(other) for one, other in combinations(groups, 2))
        made = replace(made, people=len(groups), wrong_pairs=wrong)
    if republish is not None and verdict is not Verdict.UNSURE:
        decided = _decided(connection, visitor, sample, verdict, groups, note, republish)
        made = replace(made, decision_id=decided)
    audits.judge(connection, sample.audit_id, sample.number, made, visitor.who)
    access_log.write(connection, visitor, "audit")
    return made


def _decided(
    connection: Connection,
    visitor: Visitor,
    sample: Sample,
    verdict: Verdict,
    groups: list[list[UUID]],
    note: str,
    republish: Republish,
) -> UUID:
    live = review_candidates.members(connection, sample.members)
    sides: Iterable[Sequence[UUID]] = groups
    if verdict is Verdict.SAME:
        sides = [sample.members]
    elif sample.kind != MERGED:
        sides = [sample.left_members, sample.right_members]
    elif not groups:
        raise InputError("to decide it too, say which source contacts are another person's")
    kept = [[seed for seed in side if seed in live] for side in sides]
    return decide_by_hand(connection, republish, visitor, kept, verdict, note, Origin.AUDIT).decision
