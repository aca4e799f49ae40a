"""Columns of the values of contacts: their marks, their match keys, and which of them are distinct."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, hash_texts
from dedupe.arrays.numpy_columns import Column, flags, integers, parents
from dedupe.arrays.numpy_columns import ids as as_ids
from dedupe.matching.features.encoding import Ids
from dedupe.matching.features.types import Flags


def marked_keys(keys: Column, mark: str) -> tuple[npt.NDArray[np.int64], Column]:
    """The match keys that start with a mark, without it, and the row of each."""
    texts: Column = pc.list_flatten(keys)
    rows = parents(keys)
    wanted = flags(pc.starts_with(texts, pattern=mark))
    return rows[wanted], pc.utf8_slice_codeunits(texts.filter(pa.array(wanted)), start=len(mark))


def marked(marks: Column, wanted: tuple[str, ...]) -> Flags:
    """Which rows have one of these marks."""
    found = np.zeros(len(marks), dtype=bool)
    hits = flags(pc.is_in(pc.list_flatten(marks), pa.array(wanted)))
    found[parents(marks)[hits]] = True
    return found


def nth_key(rows: Column, nth: int, otherwise: Hashes, ids: Ids) -> Hashes:
    """Hash of each row's n-th match key; the value's own hash where it has none (0 for a missing second)."""
    keys = pc.struct_field(rows, "keys")
    counts = pc.list_value_length(keys).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(counts) - counts
    hashes = (
        np.where(ids >= 0, otherwise[ids], 0) if nth == 0 and len(otherwise) else np.zeros(len(ids), np.int64)
    )
    has = counts > nth
    wanted = pc.list_flatten(keys).take(pa.array(starts[has] + nth))
    told = integers(pc.binary_length(wanted).fill_null(0)) > 0
    hashes[has] = np.where(told, hash_texts(wanted), 0)
    return hashes


def distinct(hashes: Hashes, silent: Flags) -> tuple[Ids, npt.NDArray[np.int64]]:
    """Ids of distinct hashes (−1 where silent) and an example row of each."""
    encoded: Column = pa.array(hashes, mask=silent).dictionary_encode()
    ids = as_ids(encoded.indices)
    return ids, examples(ids, len(encoded.dictionary))


def examples(ids: Ids, distinct: int) -> npt.NDArray[np.int64]:
    """The first row of each id."""
    rows = np.zeros(distinct, dtype=np.int64)
    known = np.flatnonzero(ids >= 0)[::-1]
    rows[ids[known]] = known
    return rows
