"""The state that a run would publish: golden contacts with their ids, source links, and fingerprints by which
changes are found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from dedupe.arrays.by_position import Integers, Mask, integers, one, take
from dedupe.arrays.fingerprints import Prints, gathered, joined, of_contacts, of_lists, of_numbers, of_texts
from dedupe.golden.identity import golden_ids
from dedupe.golden.tables import LINKED, GoldenTables

_ALONE, _MATCH, _DECISION = "alone", "match", "decision"


@dataclass(frozen=True)
class Staged:
    """A state to be compared with what is live, for all source contacts or for a scope of them."""

    golden: GoldenTables
    ids: Any  # the golden id of each row of golden.records
    seeds: Any  # the id of source contact i, at position i
    prints: Prints  # of all that each golden contact shows
    heirs: pa.Table  # HEIRS
    linked: pa.Table  # LINKED, in the order of golden.members
    strength: Integers  # of the strongest link of each member, 1/1024 bit; 0 of those alone

    @property
    def row_of_member(self) -> Integers:
        """The row in `golden.records` of each row of `golden.members`."""
        return self.rows(self.golden.members["cluster"])

    def rows(self, clusters: Any) -> Integers:
        """The rows in `golden.records` of these clusters."""
        return np.searchsorted(integers(self.golden.records["cluster"]), integers(clusters))

    def digest(self) -> str:
        """One hash of the whole state; two states that would publish the same have the same hash."""
        total = gathered(np.zeros(len(self.prints), np.int64), joined(of_texts(self.ids), self.prints), 1)
        return f"{int(total[0]):016x}"


def stage(
    golden: GoldenTables,
    seeds: Any,
    heirs: pa.Table,
    links: pa.Table,
    decided: pa.Table | None = None,
) -> Staged:
    """The golden contacts with ids, fingerprints, and the cause of each source link.

    `seeds[i]` is the id of source contact i, `heirs` is as `heirs_after` gives it; `links` (LINKS) are the
    pairs taken as one person, `decided` those (left, right) that people decided to be.
    """
    ids = golden_ids(golden.members, seeds, heirs)
    prints = fingerprints(golden, of_texts(seeds))
    strength, cause = _reasons(golden.members, links, decided, len(seeds))
    row = np.searchsorted(integers(golden.records["cluster"]), integers(golden.members["cluster"]))
    contacts = take(seeds, integers(golden.members["contact"]))
    linked = pa.table([contacts, take(ids, row), cause], schema=LINKED)
    return Staged(golden, ids, one(seeds), prints, heirs, linked, strength)


def fingerprints(golden: GoldenTables, seeds: Prints) -> Prints:
    """A fingerprint for each golden contact, of all that it shows; `seeds` are the fingerprints of the source
    contacts' ids."""
    records = golden.records
    clusters = integers(records["cluster"])

    def of_rows(table: pa.Table) -> Prints:
        row = np.searchsorted(clusters, integers(table["cluster"]))
        return gathered(row, _of_row(table, seeds), len(clusters))

    lists = (golden.emails, golden.phones, golden.identifiers, golden.preferences, golden.members)
    return joined(_of_row(records, seeds), *(of_rows(table) for table in lists))


def _of_row(table: pa.Table, seeds: Prints) -> Prints:
    """A fingerprint for each row, without its cluster's number, which is local to the run."""
    return joined(*(_of_column(table.schema.field(n), table[n], seeds) for n in table.schema.names[1:]))


def _of_column(field: pa.Field[Any], column: Any, seeds: Prints) -> Prints:
    if field.name in ("contact", "contacts") or field.name.endswith("_from"):
        return of_contacts(column, seeds)
    if pa.types.is_list(field.type):
        texts = one(column)
        return of_lists(texts, of_texts(texts.flatten()))
    if pa.types.is_string(field.type):
        return of_texts(column)
    return of_numbers(integers(one(column).cast(pa.int64())))


def _reasons(
    members: pa.Table, links: pa.Table, decided: pa.Table | None, count: int
) -> tuple[Integers, Any]:
    """The weight of each member's strongest link, and the cause that it is in its cluster."""
    weight = np.zeros(count, np.int64)
    linked, by_hand = np.zeros(count, np.bool_), np.zeros(count, np.bool_)
    for side in ("left", "right"):
        contact = integers(links[side])
        linked[contact] = True
        np.maximum.at(weight, contact, integers(links["weight"]))
        if decided is not None:
            by_hand[integers(decided[side])] = True
    contact = integers(members["contact"])
    together = _together(members)
    cause = np.where(by_hand[contact] & together, 2, np.where(linked[contact] & together, 1, 0))
    names = pa.array([_ALONE, _MATCH, _DECISION], pa.string())
    return weight[contact], take(names, cause)


def _together(members: pa.Table) -> Mask:
    """Which members share their golden contact with another."""
    _, group, size = np.unique(integers(members["cluster"]), return_inverse=True, return_counts=True)
    return size[group] > 1
