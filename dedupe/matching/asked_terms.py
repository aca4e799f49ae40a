"""The values of contacts whose term frequencies comparing may ask for, so that an engine brings these alone.

Several tables are asked for the same values: mailboxes for how many use them, whether they are contested, and
whether generations share them. Such tables are one kind here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, mix
from dedupe.arrays.numpy_columns import integers, table
from dedupe.matching.features.encoding import Ids, Lists, Positions, hashes_at
from dedupe.matching.features.types import Features
from dedupe.matching.term_frequencies import Counts, FrequencyTable, TermFrequencies, full_names

_MAILBOX, _LINE = "mailbox", "line"
_ASKED_FOR = {
    **{name: name for name in ("word", "name", "middle", "company", "job_title", "city")},
    **{name: name for name in ("postcode", "birth", "domain", "identifier", "source")},
    **dict.fromkeys(("street", "home_ages"), "street"),
    **dict.fromkeys(("email", "contested", "email_generations", "email_ages"), _MAILBOX),
    **dict.fromkeys(("phone", "phone_generations", "phone_ages"), _LINE),
}
"""The tables that comparing asks, and the kind of value that it asks each for."""
FACTS, KINDS = tuple(_ASKED_FOR), tuple(dict.fromkeys(_ASKED_FOR.values()))
ASKED = pa.schema([("contact", pa.int64()), ("kind", pa.int8()), ("key", pa.int64())])
TERMS = pa.schema([("fact", pa.int8()), ("kind", pa.int8()), ("key", pa.int64()), ("times", pa.int64())])
"""Rows of term frequencies; `kind` is a place in `KINDS`, `fact` one in `FACTS`, `times` the count."""

ASKED_TERMS_SQL = """
SELECT a.contact, t.fact, t.key, t.times
FROM asked a
JOIN terms t ON t.kind = a.kind AND t.key = a.key
"""


def asked_terms(features: Features, kinds: Collection[str] = KINDS) -> pa.Table:
    """ASKED of these contacts, numbered by their places, of some kinds; values that occur once have no term
    frequency."""
    values = ((kind, owners, keys) for kind, owners, keys in _values(features) if kind in kinds)
    return pa.concat_tables([_rows(KINDS.index(kind), owners, keys) for kind, owners, keys in values])


def terms(term_frequencies: TermFrequencies) -> pa.Table:
    """TERMS of the tables that comparing asks."""
    rows = []
    for fact, name in enumerate(FACTS):
        counted = term_frequencies.tables[name]
        kind = KINDS.index(_ASKED_FOR[name])
        size = len(counted.keys)
        numbers = np.full(size, fact, np.int8), np.full(size, kind, np.int8)
        rows.append(table(TERMS, *numbers, counted.keys, counted.counts))
    return pa.concat_tables(rows)


@dataclass(frozen=True)
class BroughtTable(FrequencyTable):
    """Of a table the values that were brought to some contacts: `asked`, by rising hash."""

    asked: Hashes

    def of(self, hashes: Hashes) -> Counts:
        """The count of each value. Raises LookupError for one that was not brought: it may be frequent."""
        known = np.isin(hashes, self.asked) | (hashes == 0)
        if not known.all():
            raise LookupError("the term frequency of a value that none of these contacts has")
        return super().of(hashes)


def brought_frequencies(
    features: Features, brought: pa.Table, contacts: int, totals: Mapping[str, int]
) -> TermFrequencies:
    """Term frequencies for comparing these contacts. `brought` has the columns fact, key and times, of each
    value that one of them has once at least; `contacts` and `totals` are of the whole run."""
    fact, key, times = (integers(brought.column(name)) for name in ("fact", "key", "times"))
    asked = asked_terms(features)
    kind, value = integers(asked.column("kind")), integers(asked.column("key"))
    tables: dict[str, FrequencyTable] = {}
    for place, name in enumerate(FACTS):
        rows = fact == place
        keys, first = np.unique(key[rows], return_index=True)
        mine = np.unique(value[kind == KINDS.index(_ASKED_FOR[name])])
        tables[name] = BroughtTable(totals[name], keys, times[rows][first], mine)
    return TermFrequencies(contacts, tables)


def _values(features: Features) -> Iterator[tuple[str, Positions, Hashes]]:
    """Each kind of value, and the contacts and hashes of those that are known."""
    yield from _of_names(features)
    places, everyone = features.places, np.arange(features.size, dtype=np.int64)
    pools = {
        "company": (features.company, features.company_of),
        "job_title": (features.job_title, features.job_title_of),
        "street": (places.street, places.street_of),
        "city": (places.city, places.city_of),
        "postcode": (places.postcode, places.postcode_of),
    }
    for kind, (pool, ids) in pools.items():
        yield kind, everyone, hashes_at(pool.hashes, ids)
    yield "birth", everyone, features.births.whole
    yield "source", everyone, features.source
    emails, phones, identifiers = features.emails, features.phones, features.identifiers
    yield "domain", *_held(emails.held, hashes_at(emails.domain.hashes, emails.domain_of))
    yield _MAILBOX, *_held(emails.held, emails.untagged)
    yield _LINE, *_held(phones.held, phones.line)
    yield "identifier", *_held(identifiers.held, identifiers.key)


def _of_names(features: Features) -> Iterator[tuple[str, Positions, Hashes]]:
    names, words = features.names, features.words.pool.hashes
    for part in (names.first, names.last):
        yield "word", *_held(names.held, hashes_at(words, part))
    yield "name", *_held(names.held, full_names(features))
    yield "middle", *_held(names.held, _beside(words, names.first, names.middle))


def _beside(words: Hashes, first: Ids, middle: Ids) -> Hashes:
    both = (first >= 0) & (middle >= 0)
    return np.where(both, mix(hashes_at(words, first), hashes_at(words, middle)), 0)


def _held(held: Lists, hashes: Hashes) -> tuple[Positions, Hashes]:
    return held.owners(), hashes[held.ids]


def _rows(kind: int, owners: Positions, keys: Hashes) -> pa.Table:
    known = keys != 0
    return table(ASKED, owners[known], np.full(int(known.sum()), kind, np.int8), keys[known])
