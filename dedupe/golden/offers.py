"""What the source contacts of one golden contact offer for each field, and by which criterion each value was
chosen or left. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import Integers, one, sorted_by
from dedupe.golden.members import Candidates, Members, criteria, members_of
from dedupe.golden.records import OFFERED
from dedupe.golden.survivorship import SurvivorshipRules
from dedupe.golden.tables import FIELDS
from dedupe.golden.values import offered_values

PINNED, TIE, ALONE = "pinned", "tie", "alone"
"""Besides the criteria of the rules: a person's pin goes before them, the byte order of the values comes
after, and where nobody offers another value nothing had to decide."""
_LISTS = ("emails", "phones")


@dataclass(frozen=True, slots=True)
class Offer:
    """A value that one source contact offers. `contact` is its number; `pin` names the value in a pin, None
    where none can.

    `by`: of the chosen one, and of those that say the same, the criterion by which it goes before the best
    other value; of the others the first by which it comes behind the chosen one.
    """

    contact: int
    value: str
    pin: str | None
    chosen: bool
    agrees: bool  # says what the chosen one says
    by: str


def offers(contacts: pa.Table, rules: SurvivorshipRules, pins: pa.Table) -> dict[str, list[Offer]]:
    """Of each field (of emails and phones: which to use first) what is offered; fields of which nothing is
    are left out. `contacts` is CONTACTS of one golden contact, `pins` is PINS."""
    alone = pa.array(np.zeros(len(contacts), np.int64))
    clusters = pa.table([contacts["contact"], alone], names=["contact", "cluster"])
    kinds = frozenset(str(kind) for kind in contacts["kind"].unique().to_pylist())
    members = members_of(contacts, clusters, rules, kinds, pins)
    found = {field: _of_field(members, field) for field in FIELDS}
    for field in _LISTS:
        given, offered = offered_values(members, field)
        found[field] = _offers(members, field, offered, given.field("value").to_pylist())
    return {field: made for field, made in found.items() if made}


def _of_field(members: Members, field: str) -> list[Offer]:
    offered, texts = OFFERED[field](members)
    return _offers(members, field, offered, _shown(field, texts))


def _shown(field: str, texts: Sequence[Any]) -> list[str]:
    """A place in one line; of the others what stands for the value."""
    if field != "place":
        return [str(text) for text in one(texts[0]).to_pylist()]
    parts = [one(part) for part in texts]
    whole: list[str] = pc.binary_join_element_wise(*parts, ", ", null_handling="skip").to_pylist()
    return whole


def _offers(members: Members, field: str, offered: Candidates, shown: Sequence[str]) -> list[Offer]:
    if not len(offered.row):
        return []
    ranks = criteria(members, field, offered)
    names = [PINNED, *(by.value for by in members.rules.order(field)), TIE, TIE]
    order = sorted_by(ranks)
    chosen = int(order[0])
    same = offered.value == offered.value[chosen]
    others = order[~same[order]]
    won = _first_difference(ranks, names, chosen, int(others[0])) if len(others) else ALONE
    pins = one(offered.text).to_pylist()
    return [
        Offer(
            contact=int(members.contact[offered.row[at]]),
            value=shown[at],
            pin=None if field in _LISTS else pins[at] or None,
            chosen=at == chosen,
            agrees=bool(same[at]),
            by=won if same[at] else _first_difference(ranks, names, chosen, at),
        )
        for at in range(len(offered.row))
    ]


def _first_difference(ranks: Sequence[Integers], names: Sequence[str], one: int, other: int) -> str:
    return next(name for rank, name in zip(ranks, names, strict=True) if rank[one] != rank[other])
