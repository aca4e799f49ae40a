"""Whether two given names a letter apart are two people's names or a slip, told by the letters alone.

Tim and Jim differ as names do, Tim and Tmi as slips do, whether or not a list has them. All is said in bits
for two names where both are as likely.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from dedupe.name_lists.letters import likeness

FOR_TWO_NAMES = {
    "exchanged": 7.7,
    "doubled": 7.9,
    "left out": 9.8,
    "vowel behind": 11.3,
    "last": 11.2,
    "first": 13.5,
    "in front": 10.7,
    "beside on the keyboard": 10.3,
    "vowels": 12.3,
    "other letters": 12.9,
}
"""By how the names differ; and below for each bit by which the less likely of the two looks like a name, and
each letter of the shorter. Measured by `benchmarks/near_names.py`: usual names of one half of the list near
each other against slips in them, with letters learned of the other half."""
_PER_BIT_OF_LIKENESS = 1.62
_PER_LETTER = -0.84

_VOWELS = frozenset("aeiouy")
KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_PLACES = {key: (row, column) for row, keys in enumerate(KEYBOARD) for column, key in enumerate(keys)}


def bits_for_two_names(one: Sequence[str], other: Sequence[str]) -> npt.NDArray[np.float64]:
    """The bits for two names of each pair of words; minus infinity where they are not one edit apart."""
    differ = [difference(*pair) for pair in zip(one, other, strict=True)]
    edits = np.array([FOR_TWO_NAMES.get(kind, -np.inf) for kind in differ], dtype=np.float64)
    shorter = np.array([min(map(len, pair)) for pair in zip(one, other, strict=True)], dtype=np.float64)
    alike = np.minimum(likeness(one), likeness(other))
    return np.asarray(edits + _PER_BIT_OF_LIKENESS * alike + _PER_LETTER * shorter)


def difference(one: str, other: str) -> str:
    """How two words that are one edit apart differ; "" where they are not."""
    if len(one) == len(other):
        return _exchange(one, other)
    short, long = sorted((one, other), key=len)
    if len(long) - len(short) != 1:
        return ""
    place = next((at for at, letter in enumerate(short) if letter != long[at]), len(short))
    if long[place + 1 :] != short[place:]:
        return ""
    return _added(long, place)


def _added(long: str, place: int) -> str:
    if place and long[place] == long[place - 1]:
        return "doubled"
    if place == len(long) - 1:
        return "vowel behind" if long[place] in _VOWELS else "last"
    return "left out" if place else "in front"


def _exchange(one: str, other: str) -> str:
    apart = [at for at, (mine, others) in enumerate(zip(one, other, strict=True)) if mine != others]
    if len(apart) == 2 and one[apart[0] : apart[1] + 1] == other[apart[0] : apart[1] + 1][::-1]:
        return "exchanged" if apart[1] == apart[0] + 1 else ""
    return _replaced(one, other, apart[0]) if len(apart) == 1 else ""


def _replaced(one: str, other: str, place: int) -> str:
    letters = (one[place], other[place])
    vowels = _VOWELS.issuperset(letters)
    if place == 0:
        return "first"
    if place == len(one) - 1:
        return "vowel behind" if vowels else "last"
    if _are_neighbours(*letters):
        return "beside on the keyboard"
    return "vowels" if vowels else "other letters"


def _are_neighbours(one: str, other: str) -> bool:
    """Whether two letters are beside each other on a keyboard of Latin letters, in a row or across two."""
    here, there = _PLACES.get(one), _PLACES.get(other)
    if here is None or there is None:
        return False
    return max(abs(here[0] - there[0]), abs(here[1] - there[1])) == 1
