"""How two name words relate: the same, a nickname, one typing slip apart, a part, alike, an initial, or not.

A word is a folded given or family name (it may hold spaces: "mary ann"). All relations are symmetric.
"""

from __future__ import annotations

from enum import IntEnum
from functools import cache

import jellyfish
import numpy as np
import numpy.typing as npt
from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from dedupe.matching.coded import Ids, Pool, unique_pairs
from dedupe.matching.hashing import Hashes, mix_unordered

Levels = npt.NDArray[np.int8]

ALIKE_FROM = 0.88


class Relation(IntEnum):
    """Ordered: the higher, the closer."""

    SILENT = -1
    DIFFERENT = 0
    INITIAL = 1
    ALIKE = 2
    PART = 3
    SLIP = 4
    NICKNAME = 5
    SAME = 6


def relate(words: Pool, nicknames: Hashes, left: Ids, right: Ids) -> Levels:
    """The relation of words[left[i]] to words[right[i]]; `nicknames` as in `Evidence`."""
    levels = np.where(left == right, _itself(words)[left], np.int8(Relation.SILENT))
    levels[(left < 0) | (right < 0)] = Relation.SILENT
    open_ = (left >= 0) & (right >= 0) & (left != right)
    if open_.any():
        a, b, where = unique_pairs(left[open_], right[open_])
        levels[open_] = _relate_distinct(words, nicknames, a, b)[where]
    return levels


def _itself(words: Pool) -> Levels:
    """A word agrees with itself, a single letter as an initial only."""
    levels = [Relation.SAME if len(text) > 1 else Relation.INITIAL for text in words.texts]
    return np.array([*levels, Relation.SILENT], dtype=np.int8)


def _relate_distinct(words: Pool, nicknames: Hashes, a: Ids, b: Ids) -> Levels:
    flip = words.hashes[a] > words.hashes[b]
    a, b = np.where(flip, b, a), np.where(flip, a, b)
    levels = np.zeros(len(a), dtype=np.int8)
    undecided = ~_is_nickname(nicknames, words.hashes[a], words.hashes[b])
    levels[~undecided] = Relation.NICKNAME
    rest = np.flatnonzero(undecided)
    levels[rest] = _spelling(words.at(a[rest]), words.at(b[rest]))
    return levels


def _spelling(a: list[str], b: list[str]) -> Levels:
    likeness = process.cpdist(a, b, scorer=JaroWinkler.similarity, dtype=np.float32, workers=-1)
    levels = np.where(likeness >= ALIKE_FROM, np.int8(Relation.ALIKE), np.int8(Relation.DIFFERENT))
    edits = process.cpdist(a, b, scorer=OSA.distance, score_cutoff=2, dtype=np.int32, workers=-1)
    close = np.flatnonzero((likeness >= 0.6) | (edits <= 2))
    levels[close] = [_closely(a[i], b[i], int(edits[i]), int(levels[i])) for i in close]
    far = np.flatnonzero(levels == Relation.DIFFERENT)
    levels[far] = [Relation.ALIKE if _sound_alike(a[i], b[i]) else Relation.DIFFERENT for i in far]
    for i in _worth_parting(a, b):
        levels[i] = max(levels[i], _parting(a[i], b[i]))
    return levels


def _closely(a: str, b: str, edits: int, level: int) -> int:
    shorter = min(len(a), len(b))
    if (edits == 1 and shorter >= 3) or (edits == 2 and shorter >= 8):
        return Relation.SLIP
    if shorter >= 3 and (a.startswith(b) or b.startswith(a)):
        return Relation.PART
    return level


def _sound_alike(a: str, b: str) -> bool:
    found = sound(a)
    return len(found) > 1 and found == sound(b)


def _worth_parting(a: list[str], b: list[str]) -> list[int]:
    return [
        i
        for i, (x, y) in enumerate(zip(a, b, strict=True))
        if len(x) == 1 or len(y) == 1 or " " in x or " " in y
    ]


def _parting(a: str, b: str) -> int:
    """For initials and names of several words."""
    if a.replace(" ", "") == b.replace(" ", ""):
        return Relation.SLIP
    shorter, longer = sorted((a.split(), b.split()), key=len)
    if set(shorter) <= set(longer) and any(len(word) > 1 for word in shorter):
        return Relation.PART
    if min(len(a), len(b)) == 1 and a[:1] == b[:1]:
        return Relation.INITIAL
    return Relation.DIFFERENT


@cache
def sound(word: str) -> str:
    """How a word sounds in English ears; folded words only."""
    return str(jellyfish.metaphone(word)).replace(" ", "")


def _is_nickname(known: Hashes, a: Hashes, b: Hashes) -> npt.NDArray[np.bool_]:
    if not len(known):
        return np.zeros(len(a), dtype=bool)
    codes = mix_unordered(a, b)
    place = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    return np.asarray(known[place] == codes)
