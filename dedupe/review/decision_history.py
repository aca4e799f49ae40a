"""Decisions as people read them: about whom, and what became of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from uuid import UUID

from dedupe.model import Origin
from dedupe.review.people import person
from dedupe.storage import access_log, decision_lists, event_reasons, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decision_lists import EVERY, DecisionFilter
from dedupe.storage.decisions import Decision
from dedupe.storage.golden_contacts import Event
from dedupe.storage.review_candidates import CandidateMember

ORIGINS = {
    Origin.QUEUE: "in the queue",
    Origin.AUDIT: "in an audit",
    Origin.HAND: "by hand",
    Origin.IMPORT: "by an import",
}


@dataclass(frozen=True, slots=True)
class SideTold:
    """A side of a decision, called as its golden contact is served now. `golden_id`: None where all of its
    source contacts are gone."""

    name: str
    source_contacts: int
    golden_id: UUID | None


@dataclass(frozen=True, slots=True)
class DecisionInWords:
    """`did`: what became of golden contacts by it, in words."""

    decision: Decision
    sides: list[SideTold]
    did: str


def told(
    connection: Connection,
    visitor: Visitor,
    limit: int,
    wanted: DecisionFilter = EVERY,
    after: UUID | None = None,
) -> list[DecisionInWords]:
    """The latest decisions, of those that the filter lets through, before the decision `after`."""
    found = decision_lists.listed(connection, wanted, limit, after)
    seeds = {member.source_contact for one in found for member in one.members}
    members = review_candidates.members(connection, sorted(seeds))
    golden_ids = sorted({member.golden_id for member in members.values() if member.golden_id})
    names = review_candidates.names(connection, golden_ids)
    causes = set(chain.from_iterable((one.id, one.batch_id) for one in found)) - {None}
    events = event_reasons.caused_by_any(connection, [one for one in causes if one is not None])
    access_log.write(connection, visitor, "decisions", golden_ids)
    return [
        DecisionInWords(one, [_side(side, members, names) for side in one.sides], _did(one, events))
        for one in found
    ]


def _side(
    side: Sequence[UUID], members: Mapping[UUID, CandidateMember], names: Mapping[UUID, str]
) -> SideTold:
    live = [members[seed] for seed in side if seed in members]
    served = [one.golden_id for one in live if one.golden_id]
    most = max(served, key=served.count, default=None)
    name = names.get(most) if most else None
    return SideTold(name or (person(live[0]).name if live else "gone"), len(side), most)


def _did(decision: Decision, events: Mapping[UUID, Sequence[Event]]) -> str:
    """Of the events that it caused those that its making did, not its being taken back: an event bears the
    beginning of its transaction, which is before the decision was stored in it."""
    mine = {
        event.position: event
        for cause in (decision.id, decision.batch_id)
        for event in (events.get(cause, ()) if cause else ())
        if decision.revoked_at is None or event.occurred_at <= decision.decided_at
    }
    counts = Counter[str]()
    for event in mine.values():
        counts[event.kind] += 1 + (len(event.related) if event.kind == "merged" else 0)
    follows = [kind for cause, implied in _IMPLIES.items() if counts[cause] for kind in implied]
    told = [kind for kind in _WORDS if counts[kind] and kind not in follows]
    if not told:
        return "nothing that is served"
    batch = " with its batch" if decision.batch_id and decision.id not in events else ""
    words = [f"{_WORDS[kind]} {counts[kind]:,}" for kind in told]
    contacts = "golden contact" if counts[told[-1]] == 1 else "golden contacts"
    return f"{', '.join(words)} {contacts}{batch}"


_WORDS = {
    "merged": "joined",
    "split": "split",
    "made": "made",
    "revived": "brought back",
    "retired": "retired",
    "changed": "changed",
}
"""What a decision did, by the kind of the events, in the order in which it is told."""
_IMPLIES = {"merged": ("retired",), "split": ("made", "revived")}
"""Kinds that say no more than another: what was merged is retired under its old id."""
