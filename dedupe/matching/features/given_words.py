"""What is known of words as given names: whether the world knows them, whose they are, how they are
spelled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from dedupe.arrays.hashing import Hashes, hash_texts
from dedupe.matching.features.spelling import spelling
from dedupe.name_lists.letters import likeness
from dedupe.name_lists.lists import ListedName, given_names

Flags = npt.NDArray[np.bool_]
_SEXES = {"u": 0, "m": 1, "f": 2}
_EITHER = 0
_UNLISTED = ListedName(127, "u")

USUAL_UP_TO = 17
"""Of so many bits a listed name is as usual as a slip of another one is likely: rarer ones may be slips.
Measured: 8 to 10 % of all slips of a letter give a name that is more usual than that."""

_AS_USUAL = 5
"""A listed name that is rarer than the other by more bits may be its slip all the same. Chosen."""

_LIKE_A_NAME = -4.5
"""Bits a letter from which an unlisted word is taken for a name. Chosen: three in four names of thirty
cultures that the list lacks are above, half of all slips, and no `qwerty`. At −5.5 families were told
better, and true pairs of names beyond recognition were lost (16 of 1,816 of the noisiest labelled file)."""

_BOTH_USUAL, _BOTH_LISTED, _FAR_RARER, _ONE_LISTED, _NEITHER_LISTED = 3.0, 2.0, -1.0, -2.0, -1.0
"""Bits for two names near each other: the slip of a listed name is seldom a listed one as usual as it is.
Chosen, near what was seen of names near each other and of slips in thirty locales of Faker."""


@dataclass(frozen=True)
class GivenWords:
    """By word, silence (id −1) last: as given names of the world."""

    listed: Flags
    bits: npt.NDArray[np.int16]  # how rare
    sex: npt.NDArray[np.int8]
    namelike: Flags  # listed, or of letters that stand so in names
    spelling: Hashes  # alike for spellings of one name; 0: not usual

    def are_spellings(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Flags:
        """Whether a[i] and b[i] are usual spellings of one name, which no woman and man share."""
        same = (self.spelling[a] == self.spelling[b]) & (self.spelling[a] != 0)
        return np.asarray(same & ~self.are_of_two_sexes(a, b))

    def are_of_two_sexes(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Flags:
        """Whether one is a woman's name and the other a man's."""
        one, other = self.sex[a], self.sex[b]
        return np.asarray((one != other) & (one != _EITHER) & (other != _EITHER))

    def are_usual_alike(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Flags:
        """Whether a[i] and b[i] are usual names and neither is far rarer."""
        one, other = self.bits[a], self.bits[b]
        return np.asarray((np.maximum(one, other) <= USUAL_UP_TO) & (np.abs(one - other) <= _AS_USUAL))

    def bits_of_listing(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
        """What the lists say for two names of a[i] and b[i], which are near each other, in bits."""
        one, other = self.bits[a], self.bits[b]
        rarer = np.maximum(one, other)
        return np.select(
            [~(self.listed[a] | self.listed[b]), rarer == _UNLISTED.bits, abs(one - other) > _AS_USUAL],
            [_NEITHER_LISTED, _ONE_LISTED, _FAR_RARER],
            np.where(rarer <= USUAL_UP_TO, _BOTH_USUAL, _BOTH_LISTED),
        )


def given_words(texts: Sequence[str]) -> GivenWords:
    """The words of these texts; one of several words is listed where each of them is."""
    found = [*map(_listed, texts), _UNLISTED]
    bits = np.array([one.bits for one in found], dtype=np.int16)
    usual = bits <= USUAL_UP_TO
    spelled = np.full(len(found), "", dtype=object)
    spelled[usual] = [spelling(texts[place]) for place in np.flatnonzero(usual).tolist()]
    return GivenWords(
        listed=bits < _UNLISTED.bits,
        bits=bits,
        namelike=_namelike(texts, bits < _UNLISTED.bits),
        sex=np.array([_SEXES[one.sex] for one in found], dtype=np.int8),
        spelling=np.where(usual, hash_texts(pa.array(spelled, pa.string())), 0),
    )


def _namelike(texts: Sequence[str], listed: Flags) -> Flags:
    found = listed.copy()
    unlisted = np.flatnonzero(~listed[:-1])
    found[unlisted] = likeness([texts[place] for place in unlisted.tolist()]) >= _LIKE_A_NAME
    return found


def _listed(text: str) -> ListedName:
    known = given_names()
    if " " not in text:
        return known.get(text, _UNLISTED)
    parts = [known.get(word, _UNLISTED) for word in text.split()]
    return max(parts, key=lambda one: one.bits)
