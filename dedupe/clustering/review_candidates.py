"""Doubtful pairs to review candidates: two groups of source contacts with the pairs between them as evidence.

All doubtful pairs between the same two clusters make one candidate, so that a person with six source contacts
is one question, not thirty. Its id is derived from the members of both groups, so it stays the same from
night to night and changes when a group does, because then it is another question.
"""

from __future__ import annotations

import math
from hashlib import blake2b
from typing import Any
from uuid import UUID, uuid5

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dedupe.arrays.units import BIT

CANDIDATES = pa.schema(
    [
        ("candidate", pa.string()),  # UUID text
        ("left", pa.list_(pa.int64())),  # every contact of the one cluster, ascending
        ("right", pa.list_(pa.int64())),  # … of the other; left holds the smallest contact of all
        ("rows", pa.list_(pa.int64())),  # positions in the table of pairs, the strongest pair first
        ("weight", pa.int32()),  # of the strongest pair, in 1/1024 bit
        ("matters", pa.float64()),  # larger comes first in the queue
    ]
)

Integers = NDArray[np.int64]
_QUESTIONS = UUID("f3e0c1a6-6f1b-4f0e-9b5e-6d0a0b9d7c11")  # the name space of candidate ids


def group_candidates(clusters: pa.Table, pairs: pa.Table, members: pa.Array[Any]) -> pa.Table:
    """One row of `CANDIDATES` for each two clusters with a doubtful pair between them, sorted by id.

    `clusters` is CLUSTERS; `pairs` has `left`, `right`, `weight` (1/1024 bit, prior included), `probability`
    if the model is calibrated, and any other columns; `members[i]` is the seed of contact i. Pairs within one
    cluster make no candidate. The result doesn't depend on the order of rows.
    """
    cluster_of = _cluster_of(clusters)
    left, right = _numbers(pairs, "left"), _numbers(pairs, "right")
    low = np.minimum(cluster_of[left], cluster_of[right])
    high = np.maximum(cluster_of[left], cluster_of[right])
    weight = _numbers(pairs, "weight")
    between = np.flatnonzero(low != high)
    order = between[
        np.lexsort((right[between], left[between], -weight[between], high[between], low[between]))
    ]
    starts = _starts(low[order], high[order])
    chance = _chances(pairs, weight)
    groups = _Groups(clusters, members, np.union1d(low[order], high[order]))
    rows = [
        _candidate(
            groups, int(low[part[0]]), int(high[part[0]]), part, int(weight[part[0]]), float(chance[part[0]])
        )
        for part in (np.split(order, starts[1:]) if len(order) else [])
    ]
    return pa.Table.from_pylist(sorted(rows, key=lambda row: str(row["candidate"])), schema=CANDIDATES)


def candidate_id(left: list[str], right: list[str]) -> str:
    """The id of the candidate with the groups `left` and `right`, whichever comes first."""
    return _combine(*sorted((_digest(left), _digest(right))))


def expected_pairs(chance: float, left: int, right: int) -> float:
    """The number of pairs of contacts that an answer is expected to join; it orders the queue.

    `chance` is the probability of the strongest pair, `left` and `right` the sizes of the groups. The
    strongest of many pairs says less than the only one: if the groups were one person, more of their pairs
    would be as strong. So its odds are divided by the number of pairs to the power of 1.5 (measured, decision
    73): a likely question about two lone contacts comes before a doubt between two large groups.
    """
    pairs = float(left * right)
    odds = chance / max(1.0 - chance, 1e-12) / math.pow(pairs, 1.5)
    return pairs * odds / (1.0 + odds)


def probability(weight: int) -> float:
    """The probability of a match weight in 1/1024 bit, prior included."""
    bits = max(min(weight / BIT, 1000.0), -1000.0)
    return float(1.0 / (1.0 + 2.0**-bits))


class _Groups:
    """Members and digests of the clusters that a doubtful pair touches, each computed once."""

    def __init__(self, clusters: pa.Table, members: pa.Array[Any], wanted: Integers) -> None:
        mine = clusters.filter(pc.is_in(clusters["cluster"], value_set=pa.array(wanted)))
        mine = mine.sort_by([("cluster", "ascending"), ("contact", "ascending")])
        cluster, contact = _numbers(mine, "cluster"), _numbers(mine, "contact")
        starts = np.flatnonzero(np.diff(cluster, prepend=-1))
        parts = np.split(contact, starts[1:]) if len(contact) else []
        self.contacts = {int(cluster[at]): part.tolist() for at, part in zip(starts, parts, strict=True)}
        names = [str(name) for name in members.take(contact).to_pylist()]
        self.digests = {
            int(cluster[at]): _digest(names[at : at + len(part)])
            for at, part in zip(starts, parts, strict=True)
        }


def _candidate(
    groups: _Groups, low: int, high: int, rows: Integers, weight: int, chance: float
) -> dict[str, object]:
    left, right = groups.contacts[low], groups.contacts[high]
    return {
        "candidate": _combine(*sorted((groups.digests[low], groups.digests[high]))),
        "left": left,
        "right": right,
        "rows": rows.tolist(),
        "weight": weight,
        "matters": expected_pairs(chance, len(left), len(right)),
    }


def _chances(pairs: pa.Table, weight: Integers) -> NDArray[np.float64]:
    """The probability of each pair: calibrated if the model is, else from its weight."""
    if "probability" in pairs.column_names:
        return np.asarray(pairs["probability"].to_numpy(), dtype=np.float64)
    return np.array([probability(one) for one in weight.tolist()], dtype=np.float64)


def _digest(members: list[str]) -> bytes:
    hashed = blake2b(digest_size=16)
    for member in sorted(members):
        encoded = member.encode("utf-8", "surrogatepass")
        hashed.update(len(encoded).to_bytes(4, "big") + encoded)
    return hashed.digest()


def _combine(first: bytes, second: bytes) -> str:
    return str(uuid5(_QUESTIONS, first.hex() + second.hex()))


def _cluster_of(clusters: pa.Table) -> Integers:
    contact = _numbers(clusters, "contact")
    cluster_of = np.full(int(contact.max(initial=-1)) + 1, -1, dtype=np.int64)
    cluster_of[contact] = _numbers(clusters, "cluster")
    return cluster_of


def _starts(low: Integers, high: Integers) -> Integers:
    new = np.ones(len(low), dtype=bool)
    new[1:] = (np.diff(low) != 0) | (np.diff(high) != 0)
    return np.flatnonzero(new)


def _numbers(table: pa.Table, column: str) -> Integers:
    return table[column].to_numpy().astype(np.int64)
