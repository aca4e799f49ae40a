"""How much a word looks like a name: by the letters that follow each other in the given names of the world.

What is told of names that no list has: `Thokozani` looks like a name, `Thokzoani` less.
"""

from collections.abc import Collection, Sequence
from functools import cache

import numpy as np
import numpy.typing as npt

from dedupe.name_lists.lists import given_names

_SYMBOLS = 27  # the letters, and 0 for whatever stands around them
_IN_A_ROW = 4
"""Letters that are looked at together. Chosen."""
_SHORTER_BELIEVED = 3.0
"""So many sightings of a letter behind others weigh as much as what is usual behind the last few. Chosen."""


def likeness(words: Sequence[str]) -> npt.NDArray[np.float64]:
    """The bits of each folded word's letters, on average: usually −2 to −5 of names, and −6 and below of
    letters that don't stand beside each other in names."""
    return mean_bits(words, _bits_in_a_row())


def mean_bits(words: Sequence[str], bits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The bits of each word's letters, on average, by what `learned_bits` gave."""
    rows, of_word = _rows_of_letters(words)
    sums = np.bincount(of_word, bits[rows], minlength=len(words))
    return np.asarray(sums / np.maximum(np.bincount(of_word, minlength=len(words)), 1))


@cache
def _bits_in_a_row() -> npt.NDArray[np.float64]:
    return learned_bits([*given_names()])


def learned_bits(names: Collection[str]) -> npt.NDArray[np.float64]:
    """The bits of each letter behind each three others, as these names have them, by the four's number."""
    rows, _ = _rows_of_letters([*names])
    shape = (_SYMBOLS,) * _IN_A_ROW
    seen = np.bincount(rows, minlength=_SYMBOLS**_IN_A_ROW).reshape(shape).astype(np.float64)
    share = np.full(_SYMBOLS, 1 / _SYMBOLS)
    for size in range(1, _IN_A_ROW + 1):
        counted = seen.sum(axis=tuple(range(_IN_A_ROW - size)))
        behind = counted.sum(axis=-1, keepdims=True)
        share = (counted + _SHORTER_BELIEVED * share) / (behind + _SHORTER_BELIEVED)
    return np.asarray(np.log2(share).ravel())


def _rows_of_letters(words: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The number of each letter of each word with the three before it, the end as one too; and its word."""
    around = " " * (_IN_A_ROW - 1)
    text = np.frombuffer("".join(f"{around}{word} " for word in words).encode("ascii", "replace"), np.uint8)
    is_letter = (text >= ord("a")) & (text <= ord("z"))
    letter = np.where(is_letter, text - np.uint8(ord("a") - 1), 0).astype(np.int64)
    sizes = np.fromiter(map(len, words), np.int64, len(words)) + 1
    of_word = np.repeat(np.arange(len(words)), sizes)
    place = np.arange(len(of_word)) + (_IN_A_ROW - 1) * (of_word + 1)
    row = np.zeros(len(place), dtype=np.int64)
    for back in reversed(range(_IN_A_ROW)):
        row = row * _SYMBOLS + letter[place - back]
    return row, of_word
