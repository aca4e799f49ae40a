"""Which wrong merge an id stands for: since when it was served, what put it right, and who was in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from dedupe.errors import NotFound
from dedupe.storage import aftermath, decisions, event_reasons, golden_members, lookups
from dedupe.storage.aftermath import FormerLink, Period
from dedupe.storage.database import Connection
from dedupe.storage.golden_contacts import Event

_APART = ("split", "retired")


@dataclass(frozen=True, slots=True)
class WrongMerge:
    """A golden contact that held several people. `began`: the event that brought them together, None where
    they came together at once or that is kept no longer; `put_right`: the one that parted them, None where
    nothing has."""

    golden_id: UUID
    people: list[list[UUID]]  # the source contacts of each, as they were parted
    began: Event | None
    put_right: Event | None

    @property
    def period(self) -> Period:
        return Period(
            self.golden_id,
            self.began.occurred_at if self.began else None,
            self.put_right.occurred_at if self.put_right else None,
            self.began.position if self.began else 0,
            self.put_right.position if self.put_right else None,
        )


def wrong_merges(connection: Connection, some_id: UUID) -> list[WrongMerge]:
    """Of a golden contact the merge that was put right last, whatever id went on from it, or else the golden
    contact as it is served; of a decision, or a batch, all that it put right.

    Raises NotFound for an id that is neither, and for one that nobody was parted by or joined to.
    """
    made = decisions.with_id(connection, some_id)
    if made:
        found = _of_decision(connection, some_id)
        if not found:
            raise NotFound(f"decision {some_id} parted nobody: name the golden contact")
        return found
    if not lookups.was_published(connection, some_id):
        raise NotFound(f"no golden contact has or had the id {some_id}, and no decision")
    history = lookups.history(connection, some_id)
    for event in reversed(history):
        if event.kind in _APART and len(people := _people(connection, event)) > 1:
            return [_with_beginning(connection, event, people)]
    return [_still_served(connection, some_id)]


def strongest_link(connection: Connection, wrong: WrongMerge) -> FormerLink | None:
    """The link between two of its people that held the most, as it was when they were parted; None where
    there was none, or that is kept no longer."""
    if wrong.put_right is None:
        return None
    left, right = wrong.people[0], wrong.people[1]
    return next(iter(aftermath.links_taken_apart(connection, wrong.put_right.run_id, left, right)), None)


def _of_decision(connection: Connection, decision: UUID) -> list[WrongMerge]:
    caused = event_reasons.caused_by(connection, decision)
    parted = [(event, _people(connection, event)) for event in caused if event.kind in _APART]
    return [_with_beginning(connection, event, people) for event, people in parted if len(people) > 1]


def _people(connection: Connection, event: Event) -> list[list[UUID]]:
    """The members of before, by whom they belong to since; those that went nowhere aside."""
    groups = [event.members_after, *event_reasons.members_after(connection, event.run_id, event.related)]
    before = set(event.members_before)
    kept = ([one for one in group if one in before] for group in groups)
    return [group for group in kept if group]


def _with_beginning(connection: Connection, put_right: Event, people: list[list[UUID]]) -> WrongMerge:
    began = None
    for event in reversed(lookups.history(connection, put_right.golden_id)):
        if event.position >= put_right.position or event.golden_id != put_right.golden_id:
            continue
        if not _several(event.members_after, people):
            break
        if not _several(event.members_before, people):
            began = event
            break
    return WrongMerge(put_right.golden_id, people, began, put_right)


def _several(members: Sequence[UUID], people: Sequence[Sequence[UUID]]) -> bool:
    """Whether these are source contacts of more than one of the people."""
    named = set(members)
    return sum(not named.isdisjoint(one) for one in people) > 1


def _still_served(connection: Connection, golden_id: UUID) -> WrongMerge:
    """Nobody has parted it: the source contact that is held most weakly, and the others."""
    members = golden_members.of_golden(connection, [golden_id])
    if len(members) < 2:
        leads = lookups.leads_to(connection, golden_id)
        led = [str(one) for one in leads if one != golden_id]
        more = f"; it leads to {', '.join(led)}" if led else ""
        raise NotFound(f"{golden_id} has no two source contacts, and nobody was parted from it{more}")
    weak = golden_members.most_weakly_held(connection, golden_id)
    people = [[weak], [one for one in members if one != weak]]
    began = None
    for event in reversed(lookups.history(connection, golden_id)):
        mine = event.golden_id == golden_id and _several(event.members_after, people)
        if mine and not _several(event.members_before, people):
            began = event
            break
    return WrongMerge(golden_id, people, began, None)
