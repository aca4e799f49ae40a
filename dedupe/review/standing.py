"""Decisions that stand while they are asked again: what an answer makes of them, and what its revocation
brings back."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from uuid import UUID

from dedupe.clustering.decided_constraints import DecidedConstraint, apart, contradiction
from dedupe.errors import DecisionContradicts, DecisionRefused
from dedupe.model import Grouping, Origin, Subject, Verdict
from dedupe.review.recording import Members, Sides, Statement
from dedupe.storage import decisions
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Decision, NewDecision


def answers(said: Statement, standing: Sequence[Decision], members: Members) -> list[Statement]:
    """What is to be recorded for an answer to a question that asks these decisions again.

    A question has two sides and a grouping may have many: "different" says that the grouping still holds, so
    it is recorded as it was, of the members that are left. "Unsure" answers reports, and leaves standing what
    was decided. Raises DecisionRefused for "same" where it would join people who were told apart.
    """
    if said.verdict is Verdict.UNSURE:
        return [_superseding(said, [each for each in standing if each.verdict == Grouping.REPORTED])]
    groupings = [each for each in standing if each.verdict in (Grouping.GROUPED, Grouping.SOMEBODY_ELSE)]
    if said.verdict is Verdict.SAME:
        several = [str(each.id) for each in groupings if len(apart(each.verdict, each.sides)) > 2]
        if several:
            raise DecisionRefused(f"decision {several[0]} tells several people apart: revoke it first")
        return [_superseding(said, standing)]
    others = [each for each in standing if each not in groupings]
    renewed = [_renewed(said, each, members) for each in groupings]
    return renewed + ([_superseding(said, others)] if others or not renewed else [])


def restore_superseded(connection: Connection, revoked: Decision) -> list[UUID]:
    """Record again the decisions whose place a decision took that is revoked now, of those that were not
    erased; gives their source contacts. Raises DecisionContradicts where a later one stands against them."""
    named: list[UUID] = []
    superseded = (revoked.evidence or {}).get("superseded", [])
    for old in chain.from_iterable(decisions.with_id(connection, UUID(each)) for each in superseded):
        _check_uncontradicted(connection, old)
        decisions.add(connection, _again(old))
        named += [member.source_contact for member in old.members]
    return named


def _superseding(said: Statement, standing: Sequence[Decision]) -> Statement:
    return _with(said, said.sides, said.verdict, standing)


def _renewed(said: Statement, grouping: Decision, members: Members) -> Statement:
    sides = [[seed for seed in side if seed in members] for side in grouping.sides]
    return _with(said, [side for side in sides if side], Grouping(grouping.verdict), [grouping])


def _with(
    said: Statement, sides: Sides, verdict: Verdict | Grouping, superseded: Sequence[Decision]
) -> Statement:
    ids = [each.id for each in superseded]
    return Statement(sides, verdict, said.note, said.origin, said.evidence, ids, said.batch)


def _again(old: Decision) -> NewDecision:
    evidence = {**(old.evidence or {}), "again": str(old.id)}
    return NewDecision(
        Subject(old.subject),
        old.verdict,
        old.members,
        old.decided_by,
        Origin(old.origin),
        old.note,
        evidence=evidence,
        batch=old.batch_id,
    )


def _check_uncontradicted(connection: Connection, old: Decision) -> None:
    sides = [[str(seed) for seed in side] for side in old.sides]
    new = DecidedConstraint("this one", decisions.verdict_of(old.verdict), sides, {})
    around = decisions.judgements_around(connection, [member.source_contact for member in old.members])
    path = contradiction(new, around)
    if path:
        raise DecisionContradicts(
            f"it took the place of {old.id}, which live decisions contradict: {' → '.join(path)}", path
        )
