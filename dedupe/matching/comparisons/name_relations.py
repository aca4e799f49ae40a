"""How the given and the family names of two names relate, beyond what two words by themselves tell.

Nicknames, usual names a letter apart, sounds, alphabets and initials are looked at here. All functions take
pairs (a[i], b[i]) of ids of distinct names and are symmetric.
"""

from __future__ import annotations

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from dedupe.arrays.hashing import Hashes
from dedupe.matching.comparisons.result import Levels
from dedupe.matching.features.build import Features, Flags
from dedupe.matching.features.encoding import Ids
from dedupe.matching.features.given_relations import nicknamed, told_apart
from dedupe.matching.features.word_similarity import NameWords, Relation, relate, two_initials
from dedupe.matching.term_frequencies import FrequencyTable

USUAL = 3
"""A word that stands in so many names is taken to be a name, no slip of another. Chosen."""
_USUAL_SHARE = 16
"""… unless it is so many times rarer than the other. Chosen."""

_IN_COMMON, _FEWEST_OF_WHOLE = 0.4, 3
"""The share of letters in common below which two words are no slip of each other, if both are of so many
letters. Chosen."""


def relations(
    features: Features, word_counts: FrequencyTable, a: Ids, b: Ids
) -> tuple[Levels, Levels, Flags]:
    """The `Relation` of the given names and that of the family names of each pair of names, and whether the
    given names are different and near each other."""
    names, words = features.names, features.words
    first_a, first_b, last_a, last_b = names.first[a], names.first[b], names.last[a], names.last[b]
    given, family = relate(words, first_a, first_b), relate(words, last_a, last_b)
    given[nicknamed(features, a, b, given)] = Relation.NICKNAME
    hashes = words.pool.hashes
    given = _without_slips_between_names(given, word_counts, hashes, first_a, first_b)
    family = _without_slips_between_names(family, word_counts, hashes, last_a, last_b)
    family = _letter_of_middle(features, a, b, family)
    given, family = _alike_by_sound(features, a, b, given), _alike_by_sound(features, a, b, family)
    near, given = given >= Relation.ALIKE, told_apart(features, a, b, given)
    near &= given == Relation.DIFFERENT
    foreign = names.latin[a] != names.latin[b]
    given[foreign & (given == Relation.DIFFERENT)] = Relation.SILENT
    family[foreign & (family == Relation.DIFFERENT)] = Relation.SILENT
    return given, family, near


def given_is_initial(features: Features, a: Ids, b: Ids, given: Levels) -> Flags:
    """Where given names differ and one is the initial of the other's middle name, or of given and middle
    name."""
    return _initial_of_middle(features, a, b, given) | _initials_of_both(features, a, b, given)


def goes_by_another(features: Features, a: Ids, b: Ids, given: Levels) -> tuple[Flags, Flags]:
    """Where one's given name is the nickname that a source states of the other, and where it is the other's
    middle name."""
    names, words = features.names, features.words
    by_nickname, by_middle_name = np.zeros(len(a), dtype=bool), np.zeros(len(a), dtype=bool)
    worth = np.flatnonzero((given < Relation.SLIP) & (given >= 0))
    for one, other in ((a[worth], b[worth]), (b[worth], a[worth])):
        for part, found in ((names.nickname, by_nickname), (names.middle, by_middle_name)):
            same = (names.first[one] == part[other]) & (part[other] >= 0)
            found[worth] |= same & ~words.single[part[other]]
    return by_nickname, by_middle_name


def have_little_in_common(words: NameWords, one: Ids, other: Ids) -> Flags:
    """Whether no slip makes one word of the other: they begin otherwise and have few letters in common."""
    here, there = words.bare[one].tolist(), words.bare[other].tolist()
    alike = process.cpdist(here, there, scorer=OSA.normalized_similarity, dtype=np.float32)
    begin_alike = [first[:1] == second[:1] for first, second in zip(here, there, strict=True)]
    sizes = words.bare_sizes
    whole = np.minimum(sizes[one], sizes[other]) >= _FEWEST_OF_WHOLE
    return np.asarray((alike < _IN_COMMON) & ~np.array(begin_alike, dtype=bool) & whole)


def _without_slips_between_names(
    relation: Levels, usual: FrequencyTable, hashes: Hashes, one: Ids, other: Ids
) -> Levels:
    """Relations with `SLIP` only where one word is rare: two usual names a letter apart (Eric, Erin) are
    alike."""
    rows = np.flatnonzero(relation == Relation.SLIP)
    a, b = usual.of(hashes[one[rows]]), usual.of(hashes[other[rows]])
    names = (np.minimum(a, b) >= USUAL) & (np.maximum(a, b) <= _USUAL_SHARE * np.minimum(a, b))
    relation[rows[names]] = Relation.ALIKE
    return relation


def _alike_by_sound(features: Features, a: Ids, b: Ids, relation: Levels) -> Levels:
    """Relations raised to `ALIKE` where the whole names sound the same, as in two alphabets."""
    sound = features.names.sound
    same = (sound[a] == sound[b]) & (sound[a] != 0) & (relation >= 0)
    return np.where(same, np.maximum(relation, np.int8(Relation.ALIKE)), relation)


def _initial_of_middle(features: Features, a: Ids, b: Ids, given: Levels) -> Flags:
    """Where one's given name is the initial of the other's middle name."""
    return _letter_agrees(features, a, b, features.names.first, given == Relation.DIFFERENT)


def _initials_of_both(features: Features, a: Ids, b: Ids, given: Levels) -> Flags:
    """Where one's given name is the initials of the other's given and middle name (JP, John Paul)."""
    names, words = features.names, features.words
    found = np.zeros(len(a), dtype=bool)
    for one, other in ((a, b), (b, a)):
        letters = words.two_letters[names.first[one]]
        found |= (letters > 0) & (letters == two_initials(words, names.first[other], names.middle[other]))
    return np.asarray(found & (given == Relation.DIFFERENT))


def _letter_of_middle(features: Features, a: Ids, b: Ids, family: Levels) -> Levels:
    """Relations of family names, silent where one is a single letter that is the other's middle initial."""
    found = _letter_agrees(features, a, b, features.names.last, family == Relation.DIFFERENT)
    return np.where(found, np.int8(Relation.SILENT), family)


def _letter_agrees(features: Features, a: Ids, b: Ids, part: Ids, worth: Flags) -> Flags:
    letters, single, middle = features.words.letter, features.words.single, features.names.middle
    found = np.zeros(len(a), dtype=bool)
    for one, other in ((a, b), (b, a)):
        found |= single[part[one]] & (letters[part[one]] == letters[middle[other]])
    return found & worth
