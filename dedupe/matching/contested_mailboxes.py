"""Mailboxes whose holders tell too many different things of themselves for one person."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import table
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import hashes_at

FEWEST_BIRTHS, FEWEST_LINES, FEWEST_TOWNS = 2, 3, 3
"""From so many contacts on that tell it, a mailbox is contested where no value is told by more than half of
them: a person has one birth date, but two lines and two towns. Chosen."""


def contested_mailboxes(features: Features) -> Hashes:
    """The keys of the mailboxes whose holders have no birth date, line or town in common, rising."""
    told = _told(features)
    return np.unique(np.concatenate([_without_majority(keys, said, fewest) for keys, said, fewest in told]))


SAID = pa.schema([("mailbox", pa.int64()), ("kind", pa.int8()), ("fewest", pa.int64()), ("said", pa.int64())])
"""What a holder of a mailbox says of itself: a birth date, line or town (`kind`)."""


def said_of_mailboxes(features: Features) -> pa.Table:
    """SAID of all holders, for who counts it in parts."""
    rows = [
        table(SAID, keys, np.full(len(keys), kind, np.int8), np.full(len(keys), fewest), said)
        for kind, (keys, said, fewest) in enumerate(_told(features))
    ]
    return pa.concat_tables(rows)


def _told(features: Features) -> list[tuple[Hashes, Hashes, int]]:
    """Mailboxes and what their holders say, by kind, and how many must say something."""
    emails, places = features.emails, features.places
    owners, keys = emails.held.owners(), emails.untagged[emails.held.ids]
    kinds = (
        (features.births.whole, FEWEST_BIRTHS),
        (_first_lines(features), FEWEST_LINES),
        (hashes_at(places.city.hashes, places.city_of), FEWEST_TOWNS),
    )
    found = []
    for by_contact, fewest in kinds:
        said = by_contact[owners]
        found.append((keys[said != 0], said[said != 0], fewest))
    return found


def _first_lines(features: Features) -> Hashes:
    """The first phone number of each contact; 0 where it has none."""
    phones = features.phones
    lines = np.zeros(features.size, dtype=np.int64)
    has = phones.held.counts > 0
    lines[has] = phones.line[phones.held.ids[phones.held.offsets[:-1][has]]]
    return lines


def _without_majority(keys: Hashes, said: Hashes, fewest: int) -> Hashes:
    """The keys of which so many rows or more say something, no value being said by more than half of them."""
    _, example, counts = np.unique(mix(keys, said), return_index=True, return_counts=True)
    found, which = np.unique(keys[example], return_inverse=True)
    total, most = np.zeros(len(found), dtype=np.int64), np.zeros(len(found), dtype=np.int64)
    np.add.at(total, which, counts)
    np.maximum.at(most, which, counts)
    return found[(total >= fewest) & (2 * most <= total)]
