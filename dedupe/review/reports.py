"""Reports of wrong merges: which of them a decision answers."""

from __future__ import annotations

from itertools import chain
from uuid import UUID

from dedupe.clustering.decided_constraints import apart, together
from dedupe.model import Grouping, Verdict
from dedupe.review.recording import Sides
from dedupe.storage import decisions
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Decision


def answered_reports(connection: Connection, sides: Sides, verdict: Verdict | Grouping) -> list[UUID]:
    """Live reports that a decision with these sides answers: it says that all of their source contacts are
    one person, or that none of one side is any of the other's."""
    joined = [set(group) for group in together(verdict, sides)]
    parts = {seed: at for at, part in enumerate(apart(verdict, sides)) for seed in part}
    named = list(chain.from_iterable(sides))
    return [
        each.id
        for each in decisions.about(connection, named)
        if each.verdict == Grouping.REPORTED and each.revoked_at is None and _answered(each, joined, parts)
    ]


def _answered(report: Decision, joined: list[set[UUID]], parts: dict[UUID, int]) -> bool:
    one, other = (set(side) for side in report.sides)
    if any(one | other <= group for group in joined):
        return True
    within = one | other <= parts.keys()
    return within and not {parts[seed] for seed in one} & {parts[seed] for seed in other}
