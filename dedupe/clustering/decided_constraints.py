"""Live decisions about source contacts: the constraints they put on clusters, and contradictions among them.

Contacts are named by their seeds (UUID text), which stay the same from run to run.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, pairwise, product
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from dedupe.model import Grouping, Verdict

CERTAIN = 2**30 - 1
"""The weight of a link that a person decided, in 1/1024 bit (chosen): above any sum of match weights."""

_Named = TypeVar("_Named")  # however a source contact is named

CONSTRAINTS = pa.schema([("left", pa.int64()), ("right", pa.int64())])


class DecidedConstraint(NamedTuple):
    """One live decision about source contacts.

    "same": all members of all sides are one person. "different": no member of one side is the same person as
    a member of another; it says nothing about members of one side. "grouped" is "different" of sides that are
    one person each; "somebody else" is "different" of the first side, one person, from each of the others,
    about which it says no more. "unsure" and "reported": the question was looked at, or is to be looked at.
    """

    decision: str
    verdict: Verdict | Grouping
    sides: Sequence[Sequence[str]]
    seen: Mapping[str, bytes]  # seed: hash of its identifying fields as the decider saw them
    evidence_hash: bytes | None = None  # of the candidate that the decider saw

    @property
    def members(self) -> list[str]:
        return list(chain.from_iterable(self.sides))

    @property
    def together(self) -> Sequence[Sequence[str]]:
        """Source contacts that are one person, a group for each person."""
        return together(self.verdict, self.sides)

    @property
    def apart(self) -> Sequence[Sequence[str]]:
        """Groups of source contacts of which no two hold one person."""
        return apart(self.verdict, self.sides)


def together(verdict: str, sides: Sequence[Sequence[_Named]]) -> Sequence[Sequence[_Named]]:
    """Of the sides of a decision, the groups that it says are one person each."""
    if verdict == Verdict.SAME:
        return [list(chain.from_iterable(sides))]
    if verdict == Grouping.GROUPED:
        return sides
    return sides[:1] if verdict == Grouping.SOMEBODY_ELSE else []


def apart(verdict: str, sides: Sequence[Sequence[_Named]]) -> Sequence[Sequence[_Named]]:
    """Of the sides of a decision, the groups of which it says that no two hold one person."""
    if verdict == Grouping.SOMEBODY_ELSE:
        return [sides[0], list(chain.from_iterable(sides[1:]))]
    return sides if verdict in (Verdict.DIFFERENT, Grouping.GROUPED) else []


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
    kept_apart: set[tuple[int, int]] = set()
    joined: set[tuple[int, int]] = set()
    for judgement in judgements:
        kept_apart.update(_across([_numbered(side, number) for side in judgement.apart]))
        for group in judgement.together:
            joined.update(pairwise(sorted(set(_numbered(group, number)))))
    return Constraints(_pairs(kept_apart), _pairs(joined))


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
    joining = [judgement for judgement in (*live, new) if judgement.together]
    for judgement in (new, *(live if new.together else ())):
        path = _first_path(joining, judgement.apart)
        if path:
            return [each for each in (*path, judgement.decision) if each != new.decision]
    return []


def _first_path(joining: Iterable[DecidedConstraint], sides: Sequence[Sequence[str]]) -> list[str]:
    """The shortest path of decisions that join, from a member of one side to one of another; empty where
    there is none."""
    of_member: dict[str, list[_Joined]] = {}
    for judgement in joining:
        for group in judgement.together:
            for member in group:
                of_member.setdefault(member, []).append(_Joined(judgement.decision, group))
    for at, side in enumerate(sides):
        others = set(chain.from_iterable(sides[at + 1 :]))
        path = _path(of_member, side, others)
        if path:
            return path
    return []


def _path(of_member: Mapping[str, list[_Joined]], side: Sequence[str], others: set[str]) -> list[str]:
    came_by: dict[str, tuple[str, ...]] = dict.fromkeys(side, ())
    waiting = deque(side)
    used: set[int] = set()
    while waiting:
        here = waiting.popleft()
        if here in others and came_by[here]:
            return list(came_by[here])
        for joined in of_member.get(here, ()):
            if id(joined.group) in used:
                continue
            used.add(id(joined.group))
            for member in joined.group:
                if member not in came_by:
                    came_by[member] = (*came_by[here], joined.decision)
                    waiting.append(member)
    return []


class _Joined(NamedTuple):
    """Source contacts that a decision says are one person."""

    decision: str
    group: Sequence[str]


def _numbered(seeds: Sequence[str], number: Mapping[str, int]) -> list[int]:
    return [number[seed] for seed in seeds if seed in number]


def _across(sides: Sequence[Sequence[int]]) -> Iterable[tuple[int, int]]:
    for at, side in enumerate(sides):
        for left, right in product(side, chain.from_iterable(sides[at + 1 :])):
            if left != right:
                yield min(left, right), max(left, right)


def _pairs(pairs: set[tuple[int, int]]) -> pa.Table:
    ordered = sorted(pairs)
    columns = [pa.array([pair[at] for pair in ordered], pa.int64()) for at in (0, 1)]
    return pa.Table.from_arrays(columns, schema=CONSTRAINTS)
