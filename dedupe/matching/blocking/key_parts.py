"""The parts that blocking rules make keys of: the hashes of each contact's values and of each of its
names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import ranges
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Lists, Positions, hashes_at

Keys = tuple[Positions, Hashes]
"""(contact, key) rows; key 0 is no key."""


@dataclass(frozen=True)
class KeyParts:
    """Hashes of values, 0 where silent: of each name of each contact (a row a name, `owner` is its contact),
    of each formal given name (`formal_owner`), and of each contact."""

    features: Features
    owner: Positions  # contact of each name row
    first: Hashes
    last: Hashes
    first_sound: Hashes
    last_sound: Hashes
    first_letters: Hashes  # in whatever order
    formal_owner: Positions  # contact, and below the given name and family name, of each formal given name
    formal: Hashes
    formal_last: Hashes
    initial: Hashes
    initials: Hashes  # of given and family name, in any order
    postcode: Hashes  # by contact, as the rest
    city: Hashes
    street: Hashes
    company: Hashes
    birth: Hashes
    birth_year: Hashes


def key_parts(features: Features) -> KeyParts:
    """The parts of all contacts, matched or not."""
    names, words, places = features.names, features.words, features.places
    used = names.held.ids
    first, last = names.first[used], names.last[used]
    owners = names.held.owners()
    begin = names.formal_of.offsets[used]
    spread = names.formal_of.offsets[used + 1] - begin
    formal = names.formal[names.formal_of.ids[ranges(begin, spread)]]
    births = features.births
    lower, upper = np.minimum(births.month, births.day), np.maximum(births.month, births.day)
    whole = mix(births.year_of_century, lower.astype(np.int64), upper.astype(np.int64))
    return KeyParts(
        features=features,
        owner=owners,
        first=hashes_at(words.pool.hashes, first),
        last=hashes_at(words.pool.hashes, last),
        first_sound=words.sound[first],
        last_sound=words.sound[last],
        first_letters=words.letters[first],
        formal_owner=np.repeat(owners, spread),
        formal=formal,
        formal_last=np.repeat(hashes_at(words.pool.hashes, last), spread),
        initial=words.letter[first],
        initials=_initials(words.letter[first], words.letter[last]),
        postcode=hashes_at(places.postcode.hashes, places.postcode_of),
        city=hashes_at(places.city.hashes, places.city_of),
        street=hashes_at(places.street.hashes, places.street_of),
        company=hashes_at(features.company.hashes, features.company_of),
        birth=np.where(births.whole > 0, whole, 0),
        birth_year=births.year_of_century,
    )


def _initials(one: Hashes, other: Hashes) -> Hashes:
    return np.where((one != 0) & (other != 0), mix(np.minimum(one, other), np.maximum(one, other)), 0)


def together(*columns: Hashes) -> Hashes:
    """One key of several; 0 where any is 0."""
    spoken = np.logical_and.reduce([column != 0 for column in columns])
    return np.where(spoken, mix(*columns), 0)


def of_list(held: Lists, hashes: Hashes) -> Keys:
    """The keys of the values that each contact holds; `hashes` are by id."""
    return held.owners(), hashes[held.ids]
