"""The users of mailboxes, lines and identifiers told in parts, as `value_users` tells them at once: rows
about some contacts, plain SQL that chooses among the rows about all, and the users that follow."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers, table
from dedupe.matching.counts_in_parts import FACTS, NUMBER
from dedupe.matching.features.encoding import MAX_VALUES, Lists, Positions
from dedupe.matching.features.types import Features
from dedupe.matching.term_frequencies import MARKED
from dedupe.matching.value_users import (
    YEARS_APART,
    are_of_two_ages,
    count_users,
    names_and_births,
    of_two_generations,
)

HOLDERS = pa.schema([("contact", NUMBER), ("fact", pa.int16()), ("value", NUMBER), ("name", NUMBER)])
"""`fact`: a place in `FACTS`; those of generations have rows of names with a generation alone."""
USERS = pa.schema([("fact", pa.int16()), ("key", NUMBER), ("people", NUMBER)])
BORN = pa.schema([("fact", pa.int16()), ("value", NUMBER), ("name", NUMBER), ("date", NUMBER)])
"""Birth dates (YYYYMMDD) under which a value is used under one name."""

USED = ("email", "phone", "identifier")
"""The facts of which the people who use a value are counted."""
GENERATIONS = {"email": "email_generations", "phone": "phone_generations"}
AGES = {"email": "email_ages", "phone": "phone_ages", "home": "home_ages"}
"""The facts that mark the values of another one."""


def holders(features: Features) -> pa.Table:
    """HOLDERS: the names of the contacts that hold a mailbox, a line or an identifier; `name` is its hash."""
    of_contact, names, rows = features.names.held, features.names, []
    for fact, (held, key) in _used(features).items():
        owners = held.owners()
        sizes = of_contact.counts[owners]
        place = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        name = of_contact.ids[np.repeat(of_contact.offsets[owners], sizes) + place]
        value, owner = np.repeat(key[held.ids], sizes), np.repeat(owners, sizes)
        rows.append(_of(HOLDERS, fact, owner, value, names.hashes[name]))
        if fact in GENERATIONS:
            told = np.flatnonzero(names.suffix[name] >= 0)
            of_told = (owner[told], value[told], names.hashes[name[told]])
            rows.append(_of(HOLDERS, GENERATIONS[fact], *of_told))
    return pa.concat_tables(rows)


def users(features: Features, held: pa.Table) -> pa.Table:
    """USERS of the values of HOLDERS: the number of people who use them, and which are used by two
    generations; `features` are of their contacts."""
    number, value = integers(held.column("fact")), integers(held.column("value"))
    found = []
    for fact, (lists, key) in _used(features).items():
        asked = value[number == FACTS.index(fact)]
        values, people = count_users(features, lists, key)
        several = np.flatnonzero(np.isin(values, asked) & (people > 1) & (values != 0))
        found.append(_of(USERS, fact, values[several], people[several]))
        if fact in GENERATIONS:
            asked = value[number == FACTS.index(GENERATIONS[fact])]
            marked = np.intersect1d(of_two_generations(features, lists, key), asked)
            found.append(_of(USERS, GENERATIONS[fact], marked, np.full(len(marked), MARKED)))
    return pa.concat_tables(found)


def born(features: Features) -> pa.Table:
    """BORN of these contacts."""
    rows = []
    held = _used(features) | {"home": (features.places.homes, features.places.street.hashes)}
    for fact, ages in AGES.items():
        told = names_and_births(features, *held[fact], features.births.whole)
        rows.append(_of(BORN, ages, *told))
    return pa.concat_tables(rows)


def of_two_ages(found: pa.Table, fact: str) -> Hashes:
    """The values of one fact (`AGES`), rising, that people born years apart use, of what `BORN_APART_SQL`
    finds."""
    number, value, eldest, youngest = (integers(found[name]) for name in BORN_APART)
    return np.unique(value[(number == FACTS.index(fact)) & are_of_two_ages(eldest, youngest)])


def _used(features: Features) -> dict[str, tuple[Lists, Hashes]]:
    return {
        "email": (features.emails.held, features.emails.untagged),
        "phone": (features.phones.held, features.phones.line),
        "identifier": (features.identifiers.held, features.identifiers.key),
    }


def _of(schema: pa.Schema, fact: str, *columns: Positions | npt.NDArray[np.int64]) -> pa.Table:
    """Rows about one fact, from the columns that stand beside it."""
    beside = iter(columns)
    number = np.full(len(columns[0]), FACTS.index(fact), dtype=np.int16)
    return table(schema, *(number if name == "fact" else next(beside) for name in schema.names))


HOLDERS_SQL = f"""
SELECT s.contact, s.fact, s.value, s.name
FROM (
  SELECT
    d.contact,
    d.fact,
    d.value,
    d.name,
    row_number() OVER (PARTITION BY d.fact, d.value ORDER BY d.name NULLS LAST) AS place,
    count(*) OVER (PARTITION BY d.fact, d.value) AS names
  FROM (
    SELECT min(h.contact) AS contact, h.fact, h.value, h.name
    FROM holders h
    GROUP BY h.fact, h.value, h.name
  ) d
) s
WHERE s.names > 1 AND s.place <= {MAX_VALUES}
"""
"""One contact for each name that uses a value, of as many names as are looked at, where there are several."""

BORN_APART = ("fact", "value", "eldest", "youngest")
BORN_APART_SQL = f"""
SELECT b.fact, b.value, min(b.date) AS eldest, max(b.date) AS youngest
FROM born b
LEFT JOIN unknown u ON u.date = b.date
WHERE u.date IS NULL
GROUP BY b.fact, b.value, b.name
HAVING max(b.date) - min(b.date) > {(YEARS_APART - 1) * 10_000}
"""
"""Names under which a value is used by people who may be of two ages; `unknown` are the birth dates that
stand for none."""
