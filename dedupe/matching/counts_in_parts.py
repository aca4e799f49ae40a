"""Term frequencies and name collisions counted in parts: rows about some contacts, plain SQL that adds up the
rows about all, and the counts that follow.

`term_frequencies` and `name_collisions` count at once where one memory holds the features of all contacts;
tests hold the two equal. Counts are whole numbers, so that they add up the same in any order.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import table
from dedupe.matching.features.encoding import Ids, Lists, Positions
from dedupe.matching.features.types import Features, Flags
from dedupe.matching.term_frequencies import full_names

NUMBER = pa.int64()
COUNTED = pa.schema([("fact", pa.int16()), ("key", NUMBER), ("times", NUMBER)])
"""`fact`: a place in `FACTS`; the row with key 0 counts to the total of that fact alone."""
NAMED = pa.schema([("name", NUMBER), ("one", NUMBER), ("other", NUMBER), ("times", NUMBER)])
"""Full names by the hashes of their parts."""
REGIONAL = pa.schema([("part", pa.int8()), ("region", NUMBER), ("word", NUMBER), ("times", NUMBER)])
"""Words by the country of the contact, `part` as in `PARTS`; word 0 counts the names of the country."""
MIDDLE = pa.schema([(each, NUMBER) for each in ("name", "family", "beside", "first", "middle")])
"""Names with a middle name: of the whole name, of its three parts, of given and middle name, of each."""

FACTS = (
    "word", "company", "job_title", "street", "city", "postcode", "birth", "domain", "source",
    "email", "phone", "identifier", "name", "contested",
    "email_generations", "phone_generations", "email_ages", "phone_ages",
    "home_ages",
)  # fmt: skip
ANY, FIRST, LAST, EITHER = range(4)
"""Parts in REGIONAL: either part of any name; of names with both parts the first, the last, either."""


def counted(features: Features) -> pa.Table:
    """COUNTED of these contacts, each name of each of them counting as a name."""
    rows = [_rows(FACTS.index(fact), total, keys) for fact, total, keys in _values(features)]
    return pa.concat_tables([*rows, words_of_names(features, np.ones(features.size, dtype=bool), 1)])


def words_of_names(features: Features, whose: Flags, times: int) -> pa.Table:
    """COUNTED of the names of some of these contacts and their words; times is 1, or −1 to take them back."""
    used = _names_of(features, whose)
    words, names = features.words.pool.hashes, features.names
    parts = [part[used] for part in (names.first, names.last)]
    keys = np.concatenate([words[part[part >= 0]] for part in parts])
    counts = [
        _rows(FACTS.index("word"), len(used), keys, times),
        _rows(FACTS.index("name"), len(used), keys[:0], times),
    ]
    return pa.concat_tables(counts)


def full_names_of(features: Features, whose: Flags, times: int) -> pa.Table:
    """NAMED of the full names of some of these contacts."""
    used = _names_of(features, whose)
    name = full_names(features)[used]
    used, name = used[name != 0], name[name != 0]
    _, example, counts = np.unique(name, return_index=True, return_counts=True)
    words, names = features.words.pool.hashes, features.names
    one, other = (words[part[used[example]]] for part in (names.first, names.last))
    return table(NAMED, name[example], np.minimum(one, other), np.maximum(one, other), counts * times)


def mailed(features: Features) -> Flags:
    """Contacts of whose exact duplicates only the first one's names count."""
    return (features.emails.held.counts > 0) | (features.phones.held.counts > 0)


def regional(features: Features) -> pa.Table:
    """REGIONAL of these contacts."""
    names, held = features.names, features.names.held
    region = features.region[held.owners()]
    known = region != 0
    both = known & (names.first[held.ids] >= 0) & (names.last[held.ids] >= 0)
    asked = [
        (ANY, known, (names.first, names.last)),
        (FIRST, both, (names.first,)),
        (LAST, both, (names.last,)),
    ]
    rows = [_regional(features, part, chosen, words) for part, chosen, words in asked]
    return pa.concat_tables([*rows, _regional(features, EITHER, both, ())])


def _regional(features: Features, part: int, chosen: Flags, words: tuple[Ids, ...]) -> pa.Table:
    """The words of the chosen names by country, and how many names there are."""
    held = features.names.held
    region, used = features.region[held.owners()][chosen], held.ids[chosen]
    regions, keys = [region], [np.zeros(len(region), dtype=np.int64)]
    for word in words:
        spoken = word[used] >= 0
        regions.append(region[spoken])
        keys.append(features.words.pool.hashes[word[used[spoken]]])
    where, key = np.concatenate(regions), np.concatenate(keys)
    _, example, counts = np.unique(mix(where, key), return_index=True, return_counts=True)
    return table(REGIONAL, np.full(len(example), part, np.int8), where[example], key[example], counts)


def middle_names(features: Features) -> pa.Table:
    """MIDDLE of the distinct names of these contacts."""
    words, names = features.words, features.names
    used = np.unique(names.held.ids)
    used = used[(names.first[used] >= 0) & (names.last[used] >= 0) & (names.middle[used] >= 0)]
    used = used[~words.single[names.middle[used]]]
    first, middle, last = (words.pool.hashes[part[used]] for part in (names.first, names.middle, names.last))
    beside = mix(first, middle)
    name = mix(names.hashes[used], names.latin[used].astype(np.int64))
    return table(MIDDLE, name, mix(beside, last), beside, first, middle)


def _values(features: Features) -> Iterator[tuple[str, int, Hashes]]:
    """Each fact that is counted as it stands: its name, how many values there are, and their hashes."""
    emails, places, births = features.emails, features.places, features.births.whole
    pools = {
        "company": (features.company, features.company_of),
        "job_title": (features.job_title, features.job_title_of),
        "street": (places.street, places.street_of),
        "city": (places.city, places.city_of),
        "postcode": (places.postcode, places.postcode_of),
        "domain": (emails.domain, emails.domain_of[emails.held.ids]),
    }
    for fact, (pool, ids) in pools.items():
        known = ids[ids >= 0]
        yield fact, len(known), pool.hashes[known]
    yield "birth", int((births > 0).sum()), births[births > 0]
    yield "source", int(features.matched.sum()), features.source[features.matched]
    for fact, held in _marked(features):
        yield fact, len(held.ids), np.zeros(0, dtype=np.int64)


def _marked(features: Features) -> Iterator[tuple[str, Lists]]:
    """The facts that are told of values in other ways, of which only the values are counted here."""
    emails, phones = features.emails.held, features.phones.held
    yield from (("email", emails), ("phone", phones), ("identifier", features.identifiers.held))
    yield from (("contested", emails), ("email_generations", emails), ("phone_generations", phones))
    yield from (("email_ages", emails), ("phone_ages", phones), ("home_ages", features.places.homes))


def _rows(fact: int, total: int, keys: Hashes, times: int = 1) -> pa.Table:
    key, counts = np.unique(keys[keys != 0], return_counts=True)
    key, counts = np.concatenate([[0], key]).astype(np.int64), np.concatenate([[total], counts])
    return table(COUNTED, np.full(len(key), fact, dtype=np.int16), key, counts.astype(np.int64) * times)


def _names_of(features: Features, whose: Flags) -> Ids:
    held = features.names.held
    return held.ids[whose[held.owners()]]


def places_of(values: Positions, among: Positions) -> tuple[Positions, npt.NDArray[np.bool_]]:
    """The place of each value among rising ones, and whether it is there."""
    place = np.minimum(np.searchsorted(among, values), max(len(among) - 1, 0))
    return place, among[place] == values if len(among) else np.zeros(len(values), dtype=bool)


REPEATED_SQL = """
SELECT c.contact
FROM contents c
JOIN (
  SELECT m.content, min(m.contact) AS contact
  FROM contents m
  GROUP BY m.content
  HAVING count(*) > 1
) f ON f.content = c.content
WHERE c.contact <> f.contact
"""
"""Exact duplicates, however few, but the first of them, whether they are matched or not."""

COUNTED_SQL = """
SELECT c.fact, c.key, CAST(sum(c.times) AS BIGINT) AS times
FROM counted c
GROUP BY c.fact, c.key
HAVING sum(c.times) > 1 OR c.key = 0
"""

NAMED_SQL = """
SELECT n.name, n.one, n.other, CAST(sum(n.times) AS BIGINT) AS times
FROM named n
GROUP BY n.name, n.one, n.other
HAVING sum(n.times) > 1
"""

SAME_NAME_SQL = """
SELECT CAST(sum(t.times * (t.times - 1)) AS BIGINT) AS ordered
FROM (SELECT n.name, CAST(sum(n.times) AS BIGINT) AS times FROM named n GROUP BY n.name) t
"""
"""Twice the number of pairs of contacts with one full name."""

REGIONAL_SQL = """
SELECT r.part, r.region, r.word, CAST(sum(r.times) AS BIGINT) AS times
FROM regional r
GROUP BY r.part, r.region, r.word
"""

MIDDLE_SQL = "SELECT count(*) AS names FROM (SELECT DISTINCT m.name FROM middles m) d"
FAMILIES_SQL = "SELECT DISTINCT m.family, m.beside, m.first, m.middle FROM middles m"
BESIDE_SQL = """
SELECT f.beside, min(f.first) AS first, count(*) AS times
FROM families f
GROUP BY f.beside
HAVING count(*) > 1
"""
GIVEN_SQL = "SELECT f.first, count(*) AS times FROM families f GROUP BY f.first"
USUAL_SQL = "SELECT f.middle, count(*) AS times FROM families f GROUP BY f.middle"

CONTESTED_SQL = """
SELECT DISTINCT t.mailbox
FROM (
  SELECT s.mailbox, s.fewest, s.kind, s.said, count(*) AS times
  FROM told s
  GROUP BY s.mailbox, s.fewest, s.kind, s.said
) t
GROUP BY t.mailbox, t.fewest, t.kind
HAVING sum(t.times) >= t.fewest AND 2 * max(t.times) <= sum(t.times)
"""
