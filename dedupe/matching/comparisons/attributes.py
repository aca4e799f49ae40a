"""Comparing circumstances: company, street, town and birth date."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.matching.comparisons.definitions import BIRTH, COMPANY, SOURCE, STREET, TOWN
from dedupe.matching.comparisons.result import ComparisonResult, Levels, counted_rows, counts_where_counted
from dedupe.matching.features.build import Births, Features
from dedupe.matching.features.encoding import Ids, Pool, Positions, hashes_at, unique_pairs
from dedupe.matching.term_frequencies import TermFrequencies

_SILENT, _DIFFERENT, _NEAR, _SAME = -1, 0, 1, 2


def compare_companies(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    pool, ids = evidence.company, evidence.company_of
    level = _compare_pool(pool, ids[left], ids[right], _company_level)
    counted = context.facts["company"]
    count = counts_where_counted(COMPANY, level, counted, pool.hashes, ids[left])
    return ComparisonResult(level, count, counted.total)


def compare_streets(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    pool, ids = evidence.places.street, evidence.places.street_of
    level = _compare_pool(pool, ids[left], ids[right], _street_level)
    counted = context.facts["street"]
    count = counts_where_counted(STREET, level, counted, pool.hashes, ids[left])
    return ComparisonResult(level, count, counted.total)


def compare_towns(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    places = evidence.places
    code = _compare_pool(
        places.postcode, places.postcode_of[left], places.postcode_of[right], _postcode_level
    )
    city = _compare_pool(places.city, places.city_of[left], places.city_of[right], _city_level)
    level = _TOWN_LEVELS[code, city]
    postcodes, cities = context.facts["postcode"], context.facts["city"]
    total = max(postcodes.total, 1)
    rows = counted_rows(TOWN, level)
    told, by_code = left[rows], level[rows] >= TOWN.index("postcode_only")
    count_code = postcodes.of(hashes_at(places.postcode.hashes, places.postcode_of[told]))
    count_city = cities.of(hashes_at(places.city.hashes, places.city_of[told]))
    # One scale for both: counts out of the postcodes' total.
    scaled = count_city * total // max(cities.total, 1)
    count = np.ones(len(level), dtype=np.int64)
    count[rows] = np.maximum(np.where(by_code, count_code, scaled), 1)
    return ComparisonResult(level, count, total)


def _town_levels() -> Levels:
    """[postcode, city] → level; both run silent (last), different, near, same."""
    names = {
        (_SAME, _SAME): "both",
        (_SAME, _NEAR): "both",
        (_SAME, _SILENT): "postcode",
        (_SAME, _DIFFERENT): "postcode_only",
        (_SILENT, _SAME): "town",
        (_NEAR, _SAME): "town_only",
        (_DIFFERENT, _SAME): "town_only",
        (_NEAR, _NEAR): "near",
        (_NEAR, _SILENT): "near",
        (_NEAR, _DIFFERENT): "near",
        (_SILENT, _NEAR): "near",
        (_DIFFERENT, _NEAR): "near",
    }
    table = np.zeros((4, 4), dtype=np.int8)
    for place, name in names.items():
        table[place] = TOWN.index(name)
    table[_SILENT, _SILENT] = -1
    return table


_TOWN_LEVELS = _town_levels()


def _compare_pool(pool: Pool, a: Ids, b: Ids, judge: _Judge) -> Levels:
    """Equal ids have the judge's best level; other pairs are judged once for each distinct pair of texts."""
    level = np.where(a == b, np.int8(judge.best), np.int8(0))
    level[(a < 0) | (b < 0)] = _SILENT
    open_ = np.flatnonzero((a >= 0) & (b >= 0) & (a != b))
    if len(open_):
        one, other, where = unique_pairs(a[open_], b[open_])
        level[open_] = judge(pool.at(one), pool.at(other))[where]
    return level


class _Judge:
    """Levels of pairs of unequal texts by likeness: `steps` are (from which likeness, level), rising."""

    def __init__(self, scorer: Any, steps: tuple[tuple[float, int], ...], best: int) -> None:
        self.scorer, self.steps, self.best = scorer, steps, best

    def __call__(self, one: list[str], other: list[str]) -> Levels:
        likeness = process.cpdist(one, other, scorer=self.scorer, dtype=np.float32, workers=-1)
        level = np.zeros(len(one), dtype=np.int8)
        for bound, step in self.steps:
            level[likeness >= np.float32(bound)] = step
        return level


_company_level = _Judge(fuzz.token_set_ratio, ((88, 1),), best=2)
_street_level = _Judge(fuzz.token_sort_ratio, ((65, 1), (85, 2)), best=3)
_city_level = _Judge(JaroWinkler.similarity, ((0.88, _NEAR),), best=_SAME)
_postcode_level = _Judge(OSA.normalized_similarity, ((0.74, _NEAR),), best=_SAME)


def compare_sources(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    """Silent in a file of one source."""
    counted, source = context.facts["source"], evidence.source
    same = source[left] == source[right]
    level = np.where(same, np.int8(SOURCE.index("same")), np.int8(SOURCE.index("different")))
    level[same & (counted.of(source[left]) >= counted.total)] = _SILENT
    return ComparisonResult(level)


def compare_births(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResult:
    births = evidence.births
    counted = context.facts["birth"]
    whole = births.whole
    level = _birth_level(births, left, right)
    rows = counted_rows(BIRTH, level)
    count = np.ones(len(level), dtype=np.int64)
    count[rows] = counted.of(whole[left[rows]])
    return ComparisonResult(level, count, counted.total)


def _birth_level(births: Births, left: Positions, right: Positions) -> Levels:
    parts = [(part[left], part[right]) for part in (births.year, births.month, births.day)]
    both = [(a > 0) & (b > 0) for a, b in parts]
    same = [known & (a == b) for known, (a, b) in zip(both, parts, strict=True)]
    known, agreeing = sum(x.astype(np.int8) for x in both), sum(x.astype(np.int8) for x in same)
    full = known == 3
    (_, (month_a, month_b), (day_a, day_b)) = parts
    level = np.zeros(len(left), dtype=np.int8)
    level[same[0]] = BIRTH.index("year")
    level[agreeing == 2] = BIRTH.index("two_parts")
    rows = np.flatnonzero(full & (agreeing < 3))
    whole = births.whole
    level[rows[_one_digit_apart(whole[left[rows]], whole[right[rows]])]] = BIRTH.index("digit")
    level[full & same[0] & (month_a == day_b) & (day_a == month_b)] = BIRTH.index("swapped")
    level[(known == agreeing) & (known > 0)] = BIRTH.index("known_parts")
    level[full & (agreeing == 3)] = BIRTH.index("same")
    level[known == 0] = _SILENT
    return level


def _one_digit_apart(one: npt.NDArray[np.int64], other: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """One of the eight digits differs, or two neighbours are exchanged."""
    powers = 10 ** np.arange(8, dtype=np.int64)
    a, b = (one[:, None] // powers) % 10, (other[:, None] // powers) % 10
    differs = a != b
    number = differs.sum(axis=1)
    exchanged = (a[:, :-1] == b[:, 1:]) & (a[:, 1:] == b[:, :-1]) & differs[:, :-1]
    return np.asarray((number == 1) | ((number == 2) & exchanged.any(axis=1)))
