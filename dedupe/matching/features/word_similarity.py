"""How two name words relate: the same, a nickname, one typing slip apart, a part, alike, an initial, or not.

A word is a folded given or family name (it may hold spaces: "mary ann"). All relations are symmetric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import jellyfish
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.arrays.hashing import Hashes, hash_texts
from dedupe.matching.features.encoding import Ids, Pool, unique_pairs
from dedupe.matching.features.prefilter import may_hold

Levels = npt.NDArray[np.int8]

ALIKE_FROM = 0.88  # Jaro–Winkler
PART_FROM = 0.7
_FEW_EDITS = 2


@dataclass(frozen=True)
class NameWords:
    """The distinct words of names; silence (id −1) is the last row of all but `pool` and `spaced`."""

    pool: Pool
    letter: npt.NDArray[np.int64]  # the first letter
    single: npt.NDArray[np.bool_]  # of one letter
    spaced: npt.NDArray[np.bool_]  # of several words
    two_letters: npt.NDArray[
        np.int64
    ]  # both letters of a word of two (jp, j p), as `two_initials` has them; else 0
    bare: npt.NDArray[np.object_]  # without spaces
    bare_sizes: npt.NDArray[np.int64]
    sound: Hashes  # 0: too short to tell


def words_of(pool: Pool) -> NameWords:
    texts = pool.texts.tolist()
    sounds = [sound(text) for text in texts]
    heard = hash_texts(pa.array(sounds, pa.string()))
    heard[[len(one) < 2 for one in sounds]] = 0
    bare = np.array([*(text.replace(" ", "") for text in texts), ""], dtype=object)
    pairs = [ord(text[0]) << 8 | ord(text[-1]) if len(text) - text.count(" ") == 2 else 0 for text in texts]
    return NameWords(
        pool=pool,
        letter=np.array([*(ord(text[0]) for text in texts), 0], dtype=np.int64),
        single=np.array([*(len(text) == 1 for text in texts), False]),
        spaced=np.array([*(" " in text for text in texts), False]),
        two_letters=np.array([*pairs, 0], dtype=np.int64),
        sound=np.append(heard, 0),
        bare=bare,
        bare_sizes=np.array(list(map(len, bare)), dtype=np.int64),
    )


def two_initials(words: NameWords, first: Ids, second: Ids) -> npt.NDArray[np.int64]:
    """The first letters of two words in one number; 0 where one is silent."""
    both = (first >= 0) & (second >= 0)
    return np.where(both, words.letter[first] << 8 | words.letter[second], 0)


class Relation(IntEnum):
    """Ordered: the higher, the closer. Which given names are nicknames of one another, names say themselves
    (`Names.formal_of`): two words alone don't tell."""

    SILENT = -1
    DIFFERENT = 0
    INITIAL = 1
    ALIKE = 2
    PART = 3
    SLIP = 4
    NICKNAME = 5
    SAME = 6


def relate(words: NameWords, left: Ids, right: Ids) -> Levels:
    """The relation of left[i] to right[i]. A single letter agrees with itself as an initial only."""
    itself = np.where(words.single, np.int8(Relation.INITIAL), np.int8(Relation.SAME))
    levels = np.where(left == right, itself[left], np.int8(Relation.SILENT))
    levels[(left < 0) | (right < 0)] = Relation.SILENT
    open_ = (left >= 0) & (right >= 0) & (left != right)
    if open_.any():
        a, b, where = unique_pairs(left[open_], right[open_])
        levels[open_] = _relate_distinct(words, a, b)[where]
    return levels


def _relate_distinct(words: NameWords, a: Ids, b: Ids) -> Levels:
    pool = words.pool
    flip = pool.hashes[a] > pool.hashes[b]
    a, b = np.where(flip, b, a), np.where(flip, a, b)
    likeness, edits = _likeness(pool, a, b), _edits(pool, a, b)
    levels = np.where(likeness >= ALIKE_FROM, np.int8(Relation.ALIKE), np.int8(Relation.DIFFERENT))
    levels[(words.sound[a] == words.sound[b]) & (words.sound[a] != 0)] = Relation.ALIKE
    shorter = np.minimum(pool.sizes[a], pool.sizes[b])
    close = (likeness >= PART_FROM) | (edits <= _FEW_EDITS)
    levels[_where(close & (shorter >= 3), pool, a, b, _is_beginning)] = Relation.PART
    levels[((edits == 1) & (shorter >= 3)) | ((edits == 2) & (shorter >= 8))] = Relation.SLIP
    parted = words.spaced[a] | words.spaced[b]
    rows = _where(parted, pool, a, b, _is_part)
    levels[rows] = np.maximum(levels[rows], np.int8(Relation.PART))
    levels[_where(parted, pool, a, b, _is_spaced_otherwise)] = Relation.SLIP
    initial = (words.single[a] | words.single[b]) & (words.letter[a] == words.letter[b])
    initial[_where(parted, pool, a, b, _abbreviates)] = True
    levels[initial] = np.maximum(levels[initial], np.int8(Relation.INITIAL))
    return levels


def _likeness(pool: Pool, a: Ids, b: Ids) -> npt.NDArray[np.float32]:
    """By Jaro and Winkler; 0 where it can't come to `PART_FROM`."""
    rows = np.flatnonzero(pool.may_be_alike(a, b, PART_FROM))
    likeness = np.zeros(len(a), dtype=np.float32)
    one, other = pool.at(a[rows]), pool.at(b[rows])
    likeness[rows] = process.cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float32)
    return likeness


def _edits(pool: Pool, a: Ids, b: Ids) -> npt.NDArray[np.int32]:
    """Typing slips between the two, counted up to one more than a few."""
    rows = np.flatnonzero(pool.may_be_edits_apart(a, b, _FEW_EDITS))
    edits = np.full(len(a), _FEW_EDITS + 1, dtype=np.int32)
    one, other = pool.at(a[rows]), pool.at(b[rows])
    edits[rows] = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=_FEW_EDITS, dtype=np.int32)
    return edits


def _where(
    worth: npt.NDArray[np.bool_], pool: Pool, a: Ids, b: Ids, holds: Callable[[str, str], bool]
) -> npt.NDArray[np.int64]:
    """Rows in question where one text may be a part of the other, and `judge` says yes."""
    letters = pool.letters
    part = may_hold(letters[a], letters[b]) | may_hold(letters[b], letters[a])
    rows = np.flatnonzero(worth & part)
    told = list(map(holds, pool.at(a[rows]), pool.at(b[rows])))
    return np.asarray(rows[np.array(told, dtype=bool)])


def _is_beginning(a: str, b: str) -> bool:
    return a.startswith(b) or b.startswith(a)


def _is_spaced_otherwise(a: str, b: str) -> bool:
    return a.replace(" ", "") == b.replace(" ", "")


def _is_part(a: str, b: str) -> bool:
    """For names of several words."""
    shorter, longer = sorted((a.split(), b.split()), key=len)
    return set(shorter) <= set(longer) and any(len(word) > 1 for word in shorter)


def _abbreviates(a: str, b: str) -> bool:
    """`jp` or `j p` beside `jean pierre`."""
    shorter, longer = sorted((a, b), key=len)
    return shorter.replace(" ", "") == "".join(word[0] for word in longer.split())


@cache
def sound(word: str) -> str:
    """How a word sounds in English ears; folded words only."""
    return str(jellyfish.metaphone(word)).replace(" ", "")
