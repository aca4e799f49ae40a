"""What the source contacts of a golden contact offer for each field, and why each value is shown or isn't."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa

from dedupe.errors import NotFound
from dedupe.golden import offers as offered
from dedupe.golden.judged_values import judged
from dedupe.golden.pinning import pins_table
from dedupe.golden.survivorship import By, SurvivorshipRules
from dedupe.review.explain.scored_pair import contacts_table
from dedupe.storage import access_log, decisions, golden_members, review_candidates
from dedupe.storage.access_log import Visitor
from dedupe.storage.database import Connection
from dedupe.storage.decisions import Pin

_CHOSEN = {
    offered.ALONE: "no source contact says anything else",
    offered.PINNED: "a person pinned it",
    offered.TIE: "all else is equal, and it comes first in the alphabet",
    By.TRUSTED.value: "its source is trusted more than the others'",
    By.COMPLETE.value: "it is more complete than the others",
    By.FREQUENT.value: "more source contacts say it than any other",
    By.ATTESTED.value: "it is attested better: a channel carried it, or the person gave it",
    By.RECENT.value: "its source contact changed later than the others",
    By.PERSONAL.value: "it is one person's, and the others are shared, a role's or placeholders",
}
_LEFT = {
    offered.PINNED: "a person pinned another",
    offered.TIE: "all else is equal, and the other comes first in the alphabet",
    By.TRUSTED.value: "the other's source is trusted more",
    By.COMPLETE.value: "the other is more complete",
    By.FREQUENT.value: "more source contacts say the other",
    By.ATTESTED.value: "the other is attested better: a channel carried it, or the person gave it",
    By.RECENT.value: "the other's source contact changed later",
    By.PERSONAL.value: "it is shared, a role's or a placeholder, and the other is one person's",
}


@dataclass(frozen=True, slots=True)
class OfferedValue:
    """A value that one source contact offers; `pin` is the value to pin it by, None where it can't be."""

    source_contact: UUID
    value: str
    pin: str | None
    chosen: bool
    agrees: bool
    by: str
    because: str


@dataclass(frozen=True, slots=True)
class FieldOffers:
    """`pinned_by`: the live decision that pins the field."""

    field: str
    offers: list[OfferedValue]
    pinned_by: UUID | None


def offers(
    connection: Connection, visitor: Visitor, rules: SurvivorshipRules, golden_id: UUID
) -> list[FieldOffers]:
    """Of each field that a source contact says something of, in the order to show them; of emails and phones:
    which is used first. Raises NotFound where the golden contact isn't served."""
    seeds = golden_members.of_golden(connection, [golden_id])
    members = list(review_candidates.members(connection, seeds).values())
    if not members:
        raise NotFound(f"no golden contact is served by the id {golden_id}")
    ids = pa.array([str(member.id) for member in members], pa.string())
    table = judged(contacts_table(members), decisions.value_judgements(connection), ids)
    pins = [pin for pin in decisions.pins(connection) if {*pin.source_contacts} & {*seeds}]
    made = offered.offers(table, rules, pins_table(pins, ids))
    access_log.write(connection, visitor, "offers", [golden_id])
    found = []
    for field, some in made.items():
        told = [
            OfferedValue(
                members[one.contact].id, one.value, one.pin, one.chosen, one.agrees, one.by, _because(one)
            )
            for one in some
        ]
        found.append(FieldOffers(field, told, _pinned_by(field, told, pins)))
    return found


def _because(offer: offered.Offer) -> str:
    return (_CHOSEN if offer.agrees else _LEFT)[offer.by]


def _pinned_by(field: str, told: Sequence[OfferedValue], pins: Sequence[Pin]) -> UUID | None:
    """The latest of those whose value is shown."""
    shown = next(one.pin for one in told if one.chosen)
    mine = [pin for pin in pins if pin.field == field and pin.value == shown]
    return max(mine, key=lambda pin: pin.decided_at).decision if mine else None
