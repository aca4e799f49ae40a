"""What live decisions say about source contacts: constraints on clusters, contradictions among themselves.

Contacts are named by their seeds (UUID text), which outlive every run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise, product
from typing import Any, NamedTuple

import pyarrow as pa

from dedupe.model import Verdict

CERTAIN = 2**30 - 1
"""The weight of a link that a person decided, in 1/1024 bit: above any that evidence gives."""

CONSTRAINTS = pa.schema([("left", pa.int64()), ("right", pa.int64())])


class DecidedConstraint(NamedTuple):
    """One live decision about source contacts.

    "same": all members of all sides are one person. "different": no member of one side is the person of a
    member of another; within a side nothing is said. "unsure" says nothing but that it was looked at.
    """

    decision: str
    verdict: Verdict
    sides: Sequence[Sequence[str]]
    seen: Mapping[str, bytes]  # seed: hash of its identifying fields as the decider saw them
    evidence_hash: bytes | None = None  # of the candidate that the decider saw

    @property
    def members(self) -> list[str]:
        return list(chain.from_iterable(self.sides))


class Constraints(NamedTuple):
    """Pairs of contact numbers, left < right, sorted and distinct."""

    apart: pa.Table
    together: pa.Table


def constraints(judgements: Iterable[DecidedConstraint], seeds: pa.Array[Any]) -> Constraints:
    """What the judgements demand of the contacts of a run; `seeds` holds at position i that of contact i.

    Contacts that are gone demand nothing, yet they still hold a grouping of others together.
    """
    number = {seed: at for at, seed in enumerate(seeds.cast(pa.string()).to_pylist())}
    apart: set[tuple[int, int]] = set()
    together: set[tuple[int, int]] = set()
    for judgement in judgements:
        sides = [[number[seed] for seed in side if seed in number] for side in judgement.sides]
        if judgement.verdict is Verdict.DIFFERENT:
            apart.update(_across(sides))
        elif judgement.verdict is Verdict.SAME:
            together.update(pairwise(sorted(set(chain.from_iterable(sides)))))
    return Constraints(_pairs(apart), _pairs(together))


def is_outdated(judgement: DecidedConstraint, identities: Mapping[str, bytes]) -> bool:
    """Whether a member's identifying fields are no longer as the decider saw them; gone ones count not."""
    return any(seed in identities and identities[seed] != seen for seed, seen in judgement.seen.items())


def contradiction(new: DecidedConstraint, live: Sequence[DecidedConstraint]) -> list[str]:
    """The decisions that stand in the way of `new`, as a path; empty when it agrees with all.

    "same" is transitive: same A–B and same B–C stand in the way of different A–C, and same A–B with different
    A–C in the way of same B–C.
    """
    sames = [judgement for judgement in live if judgement.verdict is Verdict.SAME]
    if new.verdict is Verdict.DIFFERENT:
        return _first_path(sames, new.sides)
    if new.verdict is not Verdict.SAME:
        return []
    joined = [*sames, new]
    for different in live:
        if different.verdict is Verdict.DIFFERENT and (path := _first_path(joined, different.sides)):
            return [*(decision for decision in path if decision != new.decision), different.decision]
    return []


def _first_path(sames: Sequence[DecidedConstraint], sides: Sequence[Sequence[str]]) -> list[str]:
    """Decisions that join a member of one side to one of another, the fewest possible; empty if none do."""
    of_member: dict[str, list[DecidedConstraint]] = {}
    for judgement in sames:
        for member in judgement.members:
            of_member.setdefault(member, []).append(judgement)
    for at, side in enumerate(sides):
        others = set(chain.from_iterable(sides[at + 1 :]))
        path = _path(of_member, side, others)
        if path:
            return path
    return []


def _path(
    of_member: Mapping[str, list[DecidedConstraint]], side: Sequence[str], others: set[str]
) -> list[str]:
    came_by: dict[str, tuple[str, ...]] = dict.fromkeys(side, ())
    waiting = deque(side)
    used: set[str] = set()
    while waiting:
        here = waiting.popleft()
        if here in others and came_by[here]:
            return list(came_by[here])
        for judgement in of_member.get(here, ()):
            if judgement.decision in used:
                continue
            used.add(judgement.decision)
            for member in judgement.members:
                if member not in came_by:
                    came_by[member] = (*came_by[here], judgement.decision)
                    waiting.append(member)
    return []


def _across(sides: Sequence[Sequence[int]]) -> Iterable[tuple[int, int]]:
    for at, side in enumerate(sides):
        for left, right in product(side, chain.from_iterable(sides[at + 1 :])):
            if left != right:
                yield min(left, right), max(left, right)


def _pairs(pairs: set[tuple[int, int]]) -> pa.Table:
    ordered = sorted(pairs)
    columns = [pa.array([pair[at] for pair in ordered], pa.int64()) for at in (0, 1)]
    return pa.Table.from_arrays(columns, schema=CONSTRAINTS)
