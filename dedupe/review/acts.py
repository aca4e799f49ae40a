"""Acts on golden contacts: each is one decision about source contacts, published at once, revoked as a whole.

    with deciding.publishing(database) as connection:
        Acting(connection, republish, visitor).split(golden_id, [[somebody_else]])

An act names golden contacts that are served, and may bring the `seen` of a preview: then nothing is done if a
source contact of theirs has changed, come or gone since. Every method raises NotFound for what never was,
NoLongerServed for golden contacts that are so no longer, EvidenceOutdated for news since `saw`, InputError
for an act that names too few, NothingToDecide for one that would say nothing of these golden contacts, and
DecisionContradicts, with the path, where live decisions say otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal
from uuid import UUID

from dedupe.errors import EvidenceOutdated, InputError, NoLongerServed, NotFound, NothingToDecide
from dedupe.model import Grouping, Verdict
from dedupe.review.recording import (
    DecisionResult,
    Republish,
    Sides,
    Statement,
    check_fresh,
    live_members,
    publish,
    record,
)
from dedupe.review.taken_up import taken_up
from dedupe.storage import golden_members, lookups
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection

Act = Literal["split", "move", "join", "confirm", "report"]


@dataclass(frozen=True)
class Acting:
    """Somebody who acts, within `deciding.publishing` or a preview."""

    connection: Connection
    republish: Republish
    visitor: Visitor

    def split(self, golden_id: UUID, groups: Sides, note: str = "", saw: str | None = None) -> DecisionResult:
        """One group: these source contacts are somebody else, and one person. Several: the golden contact is
        several people, a group each, and what is in no group is one more."""
        members = self._members([golden_id])
        named = _each_once(groups)
        _check_belong(named, members, golden_id)
        rest = [seed for seed in members if seed not in named]
        if not named or not all(groups):
            raise InputError("a part without a source contact: name those that are somebody else")
        if len(groups) == 1 and not rest:
            raise NothingToDecide("these are all of its source contacts: nobody would be left")
        verdict = Grouping.SOMEBODY_ELSE if len(groups) == 1 else Grouping.GROUPED
        return self._do("split", [*groups, rest], verdict, [golden_id], note, saw)

    def move(
        self, source_contacts: Sequence[UUID], to: UUID, note: str = "", saw: str | None = None
    ) -> DecisionResult:
        """These source contacts belong to the golden contact `to`, and not to the one they belong to now."""
        named = _each_once([source_contacts])
        if not named:
            raise InputError("name the source contacts to move")
        target = self._members([to])
        origins = golden_members.golden_ids_of(self.connection, named)
        if to in origins:
            raise NothingToDecide(f"one of them belongs to {to} already: name those that don't")
        live_members(self.connection, named)
        left = [seed for seed in golden_members.of_golden(self.connection, origins) if seed not in named]
        verdict = Grouping.SOMEBODY_ELSE if left else Verdict.SAME
        sides = [[*named, *target], left] if left else [named, target]
        return self._do("move", sides, verdict, [*origins, to], note, saw)

    def join(self, golden_ids: Sequence[UUID], note: str = "", saw: str | None = None) -> DecisionResult:
        """These golden contacts are one person."""
        if len(set(golden_ids)) < 2 or len(set(golden_ids)) != len(golden_ids):
            raise InputError("name at least two golden contacts, each once")
        sides = [self._members([each]) for each in golden_ids]
        return self._do("join", sides, Verdict.SAME, golden_ids, note, saw)

    def confirm(self, golden_id: UUID, note: str = "", saw: str | None = None) -> DecisionResult:
        """The golden contact is one person: a night may add to it, and never takes it apart."""
        first, *others = self._members([golden_id])
        if not others:
            raise NothingToDecide(f"{golden_id} has one source contact: there is nothing to confirm")
        return self._do("confirm", [[first], others], Verdict.SAME, [golden_id], note, saw)

    def report(
        self,
        golden_id: UUID,
        source_contacts: Sequence[UUID] = (),
        note: str = "",
        saw: str | None = None,
    ) -> DecisionResult:
        """The golden contact may hold two people, these source contacts (else the one that is held most
        weakly) being the other: asked of those who decide before all else, and nothing changes till then."""
        members = self._members([golden_id])
        _check_belong(_each_once([source_contacts]), members, golden_id)
        named = list(source_contacts) or [golden_members.most_weakly_held(self.connection, golden_id)]
        rest = [seed for seed in members if seed not in named]
        if not rest:
            raise NothingToDecide("a wrong merge has two sides: name those that don't belong, not all")
        return self._do("report", [named, rest], Grouping.REPORTED, [golden_id], note, saw)

    def _do(
        self,
        act: Act,
        sides: Sides,
        verdict: Verdict | Grouping,
        golden_ids: Sequence[UUID],
        note: str,
        saw: str | None,
    ) -> DecisionResult:
        kept = [list(side) for side in sides if side]
        named = list(chain.from_iterable(kept))
        members = live_members(self.connection, named)
        if saw is not None:
            check_fresh(saw, members)
        said = Statement(
            kept,
            verdict,
            note,
            evidence={"act": act, "golden_ids": [str(each) for each in golden_ids]},
            superseded=[] if act == "report" else taken_up(self.connection, kept, verdict),
        )
        decision = record(self.connection, self.visitor, said, members)
        return publish(self.connection, self.republish, self.visitor, decision, named, act)

    def _members(self, golden_ids: Collection[UUID]) -> list[UUID]:
        """The source contacts of golden contacts that are served, the oldest first; those gone aside."""
        for each in golden_ids:
            _check_served(self.connection, each)
        members = golden_members.of_golden(self.connection, golden_ids)
        if not members:
            raise NoLongerServed("all of its source contacts are gone; the next night retires it")
        return members


def _check_served(connection: Connection, golden_id: UUID) -> None:
    now = lookups.leads_to(connection, golden_id)
    if now == [golden_id]:
        return
    if not now and not lookups.was_published(connection, golden_id):
        raise NotFound(f"no golden contact has or had the id {golden_id}")
    leads = f"; it leads to {', '.join(map(str, now))}: act on that" if now else ""
    raise NoLongerServed(f"golden contact {golden_id} is served no longer{leads}")


def _check_belong(named: Collection[UUID], members: Collection[UUID], golden_id: UUID) -> None:
    strangers = sorted({*named} - {*members})
    if strangers:
        raise EvidenceOutdated(
            f"not among the source contacts of {golden_id} now: {', '.join(map(str, strangers))}"
        )


def _each_once(groups: Sides) -> list[UUID]:
    named = list(chain.from_iterable(groups))
    if len(set(named)) != len(named):
        raise InputError("a source contact is named twice: name each once")
    return named
