"""Comparing names: given, family, middle name and generation of the best pair of two contacts' names."""

from __future__ import annotations

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
    Comparison,
)
from dedupe.matching.comparisons.result import (
    ComparisonResult,
    ComparisonResults,
    Levels,
    best_of,
    counts_where_counted,
    spread,
)
from dedupe.matching.features.build import Features
from dedupe.matching.features.encoding import Ids, Positions, cross, unique_pairs
from dedupe.matching.features.word_similarity import Relation, relate, two_initials
from dedupe.matching.term_frequencies import FrequencyTable, TermFrequencies, full_names

_GIVEN = np.array([0, 1, 2, 3, 4, 5, 7, -1], dtype=np.int8)  # by Relation, silence last
_FAMILY = np.array([0, 1, 2, 3, 4, 2, 6, -1], dtype=np.int8)
_GIVEN_SWAPPED = np.int8(GIVEN_NAME.index("swapped"))
_FAMILY_SWAPPED = np.int8(FAMILY_NAME.index("swapped"))
_BOTH_DIFFER, _BOTH_SWAPPED, _BOTH_AGREE = (
    np.int8(FULL_NAME.index(level)) for level in ("both_differ", "both_swapped", "both_agree")
)
_DIFFERENT = np.int8(GIVEN_NAME.index("different"))
_BOTH_KNOWN, _NOT_BOTH_KNOWN = (np.int8(GIVEN_NAMES_KNOWN.index(level)) for level in ("both", "not_both"))
_NICKNAME = np.int8(GIVEN_NAME.index("nickname"))
_INITIAL = np.int8(GIVEN_NAME.index("initial"))
_MIDDLE_SAME = np.int8(MIDDLE_NAME.index("same"))

_USUAL = 3  # so often at least, and
_USUAL_SHARE = 16  # this many times rarer at most, is a name of its own and no slip of the other

# How good an alignment is, by Relation (silence last): only to choose the best of several.
_MERIT = np.array([-4, 3, 4, 5, 6, 6, 8, 0], dtype=np.int64)


@dataclass(frozen=True)
class _Judged:
    """Distinct pairs of names."""

    given: Levels
    family: Levels
    middle: Levels
    suffix: Levels
    given_word: Ids  # the word agreed upon
    family_word: Ids
    known: Levels  # of given names that differ: whether both are known names
    merit: npt.NDArray[np.int64]


def compare_names(
    evidence: Features, context: TermFrequencies, left: Positions, right: Positions
) -> ComparisonResults:
    held = evidence.names.held
    crossed = cross(held, held, left, right)
    a, b, where = unique_pairs(crossed.left, crossed.right)
    judged = _judge(evidence, context, a, b)
    row = best_of(crossed.pair, judged.merit[where], len(left))
    best = spread(where, row, -1)
    counted = context.facts["word"]

    def agreement(fact: Comparison, judged_level: Levels, judged_word: Ids) -> ComparisonResult:
        level, word = spread(judged_level, best, -1), spread(judged_word, best, -1)
        count = counts_where_counted(fact, level, counted, evidence.words.pool.hashes, word)
        return ComparisonResult(level, count, counted.total)

    return {
        "given_name": agreement(GIVEN_NAME, judged.given, judged.given_word),
        "family_name": agreement(FAMILY_NAME, judged.family, judged.family_word),
        "full_name": _together(evidence, context, judged, a, best),
        "given_names_known": ComparisonResult(spread(judged.known, best, -1)),
        "middle_name": _beside(evidence, context, judged, a, b, best),
        "suffix": ComparisonResult(spread(judged.suffix, best, -1)),
    }


def _together(
    evidence: Features, context: TermFrequencies, judged: _Judged, a: Ids, best: Positions
) -> ComparisonResult:
    same = (judged.given > _GIVEN_SWAPPED) & (judged.family > _FAMILY_SWAPPED)
    swapped = (judged.given == _GIVEN_SWAPPED) & (judged.family == _FAMILY_SWAPPED)
    level = np.where(same, _BOTH_AGREE, np.int8(-1))
    level[swapped] = _BOTH_SWAPPED
    level[(judged.given == 0) & (judged.family == 0)] = _BOTH_DIFFER
    counted = context.facts["name"]
    rows = np.flatnonzero(level >= _BOTH_SWAPPED)
    count = np.ones(len(a), dtype=np.int64)
    count[rows] = counted.of(full_names(evidence, a[rows]))
    return ComparisonResult(spread(level, best, -1), spread(count, best, 1), counted.total)


def _beside(
    evidence: Features, context: TermFrequencies, judged: _Judged, a: Ids, b: Ids, best: Positions
) -> ComparisonResult:
    """Middle names; the count is how rare one is at most beside the given name."""
    names, hashes = evidence.names, evidence.words.pool.hashes
    same = (judged.middle == _MIDDLE_SAME) & (judged.given > _GIVEN_SWAPPED)
    rows = np.flatnonzero(same & (names.middle[a] == names.middle[b]))
    limits = context.facts["middle"]
    count = np.ones(len(a), dtype=np.int64)
    count[rows] = limits.of(mix(hashes[names.first[a[rows]]], hashes[names.middle[a[rows]]]))
    return ComparisonResult(spread(judged.middle, best, -1), spread(count, best, 1), limits.total)


def _judge(evidence: Features, context: TermFrequencies, a: Ids, b: Ids) -> _Judged:
    names, words = evidence.names, evidence.words
    first_a, first_b, last_a, last_b = names.first[a], names.first[b], names.last[a], names.last[b]
    given, family = (
        relate(words, first_a, first_b),
        relate(words, last_a, last_b),
    )
    given[_nicknamed(evidence, a, b, given)] = Relation.NICKNAME
    usual, hashes = context.facts["word"], words.pool.hashes
    given = _doubted(given, usual, hashes, first_a, first_b)
    family = _doubted(family, usual, hashes, last_a, last_b)
    family = _letter_of_middle(evidence, a, b, family)
    given, family = _heard(evidence, a, b, given), _heard(evidence, a, b, family)
    foreign = names.latin[a] != names.latin[b]
    given[foreign & (given == Relation.DIFFERENT)] = Relation.SILENT
    family[foreign & (family == Relation.DIFFERENT)] = Relation.SILENT
    over, back = _crosswise(evidence, a, b, given, family)
    merit, merit_swapped = _MERIT[given] + _MERIT[family], _MERIT[over] + _MERIT[back]
    swapped = merit_swapped > merit + 1
    turned = _turned(words.pool.hashes, over, back, first_a, last_a)
    weaker, stronger = np.where(turned, back, over), np.where(turned, over, back)
    middle = _middle(evidence, a, b)
    given_level = np.where(_goes_by_another(evidence, a, b, given), _NICKNAME, _GIVEN[given])
    given_level[_initial_of_middle(evidence, a, b, given)] = _INITIAL
    given_level[_initials_of_both(evidence, a, b, given)] = _INITIAL
    given_level = np.where(swapped, _swapped_level(weaker, _GIVEN, _GIVEN_SWAPPED), given_level)
    return _Judged(
        given=given_level,
        family=np.where(swapped, _swapped_level(stronger, _FAMILY, _FAMILY_SWAPPED), _FAMILY[family]),
        middle=middle,
        suffix=_same_or_not(names.suffix[a], names.suffix[b]),
        given_word=np.where(swapped & turned, last_a, first_a),
        family_word=np.where(swapped & turned, first_a, last_a),
        known=_both_known(evidence, context, a, b, given_level),
        merit=np.maximum(merit, merit_swapped) * 8 + middle,
    )


def _both_known(evidence: Features, context: TermFrequencies, a: Ids, b: Ids, given: Levels) -> Levels:
    """Known are the names of nickname lists, and those that several contacts bear."""
    names, usual = evidence.names, context.facts["word"]
    hashes = evidence.words.pool.hashes
    level = np.full(len(a), np.int8(-1))
    rows = np.flatnonzero(given == _DIFFERENT)
    both = np.ones(len(rows), dtype=bool)
    for name in (a[rows], b[rows]):
        both &= names.known[name] | (usual.of(hashes[names.first[name]]) >= _USUAL)
    level[rows] = np.where(both, _BOTH_KNOWN, _NOT_BOTH_KNOWN)
    return level


def _turned(hashes: Hashes, over: Levels, back: Levels, first: Ids, last: Ids) -> npt.NDArray[np.bool_]:
    """Which of two crossed agreements counts for the given name must not depend on who stands left: the
    weaker one, among equals that of the word with the smaller hash."""
    if not len(hashes):
        return np.zeros(len(over), dtype=bool)
    return np.asarray((over > back) | ((over == back) & (hashes[first] > hashes[last])))


def _crosswise(evidence: Features, a: Ids, b: Ids, given: Levels, family: Levels) -> tuple[Levels, Levels]:
    """Relations of first to last and last to first, looked at only where the straight way fails."""
    names, words = evidence.names, evidence.words
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


def _nicknamed(evidence: Features, a: Ids, b: Ids, given: Levels) -> npt.NDArray[np.bool_]:
    """Where one given name may stand for the other, or both for a third."""
    names, formal_of = evidence.names, evidence.names.formal_of
    several = (formal_of.counts[a] > 1) | (formal_of.counts[b] > 1)
    worth = np.flatnonzero((given >= 0) & (names.first[a] != names.first[b]) & several)
    crossed = cross(formal_of, formal_of, a[worth].astype(np.int64), b[worth].astype(np.int64))
    found = np.zeros(len(a), dtype=bool)
    found[worth[crossed.pair[crossed.left == crossed.right]]] = True
    return found


def _goes_by_another(evidence: Features, a: Ids, b: Ids, given: Levels) -> npt.NDArray[np.bool_]:
    """Where one's given name is the other's middle name or stated nickname."""
    names, words = evidence.names, evidence.words
    found = np.zeros(len(a), dtype=bool)
    worth = np.flatnonzero((given < Relation.SLIP) & (given >= 0))
    for one, other in ((a[worth], b[worth]), (b[worth], a[worth])):
        for part in (names.middle, names.nickname):
            same = (names.first[one] == part[other]) & (part[other] >= 0)
            found[worth] |= same & ~words.single[part[other]]
    return found


def _doubted(relation: Levels, usual: FrequencyTable, hashes: Hashes, one: Ids, other: Ids) -> Levels:
    """A slip makes a rare word of a usual one; two usual names a letter apart (Eric, Erin) are only alike."""
    rows = np.flatnonzero(relation == Relation.SLIP)
    a, b = usual.of(hashes[one[rows]]), usual.of(hashes[other[rows]])
    names = (np.minimum(a, b) >= _USUAL) & (np.maximum(a, b) <= _USUAL_SHARE * np.minimum(a, b))
    relation[rows[names]] = Relation.ALIKE
    return relation


def _heard(evidence: Features, a: Ids, b: Ids, relation: Levels) -> Levels:
    """Names that sound the same as a whole, as in two alphabets, are at least alike in each part."""
    sound = evidence.names.sound
    same = (sound[a] == sound[b]) & (sound[a] != 0) & (relation >= 0)
    return np.where(same, np.maximum(relation, np.int8(Relation.ALIKE)), relation)


def _initial_of_middle(evidence: Features, a: Ids, b: Ids, given: Levels) -> npt.NDArray[np.bool_]:
    """Where one goes by the initial of the other's middle name."""
    return _letter_agrees(evidence, a, b, evidence.names.first, given == Relation.DIFFERENT)


def _initials_of_both(evidence: Features, a: Ids, b: Ids, given: Levels) -> npt.NDArray[np.bool_]:
    """Where one goes by the initials of the other's given and middle name (JP, John Paul)."""
    names, words = evidence.names, evidence.words
    found = np.zeros(len(a), dtype=bool)
    for one, other in ((a, b), (b, a)):
        letters = words.two_letters[names.first[one]]
        found |= (letters > 0) & (letters == two_initials(words, names.first[other], names.middle[other]))
    return np.asarray(found & (given == Relation.DIFFERENT))


def _letter_of_middle(evidence: Features, a: Ids, b: Ids, family: Levels) -> Levels:
    """A last name of one letter that is the other's middle initial says nothing about the family name."""
    found = _letter_agrees(evidence, a, b, evidence.names.last, family == Relation.DIFFERENT)
    return np.where(found, np.int8(Relation.SILENT), family)


def _letter_agrees(
    evidence: Features, a: Ids, b: Ids, part: Ids, worth: npt.NDArray[np.bool_]
) -> npt.NDArray[np.bool_]:
    letters, single, middle = evidence.words.letter, evidence.words.single, evidence.names.middle
    found = np.zeros(len(a), dtype=bool)
    for one, other in ((a, b), (b, a)):
        found |= single[part[one]] & (letters[part[one]] == letters[middle[other]])
    return found & worth


def _middle(evidence: Features, a: Ids, b: Ids) -> Levels:
    names, words = evidence.names, evidence.words
    one, other = names.middle[a], names.middle[b]
    relation = relate(words, one, other)
    letters, single = words.letter, words.single
    shortened = single[one] | single[other]
    same_initial = letters[one] == letters[other]
    levels = np.where(relation >= Relation.ALIKE, 2, 0).astype(np.int8)
    levels[shortened] = np.where(same_initial, 1, 0)[shortened]
    levels[relation == Relation.SILENT] = -1
    return levels


def _same_or_not(one: Ids, other: Ids) -> Levels:
    levels: Levels = np.equal(one, other).astype(np.int8)
    levels[(one < 0) | (other < 0)] = -1
    return levels
