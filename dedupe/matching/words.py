"""How two name words relate: the same, a nickname, one typing slip apart, a part, alike, an initial, or not.

A word is a folded given or family name (it may hold spaces: "mary ann"). All relations are symmetric.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cache

import jellyfish
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.matching.coded import Ids, Pool, unique_pairs
from dedupe.matching.hashing import Hashes, hash_texts

Levels = npt.NDArray[np.int8]

ALIKE_FROM = 0.88  # Jaro–Winkler
PART_FROM = 0.7


@dataclass(frozen=True)
class Words:
    """The distinct words of names; silence (id −1) is the last row of `letter`, `single` and `sound`."""

    pool: Pool
    letter: npt.NDArray[np.int64]  # the first letter
    single: npt.NDArray[np.bool_]  # of one letter
    spaced: npt.NDArray[np.bool_]  # of several words
    sound: Hashes  # 0: too short to tell


def words_of(pool: Pool) -> Words:
    texts = pool.texts.tolist()
    sounds = [sound(text) for text in texts]
    heard = hash_texts(pa.array(sounds, pa.string()))
    heard[[len(one) < 2 for one in sounds]] = 0
    return Words(
        pool=pool,
        letter=np.array([*(ord(text[0]) for text in texts), 0], dtype=np.int64),
        single=np.array([*(len(text) == 1 for text in texts), False]),
        spaced=np.array([*(" " in text for text in texts), False]),
        sound=np.append(heard, 0),
    )


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


def relate(words: Words, left: Ids, right: Ids) -> Levels:
    """The relation of left[i] to right[i]. A single letter agrees with itself as an initial only."""
    itself = np.where(words.single, np.int8(Relation.INITIAL), np.int8(Relation.SAME))
    levels = np.where(left == right, itself[left], np.int8(Relation.SILENT))
    levels[(left < 0) | (right < 0)] = Relation.SILENT
    open_ = (left >= 0) & (right >= 0) & (left != right)
    if open_.any():
        a, b, where = unique_pairs(left[open_], right[open_])
        levels[open_] = _relate_distinct(words, a, b)[where]
    return levels


def _relate_distinct(words: Words, a: Ids, b: Ids) -> Levels:
    hashes = words.pool.hashes
    flip = hashes[a] > hashes[b]
    a, b = np.where(flip, b, a), np.where(flip, a, b)
    one, other = words.pool.at(a), words.pool.at(b)
    likeness = process.cpdist(one, other, scorer=JaroWinkler.similarity, dtype=np.float32, workers=-1)
    levels = np.where(likeness >= ALIKE_FROM, np.int8(Relation.ALIKE), np.int8(Relation.DIFFERENT))
    levels[(words.sound[a] == words.sound[b]) & (words.sound[a] != 0)] = Relation.ALIKE
    edits = process.cpdist(one, other, scorer=OSA.distance, score_cutoff=2, dtype=np.int32, workers=-1)
    for i in np.flatnonzero((likeness >= PART_FROM) | (edits <= 2)).tolist():
        levels[i] = _closely(one[i], other[i], int(edits[i]), int(levels[i]))
    parted = words.spaced[a] | words.spaced[b]
    for i in np.flatnonzero(parted).tolist():
        levels[i] = max(levels[i], _parting(one[i], other[i]))
    initial = (words.single[a] | words.single[b]) & (words.letter[a] == words.letter[b])
    levels[initial] = np.maximum(levels[initial], np.int8(Relation.INITIAL))
    return levels


def _closely(a: str, b: str, edits: int, level: int) -> int:
    shorter = min(len(a), len(b))
    if (edits == 1 and shorter >= 3) or (edits == 2 and shorter >= 8):
        return Relation.SLIP
    if shorter >= 3 and (a.startswith(b) or b.startswith(a)):
        return Relation.PART
    return level


def _parting(a: str, b: str) -> int:
    """For names of several words."""
    if a.replace(" ", "") == b.replace(" ", ""):
        return Relation.SLIP
    shorter, longer = sorted((a.split(), b.split()), key=len)
    if set(shorter) <= set(longer) and any(len(word) > 1 for word in shorter):
        return Relation.PART
    return Relation.DIFFERENT


@cache
def sound(word: str) -> str:
    """How a word sounds in English ears; folded words only."""
    return str(jellyfish.metaphone(word)).replace(" ", "")
