"""64-bit fingerprints of columns, equal on every machine, by which a night finds what changed.

Not for secrets: they distinguish two contents of one golden contact, and two different contents have the same
one with a probability of 2^-64.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dedupe.arrays.by_position import integers, one, parents

Prints = NDArray[np.uint64]
_ODD = np.uint64(0x9E3779B97F4A7C15)
_SILENT = np.uint64(0xD1B54A32D192ED03)


def of_texts(column: Any) -> Prints:
    """One fingerprint for each row of a text or binary column; null has a fingerprint of its own.

    All texts are read at once, eight bytes at a time, as far as the longest goes on.
    """
    encoded = one(column).dictionary_encode()
    words = encoded.dictionary.cast(pa.large_binary())
    offsets = np.frombuffer(words.buffers()[1] or b"\0" * 8, np.int64)[words.offset :][: len(words) + 1]
    padded = np.frombuffer((words.buffers()[2] or pa.py_buffer(b"")).to_pybytes() + b"\0" * 8, np.uint8)
    length = np.diff(offsets)
    prints = mixed(length.astype(np.uint64))
    for begin in range(0, int(length.max(initial=0)), 8):
        reading = np.flatnonzero(length > begin)
        at = offsets[reading] + begin
        block = np.ascontiguousarray(padded[at[:, None] + np.arange(8)]).view("<u8")[:, 0]
        left = np.minimum(length[reading] - begin, 8).astype(np.uint64)
        block &= ~np.uint64(0) >> (np.uint64(64) - left * np.uint64(8))
        prints[reading] = mixed(prints[reading] ^ (block * _ODD))
    index = integers(encoded.indices)
    return np.where(index < 0, _SILENT, prints[index] if len(prints) else _SILENT)


def of_numbers(numbers: Any) -> Prints:
    return mixed(np.asarray(numbers).astype(np.int64).view(np.uint64))


def joined(*columns: Prints) -> Prints:
    """One fingerprint for each row of several columns; the order of columns counts."""
    total = np.zeros(len(columns[0]), np.uint64)
    for column in columns:
        total = mixed(total * _ODD ^ column)
    return total


def gathered(owner: NDArray[np.int64], prints: Prints, count: int) -> Prints:
    """One fingerprint for each of `count` owners, of the set of their rows; the order of rows doesn't
    count."""
    total = np.zeros(count, np.uint64)
    np.add.at(total, owner, mixed(prints))
    return mixed(total)


def of_lists(column: Any, elements: Prints) -> Prints:
    """One fingerprint for each row of a list column, as a set; `elements` are the fingerprints of its
    elements."""
    return gathered(parents(column), elements, len(column))


def of_contacts(column: Any, seeds: Prints) -> Prints:
    """One fingerprint for each row of a column of contact numbers, or of lists of them, by the fingerprints
    of their seeds."""
    column = one(column)
    if pa.types.is_list(column.type):
        return of_lists(column, of_contacts(column.flatten(), seeds))
    contact = integers(column)
    return np.where(contact < 0, _SILENT, seeds[contact] if len(seeds) else _SILENT)


def mixed(prints: Prints) -> Prints:
    """Fingerprints in which every bit of the input affects every bit of the output (the finalizer of
    MurmurHash3)."""
    prints = (prints ^ (prints >> np.uint64(33))) * np.uint64(0xFF51AFD7ED558CCD)
    prints = (prints ^ (prints >> np.uint64(33))) * np.uint64(0xC4CEB9FE1A85EC53)
    return prints ^ (prints >> np.uint64(33))


def as_bytes(prints: Prints) -> Any:
    """A binary column of eight bytes for each fingerprint."""
    return pa.Array.from_buffers(
        pa.binary(8), len(prints), [None, pa.py_buffer(prints.astype(">u8").tobytes())]
    )


def from_bytes(column: Any) -> Prints:
    """The fingerprints of a column that `as_bytes` made."""
    texts = one(column).cast(pa.binary(8))
    numbers = np.frombuffer(texts.buffers()[1] or b"", ">u8")[texts.offset :][: len(texts)]
    return numbers.astype(np.uint64)
