"""Value counts of a run: how often a value occurs, and how many different names share a mailbox or a line.

They come from the contacts of the run and are saved with it, so that tomorrow's explanation and the page
weigh a pair as the night did. Values are named by hash only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix, mix_unordered
from dedupe.arrays.numpy_columns import integers, table
from dedupe.arrays.units import BIT
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Ids, Lists, Pool, Positions

Counts = npt.NDArray[np.int64]

_FIELDS: dict[str, pa.DataType] = {"fact": pa.string(), "key": pa.int64(), "count": pa.int64()}
SCHEMA = pa.schema(_FIELDS)
"""`key` is the value's hash; the row with key 0 holds the number of contacts that have any value."""

CONTACTS = "contacts"

ONE_PERSONS = 8
"""So many contacts of one full name, or one rare value, may well be one person's."""
NO_LIMIT = 60  # bits
SIGHTINGS = 5
"""So many family names of a given name weigh as much as what is usual for any."""
PERSONAL_UP_TO = 3
"""One person's name is spelled in up to about three ways (initials of both parts, whatever their order)."""


@dataclass(frozen=True)
class FrequencyTable:
    """Counts of one fact: those over one, by hash; every other value counts one."""

    total: int
    keys: Hashes
    counts: Counts

    def of(self, hashes: Hashes) -> Counts:
        if not len(self.keys):
            return np.ones(len(hashes), dtype=np.int64)
        place = np.minimum(np.searchsorted(self.keys, hashes), len(self.keys) - 1)
        return np.where(self.keys[place] == hashes, self.counts[place], 1)


@dataclass(frozen=True)
class TermFrequencies:
    contacts: int
    facts: Mapping[str, FrequencyTable]

    def to_table(self) -> pa.Table:
        parts = [_part(CONTACTS, FrequencyTable(self.contacts, np.zeros(0, np.int64), np.zeros(0, np.int64)))]
        parts += [_part(name, self.facts[name]) for name in sorted(self.facts)]
        return pa.concat_tables(parts)

    @classmethod
    def from_table(cls, stored: pa.Table) -> TermFrequencies:
        fact = np.array(stored.column("fact").to_pylist(), dtype=np.str_)
        key, count = integers(stored.column("key")), integers(stored.column("count"))
        totals = {str(fact[row]): int(count[row]) for row in np.flatnonzero(key == 0)}
        facts = {name: _counted(total, fact == name, key, count) for name, total in totals.items()}
        contacts = facts.pop(CONTACTS).total
        return cls(contacts, facts)


def context(evidence: Features) -> TermFrequencies:
    """Counts the values of all contacts that are matched."""
    emails, phones, places = evidence.emails, evidence.phones, evidence.places
    births = evidence.births.whole
    facts = {
        "word": _count_words(evidence),
        "name": _limits(evidence),
        "middle": _middle_limits(evidence),
        "company": _count_ids(evidence.company, evidence.company_of),
        "street": _count_ids(places.street, places.street_of),
        "city": _count_ids(places.city, places.city_of),
        "postcode": _count_ids(places.postcode, places.postcode_of),
        "birth": _count(births[births > 0]),
        "domain": _count_ids(emails.domain, emails.domain_of[emails.held.ids]),
        "email": _count_names(evidence, emails.held, emails.key),
        "phone": _count_names(evidence, phones.held, phones.key),
        "source": _count(evidence.source[evidence.matched]),
    }
    return TermFrequencies(int(evidence.matched.sum()), facts)


def _part(name: str, counted: FrequencyTable) -> pa.Table:
    keys = np.concatenate([[0], counted.keys]).astype(np.int64)
    counts = np.concatenate([[counted.total], counted.counts]).astype(np.int64)
    return table(SCHEMA, np.full(len(keys), name), keys, counts)


def _counted(total: int, rows: npt.NDArray[np.bool_], key: Hashes, count: Counts) -> FrequencyTable:
    rows = rows & (key != 0)
    order = np.argsort(key[rows])
    return FrequencyTable(total, key[rows][order], count[rows][order])


def _count(hashes: Hashes) -> FrequencyTable:
    keys, counts = np.unique(hashes, return_counts=True)
    several = (counts > 1) & (keys != 0)
    return FrequencyTable(len(hashes), keys[several], counts[several].astype(np.int64))


def _count_ids(pool: Pool, ids: Ids) -> FrequencyTable:
    """As `_count`, by ids, which is quicker for a pool already coded."""
    counts = np.bincount(ids[ids >= 0], minlength=len(pool)).astype(np.int64)
    return _sorted(int(counts.sum()), pool.hashes, counts)


def _sorted(total: int, keys: Hashes, counts: Counts) -> FrequencyTable:
    several = (counts > 1) & (keys != 0)
    keys, counts = keys[several], counts[several]
    order = np.argsort(keys)
    return FrequencyTable(total, keys[order], counts[order])


def _count_words(evidence: Features) -> FrequencyTable:
    """A word counts in whichever part of the name it stands, so that swapped names count alike."""
    names = evidence.names
    used = names.held.ids[_heard(evidence)]
    counts = np.zeros(len(evidence.words.pool), dtype=np.int64)
    for part in (names.first, names.last):
        ids = part[used]
        counts += np.bincount(ids[ids >= 0], minlength=len(counts))
    return _sorted(len(used), evidence.words.pool.hashes, counts)


def _heard(evidence: Features) -> Flags:
    """For each name that is held whether it counts: contacts that say the very same, a mailbox or a line with
    it, are one person's, however many there are, and make nobody's name common."""
    mailed = (evidence.emails.held.counts > 0) | (evidence.phones.held.counts > 0)
    counts = ~mailed
    counts[np.unique(evidence.content, return_index=True)[1]] = True
    return np.asarray(counts[evidence.names.held.owners()])


def _limits(evidence: Features) -> FrequencyTable:
    """For each full name held more than once: how rare it is at most, in 1/1024 bit.

    Given and family name go together within a country, so a name's share is the sum over countries of the
    product of its parts' shares there; and a name held far oftener than one person has contacts (a
    placeholder: "do not call") is as common as it is seen to be.
    """
    held = evidence.names.held
    used = held.ids[_heard(evidence)]
    whole = full_names(evidence)[used]
    keys, example, counts = np.unique(whole, return_index=True, return_counts=True)
    several = (counts > 1) & (keys != 0)
    keys, example, counts = keys[several], example[several], counts[several]
    total = max(len(used), 1)
    seen = np.where(counts > ONE_PERSONS, (counts - ONE_PERSONS) / total, 0.0)
    share = np.maximum(seen, _share_by_country(evidence, used[example]))
    share = np.where(share > 0, share, 2.0**-NO_LIMIT)
    bits = np.rint(-BIT * np.log2(share)).astype(np.int64)
    return FrequencyTable(len(used), keys, np.maximum(bits, 2))


def _share_by_country(evidence: Features, name: Ids) -> npt.NDArray[np.float64]:
    """The share that a full name has by its parts' shares in each country; 0 where no country is known."""
    held = evidence.names.held
    region = evidence.region[held.owners()]
    words = len(evidence.words.pool)
    known = np.unique(region[region != 0], return_counts=True)
    share = np.zeros(len(name), dtype=np.float64)
    told = max(int(known[1].sum()), 1)
    for code, rows in zip(*known, strict=True):
        used = held.ids[region == code]
        counts = np.zeros(words + 1, dtype=np.float64)
        for part in (evidence.names.first, evidence.names.last):
            counts += np.bincount(part[used] + 1, minlength=words + 1)
        one = np.maximum(counts[evidence.names.first[name] + 1] - 1, 0)
        other = np.maximum(counts[evidence.names.last[name] + 1] - 1, 0)
        share += one * other / rows / told
    return share


def _middle_limits(evidence: Features) -> FrequencyTable:
    """For each given name with a middle name: how rare the middle name is at most beside it, in 1/1024 bit.

    Some go together (João Miguel, Maria José, Mary Ann), so that who shares the one shares the other. It is
    told by how many family names bear both, as those are surely different people.
    """
    words, names = evidence.words, evidence.names
    used = np.unique(names.held.ids)
    used = used[(names.first[used] >= 0) & (names.last[used] >= 0) & (names.middle[used] >= 0)]
    used = used[~words.single[names.middle[used]]]
    hashes = words.pool.hashes
    first, middle, last = (hashes[part[used]] for part in (names.first, names.middle, names.last))
    beside = mix(first, middle)
    families = _first_of_each(mix(beside, last))
    first, middle, beside = first[families], middle[families], beside[families]
    usual = _usual_share(middle)
    keys, example, both = np.unique(beside, return_index=True, return_counts=True)
    _, which, given = np.unique(first, return_inverse=True, return_counts=True)
    alone = given[which[example]]
    share = (both - 1 + SIGHTINGS * usual) / (alone - 1 + SIGHTINGS)
    bits = np.rint(-BIT * np.log2(share)).astype(np.int64)
    several = (both > 1) & (keys != 0)
    return FrequencyTable(len(used), keys[several], np.maximum(bits[several], 2))


def _usual_share(hashes: Hashes) -> float:
    """The chance that two of these agree."""
    counts = np.unique(hashes, return_counts=True)[1].astype(np.float64)
    return float((counts**2).sum() / max(counts.sum(), 1.0) ** 2)


def full_names(evidence: Features, names: Ids | None = None) -> Hashes:
    """Given and family name of each distinct name (or of these), in any order; 0 where either is silent."""
    words = evidence.words.pool.hashes
    first, last = evidence.names.first, evidence.names.last
    if names is not None:
        first, last = first[names], last[names]
    spoken = (first >= 0) & (last >= 0)
    hashes = np.zeros(len(first), dtype=np.int64)
    hashes[spoken] = mix_unordered(words[first[spoken]], words[last[spoken]])
    return hashes


def _count_names(evidence: Features, held: Lists, key: Hashes) -> FrequencyTable:
    """For each mailbox or line: how many pairs of initials its holders have between them: those of whole
    names or of lone given names, whichever are more, because a person may stand there both ways."""
    names = evidence.names.held
    owners = held.owners()
    spread = names.counts[owners]
    place = np.arange(spread.sum()) - np.repeat(np.cumsum(spread) - spread, spread)
    name = names.ids[np.repeat(names.offsets[owners], spread) + place]
    keys = np.repeat(key[held.ids], spread)
    initials, whole = _initials(evidence)
    parts = [_count_pairs(keys[rows], initials[name[rows]]) for rows in (whole[name], ~whole[name])]
    together = np.concatenate([part.keys for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    order = np.lexsort((-counts, together))
    most = np.unique(together[order], return_index=True)[1]
    return FrequencyTable(len(held.ids), together[order][most], counts[order][most])


def _count_pairs(keys: Hashes, initials: npt.NDArray[np.int64]) -> FrequencyTable:
    return _count(keys[_first_of_each(mix(keys, initials))])


def _initials(evidence: Features) -> tuple[npt.NDArray[np.int64], Flags]:
    """The two initials of each distinct name in alphabetical order, as one number; whether there are two."""
    letters = evidence.words.letter
    first, last = letters[evidence.names.first], letters[evidence.names.last]
    lower, upper = np.minimum(first, last), np.maximum(first, last)
    return lower * 65536 + upper, lower > 0


def _first_of_each(hashes: Hashes) -> Positions:
    return np.unique(hashes, return_index=True)[1]
