"""The contacts of a run by cluster, and the survivorship criteria that order the values they offer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.by_position import LEAST, Integers, array, integers, one, take, tally
from dedupe.golden.survivorship import By, SurvivorshipRules
from dedupe.golden.tables import PINS
from dedupe.model import Attested

ATTESTED = tuple(each.value for each in Attested)


@dataclass(frozen=True)
class Members:
    """The contacts that can be part of a golden contact, in the order of their numbers."""

    contacts: pa.Table  # CONTACTS, in the order of their numbers, others among them
    among: Any  # which rows of it these are
    contact: Integers  # the number of each row
    group: Integers  # 0, 1, 2 …: the place of its cluster among all, by cluster number
    clusters: Integers  # the cluster number of each group
    pins: pa.Table  # PINS
    rules: SurvivorshipRules

    def __len__(self) -> int:
        return len(self.contact)

    def column(self, name: str) -> Any:
        """Taken when it is asked for: all columns at once would be the contacts a second time."""
        return one(self.contacts[name].filter(self.among))


@dataclass(frozen=True)
class Candidates:
    """The values that members offer for one field, a row each."""

    row: Integers  # the member that offers it
    text: Any  # what stands for the value: all of it, or of a name the whole name, of a place the street
    value: Integers  # a number for the value, in byte order
    complete: Integers | None = None  # how many of its parts it has
    attested: Integers | None = None  # 0 is the best
    impersonal: Integers | None = None  # 1 where a mark says that others share it


def members_of(
    contacts: pa.Table,
    clusters: pa.Table,
    rules: SurvivorshipRules,
    kinds: frozenset[str],
    pins: pa.Table | None = None,
) -> Members:
    """The contacts of these kinds by cluster. Raises ValueError where a contact has no row in the
    clusters."""

    if not bool(np.all(np.diff(integers(contacts["contact"])) > 0)):
        contacts = contacts.sort_by("contact")
    among = pc.is_in(one(contacts["kind"]), value_set=pa.array(sorted(kinds), pa.string()))
    contact = integers(contacts["contact"].filter(among))
    numbers, group = np.unique(_cluster_of(clusters, contact), return_inverse=True)
    return Members(
        contacts, among, contact, group, numbers, PINS.empty_table() if pins is None else pins, rules
    )


def _cluster_of(clusters: pa.Table, contact: Integers) -> Integers:
    known, cluster = integers(clusters["contact"]), integers(clusters["cluster"])
    order = np.argsort(known, kind="stable")
    at = np.searchsorted(known, contact, sorter=order)
    if len(contact) and (at.max() >= len(known) or np.any(known[order[at]] != contact)):
        raise ValueError("clusters must have a row for every contact")
    return cluster[order[at]]


def criteria(members: Members, field: str, offered: Candidates) -> list[Integers]:
    """The criteria that order the candidates of a field, the weightiest first; in each the least value is
    best. The last ones break every tie."""
    chosen = [_pinned(members, field, offered)]
    chosen += [_criterion(by, members, field, offered) for by in members.rules.order(field)]
    return [*chosen, offered.value, offered.row]


def _criterion(by: By, members: Members, field: str, offered: Candidates) -> Integers:
    nothing = np.zeros(len(offered.row), np.int64)
    match by:
        case By.TRUSTED:
            return trust(members, field)[offered.row]
        case By.RECENT:
            return -recency(members)[offered.row]
        case By.FREQUENT:
            return -tally(members.group[offered.row], offered.value)
        case By.COMPLETE:
            return nothing if offered.complete is None else -offered.complete
        case By.ATTESTED:
            return nothing if offered.attested is None else offered.attested
        case By.PERSONAL:
            return nothing if offered.impersonal is None else offered.impersonal


def trust(members: Members, field: str) -> Integers:
    """The rank of each member's source; sources that the rules don't name share the last rank."""
    order = members.rules.trusted(field)
    rank = pc.index_in(members.column("source"), value_set=pa.array(order, pa.string()))
    return integers(rank, missing=len(order))


def recency(members: Members) -> Integers:
    """The time at which each member last changed, in microseconds; the time of its creation where that is
    unknown."""
    known = pc.coalesce(members.column("changed_at"), members.column("created_at"))
    return integers(known, missing=LEAST + 1)  # so that it can be negated


def attestation(column: Any) -> Integers:
    """The rank of each value's attestation: 0 where a channel carried it, the last where nothing attests
    it."""
    rank = pc.index_in(one(column), value_set=pa.array(ATTESTED, pa.string()))
    return integers(rank, missing=len(ATTESTED) - 1)


def _pinned(members: Members, field: str, offered: Candidates) -> Integers:
    """Below zero where a person pinned this value of the field, the latest pin least. Pins are few."""
    rank = np.zeros(len(offered.row), np.int64)
    pins = members.pins.filter(pc.is_in(members.pins["field"], value_set=array([field])))
    latest: dict[tuple[int, str], int] = {}
    for pin in pins.to_pylist():
        at = int(np.searchsorted(members.contact, pin["contact"]))
        if at < len(members) and members.contact[at] == pin["contact"]:
            wanted = int(members.group[at]), pin["value"]
            latest[wanted] = max(latest.get(wanted, 0), pin["decided_at"])
    group = members.group[offered.row]
    concerned = np.flatnonzero(np.isin(group, [pinned for pinned, _ in latest]))
    for each, text in zip(concerned.tolist(), take(offered.text, concerned).to_pylist(), strict=True):
        rank[each] = -latest.get((int(group[each]), text), 0)
    return rank
