"""Which live decisions a new one answers or says anew: reports of wrong merges, and what was said to be one
person."""

from __future__ import annotations

from itertools import chain
from uuid import UUID

from dedupe.clustering.decided_constraints import apart, together
from dedupe.model import Grouping, Subject, Verdict
from dedupe.review.recording import Sides
from dedupe.storage import decisions
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Decision


def taken_up(connection: Connection, sides: Sides, verdict: Verdict | Grouping) -> list[UUID]:
    """Live decisions whose place one with these sides takes: reports of source contacts that it says are one
    person, or of two sides that it tells apart; and those that said before that the same ones are one
    person."""
    joined = [set(group) for group in together(verdict, sides)]
    parts = {seed: at for at, part in enumerate(apart(verdict, sides)) for seed in part}
    named = list(chain.from_iterable(sides))
    live = [each for each in decisions.about(connection, named) if each.revoked_at is None]
    return [each.id for each in live if _said_anew(each, joined) or _answered(each, joined, parts)]


def _said_anew(one: Decision, joined: list[set[UUID]]) -> bool:
    named = {member.source_contact for member in one.members}
    return one.subject == Subject.CONTACTS and one.verdict == Verdict.SAME and any(named <= g for g in joined)


def _answered(report: Decision, joined: list[set[UUID]], parts: dict[UUID, int]) -> bool:
    if report.verdict != Grouping.REPORTED:
        return False
    one, other = (set(side) for side in report.sides)
    if any(one | other <= group for group in joined):
        return True
    within = one | other <= parts.keys()
    return within and not {parts[seed] for seed in one} & {parts[seed] for seed in other}
