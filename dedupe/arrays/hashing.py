"""Hashes of content: the same text gives the same number in every run, process and engine.

Python's own hash is salted and DuckDB's differs from Spark's, so this one works on UTF-8 bytes with NumPy. A
collision costs at most a candidate pair too many.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.numpy_columns import rising

Hashes = npt.NDArray[np.int64]
_UNSIGNED = npt.NDArray[np.uint64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FACTOR = np.uint64(0xD6E8FEB86659FD93)
_BYTES_AT_ONCE = 1 << 18  # scratch arrays stay in the processor's cache
_PLACES = 4096  # bytes with a factor of their own before they repeat (chosen)


def hash_texts(texts: Any) -> Hashes:
    """An int64 hash for each text of an Arrow string array; null hashes like the empty text (mask nulls
    before)."""
    texts = pc.fill_null(texts, "") if texts.null_count else texts
    parts = [_hash_slice(part) for part in _slices(texts.cast(pa.large_string()))]
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def hash_prefixes(texts: Any, sizes: npt.NDArray[np.int64]) -> Hashes:
    """The `hash_texts` of the first `sizes[i]` bytes of each text of an Arrow string array."""
    texts = texts.cast(pa.large_string())
    parts, start = [], 0
    for part in _slices(texts):
        parts.append(_hash_slice(part, sizes[start : start + len(part)]))
        start += len(part)
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def hash_text(text: str) -> int:
    """The int64 hash of one text, as `hash_texts` gives it."""
    return int(hash_texts(pa.array([text], pa.string()))[0])


def all_distinct(texts: Any) -> bool:
    """Whether no text of an Arrow string array is there twice. Hashes, which mostly tell, take a fraction of
    the memory of a table of distinct texts."""
    if len(rising(hash_texts(texts))) == len(texts):
        return True
    return len(pc.unique(texts)) == len(texts)


def mix(*columns: Hashes | int) -> Hashes:
    """One hash from several columns of hashes; the order of columns counts."""
    mixed: _UNSIGNED = np.zeros(1, dtype=np.uint64)
    for column in columns:
        mixed = _scramble(mixed * _FACTOR + _unsigned(column) + _STEP)
    return mixed.view(np.int64)


def mix_unordered(left: Hashes, right: Hashes) -> Hashes:
    """One hash for (a, b) and (b, a) alike."""
    return mix(np.minimum(left, right), np.maximum(left, right))


def _unsigned(column: Hashes | int) -> _UNSIGNED:
    if isinstance(column, int):
        return np.array([column & 0xFFFFFFFFFFFFFFFF], dtype=np.uint64)
    return np.ascontiguousarray(column, dtype=np.int64).view(np.uint64)


def _slices(texts: Any) -> Iterable[Any]:
    """Slices of whole texts of bounded size, which bounds scratch memory."""
    offsets = _offsets(texts)
    start = 0
    while start < len(texts):
        end = int(np.searchsorted(offsets, offsets[start] + _BYTES_AT_ONCE, side="right")) - 1
        end = min(max(end, start + 1), len(texts))
        yield texts.slice(start, end - start)
        start = end


def bytes_of(texts: Any) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int64]]:
    """The UTF-8 bytes of an Arrow string array in one array, and the offsets at which each text begins and
    ends. Of a large binary array its bytes."""
    if not pa.types.is_large_binary(texts.type):
        texts = texts.cast(pa.large_string())
    offsets = _offsets(texts)
    data = texts.buffers()[2]
    raw = np.frombuffer(data, dtype=np.uint8)[offsets[0] : offsets[-1]] if data else np.zeros(0, np.uint8)
    return raw, offsets - offsets[0]


def _offsets(texts: Any) -> npt.NDArray[np.int64]:
    buffer = texts.buffers()[1]
    if buffer is None or not len(texts):
        return np.zeros(len(texts) + 1, dtype=np.int64)
    offsets: npt.NDArray[np.int64] = np.frombuffer(buffer, dtype=np.int64)
    return offsets[texts.offset : texts.offset + len(texts) + 1]


def _hash_slice(texts: Any, sizes: npt.NDArray[np.int64] | None = None) -> Hashes:
    """Hashes of whole texts, or of their first `sizes` bytes."""
    raw, offsets = bytes_of(texts)
    starts, lengths = offsets[:-1], np.diff(offsets)
    place = np.arange(len(raw), dtype=np.int64) - np.repeat(starts, lengths)
    terms = _TERMS[raw] * _FACTORS[place % _PLACES]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])
    lengths = lengths if sizes is None else sizes
    totals = sums[starts + lengths] - sums[starts]
    return _scramble(totals + lengths.astype(np.uint64) * _FACTOR).view(np.int64)


def _scramble(numbers: _UNSIGNED) -> _UNSIGNED:
    """The finalizer of splitmix64: every bit of the input reaches every bit of the output."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


_TERMS: _UNSIGNED = _scramble(np.arange(1, 257, dtype=np.uint64) * _STEP)
_FACTORS: _UNSIGNED = _scramble(np.arange(1, _PLACES + 1, dtype=np.uint64) * _FACTOR) | np.uint64(1)


def sha256(texts: Any, size: int = 32) -> Any:
    """The first `size` bytes of the SHA-256 of each text's UTF-8, as an Arrow array of that fixed size.

    For hashes that are kept and compared for years; within a run `hash_texts` is the faster one.
    """
    raw, offsets = bytes_of(texts)
    data, edges = raw.tobytes(), offsets.tolist()
    hashes = [hashlib.sha256(data[start:end]).digest()[:size] for start, end in pairwise(edges)]
    kind = pa.binary(size)
    return pa.Array.from_buffers(kind, len(hashes), [None, pa.py_buffer(b"".join(hashes))])
