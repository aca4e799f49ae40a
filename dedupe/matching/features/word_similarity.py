"""How two words of names relate: the same, one typing slip apart, a part, alike, an initial, or different.

A word is a folded given or family name (it may hold spaces: "mary ann"). All relations are symmetric.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

import jellyfish
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.arrays.hashing import Hashes, hash_texts
from dedupe.matching.features.encoding import Ids, Pool, unique_pairs
from dedupe.matching.features.given_words import GivenWords, given_words
from dedupe.matching.features.prefilter import may_hold

Levels = npt.NDArray[np.int8]

ALIKE_FROM = 0.88
"""Words of this Jaro–Winkler similarity are alike. Chosen."""
PART_FROM = 0.7
"""A word that begins with another of this similarity has it as a part; so has one few edits apart. Chosen."""
FEWEST_LETTERS = 4
"""Of a word that its letters tell in whatever order. Chosen: three often make two names (Amy, May)."""
_FEW_EDITS = 2  # edits from which two words aren't compared further (chosen)


@dataclass(frozen=True)
class NameWords:
    """The distinct words of names; silence (id −1) is the last row of all but `pool` and `spaced`."""

    pool: Pool
    letter: npt.NDArray[np.int64]  # the first letter
    single: npt.NDArray[np.bool_]  # of one letter
    spaced: npt.NDArray[np.bool_]  # of several words
    two_letters: npt.NDArray[np.int64]  # of a word of two letters (jp, j p), as `two_initials`; else 0
    bare: npt.NDArray[np.object_]  # without spaces
    bare_sizes: npt.NDArray[np.int64]
    sound: Hashes  # 0: too short to tell
    as_given: GivenWords
    letters: Hashes  # the letters in whatever order; 0: too few to tell


def words_of(pool: Pool) -> NameWords:
    """The words of a pool with all that relating them looks at."""
    texts = pool.texts.tolist()
    sounds = [sound(text) for text in texts]
    heard = hash_texts(pa.array(sounds, pa.string()))
    heard[[len(one) < 2 for one in sounds]] = 0
    bare = np.array([*(text.replace(" ", "") for text in texts), ""], dtype=object)
    sizes = np.array(list(map(len, bare)), dtype=np.int64)
    ordered = hash_texts(pa.array(["".join(sorted(text)) for text in bare[:-1]], pa.string()))
    pairs = [ord(text[0]) << 8 | ord(text[-1]) if len(text) - text.count(" ") == 2 else 0 for text in texts]
    return NameWords(
        pool=pool,
        letter=np.array([*(ord(text[0]) for text in texts), 0], dtype=np.int64),
        single=np.array([*(len(text) == 1 for text in texts), False]),
        spaced=np.array([*(" " in text for text in texts), False]),
        two_letters=np.array([*pairs, 0], dtype=np.int64),
        sound=np.append(heard, 0),
        as_given=given_words(texts),
        letters=np.append(np.where(sizes[:-1] >= FEWEST_LETTERS, ordered, 0), 0),
        bare=bare,
        bare_sizes=sizes,
    )


def two_initials(words: NameWords, first: Ids, second: Ids) -> npt.NDArray[np.int64]:
    """The first letters of two words in one number; 0 where one is silent."""
    both = (first >= 0) & (second >= 0)
    return np.where(both, words.letter[first] << 8 | words.letter[second], 0)


class Relation(IntEnum):
    """How two words relate; the higher, the closer. `relate` never gives NICKNAME: whether a given name may
    stand for another is a feature of the name (`Names.formal_of`)."""

    SILENT = -1
    DIFFERENT = 0
    INITIAL = 1
    ALIKE = 2
    PART = 3
    SLIP = 4
    NICKNAME = 5
    SAME = 6


def relate(words: NameWords, left: Ids, right: Ids) -> Levels:
    """The `Relation` of left[i] and right[i] (ids of words). A single letter is an initial of itself, not the
    same."""
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
    levels[(words.letters[a] == words.letters[b]) & (words.letters[a] != 0)] = Relation.ALIKE  # nhoj
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
    """The Jaro–Winkler similarity; 0 where it is surely below `PART_FROM`."""
    rows = np.flatnonzero(pool.may_be_alike(a, b, PART_FROM))
    likeness = np.zeros(len(a), dtype=np.float32)
    one, other = pool.at(a[rows]), pool.at(b[rows])
    likeness[rows] = process.cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float32)
    return likeness


def _edits(pool: Pool, a: Ids, b: Ids) -> npt.NDArray[np.int32]:
    """The number of edits (optimal string alignment) between two words; `_FEW_EDITS` + 1 for any more."""
    rows = np.flatnonzero(pool.may_be_edits_apart(a, b, _FEW_EDITS))
    edits = np.full(len(a), _FEW_EDITS + 1, dtype=np.int32)
    one, other = pool.at(a[rows]), pool.at(b[rows])
    edits[rows] = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=_FEW_EDITS, dtype=np.int32)
    return edits


def _where(
    worth: npt.NDArray[np.bool_], pool: Pool, a: Ids, b: Ids, holds: Callable[[str, str], bool]
) -> npt.NDArray[np.int64]:
    """Those of the rows `worth` looking at where `holds` is true of the two texts; it may be true only where
    one holds all letters of the other."""
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
    """Whether all words of one are words of the other."""
    shorter, longer = sorted((a.split(), b.split()), key=len)
    return set(shorter) <= set(longer) and any(len(word) > 1 for word in shorter)


def _abbreviates(a: str, b: str) -> bool:
    """Whether one is the initials of the other, as `jp` or `j p` of `jean pierre`."""
    shorter, longer = sorted((a, b), key=len)
    return shorter.replace(" ", "") == "".join(word[0] for word in longer.split())


@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """How a folded word sounds in English (Metaphone, by Lawrence Philips)."""
    return str(jellyfish.metaphone(word)).replace(" ", "")
