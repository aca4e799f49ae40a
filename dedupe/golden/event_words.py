"""One plain sentence for each event: what happened, and because of what. Ids and keys, never a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

NAMED = 3  # source contacts that a sentence names (chosen); of more it says how many


@dataclass(frozen=True, slots=True)
class ContactNamed:
    """A source contact as a sentence names it; `gone`: its source has it no longer."""

    name: str  # source:external_id; of one that was erased: a contact of the source, erased since
    gone: bool = False


@dataclass(frozen=True, slots=True)
class DecisionTold:
    """A decision, or the first of a batch of `count`, as a sentence tells it. `taken_back`: the event came of
    its revocation."""

    subject: str  # contacts, value, field
    verdict: str
    field: str | None
    sides: Sequence[Sequence[UUID]]
    who: str
    when: datetime
    note: str
    count: int
    taken_back: bool
    taken_back_by: str | None
    taken_back_at: datetime | None


@dataclass(frozen=True, slots=True)
class RollbackTold:
    who: str
    undone_run_id: UUID
    note: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What the sentence of an event is made of. `because`: source contacts whose own change caused it."""

    kind: str
    cause: str
    before: Sequence[UUID]
    after: Sequence[UUID]
    related: Sequence[UUID]
    because: Sequence[UUID]
    decision: DecisionTold | None = None
    rollback: RollbackTold | None = None
    model: str | None = None  # its name
    release: str | None = None


Names = Mapping[UUID, ContactNamed]


def sentence(event: EventFacts, names: Names, *, discreet: bool = False) -> str:
    """What happened and because of what. `discreet`: neither who decided nor their note."""
    what = _what(event, names)
    return what if event.kind == "erased" else f"{what} because {_why(event, names, discreet)}"


def _what(event: EventFacts, names: Names) -> str:
    joined = [one for one in event.after if one not in set(event.before)]
    left = [one for one in event.before if one not in set(event.after)]
    others = _some([str(one) for one in event.related])
    match event.kind:
        case "made" | "revived":
            verb = "made of" if event.kind == "made" else "served again, with"
            origin = f", which left {others}" if event.related else ""
            return f"{verb} {_named(event.after, names)}{origin}"
        case "merged":
            return f"merged with {others}"
        case "split":
            return f"split: {_named(left, names)} went to {others}" if left else f"split into {others}"
        case "retired":
            return f"retired: its contacts belong to {others}" if event.related else "retired: nobody is left"
        case "erased":
            return "somebody of it was erased" if event.after else "erased: nobody is left"
    gained = [f"gained {_named(joined, names)}"] if joined else []
    lost = [f"lost {_named(left, names)}"] if left else []
    return " and ".join([*gained, *lost]) or "shows something else"


def _why(event: EventFacts, names: Names, discreet: bool) -> str:
    match event.cause:
        case "contact":
            return _of_contacts(event, names)
        case "decision" if event.decision is None:
            return "of a decision that is kept no longer"
        case "decision":
            assert event.decision is not None
            return _of_decision(event.decision, names, discreet)
        case "shared value":
            return "how many share a value of theirs is another number now"
        case "configuration":
            return "the configuration is another"
        case "model":
            return f"another match model judges{f', {event.model}' if event.model else ''}"
        case "code":
            return f"another release judges{f', {event.release}' if event.release else ''}"
        case "erasure":
            return "somebody was erased"
        case "rollback":
            return _of_rollback(event.rollback, discreet)
    return f"of: {event.cause}"


def _of_contacts(event: EventFacts, names: Names) -> str:
    before, after = set(event.before), set(event.after)
    because = [one for one in event.because if one in before | after]
    if not because:
        because = [one for one in event.before if one not in after and one in names and names[one].gone]
        because = because or [one for one in event.after if one not in before] or list(event.before)
    gone = [one for one in because if one not in after and one in names and names[one].gone]
    came = [one for one in because if one in after and one not in before]
    changed = [one for one in because if one not in {*gone, *came}]
    parts = [(gone, "gone"), (came, "new here"), (changed, "changed")]
    told = [f"{_named(some, names)} {_is(some, what)}" for some, what in parts if some]
    return " and ".join(told) or "its source contacts changed"


def _is(some: Sequence[UUID], what: str) -> str:
    return what if what == "changed" else f"{_verb(some)} {what}"


def _verb(some: Sequence[UUID]) -> str:
    return "is" if len(some) == 1 else "are"


def _of_decision(decision: DecisionTold, names: Names, discreet: bool) -> str:
    who = "somebody" if discreet else decision.who
    said = _said(decision, names)
    if not decision.taken_back:
        return f"{who} {said[0]} on {_day(decision.when)} {said[1]}{_note(decision.note, discreet)}"
    revoker = "somebody" if discreet or not decision.taken_back_by else decision.taken_back_by
    when = f" on {_day(decision.taken_back_at)}" if decision.taken_back_at else ""
    return f"{revoker} took back{when} what {who} {said[0]} on {_day(decision.when)}, {said[1]}"


def _said(decision: DecisionTold, names: Names) -> tuple[str, str]:
    """The verb, and what was decided."""
    if decision.count > 1:
        return "decided", f"{decision.count} things at once, {_judged(decision, names)} among them"
    if decision.subject == "field":
        return "pinned", f"its {(decision.field or 'field').replace('_', ' ')}"
    return "decided", _judged(decision, names)


def _judged(decision: DecisionTold, names: Names) -> str:
    sides = decision.sides
    if decision.subject == "value":
        verdicts = {"shared": "is shared", "placeholder": "is a placeholder", "not_theirs": "is not theirs"}
        return f"that the {decision.field} {verdicts.get(decision.verdict, decision.verdict)}"
    if decision.subject == "field":
        return f"that its {(decision.field or 'field').replace('_', ' ')} is pinned"
    first = sides[0] if sides else []
    everybody = [one for side in sides for one in side]
    parted = " and ".join(_named(side, names) for side in sides if side)
    match decision.verdict:
        case "same":
            return f"that {_named(everybody, names)} are one person"
        case "different":
            return f"that {parted} are different people"
        case "grouped":
            return f"that it is {len(sides)} people: {'; '.join(_named(side, names) for side in sides)}"
        case "somebody_else":
            return f"that {_named(first, names)} {_verb(first)} somebody else than the others"
        case "reported":
            return f"that {_named(first, names)} may be somebody else"
    return f"about {parted}: {decision.verdict}"


def _of_rollback(rollback: RollbackTold | None, discreet: bool) -> str:
    if rollback is None:
        return "a run was rolled back"
    who = "somebody" if discreet else rollback.who
    return f"{who} rolled back run {rollback.undone_run_id}{_note(rollback.note, discreet)}"


def _note(note: str, discreet: bool) -> str:
    return f": “{note}”" if note and not discreet else ""


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"


def _named(some: Sequence[UUID], names: Names) -> str:
    return _some([names[one].name if one in names else str(one) for one in some])


def _some(told: Sequence[str]) -> str:
    if len(told) > NAMED:
        return f"{', '.join(told[:NAMED])} and {len(told) - NAMED:,} more"
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told) or "nobody"
