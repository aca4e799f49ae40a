"""The pages of the index of match keys: bytes, little-endian, sealed by a checksum.

Contacts are numbered by rising id, new ones last, and keys are spread evenly: a page holds the keys that
begin with the same bits, or the contacts of one run of numbers. So a page of which nothing changed is the
same bytes when all are made anew.

    of keys       key int64 each, rising, then the number of its contact int32 each
    of contacts   ids: 16 bytes each; keys: where each contact's begin int32 each, and the end; key int64 each
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
import numpy.typing as npt

from dedupe.arrays.hashing import Hashes, bytes_of
from dedupe.arrays.numpy_columns import ranges
from dedupe.arrays.untyped import pc
from dedupe.errors import IndexUnusable
from dedupe.storage.copied_cells import bytes_of_digits

Numbers = npt.NDArray[np.int64]
ContactNumbers = npt.NDArray[np.integer[Any]]
Ids = npt.NDArray[np.bytes_]
ID_BYTES = 16
KEYS_A_PAGE, CONTACTS_A_PAGE = 1024, 128
"""Chosen: a look-up of a contact's thirty keys reads thirty pages of 12 kB, and of a holder's id 2 kB."""
_MOST_BITS = 40
_PAGES_AT_ONCE = 1024  # of contacts, whose keys are sorted at once: bounds memory (chosen)
_KEY, _NUMBER, _ID = np.dtype("<i8"), np.dtype("<i4"), np.dtype(f"S{ID_BYTES}")


def bits_for(keys: int) -> int:
    """The bits that name a key's page, so that a page of so many keys in all holds `KEYS_A_PAGE` at most on
    average."""
    return min(max(-(-keys // KEYS_A_PAGE) - 1, 0).bit_length(), _MOST_BITS)


def pages_of(keys: Hashes, bits: int) -> Numbers:
    """The page of each key."""
    return (keys.view(np.uint64) >> np.uint64(64 - bits)).view(np.int64) if bits else np.zeros_like(keys)


@dataclass(frozen=True)
class KeyPage:
    """Keys, rising, each with the number of a contact that holds it."""

    keys: Hashes
    numbers: Numbers

    @classmethod
    def read(cls, sealed: bytes) -> KeyPage:
        """Raises IndexUnusable for a damaged page."""
        content = _opened(sealed)
        size = len(content) // (_KEY.itemsize + _NUMBER.itemsize)
        keys = np.frombuffer(content, _KEY, size)
        return cls(keys, np.frombuffer(content, _NUMBER, size, offset=keys.nbytes).astype(np.int64))

    def without(self, numbers: Numbers) -> bytes:
        """The page without what these contacts hold."""
        stay = ~np.isin(self.numbers, numbers)
        return _sealed(self.keys[stay].tobytes() + self.numbers[stay].astype(_NUMBER).tobytes())


def rows_of(pages: Sequence[bytes], wanted: Hashes) -> tuple[Hashes, Numbers]:
    """The rows of these keys in pages that stand in their order: (key, number). Raises IndexUnusable for a
    damaged page."""
    keys, numbers = [], []
    for sealed in pages:
        content = _opened(sealed)
        end = len(content) // (_KEY.itemsize + _NUMBER.itemsize) * _KEY.itemsize
        keys.append(content[:end])
        numbers.append(content[end:])
    key, number = np.frombuffer(b"".join(keys), _KEY), np.frombuffer(b"".join(numbers), _NUMBER)
    if len(pages) > 1:  # they are named by the first bits, in which the sign is one of them
        begin, after = _bounds(key.view("<u8"), wanted.view("<u8"))
    else:
        begin, after = _bounds(key, wanted)
    rows = ranges(begin, after - begin)
    return key[rows], number[rows].astype(np.int64)


def _bounds(keys: npt.NDArray[Any], wanted: npt.NDArray[Any]) -> tuple[Numbers, Numbers]:
    return np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")


def key_pages(numbers: ContactNumbers, keys: Hashes, bits: int) -> Iterator[tuple[int, bytes]]:
    """All pages of keys, empty ones too: (page, content). `numbers[i]` holds `keys[i]`."""
    at_once = max(bits - 4, 0)  # in sixteen portions, which bounds memory
    portion = pages_of(keys, bits - at_once).astype(np.int8)
    for part in range(1 << (bits - at_once)):
        rows = np.flatnonzero(portion == part)
        rows = rows[np.lexsort((numbers[rows], keys[rows]))]
        here, whose = keys[rows].astype(_KEY), numbers[rows].astype(_NUMBER)
        pages = np.arange(part << at_once, (part + 1) << at_once)
        bounds = np.searchsorted(pages_of(here, bits), np.append(pages, pages[-1] + 1))
        for page, begin, end in zip(pages.tolist(), bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            yield page, _sealed(here[begin:end].tobytes() + whose[begin:end].tobytes())


@dataclass(frozen=True)
class ContactPage:
    """The keys of some contacts, in the order of their ids."""

    ids: Ids
    starts: Numbers
    keys: Hashes

    @classmethod
    def read(cls, ids: bytes, keys: bytes) -> ContactPage:
        """Raises IndexUnusable for a damaged page."""
        known, content = read_ids(ids), _opened(keys)
        starts = np.frombuffer(content, _NUMBER, len(known) + 1)
        return cls(known, starts.astype(np.int64), np.frombuffer(content, _KEY, offset=starts.nbytes))

    def of(self, wanted: Ids) -> tuple[Numbers, Hashes]:
        """The keys of those of the wanted that are here: (place in `wanted`, key)."""
        place = np.searchsorted(self.ids, wanted)
        here = np.flatnonzero(self.ids[np.minimum(place, len(self.ids) - 1)] == wanted)
        begin = self.starts[place[here]]
        size = self.starts[place[here] + 1] - begin
        return np.repeat(here, size), self.keys[ranges(begin, size)]

    def without(self, places: Numbers) -> bytes:
        """The page's keys without those of the contacts at these places."""
        size = np.diff(self.starts)
        owner = np.repeat(np.arange(len(size)), size)
        size[places] = 0
        starts = np.concatenate([[0], np.cumsum(size)]).astype(_NUMBER)
        return _sealed(starts.tobytes() + self.keys[~np.isin(owner, places)].tobytes())


def contact_pages(
    ids: Ids, numbers: ContactNumbers, keys: Hashes
) -> Iterator[tuple[int, UUID, bytes, bytes]]:
    """All pages of contacts: (page, first id, ids, keys); `ids` rise, `numbers[i]` holds `keys[i]`."""
    for begin in range(0, len(ids), _PAGES_AT_ONCE * CONTACTS_A_PAGE):
        end = min(begin + _PAGES_AT_ONCE * CONTACTS_A_PAGE, len(ids))
        rows = np.flatnonzero((numbers >= begin) & (numbers < end))
        rows = rows[np.lexsort((keys[rows], numbers[rows]))]
        yield from _pages_between(ids, begin, end, numbers[rows], keys[rows].astype(_KEY))


def _pages_between(
    ids: Ids, begin: int, end: int, numbers: ContactNumbers, keys: Hashes
) -> Iterator[tuple[int, UUID, bytes, bytes]]:
    starts = np.searchsorted(numbers, np.arange(begin, end + 1))
    for first in range(begin, end, CONTACTS_A_PAGE):
        last = min(first + CONTACTS_A_PAGE, end)
        bounds = starts[first - begin : last - begin + 1]
        places, own = (bounds - bounds[0]).astype(_NUMBER), keys[bounds[0] : bounds[-1]]
        some = ids[first:last].tobytes()
        sealed = _sealed(places.tobytes() + own.tobytes())
        yield first // CONTACTS_A_PAGE, UUID(bytes=some[:ID_BYTES]), _sealed(some), sealed


def read_ids(*sealed: bytes) -> Ids:
    """The ids of some pages, one page after the other. Raises IndexUnusable for a damaged one."""
    return np.frombuffer(b"".join(map(_opened, sealed)), _ID)


def ids_of(texts: Any) -> Ids:
    """UUIDs as text, in bytes that sort as the text does."""
    digits = pc.replace_substring(texts, "-", "")
    data, _ = bytes_of(bytes_of_digits(digits))
    return np.frombuffer(data.tobytes(), _ID)


def texts_of(ids: Ids) -> list[str]:
    """UUIDs as text again."""
    digits = ids.tobytes().hex()
    size = 2 * ID_BYTES
    each = (digits[at : at + size] for at in range(0, len(digits), size))
    return [f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}" for d in each]


def _sealed(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4, "little") + content


def _opened(sealed: bytes) -> bytes:
    if int.from_bytes(sealed[:4], "little") != zlib.crc32(sealed[4:]):
        raise IndexUnusable("a page of the index of match keys is damaged: a full night makes it anew")
    return sealed[4:]
