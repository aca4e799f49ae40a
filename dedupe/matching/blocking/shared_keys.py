"""Which keys several contacts hold. Keys that agree in their first bits are looked at together, so that of
many keys only a part is in memory more than once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.hashing import Hashes
from dedupe.matching.blocking.key_parts import Keys
from dedupe.matching.features.encoding import Positions

KEYS_AT_ONCE = 1 << 21
"""Keys among which shared ones are looked for: their slots take at most 64 bytes each (chosen)."""
_PARTS_AT_MOST = 1 << 6


def shared_keys(pieces: Iterable[Keys], expected: int) -> Keys:
    """The keys that several contacts hold, each once a contact, of all pieces: about so many keys."""
    parts = min(1 << (expected // KEYS_AT_ONCE).bit_length(), _PARTS_AT_MOST)
    held: list[list[Keys]] = [[] for _ in range(parts)]
    for contact, key in pieces:
        for part, rows in _by_first_bits(key, parts):
            held[part].append((contact[rows].astype(np.uint32), key[rows]))
    found = [_shared(*_as_one(held.pop())) for _ in range(parts)]
    return _as_one(found)


def _as_one(pieces: list[Keys]) -> Keys:
    if not pieces:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    contact, key = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
    return contact.astype(np.int64), key


def _by_first_bits(key: Hashes, parts: int) -> Iterator[tuple[int, Any]]:
    """The rows of each part."""
    if parts == 1:
        yield 0, slice(None)
        return
    part = (key.view(np.uint64) >> np.uint64(64 - _PARTS_AT_MOST.bit_length() + 1)).astype(np.uint8) % parts
    rows = np.argsort(part, kind="stable")
    bounds = np.cumsum(np.bincount(part, minlength=parts))[:-1]
    yield from enumerate(np.split(rows, bounds))


def _shared(contact: Positions, key: Hashes) -> Keys:
    rows = _in_shared_slots(key)
    rows = rows[np.argsort(key[rows])]
    contact, key = contact[rows], key[rows]
    block = np.cumsum(starts(key)) - 1
    # Sorting one number is quicker than sorting by two columns.
    code = np.sort((block << 32) | contact)
    code = code[starts(code)]
    block, contact = code >> 32, code & 0xFFFFFFFF
    shared = np.bincount(block, minlength=1)[block] > 1
    return contact[shared], key[starts(key)][block[shared]]


def _in_shared_slots(key: Hashes) -> Positions:
    """Rows whose key shares its last bits with another row's: a quick first pass, which drops most other
    keys."""
    bits = max(10, (4 * len(key)).bit_length())
    slot = key & ((1 << bits) - 1)
    return np.flatnonzero(np.bincount(slot, minlength=1)[slot] > 1)


def distinct_keys(contact: Positions, key: Hashes) -> Keys:
    """All keys, each once a contact."""
    order = np.lexsort((key, contact))
    contact, key = contact[order], key[order]
    fresh = starts(contact) | starts(key)
    return contact[fresh], key[fresh]


def starts(ordered: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    """Which rows of a sorted column differ from the row before."""
    return np.concatenate([[True], ordered[1:] != ordered[:-1]])[: len(ordered)]
