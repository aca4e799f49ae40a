"""Term frequencies of a run: how often a value occurs, and how many people share a mailbox or a line.

They are counted among the contacts of the run and saved with it, so that a pair explained later weighs what
it weighed in the run. Values are named by hash only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix, mix_unordered
from dedupe.arrays.numpy_columns import Column, integers, table
from dedupe.matching.contested_mailboxes import contested_mailboxes
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Ids, Lists, Pool, Positions
from dedupe.matching.name_rarity import (
    chance_of_two,
    rarity_of_middle_names,
    rarity_of_names,
    share_in_country,
)
from dedupe.matching.value_users import count_users, of_two_ages, of_two_generations

Counts = npt.NDArray[np.int64]

# The column is named as it is stored.
_FIELDS: dict[str, pa.DataType] = {"fact": pa.string(), "key": pa.int64(), "count": pa.int64()}
SCHEMA = pa.schema(_FIELDS)
"""`fact` is the name of a table, `key` the value's hash; the row with key 0 holds the table's total."""

CONTACTS = "contacts"
"""The name of the table of one row whose total is the number of contacts that are matched."""

MARKED = 2
"""The count of values in a table that only tells them from others, whose count is 1."""
PERSONAL_UP_TO = 3
"""One person is known under up to so many names that may not be one (`value_users`). Chosen."""

OFTEN_A_BIRTH_DATE, SHARE_OF_A_BIRTH_DATE = 30, 0.01
"""A birth date that more contacts tell, and a greater share of those that tell one, is no one's. Chosen: of
people born within eighty years one in thirty thousand is born on a day; one person may have some contacts."""

LATER_TABLES = (
    *("contested", "email_generations", "phone_generations"),
    *("email_ages", "phone_ages", "home_ages"),
)
"""Tables that runs of earlier releases have not saved."""


@dataclass(frozen=True)
class FrequencyTable:
    """How often values occur: those that occur more than once, by rising hash; every other value occurs once.

    `total`: how many values were counted. In the tables `name` and `middle` the count is a greatest rarity,
    in 1/1024 bit.
    """

    total: int
    keys: Hashes
    counts: Counts

    def of(self, hashes: Hashes) -> Counts:
        """The count of each value."""
        if not len(self.keys):
            return np.ones(len(hashes), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        return np.where(self.keys[place] == hashes, self.counts[place], 1)


@dataclass(frozen=True)
class TermFrequencies:
    """The term frequencies of a run: `contacts` that were matched, and counts by the name of their table."""

    contacts: int
    tables: Mapping[str, FrequencyTable]

    def to_table(self) -> pa.Table:
        """All counts as a table of `SCHEMA`."""
        parts = [
            _stored(CONTACTS, FrequencyTable(self.contacts, np.zeros(0, np.int64), np.zeros(0, np.int64)))
        ]
        parts += [_stored(name, self.tables[name]) for name in sorted(self.tables)]
        return pa.concat_tables(parts)

    @classmethod
    def from_table(cls, stored: pa.Table) -> TermFrequencies:
        """Those of `to_table`, of an earlier release too: what it didn't count says nothing. Raises KeyError
        where the number of contacts is missing."""
        facts: Column = stored.column("fact").combine_chunks().dictionary_encode()
        named, key, count = integers(facts.indices), integers(stored["key"]), integers(stored["count"])
        names = facts.dictionary.to_pylist()
        totals = {names[named[row]]: int(count[row]) for row in np.flatnonzero(key == 0)}
        places = {name: np.flatnonzero(named == place) for place, name in enumerate(names)}
        tables = {name: _loaded(total, places[name], key, count) for name, total in totals.items()}
        contacts = tables.pop(CONTACTS).total
        nothing = FrequencyTable(0, np.zeros(0, np.int64), np.zeros(0, np.int64))
        return cls(contacts, dict.fromkeys(LATER_TABLES, nothing) | tables)


def count_term_frequencies(features: Features) -> TermFrequencies:
    """Count the values of all contacts that are matched."""
    emails, places = features.emails, features.places
    births, homes = features.births.whole, places.homes
    dates = _count(births[births > 0])
    born = np.where(stands_for_none(dates, births), 0, births)
    tables = {
        "word": _count_words(features),
        "name": _greatest_name_rarity(features),
        "middle": _greatest_middle_name_rarity(features),
        "company": _count_ids(features.company, features.company_of),
        "job_title": _count_ids(features.job_title, features.job_title_of),
        "street": _count_ids(places.street, places.street_of),
        "city": _count_ids(places.city, places.city_of),
        "postcode": _count_ids(places.postcode, places.postcode_of),
        "birth": dates,
        "domain": _count_ids(emails.domain, emails.domain_of[emails.held.ids]),
        **count_value_users(features, dates),
        "home_ages": _marked(len(homes.ids), of_two_ages(features, homes, places.street.hashes, born)),
        "source": _count(features.source[features.matched]),
    }
    return TermFrequencies(int(features.matched.sum()), tables)


def count_value_users(features: Features, dates: FrequencyTable) -> dict[str, FrequencyTable]:
    """Who uses each mailbox, line and identifier, told from the contacts that hold it; `dates` is the table
    `birth`, by which a date stands for none. What is told of a value depends on its holders alone."""
    emails, phones = features.emails, features.phones
    births = features.births.whole
    born = np.where(stands_for_none(dates, births), 0, births)
    mailboxes, lines = (emails.held, emails.untagged), (phones.held, phones.line)
    held = len(emails.held.ids), len(phones.held.ids)
    return {
        "email": _count_users(features, *mailboxes),
        "phone": _count_users(features, *lines),
        "identifier": _count_users(features, features.identifiers.held, features.identifiers.key),
        "contested": _marked(held[0], contested_mailboxes(features)),
        "email_generations": _marked(held[0], of_two_generations(features, *mailboxes)),
        "phone_generations": _marked(held[1], of_two_generations(features, *lines)),
        "email_ages": _marked(held[0], of_two_ages(features, *mailboxes, born)),
        "phone_ages": _marked(held[1], of_two_ages(features, *lines, born)),
    }


def stands_for_none(counted: FrequencyTable, dates: Counts) -> Flags:
    """Whether a birth date (YYYYMMDD, 0 where unknown) is given to all whose date nobody knows (1 January
    1900); `counted` is the table `birth`."""
    often = max(OFTEN_A_BIRTH_DATE, counted.total * SHARE_OF_A_BIRTH_DATE)
    return np.asarray((dates > 0) & (counted.of(dates) > often))


def _stored(name: str, counted: FrequencyTable) -> pa.Table:
    keys = np.concatenate([[0], counted.keys]).astype(np.int64)
    counts = np.concatenate([[counted.total], counted.counts]).astype(np.int64)
    return table(SCHEMA, np.full(len(keys), name), keys, counts)


def _loaded(total: int, rows: Positions, key: Hashes, count: Counts) -> FrequencyTable:
    rows = rows[key[rows] != 0]
    order = np.argsort(key[rows])
    return FrequencyTable(total, key[rows][order], count[rows][order])


def _count(hashes: Hashes) -> FrequencyTable:
    keys, counts = np.unique(hashes, return_counts=True)
    several = (counts > 1) & (keys != 0)
    return FrequencyTable(len(hashes), keys[several], counts[several].astype(np.int64))


def _count_ids(pool: Pool, ids: Ids) -> FrequencyTable:
    """Count the values of a pool by ids, which is quicker than by hashes."""
    counts = np.bincount(ids[ids >= 0], minlength=len(pool)).astype(np.int64)
    return _sorted(int(counts.sum()), pool.hashes, counts)


def _marked(total: int, keys: Hashes) -> FrequencyTable:
    """Keys (rising) that are told from others by being there."""
    return FrequencyTable(total, keys, np.full(len(keys), MARKED, dtype=np.int64))


def _sorted(total: int, keys: Hashes, counts: Counts) -> FrequencyTable:
    several = (counts > 1) & (keys != 0)
    keys, counts = keys[several], counts[several]
    order = np.argsort(keys)
    return FrequencyTable(total, keys[order], counts[order])


def _count_words(features: Features) -> FrequencyTable:
    """Words of names, whether given or family name, so that names in the other order count alike."""
    names = features.names
    used = names.held.ids[_names_that_count(features)]
    counts = np.zeros(len(features.words.pool), dtype=np.int64)
    for part in (names.first, names.last):
        ids = part[used]
        counts += np.bincount(ids[ids >= 0], minlength=len(counts))
    return _sorted(len(used), features.words.pool.hashes, counts)


def _names_that_count(features: Features) -> Flags:
    """Whether each name of each contact counts: of exact duplicates that have a mailbox or a line only the
    first does, because they are one person's, however many there are, and make nobody's name common."""
    mailed = (features.emails.held.counts > 0) | (features.phones.held.counts > 0)
    counts = ~mailed
    counts[np.unique(features.content, return_index=True)[1]] = True
    return np.asarray(counts[features.names.held.owners()])


def _greatest_name_rarity(features: Features) -> FrequencyTable:
    """The greatest rarity of each full name that several contacts have, in 1/1024 bit.

    Given and family name go together within a country, so a name's share is the sum over countries of the
    product of its parts' shares there; and a name held far oftener than one person has contacts (a
    placeholder: "do not call") is as common as it is seen to be.
    """
    held = features.names.held
    used = held.ids[_names_that_count(features)]
    whole = full_names(features)[used]
    keys, example, counts = np.unique(whole, return_index=True, return_counts=True)
    several = (counts > 1) & (keys != 0)
    keys, example, counts = keys[several], example[several], counts[several]
    rarity = rarity_of_names(len(used), counts, _share_by_country(features, used[example]))
    return FrequencyTable(len(used), keys, rarity)


def _share_by_country(features: Features, name: Ids) -> npt.NDArray[np.float64]:
    """The share of each name among all by the shares of its parts in each country; 0 where no country is
    known."""
    held = features.names.held
    region = features.region[held.owners()]
    words = len(features.words.pool)
    known = np.unique(region[region != 0], return_counts=True)
    share = np.zeros(len(name), dtype=np.float64)
    told = max(int(known[1].sum()), 1)
    for code, rows in zip(*known, strict=True):
        used = held.ids[region == code]
        counts = np.zeros(words + 1, dtype=np.float64)
        for part in (features.names.first, features.names.last):
            counts += np.bincount(part[used] + 1, minlength=words + 1)
        one, other = (counts[part[name] + 1] for part in (features.names.first, features.names.last))
        share += share_in_country(one, other, rows, told)
    return share


def _greatest_middle_name_rarity(features: Features) -> FrequencyTable:
    """The greatest rarity of each middle name beside a given name, in 1/1024 bit.

    Some go together (João Miguel, Maria José, Mary Ann), so that who shares the one shares the other. How
    often is counted by the family names that stand with both, because different family names are different
    people.
    """
    words, names = features.words, features.names
    used = np.unique(names.held.ids)
    used = used[(names.first[used] >= 0) & (names.last[used] >= 0) & (names.middle[used] >= 0)]
    used = used[~words.single[names.middle[used]]]
    hashes = words.pool.hashes
    first, middle, last = (hashes[part[used]] for part in (names.first, names.middle, names.last))
    beside = mix(first, middle)
    families = _first_of_each(mix(beside, last))
    first, middle, beside = first[families], middle[families], beside[families]
    keys, example, both = np.unique(beside, return_index=True, return_counts=True)
    _, which, given = np.unique(first, return_inverse=True, return_counts=True)
    usual = chance_of_two(np.unique(middle, return_counts=True)[1])
    several = (both > 1) & (keys != 0)
    rarity = rarity_of_middle_names(both[several], given[which[example[several]]], usual)
    return FrequencyTable(len(used), keys[several], rarity)


def full_names(features: Features, names: Ids | None = None) -> Hashes:
    """A hash of given and family name, whatever their order, of all distinct names or of those with these
    ids; 0 where either is silent."""
    words = features.words.pool.hashes
    first, last = features.names.first, features.names.last
    if names is not None:
        first, last = first[names], last[names]
    spoken = (first >= 0) & (last >= 0)
    hashes = np.zeros(len(first), dtype=np.int64)
    hashes[spoken] = mix_unordered(words[first[spoken]], words[last[spoken]])
    return hashes


def _count_users(features: Features, held: Lists, key: Hashes) -> FrequencyTable:
    """The number of people who use each mailbox or line."""
    values, people = count_users(features, held, key)
    several = (people > 1) & (values != 0)
    return FrequencyTable(len(held.ids), values[several], people[several])


def _first_of_each(hashes: Hashes) -> Positions:
    return np.unique(hashes, return_index=True)[1]
