"""The letters of a text as the bits of one number, by which most pairs of unlike texts are ruled out quickly.

Every character belongs to one of 64 classes (a to z and the digits to one each; all that is not ASCII to
one), so that an edit of one character adds at most one class and takes away at most one. The functions rule
out only what comparing would rule out too; what they let pass may still be unlike.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from dedupe.arrays.hashing import bytes_of

Letters = npt.NDArray[np.uint64]
Sizes = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

_OTHERS = 63  # the class of what is not ASCII


def letters_of(texts: Any) -> Letters:
    """The letters of each text of an Arrow string array without nulls."""
    raw, offsets = bytes_of(texts)
    if not len(raw):
        return np.zeros(len(texts), dtype=np.uint64)
    sizes = np.diff(offsets)
    letters = np.bitwise_or.reduceat(_BITS[raw], np.minimum(offsets[:-1], len(raw) - 1))
    return np.where(sizes > 0, letters, np.uint64(0))


def may_be_edits_apart(a: Letters, b: Letters, size_a: Sizes, size_b: Sizes, edits: int) -> Flags:
    """False where two texts of so many characters are surely more than `edits` edits apart."""
    near = np.abs(size_a - size_b) <= edits
    return np.asarray(near & (np.bitwise_count(a ^ b) <= 2 * edits))


def may_be_alike(a: Letters, b: Letters, size_a: Sizes, size_b: Sizes, likeness: float) -> Flags:
    """False where the Jaro–Winkler similarity of two texts is surely below `likeness`, which is at least 0.7.

    Letters that only one of them has match nothing, and Winkler raises only what is above 0.7 already.
    """
    assert likeness >= 0.7
    matching = np.minimum(size_a - np.bitwise_count(a & ~b), size_b - np.bitwise_count(b & ~a))
    most = (matching / np.maximum(size_a, 1) + matching / np.maximum(size_b, 1) + 1) / 3
    lifted = most + 0.4 * (1 - most)
    return np.asarray(np.where(most > 0.6999, lifted, most) > likeness - 1e-4)


def may_hold(text: Letters, part: Letters) -> Flags:
    """False where a text surely doesn't hold the other, whatever the spaces."""
    return np.asarray((part & ~(text | _SPACE)) == 0)


def _bits() -> Letters:
    classes = np.full(256, _OTHERS, dtype=np.uint64)
    classes[:128] = 36 + np.arange(128) % 26  # signs share what letters and digits leave
    classes[ord("a") : ord("z") + 1] = np.arange(26)
    classes[ord("0") : ord("9") + 1] = 26 + np.arange(10)
    classes[ord(" ")] = 62
    return np.uint64(1) << classes


_BITS = _bits()
_SPACE = _BITS[ord(" ")]
