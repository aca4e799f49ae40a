"""Doubtful pairs to review candidates: two groups of source contacts with the pairs between them as evidence.

All doubtful pairs between the same two clusters make one candidate, so that a person with six source contacts
is one question, not thirty. Its id is derived from the members of both groups, so it stays the same from
night to night and changes when a group does, because then it is another question.
"""

from __future__ import annotations

import math
from hashlib import blake2b, sha1
from itertools import pairwise
from typing import Any
from uuid import UUID

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dedupe.arrays.numpy_columns import rising
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
_NOT_VERSION = ~(0xF000 << 64 | 0xC000 << 48)
_VERSION = 5 << 76 | 0x8000 << 48


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
    first = order[starts]
    groups = _Groups(clusters, members, rising(np.concatenate([low[order], high[order]])))
    one, other = groups.places(low[first]), groups.places(high[first])
    sizes = (groups.sizes[one].tolist(), groups.sizes[other].tolist())
    chance = _chances(pairs.take(first), weight[first]).tolist()
    columns: list[Any] = [
        pa.array(groups.ids(one, other), pa.string()),
        groups.contacts.take(pa.array(one)),
        groups.contacts.take(pa.array(other)),
        _lists(np.append(starts, len(order)), order),
        pa.array(weight[first], pa.int32()),
        pa.array(list(map(expected_pairs, chance, *sizes)), pa.float64()),
    ]
    return pa.Table.from_arrays(columns, schema=CANDIDATES).sort_by("candidate")


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
    """Members and digests of the clusters that a doubtful pair touches (`wanted`, rising), each made once."""

    def __init__(self, clusters: pa.Table, members: pa.Array[Any], wanted: Integers) -> None:
        cluster, contact = _numbers(clusters, "cluster"), _numbers(clusters, "contact")
        mine = np.flatnonzero(np.isin(cluster, wanted))
        mine = mine[np.lexsort((contact[mine], cluster[mine]))]
        starts = np.searchsorted(cluster[mine], wanted)
        bounds = np.append(starts, len(mine))
        self._wanted, self.sizes = wanted, np.diff(bounds)
        self.contacts = _lists(bounds, contact[mine])
        at: Any = pa.array(contact[mine])
        names = [str(name) for name in members.take(at).to_pylist()]
        self._digests = [_digest(names[begin:end]) for begin, end in pairwise(bounds.tolist())]

    def places(self, clusters: Integers) -> Integers:
        return np.searchsorted(self._wanted, clusters)

    def ids(self, one: Integers, other: Integers) -> list[str]:
        """Of the candidates of clusters at these places."""
        digests = self._digests
        sides = ((digests[a], digests[b]) for a, b in zip(one.tolist(), other.tolist(), strict=True))
        return [_combine(*sorted(both)) for both in sides]


def _lists(bounds: Integers, values: Integers) -> Any:
    return pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), pa.array(values))


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
    """The version 5 UUID of both, which `uuid5` makes in five times the time."""
    named = _QUESTIONS.bytes + (first.hex() + second.hex()).encode()
    number = int.from_bytes(sha1(named, usedforsecurity=False).digest()[:16])
    text = f"{number & _NOT_VERSION | _VERSION:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


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
