"""Values encoded as numbers, so that distinct values are compared and not rows.

A `Pool` holds distinct values; `Lists` says which of them each contact has. An id is a place in the pool and
lasts as long as the run; whatever lasts longer uses the value's hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, hash_texts
from dedupe.arrays.mapped import aside
from dedupe.arrays.numpy_columns import Column, equals, integers, parents
from dedupe.matching.features.prefilter import Letters, Sizes, letters_of, may_be_alike, may_be_edits_apart

Ids = npt.NDArray[np.int32]
"""Places in a pool; −1 is silence."""
Positions = npt.NDArray[np.int64]

_FEW = 1 << 16
MAX_VALUES = 24
"""So many values of a field are compared for a contact; what is left out is counted in the report. Chosen."""


@dataclass(frozen=True)
class Pool:
    """Distinct texts (an Arrow array) with their hashes."""

    values: Column
    hashes: Hashes

    def __len__(self) -> int:
        return len(self.hashes)

    @cached_property
    def texts(self) -> npt.NDArray[np.object_]:
        """The values as Python strings, made when first asked for: of large pools few are ever read."""
        texts = np.empty(len(self), dtype=object)
        texts[:] = self.values.to_pylist()
        return texts

    @cached_property
    def letters(self) -> Letters:
        """Which letters each text holds."""
        return aside(letters_of(self.values))

    @cached_property
    def sizes(self) -> Sizes:
        """How many characters each text has."""
        return aside(integers(pc.utf8_length(self.values)))

    def at(self, ids: Ids) -> list[str]:
        """The texts of these ids, of which none may be silent."""
        if len(self) <= max(_FEW, len(ids)):
            return self.texts[ids].tolist()  # type: ignore[no-any-return]
        return self.values.take(pa.array(ids)).to_pylist()  # type: ignore[no-any-return]

    def may_be_edits_apart(self, a: Ids, b: Ids, edits: int) -> npt.NDArray[np.bool_]:
        """False where two texts are surely more than so many edits apart."""
        return may_be_edits_apart(self.letters[a], self.letters[b], self.sizes[a], self.sizes[b], edits)

    def may_be_alike(self, a: Ids, b: Ids, likeness: float) -> npt.NDArray[np.bool_]:
        """False where the Jaro–Winkler similarity of two texts is surely lower."""
        return may_be_alike(self.letters[a], self.letters[b], self.sizes[a], self.sizes[b], likeness)


@dataclass(frozen=True)
class Lists:
    """The ids of each contact: contact `c` has `ids[offsets[c]:offsets[c + 1]]`. `left_out`: values above
    `MAX_VALUES`."""

    offsets: Positions
    ids: Ids
    left_out: int = 0

    @property
    def counts(self) -> Positions:
        return np.diff(self.offsets)

    def owners(self) -> Positions:
        """The contact of each id."""
        return np.repeat(np.arange(len(self.offsets) - 1, dtype=np.int64), self.counts)


def hashes_at(hashes: Hashes, ids: Ids) -> Hashes:
    """The hash of each id's value; 0 for silence."""
    if not len(hashes):
        return np.zeros(len(ids), dtype=np.int64)
    return np.where(ids >= 0, hashes[ids], 0)


def encode(columns: Sequence[Column]) -> tuple[Pool, list[Ids]]:
    """One pool for several columns of texts, and the ids of each. Null and empty are silence."""
    merged = _one([column.cast(pa.string()) for column in columns] or [pa.array([], pa.string())])
    merged = pc.if_else(equals(merged, ""), pa.scalar(None, pa.string()), merged)
    encoded = merged.dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    ids = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    pool = Pool(encoded.dictionary, hash_texts(encoded.dictionary))
    bounds = np.cumsum([len(column) for column in columns])[:-1]
    return pool, [np.asarray(part) for part in np.split(ids, bounds)]


def _one(columns: Sequence[Column]) -> Column:
    """Columns of texts as one array."""
    if len(columns) == 1 and isinstance(columns[0], pa.Array):
        return columns[0]
    merged: Column = pa.chunked_array(columns)
    return pa.concat_arrays(merged.chunks) if merged.num_chunks else pa.array([], pa.string())


def encode_one(column: Column) -> tuple[Pool, Ids]:
    """The pool and the ids of one column of texts."""
    pool, (ids,) = encode([column])
    return pool, ids


def lists(column: Column, ids: Ids) -> Lists:
    """Lists of the ids of a column's flattened values; silent ids are dropped, long lists cut."""
    owners = parents(column)
    kept = ids >= 0
    owners, ids = owners[kept], ids[kept]
    return lists_of(owners, ids, len(column))


def lists_of(owners: Positions, ids: Ids, contacts: int) -> Lists:
    """Lists from (owner, id) rows sorted by owner; a value twice in one contact counts once."""
    again = _again(owners, ids)
    if len(again):
        owners, ids = np.delete(owners, again), np.delete(ids, again)
    counts = np.bincount(owners, minlength=contacts)
    rank = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = rank < MAX_VALUES
    offsets = np.concatenate([[0], np.cumsum(np.minimum(counts, MAX_VALUES))]).astype(np.int64)
    return Lists(offsets, ids[kept].astype(np.int32), int(len(kept) - kept.sum()))


def _again(owners: Positions, ids: Ids) -> Positions:
    """Rows that repeat an earlier row of their owner; most owners have one row only."""
    alike = owners[1:] == owners[:-1]
    rows = np.flatnonzero(np.concatenate([alike, [False]]) | np.concatenate([[False], alike]))
    rows = rows[np.lexsort((rows, ids[rows], owners[rows]))]
    same = (owners[rows[1:]] == owners[rows[:-1]]) & (ids[rows[1:]] == ids[rows[:-1]])
    return np.asarray(rows[1:][same])


@dataclass(frozen=True)
class Crossed:
    """Every value of the left beside every value of the right, for each pair that has both."""

    pair: Positions
    left: Ids
    right: Ids


def cross(of_left: Lists, of_right: Lists, left: Positions, right: Positions) -> Crossed:
    """Every value of left[i] beside every value of right[i], for each pair of contacts."""
    lefts, rights = of_left.counts[left], of_right.counts[right]
    sizes = lefts * rights
    pair = np.repeat(np.arange(len(left), dtype=np.int64), sizes)
    place = np.arange(len(pair), dtype=np.int64) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    width = np.maximum(rights, 1)[pair]
    a = of_left.ids[of_left.offsets[left][pair] + place // width]
    b = of_right.ids[of_right.offsets[right][pair] + place % width]
    return Crossed(pair, a, b)


def unique_pairs(left: Ids, right: Ids) -> tuple[Ids, Ids, Positions]:
    """The distinct pairs of ids and, for each row, which of them it is."""
    codes = (left.astype(np.int64) << 32) | right.astype(np.int64)
    encoded = pa.array(codes).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    return (
        (distinct >> 32).astype(np.int32),
        (distinct & 0xFFFFFFFF).astype(np.int32),
        encoded.indices.to_numpy().astype(np.int64),
    )
