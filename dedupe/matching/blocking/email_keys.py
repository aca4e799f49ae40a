"""Keys of email addresses: of their local parts and domains, alone and with a name.

They are made of the addresses that contacts hold, not of all distinct ones, so that the keys of a block of
contacts cost what these are.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dedupe.arrays.hashing import Hashes, hash_texts
from dedupe.arrays.numpy_columns import Column, integers
from dedupe.matching.blocking.key_parts import KeyParts, Keys, together
from dedupe.matching.features.encoding import Ids, Pool, hashes_at
from dedupe.matching.features.types import Flags


def local_parts(p: KeyParts) -> Keys:
    emails = p.features.emails
    ids = emails.held.ids
    local_of = emails.local_of[ids]
    usable = _long(_texts_at(emails.local, local_of)) & ~emails.role[ids]
    return emails.held.owners(), np.where(usable, hashes_at(emails.local.hashes, local_of), 0)


def _texts_at(pool: Pool, ids: Ids) -> Column:
    """The texts of these ids, null for silence: those of a whole pool are many more than a block holds."""
    return pool.values.take(pa.array(ids, mask=ids < 0))


def _long(texts: Column) -> Flags:
    lengths: Column = pc.utf8_length(texts)
    return np.asarray(integers(lengths.fill_null(0)) >= 5)


def domain_and(name: Callable[[KeyParts], Hashes]) -> Callable[[KeyParts], Keys]:
    def keys(p: KeyParts) -> Keys:
        owners, domain = domains(p)
        names = p.features.names.held
        spoken = (names.counts[owners] > 0) & (domain != 0)
        row = names.offsets[owners[spoken]]
        return owners[spoken], together(name(p)[row], domain[spoken])

    return keys


def domains(p: KeyParts) -> Keys:
    emails = p.features.emails
    ids = emails.held.ids
    domain = hashes_at(emails.domain.hashes, emails.domain_of[ids])
    return emails.held.owners(), np.where(emails.free[ids], 0, domain)


def spelled_names(p: KeyParts) -> Keys:
    """Names as local parts spell them (janedoe, jdoe) and local parts, as keys of one kind."""
    names, emails = p.features.names, p.features.emails
    held, addresses = names.held, emails.held.ids
    rows = np.flatnonzero((names.first[held.ids] >= 0) & (names.last[held.ids] >= 0))
    first, last = (
        pc.replace_substring(_texts_at(p.features.words.pool, part[held.ids[rows]]), " ", "")
        for part in (names.first, names.last)
    )
    initials: Column = pc.utf8_slice_codeunits(first, start=0, stop=1)
    whole, short = (hash_texts(pc.binary_join_element_wise(one, last, "")) for one in (first, initials))
    letters: Column = pc.utf8_rtrim(
        _texts_at(emails.local, emails.local_of[addresses]), characters="0123456789"
    )
    mail = np.where(_long(letters) & ~emails.role[addresses], hash_texts(letters), 0)
    named = held.owners()[rows]
    return np.concatenate([named, named, emails.held.owners()]), np.concatenate([whole, short, mail])
