"""How the given names of two names relate, beyond what two words by themselves tell: nicknames, and usual
names of people, which are two names however near. Pairs (a[i], b[i]) are ids of distinct names."""

from __future__ import annotations

import numpy as np

from dedupe.matching.features.encoding import Ids, cross, unique_pairs
from dedupe.matching.features.near_names import bits_for_two_names
from dedupe.matching.features.spelling import spelling
from dedupe.matching.features.types import Features, Flags
from dedupe.matching.features.word_similarity import Levels, NameWords, Relation

_FEWEST_LETTERS = 3
"""Of a given name that is told from one near it: two letters may be what a slip left. Chosen."""

_TWO_NAMES_FROM = 1.5
"""Bits from which two given names near each other are two people's. Chosen: of names a letter apart in thirty
locales of Faker 64 % are above, of slips in them and in three labelled files 7 to 13 %."""

_IN_ITS_OWN_RIGHT = 12
"""Bits up to which a short form is a given name by itself. Chosen."""

_MOST_OF_ENDING = 2
"""Letters of an ending that makes a man's name a woman's. Chosen."""


def nicknamed(features: Features, a: Ids, b: Ids, given: Levels) -> Flags:
    """Where one given name may stand for the other, by lists of nicknames and spellings, or both for a third:
    but not where both are usual in their own right (Megan, Daisy). `given` are the relations of the two
    words."""
    names, formal_of = features.names, features.names.formal_of
    several = (formal_of.counts[a] > 1) | (formal_of.counts[b] > 1)
    worth = np.flatnonzero((given >= 0) & (names.first[a] != names.first[b]) & several)
    crossed = cross(formal_of, formal_of, a[worth].astype(np.int64), b[worth].astype(np.int64))
    same = np.flatnonzero(crossed.left == crossed.right)
    pair, stands_for = worth[crossed.pair[same]], names.formal[crossed.left[same]]
    one, other = names.first[a[pair]], names.first[b[pair]]
    hashes, bits = features.words.pool.hashes, features.words.as_given.bits
    of_the_other = (stands_for == hashes[one]) | (stands_for == hashes[other])
    in_its_own_right = np.maximum(bits[one], bits[other]) <= _IN_ITS_OWN_RIGHT
    found = np.zeros(len(a), dtype=bool)
    found[pair[of_the_other | ~in_its_own_right]] = True
    return found


def told_apart(features: Features, a: Ids, b: Ids, given: Levels) -> Levels:
    """Relations with `DIFFERENT` where the given names are two names of people, however near (Tim, Tom;
    Paul, Paula), and with `SLIP` where they are spellings of one (Steven, Stephen). Of names of which one is
    part of the other those a letter apart may be two, those of a woman and a man that differ in the ending,
    and those of which the shorter ends as a whole name does (Anna, Annabelle): the rest may be short for it
    (Fran, Francisca). Names in two alphabets stay as they are."""
    names, words, known = features.names, features.words, features.words.as_given
    one, other = names.first[a], names.first[b]
    near = ((given == Relation.SLIP) | (given == Relation.ALIKE)) & (names.latin[a] == names.latin[b])
    sizes = features.words.bare_sizes
    near &= np.minimum(sizes[one], sizes[other]) >= _FEWEST_LETTERS
    ending = np.abs(sizes[one] - sizes[other]) <= _MOST_OF_ENDING
    part = np.flatnonzero(given == Relation.PART)
    two_sexes = ending[part] & known.are_of_two_sexes(one[part], other[part])
    a_letter = np.abs(sizes[one[part]] - sizes[other[part]]) == 1
    near[part] |= a_letter | two_sexes | _ends_as_a_name(features, one[part], other[part])
    spellings = (given >= Relation.DIFFERENT) & (given < Relation.SLIP) & known.are_spellings(one, other)
    rows = np.flatnonzero(near)
    given = given.copy()
    given[rows[are_two_names(words, one[rows], other[rows])]] = Relation.DIFFERENT
    return np.where(spellings, np.int8(Relation.SLIP), given)


def are_two_names(words: NameWords, one: Ids, other: Ids) -> Flags:
    """Whether given names near each other are two people's: of a woman and a man, or by how usual they are
    and, a letter apart, by how they differ. Spellings of one name are one, whether or not a list has them."""
    if not len(one):
        return np.zeros(0, dtype=bool)
    a, b, where = unique_pairs(one, other)
    known = words.as_given
    here, there = words.bare[a].tolist(), words.bare[b].tolist()
    by_letters = bits_for_two_names(here, there)
    two = np.where(
        np.isfinite(by_letters),
        by_letters + known.bits_of_listing(a, b) >= _TWO_NAMES_FROM,
        known.are_usual_alike(a, b),
    )
    two_sexes = known.are_of_two_sexes(a, b)
    spelled = np.array([spelling(x) == spelling(y) for x, y in zip(here, there, strict=True)], dtype=bool)
    return np.asarray((two_sexes | (two & ~spelled))[where])


def _ends_as_a_name(features: Features, one: Ids, other: Ids) -> Flags:
    """Whether the shorter of two words, with which the longer begins, ends in `a`: what is cut off from a
    name to be its short form hardly ever does."""
    words = features.words
    found = np.zeros(len(one), dtype=bool)
    rows = np.flatnonzero(~words.spaced[one] & ~words.spaced[other])
    pairs = zip(words.bare[one[rows]], words.bare[other[rows]], strict=True)
    ordered = (sorted(pair, key=len) for pair in pairs)
    found[rows] = [short.endswith("a") and long.startswith(short) for short, long in ordered]
    return found
