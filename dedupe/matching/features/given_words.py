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


@dataclass(frozen=True)
class GivenWords:
    """By word, silence (id −1) last: as given names of the world."""

    listed: Flags
    bits: npt.NDArray[np.int16]  # how rare
    sex: npt.NDArray[np.int8]
    spelling: Hashes  # alike for spellings of one name; 0: not usual

    def are_spellings(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Flags:
        """Whether a[i] and b[i] are usual spellings of one name, which no woman and man share."""
        same = (self.spelling[a] == self.spelling[b]) & (self.spelling[a] != 0)
        return np.asarray(same & ~self.are_of_two_sexes(a, b))

    def are_of_two_sexes(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Flags:
        """Whether one is a woman's name and the other a man's."""
        one, other = self.sex[a], self.sex[b]
        return np.asarray((one != other) & (one != _EITHER) & (other != _EITHER))

    def are_two_names(self, a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> Flags:
        """Whether a[i] and b[i] are usual names and neither is far rarer, or a woman's and a man's, and not
        one name in two spellings."""
        one, other = self.bits[a], self.bits[b]
        known = (np.maximum(one, other) <= USUAL_UP_TO) & (np.abs(one - other) <= _AS_USUAL)
        known |= self.listed[a] & self.listed[b] & self.are_of_two_sexes(a, b)
        return np.asarray(known & ~self.are_spellings(a, b))


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
        sex=np.array([_SEXES[one.sex] for one in found], dtype=np.int8),
        spelling=np.where(usual, hash_texts(pa.array(spelled, pa.string())), 0),
    )


def _listed(text: str) -> ListedName:
    known = given_names()
    if " " not in text:
        return known.get(text, _UNLISTED)
    parts = [known.get(word, _UNLISTED) for word in text.split()]
    return max(parts, key=lambda one: one.bits)
