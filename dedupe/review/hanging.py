"""Questions that hang on one value: an email or a phone that several people use answers for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from dedupe.model import ValueVerdict
from dedupe.review import queue
from dedupe.review.deciding_values import decide_value
from dedupe.review.queue import Listed
from dedupe.review.recording import DecisionResult, Republish
from dedupe.storage import access_log, golden_members, review_candidates, review_facets
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.review_candidates import QueueFilter
from dedupe.storage.review_facets import SharedValue

MOST_HOLDERS = 1000  # that are counted (chosen)
MOST_SHOWN = 25  # questions (chosen)


@dataclass(frozen=True, slots=True)
class HangingOn:
    """A value, named by its match key, with those who hold it and the questions both of whose sides do."""

    field: str
    key: str
    holders: int  # source contacts, at most MOST_HOLDERS
    matching: int
    questions: list[Listed]  # the first of them


@dataclass(frozen=True, slots=True)
class ValueAnswered(DecisionResult):
    """`answered`: questions that hung on the value and are asked no longer; `left`: those that still are."""

    answered: int = 0
    left: list[UUID] = field(default_factory=list)


def values(connection: Connection, visitor: Visitor, limit: int = 50) -> list[SharedValue]:
    """Emails and phones on which questions hang, those of most first. Call `workbench.refresh` before."""
    access_log.write(connection, visitor, "review list")
    return review_facets.shared_values(connection, limit)


def look(connection: Connection, visitor: Visitor, field_: str, key: str) -> HangingOn:
    """What hangs on a value. Call `workbench.refresh` before."""
    wanted = QueueFilter(value=f"{field_} {key}")
    found = queue.queue(connection, visitor, MOST_SHOWN, wanted=wanted)
    holders = golden_members.holding(connection, field_, key, MOST_HOLDERS)
    return HangingOn(field_, key, len(holders), found.matching, found.candidates)


def answer(
    connection: Connection,
    republish: Republish,
    visitor: Visitor,
    field_: str,
    key: str,
    verdict: ValueVerdict,
    note: str = "",
) -> ValueAnswered:
    """Say what a value is, and which questions that answers. Call it within `publishing`, and
    `workbench.refresh` before; raises what `decide_value` raises."""
    asked = review_candidates.ids_of(connection, QueueFilter(value=f"{field_} {key}"))
    done = decide_value(connection, republish, visitor, field_, key, verdict, note=note)
    left = _still(connection, asked)
    return ValueAnswered(done.decision, done.run_id, done.golden_ids, len(asked) - len(left), left)


def _still(connection: Connection, asked: Sequence[UUID]) -> list[UUID]:
    return [each.id for each in review_candidates.with_ids(connection, asked)]
