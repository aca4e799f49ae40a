"""Live decisions about source contacts: the constraints they put on clusters, and contradictions among them.

Contacts are named by their seeds (UUID text), which stay the same from run to run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise, product
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.model import Verdict

CERTAIN = 2**30 - 1
"""The weight of a link that a person decided, in 1/1024 bit (chosen): above any sum of match weights."""

CONSTRAINTS = pa.schema([("left", pa.int64()), ("right", pa.int64())])


class DecidedConstraint(NamedTuple):
    """One live decision about source contacts.

    "same": all members of all sides are one person. "different": no member of one side is the same person as
    a member of another; it says nothing about members of one side. "unsure": the question was looked at, no
    more.
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
    """Pairs of contacts by number, `left` < `right`, sorted and distinct."""

    apart: pa.Table
    together: pa.Table


def constraints(judgements: Sequence[DecidedConstraint], seeds: pa.Array[Any]) -> Constraints:
    """The pairs of a run's contacts that decisions keep apart or put together; `seeds[i]` is the seed of
    contact i.

    A contact that is gone is in no pair, yet a decision that groups it with others still groups the others.
    """
    number = _numbers(judgements, seeds.cast(pa.string()))
    apart: set[tuple[int, int]] = set()
    together: set[tuple[int, int]] = set()
    for judgement in judgements:
        sides = [[number[seed] for seed in side if seed in number] for side in judgement.sides]
        if judgement.verdict is Verdict.DIFFERENT:
            apart.update(_across(sides))
        elif judgement.verdict is Verdict.SAME:
            together.update(pairwise(sorted(set(chain.from_iterable(sides)))))
    return Constraints(_pairs(apart), _pairs(together))


def _numbers(judgements: Sequence[DecidedConstraint], seeds: pa.Array[Any]) -> dict[str, int]:
    """The contact of each seed that decisions name: of all a million there would be objects of a night."""
    named = sorted({member for judgement in judgements for member in judgement.members})
    if not named:
        return {}
    found: Any = pc.index_in(pa.array(named, pa.string()), value_set=seeds)
    places: list[int | None] = found.to_pylist()
    return {seed: at for seed, at in zip(named, places, strict=True) if at is not None}


def is_outdated(judgement: DecidedConstraint, identities: Mapping[str, bytes]) -> bool:
    """Whether a live member's identifying fields differ from what the decider saw."""
    return any(seed in identities and identities[seed] != seen for seed, seen in judgement.seen.items())


def contradiction(new: DecidedConstraint, live: Sequence[DecidedConstraint]) -> list[str]:
    """The ids of decisions that `new` contradicts, as a path of decisions; empty where it contradicts none.

    "same" is transitive: same A–B and same B–C contradict different A–C, and same A–B with different A–C
    contradicts same B–C.
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
    """The shortest path of "same" decisions from a member of one side to one of another; empty where there is
    none."""
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
