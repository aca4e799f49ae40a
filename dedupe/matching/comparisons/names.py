"""Comparisons of names: given, family and middle name and generation, of the best pair of two contacts'
names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.hashing import Hashes, mix
from dedupe.matching.comparisons.definitions import (
    FAMILY_NAME,
    FULL_NAME,
    GIVEN_NAME,
    GIVEN_NAMES_KNOWN,
    MIDDLE_NAME,
    SILENT,
    SUFFIX,
    Comparison,
)
from dedupe.matching.comparisons.name_relations import (
    USUAL,
    given_is_initial,
    goes_by_another,
    have_little_in_common,
    relations,
)
from dedupe.matching.comparisons.result import (
    ComparisonResult,
    ComparisonResults,
    Levels,
    best_of,
    counts_where_counted,
    spread,
)
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Ids, Positions, cross, unique_pairs
from dedupe.matching.features.generations import contradict
from dedupe.matching.features.given_relations import are_two_names
from dedupe.matching.features.word_similarity import Relation, relate
from dedupe.matching.term_frequencies import TermFrequencies, full_names

_RELATION_LEVELS = {
    Relation.DIFFERENT: "different",
    Relation.INITIAL: "initial",
    Relation.ALIKE: "alike",
    Relation.PART: "part",
    Relation.SLIP: "slip",
    Relation.NICKNAME: "nickname",
    Relation.SAME: "same",
}


def _by_relation(comparison: Comparison, names: Mapping[Relation, str]) -> Levels:
    """The level of each relation of two words, as an array that a relation is an index of."""
    table = np.full(len(Relation), SILENT, dtype=np.int8)
    for relation, level in names.items():
        table[relation] = comparison.index(level)
    return table


_GIVEN = _by_relation(GIVEN_NAME, _RELATION_LEVELS)
_FAMILY = _by_relation(FAMILY_NAME, _RELATION_LEVELS | {Relation.NICKNAME: "alike"})
_GIVEN_DIFFERENT, _GIVEN_INITIAL, _GIVEN_MIDDLE, _GIVEN_NICKNAME, _GIVEN_SWAPPED, _GIVEN_SAME = (
    np.int8(GIVEN_NAME.index(level))
    for level in ("different", "initial", "middle", "nickname", "swapped", "same")
)
_FAMILY_DIFFERENT, _FAMILY_SWAPPED, _FAMILY_SAME = (
    np.int8(FAMILY_NAME.index(level)) for level in ("different", "swapped", "same")
)
_BOTH_DIFFER, _BOTH_SWAPPED, _BOTH_AGREE = (
    np.int8(FULL_NAME.index(level)) for level in ("both_differ", "both_swapped", "both_agree")
)
_BOTH_KNOWN, _NOT_BOTH_FAR, _BOTH_NEAR, _NOT_BOTH_KNOWN = (
    np.int8(GIVEN_NAMES_KNOWN.index(level)) for level in ("both", "not_both_far", "both_near", "not_both")
)
_MIDDLE_DIFFERENT, _MIDDLE_INITIAL, _MIDDLE_SAME = (
    np.int8(MIDDLE_NAME.index(level)) for level in ("different", "initial", "same")
)

_MERITS = {
    Relation.SILENT: 0,
    Relation.DIFFERENT: -4,
    Relation.INITIAL: 3,
    Relation.ALIKE: 4,
    Relation.PART: 5,
    Relation.SLIP: 6,
    Relation.NICKNAME: 6,
    Relation.SAME: 8,
}
"""How good an alignment of two names is, part by part: only to choose the best of several. Chosen."""
_MERIT = np.zeros(len(Relation), dtype=np.int64)
for _relation, _merit in _MERITS.items():
    _MERIT[_relation] = _merit
_MIDDLE_STEPS = 8
"""More than there are levels of middle names, which decide only between alignments of equal merit."""


@dataclass(frozen=True)
class _NameLevels:
    """Levels of distinct pairs of names, a row a pair."""

    given: Levels
    family: Levels
    middle: Levels
    suffix: Levels
    given_word: Ids  # the word agreed upon
    family_word: Ids
    known: Levels  # of given names that differ: whether both are known names
    merit: npt.NDArray[np.int64]


def compare_names(
    features: Features, term_frequencies: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResults:
    """The results of all comparisons of names. Of contacts with several names the two that agree best
    count."""
    held = features.names.held
    crossed = cross(held, held, left, right)
    a, b, where = unique_pairs(crossed.left, crossed.right)
    found = _compare_distinct(features, term_frequencies, a, b)
    row = best_of(crossed.pair, found.merit[where], len(left))
    best = spread(where, row, -1)
    counted = term_frequencies.tables["word"]

    def agreement(comparison: Comparison, pair_levels: Levels, pair_words: Ids) -> ComparisonResult:
        level, word = spread(pair_levels, best, SILENT), spread(pair_words, best, -1)
        count = counts_where_counted(comparison, level, counted, features.words.pool.hashes, word)
        return ComparisonResult(level, count, counted.total)

    return {
        "given_name": agreement(GIVEN_NAME, found.given, found.given_word),
        "family_name": agreement(FAMILY_NAME, found.family, found.family_word),
        "full_name": _full_name(features, term_frequencies, found, a, best),
        "given_names_known": ComparisonResult(spread(found.known, best, SILENT)),
        "middle_name": _middle_name(features, term_frequencies, found, a, b, best),
        "suffix": ComparisonResult(spread(found.suffix, best, SILENT)),
    }


def _full_name(
    features: Features, term_frequencies: TermFrequencies, found: _NameLevels, a: Ids, best: Positions
) -> ComparisonResult:
    """Given and family name together; the count is the full name's greatest rarity."""
    same = (found.given == _GIVEN_SAME) & (found.family == _FAMILY_SAME)
    swapped = (found.given == _GIVEN_SWAPPED) & (found.family == _FAMILY_SWAPPED)
    level = np.where(same, _BOTH_AGREE, np.int8(SILENT))
    level[swapped] = _BOTH_SWAPPED
    level[(found.given == _GIVEN_DIFFERENT) & (found.family == _FAMILY_DIFFERENT)] = _BOTH_DIFFER
    counted = term_frequencies.tables["name"]
    rows = np.flatnonzero((level == _BOTH_SWAPPED) | (level == _BOTH_AGREE))
    count = np.ones(len(a), dtype=np.int64)
    count[rows] = counted.of(full_names(features, a[rows]))
    return ComparisonResult(spread(level, best, SILENT), spread(count, best, 1), counted.total)


def _middle_name(
    features: Features, term_frequencies: TermFrequencies, found: _NameLevels, a: Ids, b: Ids, best: Positions
) -> ComparisonResult:
    """Middle names; the count is the middle name's greatest rarity beside the given name."""
    names, hashes = features.names, features.words.pool.hashes
    same = (found.middle == _MIDDLE_SAME) & (found.given == _GIVEN_SAME)
    rows = np.flatnonzero(same & (names.middle[a] == names.middle[b]))
    limits = term_frequencies.tables["middle"]
    count = np.ones(len(a), dtype=np.int64)
    count[rows] = limits.of(mix(hashes[names.first[a[rows]]], hashes[names.middle[a[rows]]]))
    return ComparisonResult(spread(found.middle, best, SILENT), spread(count, best, 1), limits.total)


def _compare_distinct(features: Features, term_frequencies: TermFrequencies, a: Ids, b: Ids) -> _NameLevels:
    """Levels of each pair (a[i], b[i]) of distinct names, straight or with the parts exchanged."""
    names, words = features.names, features.words
    first_a, last_a = names.first[a], names.last[a]
    given, family, near = relations(features, term_frequencies.tables["word"], a, b)
    over, back = _crosswise(features, a, b, given, family)
    merit, merit_swapped = _MERIT[given] + _MERIT[family], _MERIT[over] + _MERIT[back]
    swapped = merit_swapped > merit + 1
    turned = _given_stands_last(words.pool.hashes, over, back, first_a, last_a)
    weaker, stronger = np.where(turned, back, over), np.where(turned, over, back)
    middle = _middle_levels(features, a, b)
    by_nickname, by_middle_name = goes_by_another(features, a, b, given)
    given_level = np.select([by_nickname, by_middle_name], [_GIVEN_NICKNAME, _GIVEN_MIDDLE], _GIVEN[given])
    given_level[given_is_initial(features, a, b, given)] = _GIVEN_INITIAL
    given_level = np.where(swapped, _swapped_level(weaker, _GIVEN, _GIVEN_SWAPPED), given_level)
    family_level = np.where(swapped, _swapped_level(stronger, _FAMILY, _FAMILY_SWAPPED), _FAMILY[family])
    return _NameLevels(
        given=given_level,
        family=family_level,
        middle=middle,
        suffix=_suffix_levels(names.suffix[a], names.suffix[b], given_level, family_level),
        given_word=np.where(swapped & turned, last_a, first_a),
        family_word=np.where(swapped & turned, first_a, last_a),
        known=_known_levels(features, term_frequencies, a, b, given_level, near),
        merit=np.maximum(merit, merit_swapped) * _MIDDLE_STEPS + middle,
    )


def _known_levels(
    features: Features, term_frequencies: TermFrequencies, a: Ids, b: Ids, given: Levels, near: Flags
) -> Levels:
    """Whether two given names that differ are both known: to the lists of names, by their letters, or because
    several contacts bear them. A single letter is the initial of a name."""
    names, words = features.names, features.words
    level = np.full(len(a), np.int8(SILENT))
    rows = np.flatnonzero(given == _GIVEN_DIFFERENT)
    usual, namelike = term_frequencies.tables["word"], words.as_given.namelike | words.single
    both = np.ones(len(rows), dtype=bool)
    for name in (a[rows], b[rows]):
        first = names.first[name]
        both &= names.known[name] | namelike[first] | (usual.of(words.pool.hashes[first]) >= USUAL)
    far = np.zeros(len(rows), dtype=bool)
    far[~both] = have_little_in_common(words, names.first[a[rows[~both]]], names.first[b[rows[~both]]])
    unknown = np.where(far, _NOT_BOTH_FAR, _NOT_BOTH_KNOWN)
    level[rows] = np.where(near[rows], _BOTH_NEAR, np.where(both, _BOTH_KNOWN, unknown))
    return level


def _given_stands_last(
    hashes: Hashes, over: Levels, back: Levels, first: Ids, last: Ids
) -> npt.NDArray[np.bool_]:
    """Where, of two names with exchanged parts, the agreement of the first one's family name counts for the
    given name: the weaker of the two agreements, of equal ones that of the word with the smaller hash, so
    that the choice does not depend on which contact stands left."""
    if not len(hashes):
        return np.zeros(len(over), dtype=bool)
    return np.asarray((over > back) | ((over == back) & (hashes[first] > hashes[last])))


def _crosswise(features: Features, a: Ids, b: Ids, given: Levels, family: Levels) -> tuple[Levels, Levels]:
    """The relations of a's given to b's family name and the reverse; `DIFFERENT` where the straight order is
    good."""
    names, words = features.names, features.words
    over = np.full(len(a), np.int8(Relation.SILENT))
    back = over.copy()
    worth = (_MERIT[given] + _MERIT[family]) < _MERIT[Relation.SLIP] * 2
    over[worth] = relate(words, names.first[a[worth]], names.last[b[worth]])
    back[worth] = relate(words, names.last[a[worth]], names.first[b[worth]])
    weak = ((over < Relation.SLIP) & (over >= 0)) | ((back < Relation.SLIP) & (back >= 0)) | ~worth
    weak |= (over < 0) & (back < 0)
    over[weak] = back[weak] = Relation.DIFFERENT
    return over, back


def _swapped_level(relation: Levels, plain: Levels, swapped: np.int8) -> Levels:
    return np.where(relation == Relation.SAME, swapped, plain[relation])


def _middle_levels(features: Features, a: Ids, b: Ids) -> Levels:
    names, words = features.names, features.words
    one, other = names.middle[a], names.middle[b]
    relation = relate(words, one, other)
    same = relation >= Relation.PART
    slips = np.flatnonzero(relation == Relation.SLIP)
    same[slips[are_two_names(words, one[slips], other[slips])]] = False
    same |= words.as_given.are_spellings(one, other)
    letters, single = words.letter, words.single
    shortened = single[one] | single[other]
    same_initial = letters[one] == letters[other]
    levels = np.where(same, _MIDDLE_SAME, _MIDDLE_DIFFERENT)
    levels[shortened] = np.where(same_initial, _MIDDLE_INITIAL, _MIDDLE_DIFFERENT)[shortened]
    levels[relation == Relation.SILENT] = SILENT
    return levels


def _suffix_levels(one: Ids, other: Ids, given: Levels, family: Levels) -> Levels:
    """What may be two ways to say one thing neither agrees nor contradicts; that one alone tells a generation
    says something of two who bear one name."""
    levels = np.full(len(one), np.int8(SILENT))
    of_one_name = (given >= GIVEN_NAME.index("alike")) & (family >= FAMILY_NAME.index("alike"))
    levels[((one >= 0) != (other >= 0)) & of_one_name] = SUFFIX.index("one_told")
    levels[(one == other) & (one >= 0)] = SUFFIX.index("same")
    levels[contradict(one, other)] = SUFFIX.index("different")
    return levels
