"""Comparisons of what is known of a contact beside names and contact points: company, address, birth,
source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.matching.comparisons.definitions import (
    BIRTH,
    COMPANY,
    JOB_TITLE,
    SILENT,
    SOURCE,
    STREET,
    TOWN,
    Comparison,
)
from dedupe.matching.comparisons.result import ComparisonResult, Levels, counted_rows, counts_where_counted
from dedupe.matching.features.build import Births, Features, Flags
from dedupe.matching.features.encoding import Ids, Pool, Positions, hashes_at, unique_pairs
from dedupe.matching.term_frequencies import TermFrequencies, stands_for_none

_DIFFERENT, _NEAR, _SAME = 0, 1, 2
"""Levels of postcode and town, each by itself; the two together are a level of TOWN."""


def compare_companies(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of company names; a rare company weighs more."""
    pool, ids = features.company, features.company_of
    level = _compare_pool(pool, ids[left], ids[right], _COMPANY)
    counted = term_frequencies.tables["company"]
    count = counts_where_counted(COMPANY, level, counted, pool.hashes, ids[left])
    return ComparisonResult(level, count, counted.total)


def compare_job_titles(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of job titles by their keys; a rare title weighs more."""
    pool, ids = features.job_title, features.job_title_of
    level = _compare_pool(pool, ids[left], ids[right], _JOB_TITLE)
    counted = term_frequencies.tables["job_title"]
    count = counts_where_counted(JOB_TITLE, level, counted, pool.hashes, ids[left])
    return ComparisonResult(level, count, counted.total)


def compare_streets(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of street addresses, normalized; a rare street weighs more."""
    pool, ids = features.places.street, features.places.street_of
    level = _compare_pool(pool, ids[left], ids[right], _STREET)
    level = _by_house_numbers(pool, ids[left], ids[right], level)
    counted = term_frequencies.tables["street"]
    count = counts_where_counted(STREET, level, counted, pool.hashes, ids[left])
    return ComparisonResult(level, count, counted.total)


_HOUSE_NUMBER = re.compile(r"\d+")


def _by_house_numbers(pool: Pool, a: Ids, b: Ids, level: Levels) -> Levels:
    """Levels with `near` where one address tells all that the other tells and more (a flat, a business park),
    its house number too; and one level less where addresses that are near or alike by their letters have no
    number in common: neighbours live in one street."""
    doubtful = np.flatnonzero((level >= 0) & (level != STREET.index("same")))
    one, other, where = unique_pairs(a[doubtful], b[doubtful])
    texts = list(zip(pool.at(one), pool.at(other), strict=True))
    more = np.array([_tells_more(*each) for each in texts], dtype=bool)
    others = np.array([_other_number(*each) for each in texts], dtype=bool)
    level = level.copy()
    if len(where):
        less = np.maximum(level[doubtful] - others[where], STREET.index("different"))
        level[doubtful] = np.where(more[where], STREET.index("near"), less)
    return level


def _tells_more(one: str, other: str) -> bool:
    """Whether one of two addresses tells all that the other tells and more, its house number too."""
    shorter, longer = sorted((one.split(), other.split()), key=len)
    begins = longer[: len(shorter)] == shorter and len(shorter) >= _WORDS_OF_A_STREET
    return begins and bool(_numbers(one) & _numbers(other))


def _other_number(one: str, other: str) -> bool:
    """Whether both addresses tell numbers, and none in common."""
    numbers, others = _numbers(one), _numbers(other)
    return bool(numbers and others and not numbers & others)


def _numbers(address: str) -> set[str]:
    return set(_HOUSE_NUMBER.findall(address))


_WORDS_OF_A_STREET = 2
"""Of the shorter of two addresses: a house number and a name. Chosen."""


def compare_towns(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of postcode and town together; the rarity is that of the postcode or, where it differs, the
    town."""
    places = features.places
    code = _compare_pool(places.postcode, places.postcode_of[left], places.postcode_of[right], _POSTCODE)
    city = _compare_pool(places.city, places.city_of[left], places.city_of[right], _CITY)
    level = _TOWN_LEVELS[code, city]
    postcodes, cities = term_frequencies.tables["postcode"], term_frequencies.tables["city"]
    total = max(postcodes.total, cities.total, 1)
    rows = counted_rows(TOWN, level)
    contact, by_code = left[rows], level[rows] >= TOWN.index("postcode_only")
    count_code = postcodes.of(hashes_at(places.postcode.hashes, places.postcode_of[contact]))
    count_city = cities.of(hashes_at(places.city.hashes, places.city_of[contact]))
    # One scale for both: a file may hold towns without postcodes, and the reverse.
    scaled = np.where(
        by_code, count_code * total // max(postcodes.total, 1), count_city * total // max(cities.total, 1)
    )
    count = np.ones(len(level), dtype=np.int64)
    count[rows] = np.maximum(scaled, 1)
    return ComparisonResult(level, count, total)


def _town_levels() -> Levels:
    """[postcode, city]: the level of both together; either is different, near, same or (last) silent."""
    names = {
        (_SAME, _SAME): "both",
        (_SAME, _NEAR): "both",
        (_SAME, SILENT): "postcode",
        (_SAME, _DIFFERENT): "postcode_only",
        (SILENT, _SAME): "town",
        (_NEAR, _SAME): "town_only",
        (_DIFFERENT, _SAME): "town_only",
        (_NEAR, _NEAR): "near",
        (_NEAR, SILENT): "near",
        (_NEAR, _DIFFERENT): "near",
        (SILENT, _NEAR): "near",
        (_DIFFERENT, _NEAR): "near",
    }
    table = np.full((4, 4), TOWN.index("different"), dtype=np.int8)
    for place, name in names.items():
        table[place] = TOWN.index(name)
    table[SILENT, SILENT] = SILENT
    return table


_TOWN_LEVELS = _town_levels()


@dataclass(frozen=True)
class _Similarity:
    """Levels of pairs of texts by their similarity, as a scorer of rapidfuzz has it.

    `steps`: (from which similarity, level), rising; `different` is the level below the first of them and
    `same` that of equal texts.
    """

    scorer: Any
    different: int
    steps: tuple[tuple[float, int], ...]
    same: int

    @classmethod
    def of(cls, comparison: Comparison, scorer: Any, **steps: float) -> _Similarity:
        """With the levels `different`, `same` and those of `steps` (level name, from which similarity)."""
        places = tuple((bound, comparison.index(level)) for level, bound in steps.items())
        return cls(scorer, comparison.index("different"), places, comparison.index("same"))

    def levels(self, one: list[str], other: list[str]) -> Levels:
        """The level of each pair (one[i], other[i]) of unequal texts."""
        similarity = process.cpdist(one, other, scorer=self.scorer, dtype=np.float32, workers=-1)
        level = np.full(len(one), self.different, dtype=np.int8)
        for bound, step in self.steps:
            level[similarity >= np.float32(bound)] = step
        return level


# The bounds were chosen, none was fitted; their scale is the scorer's: 0 to 100, or 0 to 1.
_COMPANY = _Similarity.of(COMPANY, fuzz.token_set_ratio, alike=88)
_JOB_TITLE = _Similarity.of(JOB_TITLE, fuzz.token_set_ratio, alike=88)
_STREET = _Similarity.of(STREET, fuzz.token_sort_ratio, alike=65, near=85)
_CITY = _Similarity(JaroWinkler.similarity, _DIFFERENT, ((0.88, _NEAR),), _SAME)
_POSTCODE = _Similarity(OSA.normalized_similarity, _DIFFERENT, ((0.74, _NEAR),), _SAME)


def _compare_pool(pool: Pool, a: Ids, b: Ids, similarity: _Similarity) -> Levels:
    """The level of each pair (a[i], b[i]) of ids of a pool; each distinct pair of texts is compared once."""
    level = np.where(a == b, np.int8(similarity.same), np.int8(similarity.different))
    level[(a < 0) | (b < 0)] = SILENT
    open_ = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))
    if len(open_):
        one, other, where = unique_pairs(a[open_], b[open_])
        level[open_] = similarity.levels(pool.at(one), pool.at(other))[where]
    return level


def compare_sources(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Whether one source holds both; silent where one source holds all contacts."""
    counted, source = term_frequencies.tables["source"], features.source
    same = source[left] == source[right]
    level = np.where(same, np.int8(SOURCE.index("same")), np.int8(SOURCE.index("different")))
    level[same & (counted.of(source[left]) >= counted.total)] = SILENT
    return ComparisonResult(level)


def compare_births(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Levels of birth dates; neither a part that is unknown nor a guessed century contradicts, and a date
    that stands for none says nothing."""
    births = features.births
    counted = term_frequencies.tables["birth"]
    whole = births.whole
    level = _birth_level(births, left, right)
    level[stands_for_none(counted, whole[left]) | stands_for_none(counted, whole[right])] = SILENT
    rows = counted_rows(BIRTH, level)
    count = np.ones(len(level), dtype=np.int64)
    count[rows] = counted.of(whole[left[rows]])
    return ComparisonResult(level, count, counted.total)


def _birth_level(births: Births, left: Positions, right: Positions) -> Levels:
    parts = [(part[left], part[right]) for part in (births.year, births.month, births.day)]
    both = [(a > 0) & (b > 0) for a, b in parts]
    same = [known & (a == b) for known, (a, b) in zip(both, parts, strict=True)]
    one_digit = _one_digit_apart(births.whole, left, right)
    both[0] &= one_digit | ~_doubtful_years(births, left, right)
    known, agreeing = sum(x.astype(np.int8) for x in both), sum(x.astype(np.int8) for x in same)
    full = known == 3
    (_, (month_a, month_b), (day_a, day_b)) = parts
    level = np.full(len(left), BIRTH.index("different"), dtype=np.int8)
    level[same[0]] = BIRTH.index("year")
    level[agreeing == 2] = BIRTH.index("two_parts")
    level[one_digit & full] = BIRTH.index("digit")
    level[full & same[0] & (month_a == day_b) & (day_a == month_b)] = BIRTH.index("swapped")
    level[(known == agreeing) & (known > 0)] = BIRTH.index("known_parts")
    level[full & (agreeing == 3)] = BIRTH.index("same")
    level[known == 0] = SILENT
    return level


_A_MONTH = 100
"""Between two dates of one year as numbers (YYYYMMDD)."""


def _doubtful_years(births: Births, left: Positions, right: Positions) -> Flags:
    """Where years that differ contradict nothing: they agree but for a guessed century, or one of them alone
    is out of range, and so a slip."""
    century, guessed, out = births.year_of_century, births.guessed, births.out_of_range
    same_of_century = (century[left] == century[right]) & (guessed[left] | guessed[right])
    differ = births.year[left] != births.year[right]
    return np.asarray(differ & (same_of_century | (out[left] != out[right])))


def _one_digit_apart(whole: npt.NDArray[np.int64], left: Positions, right: Positions) -> Flags:
    """Whether two whole dates (YYYYMMDD) differ in one digit, have two neighbouring digits exchanged, or are
    a month apart."""
    apart = np.zeros(len(left), dtype=bool)
    rows = np.flatnonzero((whole[left] > 0) & (whole[right] > 0) & (whole[left] != whole[right]))
    powers = 10 ** np.arange(8, dtype=np.int64)
    a, b = ((whole[side[rows], None] // powers) % 10 for side in (left, right))
    differs = a != b
    number = differs.sum(axis=1)
    exchanged = (a[:, :-1] == b[:, 1:]) & (a[:, 1:] == b[:, :-1]) & differs[:, :-1]
    apart[rows] = (number == 1) | ((number == 2) & exchanged.any(axis=1))
    apart[rows] |= np.abs(whole[left[rows]] - whole[right[rows]]) == _A_MONTH
    return apart
