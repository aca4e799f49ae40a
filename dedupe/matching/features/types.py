"""The features of contacts: columns of encoded values, which blocking and comparisons work on."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.mapped import aside
from dedupe.matching.features.encoding import Ids, Lists, Pool, hashes_at, lists_of
from dedupe.matching.features.word_similarity import NameWords

Flags = npt.NDArray[np.bool_]
_AT_ONCE = 1 << 20
"""Contacts whose content is told at once (chosen)."""


@dataclass(frozen=True)
class Names:
    """Distinct names, one in two alphabets being two; parts are ids of words, a suffix is a generation
    only."""

    held: Lists
    first: Ids
    middle: Ids
    last: Ids
    nickname: Ids
    suffix: Ids
    hashes: Hashes
    latin: Flags  # written in Latin letters: spellings in two alphabets can't contradict each other
    sound: Hashes  # of the whole name, parts in any order; 0: unknown
    formal_of: Lists  # by name: hashes' places in `formal`, the given names that it may stand for
    formal: Hashes
    known: Flags  # the given name is one that nickname lists know


@dataclass(frozen=True)
class Emails:
    """Distinct addresses, and which of them each contact has (`held`); columns are by address."""

    held: Lists
    address: Pool
    key: Hashes
    untagged: Hashes  # of the key without a tag; the same as `key` where it has none
    local: Pool  # local parts, by `local_of`
    local_of: Ids
    domain_of: Ids
    domain: Pool
    free: Flags
    role: Flags


@dataclass(frozen=True)
class Phones:
    """Distinct numbers with extension, and which of them each contact has (`held`); columns are by number."""

    held: Lists
    number: Pool  # E.164
    number_of: Ids  # −1: its country is not known
    extension: Hashes  # 0: none
    key: Hashes
    national: Pool  # digits without country code and trunk prefix
    national_of: Ids
    line: Hashes  # the national digits where they are many, else the key: the same for all forms of a number
    long: Flags  # its national digits are many
    subscriber: Hashes
    toll_free: Flags
    guessed: Flags  # its country or a digit of it was guessed, or the country is not known


@dataclass(frozen=True)
class Identifiers:
    """Distinct identifiers, and which of them each contact has (`held`); columns are by identifier."""

    held: Lists
    value: Pool
    key: Hashes
    namespace: Hashes
    unique: Flags


@dataclass(frozen=True)
class Places:
    """The normalized address of each contact."""

    street: Pool
    street_of: Ids
    city: Pool
    city_of: Ids
    postcode: Pool
    postcode_of: Ids

    @cached_property
    def homes(self) -> Lists:
        """The street address of each contact, in `street`."""
        told = np.flatnonzero(self.street_of >= 0)
        homes = lists_of(told, self.street_of[told], len(self.street_of))
        return replace(homes, offsets=aside(homes.offsets), ids=aside(homes.ids))


@dataclass(frozen=True)
class Births:
    """Parts as numbers, 0 where unknown. `guessed`: the century is a guess; `out_of_range`: nobody alive
    is born in that year."""

    year: npt.NDArray[np.int16]
    month: npt.NDArray[np.int16]
    day: npt.NDArray[np.int16]
    guessed: Flags
    out_of_range: Flags

    @property
    def year_of_century(self) -> npt.NDArray[np.int64]:
        """1 to 100, the same whichever century was guessed; 0 where unknown."""
        return np.where(self.year > 0, self.year.astype(np.int64) % 100 + 1, 0)

    @property
    def whole(self) -> npt.NDArray[np.int64]:
        """YYYYMMDD; 0 unless all three parts are known."""
        known = (self.year > 0) & (self.month > 0) & (self.day > 0)
        number = self.year.astype(np.int64) * 10000 + self.month * 100 + self.day
        return np.where(known, number, 0)


@dataclass(frozen=True)
class Features:
    """All features of a CONTACTS table, by contact (row of the table) where nothing else is said."""

    size: int
    matched: Flags  # contacts of a kind that is matched
    staff: Flags
    words: NameWords
    names: Names
    emails: Emails
    phones: Phones
    identifiers: Identifiers
    company: Pool
    company_of: Ids
    job_title: Pool
    job_title_of: Ids
    places: Places
    births: Births
    region: Hashes  # the country that a phone or an address names; 0: unknown
    source: Hashes
    household: Flags  # its names are all of several people (Peter & Maria Huber)

    @cached_property
    def whole_named(self) -> Flags:
        """The contacts that tell a given name of more than a letter and a family name in one."""
        names, single = self.names, self.words.single
        whole = (names.first >= 0) & ~single[names.first] & (names.last >= 0) & ~single[names.last]
        found = np.zeros(self.size, dtype=bool)
        found[names.held.owners()[whole[names.held.ids]]] = True
        return found

    @cached_property
    def content(self) -> Hashes:
        """A hash of all that each contact says; exact duplicates have the same one. Told of some contacts at
        a time, because it is made of a column for each kind of value."""
        starts = range(0, max(self.size, 1), _AT_ONCE)
        told = [_content(features_between(self, start, start + _AT_ONCE)) for start in starts]
        return aside(np.concatenate(told))


def _content(features: Features) -> Hashes:
    places, births = features.places, features.births
    return mix(
        _sum(features.names.held, features.names.hashes),
        _sum(features.emails.held, features.emails.address.hashes),
        _sum(features.phones.held, features.phones.key),
        _sum(features.identifiers.held, features.identifiers.key),
        hashes_at(features.company.hashes, features.company_of)
        + 3 * hashes_at(features.job_title.hashes, features.job_title_of),
        hashes_at(places.street.hashes, places.street_of),
        hashes_at(places.city.hashes, places.city_of),
        hashes_at(places.postcode.hashes, places.postcode_of),
        births.guessed * 10**8 + births.year.astype(np.int64) * 10000 + births.month * 100 + births.day,
    )


def _sum(held: Lists, hashes: Hashes) -> Hashes:
    """The sum of the hashes of each contact's values, the same in any order."""
    sums = np.concatenate([[0], np.cumsum(mix(hashes[held.ids]))]) if len(held.ids) else np.zeros(1, np.int64)
    return np.asarray(sums[held.offsets[1:]] - sums[held.offsets[:-1]])


def features_between(features: Features, start: int, end: int) -> Features:
    """The features of the contacts from number `start` to before `end`, numbered from 0 on; pools are those
    of all contacts. What values are left out is not counted."""
    here = slice(start, end)
    places, births = features.places, features.births
    return replace(
        features,
        size=len(features.matched[here]),
        matched=features.matched[here],
        staff=features.staff[here],
        names=replace(features.names, held=_lists_between(features.names.held, start, end)),
        emails=replace(features.emails, held=_lists_between(features.emails.held, start, end)),
        phones=replace(features.phones, held=_lists_between(features.phones.held, start, end)),
        identifiers=replace(features.identifiers, held=_lists_between(features.identifiers.held, start, end)),
        company_of=features.company_of[here],
        job_title_of=features.job_title_of[here],
        places=replace(
            places,
            street_of=places.street_of[here],
            city_of=places.city_of[here],
            postcode_of=places.postcode_of[here],
        ),
        births=Births(*(getattr(births, field.name)[here] for field in fields(Births))),
        region=features.region[here],
        source=features.source[here],
        household=features.household[here],
    )


def _lists_between(lists: Lists, start: int, end: int) -> Lists:
    offsets = lists.offsets[start : end + 1]
    return Lists(offsets - offsets[0], lists.ids[offsets[0] : offsets[-1]])
