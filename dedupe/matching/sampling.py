"""Pairs drawn by content: the same contacts give the same sample in any row order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.matching.coded import Lists, hashes_at
from dedupe.matching.columns import pairs_of
from dedupe.matching.evidence import Evidence
from dedupe.matching.hashing import Hashes, mix, mix_unordered


def content_hashes(evidence: Evidence) -> Hashes:
    """One number a contact, made of what it says about itself; contacts that say the same have the same."""
    places, births = evidence.places, evidence.births
    return mix(
        _sum(evidence.names.held, evidence.names.hashes),
        _sum(evidence.emails.held, evidence.emails.address.hashes),
        _sum(evidence.phones.held, evidence.phones.key),
        _sum(evidence.identifiers.held, evidence.identifiers.key),
        hashes_at(evidence.company.hashes, evidence.company_of),
        hashes_at(places.street.hashes, places.street_of),
        hashes_at(places.city.hashes, places.city_of),
        hashes_at(places.postcode.hashes, places.postcode_of),
        births.year.astype(np.int64) * 10000 + births.month * 100 + births.day,
    )


def _sum(held: Lists, hashes: Hashes) -> Hashes:
    """The hashes of each contact's values added up, whatever their order."""
    sums = np.concatenate([[0], np.cumsum(mix(hashes[held.ids]))]) if len(held.ids) else np.zeros(1, np.int64)
    return np.asarray(sums[held.offsets[1:]] - sums[held.offsets[:-1]])


def random_pairs(evidence: Evidence, wanted: int) -> pa.Table:
    """About `wanted` pairs of matched contacts at random; all pairs where there are no more."""
    hashes = content_hashes(evidence)
    contacts = np.flatnonzero(evidence.matched)
    contacts = contacts[np.argsort(mix(hashes[contacts], 1), kind="stable")]
    size = len(contacts)
    if size * (size - 1) // 2 <= wanted:
        one, other = np.triu_indices(size, 1)
        return _pairs(contacts[one], contacts[other])
    rounds = -(-wanted // size)
    shifts = np.linspace(1, size // 2 - 1, num=rounds, dtype=np.int64)
    one = np.tile(np.arange(size), rounds)
    other = (one + np.repeat(np.unique(shifts), size)[: len(one)]) % size if rounds else one
    one, other = one[:wanted], other[:wanted]
    return _pairs(contacts[one], contacts[other])


def _pairs(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> pa.Table:
    different = one != other
    left, right = np.minimum(one, other)[different], np.maximum(one, other)[different]
    return pa.table({"left": pa.array(left), "right": pa.array(right)})


def sample(evidence: Evidence, pairs: pa.Table, wanted: int) -> tuple[pa.Table, float]:
    """About `wanted` of the pairs, and how many pairs each of them stands for."""
    if len(pairs) <= wanted:
        return pairs, 1.0
    hashes = content_hashes(evidence)
    left, right = pairs_of(pairs)
    draw = mix_unordered(hashes[left], hashes[right]).view(np.uint64)
    kept = draw < np.uint64(int(wanted / len(pairs) * 2**64))
    return pairs.filter(pa.array(kept)), len(pairs) / max(int(kept.sum()), 1)
