"""What is counted over all contacts by an engine of several memories: rows about parts, added up by SQL."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes
from dedupe.arrays.numpy_columns import integers
from dedupe.engines.engine import BatchEngine, Each, Evidence, Numbers, Rows
from dedupe.matching import counts_in_parts as parts
from dedupe.matching import users_in_parts as users
from dedupe.matching.features.build import Features
from dedupe.matching.name_rarity import (
    chance_of_two,
    rarity_of_middle_names,
    rarity_of_names,
    share_in_country,
)
from dedupe.matching.packed_counts import SCHEMAS, packed_back, packed_counts, unpacked_sql
from dedupe.matching.term_frequencies import (
    MARKED,
    FrequencyTable,
    TermFrequencies,
    stands_for_none,
)
from dedupe.matching.training.name_collisions import NameCollisions, WordsUsed, kinship


def added_term_frequencies(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> TermFrequencies:
    """As `term_frequencies.count_term_frequencies`."""
    repeated = engine.query(parts.REPEATED_SQL, contents=engine.contents(features))
    rows = engine.both(
        engine.over(features, _counts_of(*SCHEMAS)), engine.over(features, _taken_back, repeated)
    )
    counts = _Packed(engine.keep(rows, "values"), engine)
    added = counts.added("counted", parts.COUNTED_SQL)
    tables = {fact: _table(added, place) for place, fact in enumerate(parts.FACTS)}
    tables["name"] = _names(tables["name"].total, counts)
    tables["middle"] = _middle_names(counts, engine)
    contested = np.unique(integers(counts.added("told", parts.CONTESTED_SQL)["mailbox"]))
    marked = {"contested": contested, **_of_two_ages(tables["birth"], counts, engine)}
    for fact, keys in marked.items():
        tables[fact] = FrequencyTable(tables[fact].total, keys, np.full(len(keys), MARKED, dtype=np.int64))
    for fact, used in _users(features, counts, engine).items():
        tables[fact] = FrequencyTable(tables[fact].total, used.keys, used.counts)
    return TermFrequencies(tables["source"].total, tables)


def added_name_collisions(features: Evidence, engine: BatchEngine[Evidence, Rows]) -> NameCollisions:
    """As `name_collisions.name_collisions`."""
    rows = engine.over(features, _counts_of("named", "regional"))
    counts = _Packed(engine.keep(rows, "names"), engine)
    ordered = counts.added("named", parts.SAME_NAME_SQL)["ordered"].to_pylist()[0]
    told = _regional(counts)
    both = told.of(parts.EITHER)
    words = [told.of(part) for part in (parts.FIRST, parts.LAST)]
    used = [
        WordsUsed(each.word, parts.places_of(each.region, both.region)[0], each.times.astype(np.float64))
        for each in (part.words() for part in words)
    ]
    return NameCollisions(float(int(ordered or 0) // 2), kinship(both.times, used))


@dataclass(frozen=True)
class _Packed(Generic[Rows]):
    """PACKED rows about all contacts."""

    rows: Rows
    engine: BatchEngine[Any, Rows]

    def table(self, name: str) -> Rows:
        return self.engine.query(unpacked_sql(name), packed=self.rows)

    def added(self, name: str, sql: str) -> pa.Table:
        """What a statement over one of the tables gives."""
        return self.engine.collect(self.engine.query(sql, **{name: self.table(name)}))


@dataclass(frozen=True)
class _Regional:
    """Columns of REGIONAL, by rising region and word."""

    part: Numbers
    region: Numbers
    word: Numbers
    times: Numbers

    def of(self, part: int) -> _Regional:
        return self._where(self.part == part)

    def words(self) -> _Regional:
        return self._where(self.word != 0)

    def names(self) -> _Regional:
        """The number of names of each region."""
        return self._where(self.word == 0)

    def _where(self, rows: npt.NDArray[np.bool_]) -> _Regional:
        return _Regional(self.part[rows], self.region[rows], self.word[rows], self.times[rows])


def _regional(counts: _Packed[Rows]) -> _Regional:
    added = counts.added("regional", parts.REGIONAL_SQL)
    part, region, word, times = (integers(added[name]) for name in parts.REGIONAL.names)
    order = np.lexsort((word, region))
    return _Regional(part[order], region[order], word[order], times[order])


def _counts_of(*names: str) -> Callable[[Features, Numbers, Each], pa.Table]:
    def rows(features: Features, _contacts: Numbers, _each: Each) -> pa.Table:
        return packed_counts(features, names)

    return rows


def _taken_back(features: Features, contacts: Numbers, _each: Each) -> pa.Table:
    """Of exact duplicates that have a mailbox or a line only the first one's names count."""
    chosen = np.zeros(features.size, dtype=bool)
    chosen[contacts] = True
    return packed_back(features, chosen & parts.mailed(features))


def _table(added: pa.Table, fact: int) -> FrequencyTable:
    """The counts of one fact (COUNTED)."""
    number, key, times = (integers(added[name]) for name in parts.COUNTED.names)
    total = int(times[(number == fact) & (key == 0)].sum())
    several = np.flatnonzero((number == fact) & (key != 0))
    several = several[np.argsort(key[several])]
    return FrequencyTable(total, key[several], times[several])


def _names(total: int, counts: _Packed[Rows]) -> FrequencyTable:
    """The greatest rarity of full names, as `term_frequencies` tells it."""
    found = counts.added("named", parts.NAMED_SQL).sort_by("name")
    name, one, other, times = (integers(found[column]) for column in parts.NAMED.names)
    told = _regional(counts).of(parts.ANY)
    names, words = told.names(), told.words()
    share, everywhere = np.zeros(len(name), dtype=np.float64), max(int(names.times.sum()), 1)
    for region, count in zip(names.region.tolist(), names.times.tolist(), strict=True):
        start, end = np.searchsorted(words.region, [region, region + 1])
        used, often = words.word[start:end], words.times[start:end]
        first, second = (_times_of(part, used, often) for part in (one, other))
        share += share_in_country(first, second, count, everywhere)
    return FrequencyTable(total, name, rarity_of_names(total, times, share))


def _times_of(words: Numbers, used: Numbers, often: Numbers) -> npt.NDArray[np.float64]:
    place, there = parts.places_of(words, used)
    return np.where(there, often[place] if len(often) else 0, 0).astype(np.float64)


def _middle_names(counts: _Packed[Rows], engine: BatchEngine[Evidence, Rows]) -> FrequencyTable:
    """The greatest rarity of middle names, as `term_frequencies` tells it."""
    middles = counts.table("middles")
    families = engine.query(parts.FAMILIES_SQL, middles=middles)
    total = int(integers(engine.collect(engine.query(parts.MIDDLE_SQL, middles=middles))["names"])[0])
    beside = engine.collect(engine.query(parts.BESIDE_SQL, families=families)).sort_by("beside")
    alone = engine.collect(engine.query(parts.GIVEN_SQL, families=families)).sort_by("first")
    usual = chance_of_two(integers(engine.collect(engine.query(parts.USUAL_SQL, families=families))["times"]))
    place, _ = parts.places_of(integers(beside["first"]), integers(alone["first"]))
    both, by_itself = integers(beside["times"]), integers(alone["times"])[place]
    rarity = rarity_of_middle_names(both, by_itself, usual)
    return FrequencyTable(total, integers(beside["beside"]), rarity)


def _users(
    features: Evidence, counts: _Packed[Rows], engine: BatchEngine[Evidence, Rows]
) -> dict[str, FrequencyTable]:
    """The people who use values that several use, and the values of two generations, by the name of the
    fact."""
    held = engine.keep(engine.query(users.HOLDERS_SQL, holders=counts.table("holders")), "shared values")
    found = engine.collect(engine.judge(features, held, users.users))
    fact, key, people = (integers(found[name]) for name in users.USERS.names)
    tables = {}
    for name in (*users.USED, *users.GENERATIONS.values()):
        rows = np.flatnonzero(fact == parts.FACTS.index(name))
        rows = rows[np.argsort(key[rows])]
        tables[name] = FrequencyTable(0, key[rows], people[rows])
    return tables


def _of_two_ages(
    births: FrequencyTable, counts: _Packed[Rows], engine: BatchEngine[Any, Rows]
) -> dict[str, Hashes]:
    """The values that people born years apart use under one name, by the name of the fact; `births` is the
    table `birth`, by which a date stands for none."""
    unknown = pa.table({"date": pa.array(births.keys[stands_for_none(births, births.keys)], pa.int64())})
    told = {"born": counts.table("born"), "unknown": engine.rows(unknown)}
    found = engine.collect(engine.query(users.BORN_APART_SQL, **told))
    return {fact: users.of_two_ages(found, fact) for fact in users.AGES.values()}
