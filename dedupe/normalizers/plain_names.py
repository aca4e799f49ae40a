"""Which names are plain, so that a batch can be taken apart by columns.

A plain name is one of plain words, up to four as a whole or two in each part.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.normalizers import name_words as vocabulary
from dedupe.normalizers.arrow import Array, pa, pc
from dedupe.normalizers.columns import Rows, distinct
from dedupe.normalizers.name_columns import Mask, Written
from dedupe.normalizers.name_texts import GLUED
from dedupe.normalizers.plain_words import Word, word_of

MOST_WORDS = 4


@dataclass(frozen=True)
class LoneNames:
    """Names of one plain word: their rows, words, and whether each is a family name."""

    rows: Rows
    codes: Rows
    texts: Array
    is_family: Mask
    words: list[Word]


def lone_names(texts: Array, is_family: Mask) -> LoneNames:
    values, codes = distinct(texts)
    words = [word_of(text) for text in values.to_pylist()]
    told = zip(words, values.to_pylist(), strict=True)
    plain = np.array([word.plain and not (word.asian or GLUED.fullmatch(text)) for word, text in told], bool)
    rows = np.flatnonzero(plain[codes])
    return LoneNames(rows, codes[rows], values, is_family[rows], words)


@dataclass(frozen=True)
class PlainNames:
    """Plain names: their rows, texts, and words (codes into `words`, −1 behind the last one).

    The first word is the first name, the last `family` words are the family name; middle names stand between.
    """

    rows: Rows
    whole: Array
    given: Array
    suffix: Array
    codes: npt.NDArray[np.int64]  # a column for each of up to four words
    counts: Rows
    family: Rows
    recased: Mask
    words: list[Word]

    def take(self, places: Rows) -> "PlainNames":
        return PlainNames(
            self.rows[places],
            self.whole.take(pa.array(places)),
            self.given.take(pa.array(places)),
            self.suffix.take(pa.array(places)),
            self.codes[places],
            self.counts[places],
            self.family[places],
            self.recased[places],
            self.words,
        )


def plain_names(names: Written) -> PlainNames:
    split = pc.split_pattern(names.whole, " ")
    counts = pc.list_value_length(split).to_numpy(zero_copy_only=False).astype(np.int64)
    rows = np.flatnonzero((counts >= 2) & (counts <= MOST_WORDS))
    texts, flat = distinct(pc.list_flatten(split.take(pa.array(rows))))
    words = [word_of(text) for text in texts.to_pylist()]
    counts, stated = counts[rows], names.stated[rows]
    codes = np.full((len(rows), MOST_WORDS), -1)
    codes[np.arange(MOST_WORDS) < counts[:, None]] = flat
    family = np.where(stated > 0, counts - stated, np.where(_doubled(words, codes, counts), 2, 1))
    recased = _alike(words, codes, "upper") | _alike(words, codes, "lower")
    whole, given, suffix = (
        column.take(pa.array(rows)) for column in (names.whole, names.given, names.suffix)
    )
    found = PlainNames(rows, whole, given, suffix, codes, counts, family, recased, words)
    return found.take(np.flatnonzero(_are_plain(found, stated)))


def _flags(words: list[Word], name: str) -> Mask:
    """A flag by code; that of −1, no word, is false."""
    return np.array([*(getattr(word, name) for word in words), False], bool)


def _alike(words: list[Word], codes: Rows, flag: str) -> Mask:
    """Names of which every word has the flag."""
    alike: Mask = np.all(_flags(words, flag)[codes] | (codes < 0), axis=1)
    return alike


def _doubled(words: list[Word], codes: Rows, counts: Rows) -> Mask:
    """Whether two surnames stand at the end of three words or more."""
    iberian, every = _flags(words, "iberian"), np.arange(len(codes))
    last = iberian[codes[every, counts - 1]] & iberian[codes[every, counts - 2]]
    doubled: Mask = last & (counts > 2)
    return doubled


def _are_plain(names: PlainNames, given: Rows) -> Mask:
    """No rule but "given name, middle names, family name" applies."""
    words, codes, stated = names.words, names.codes, given > 0
    plain = _flags(words, "plain") & ~_flags(words, "asian")
    in_parts = _flags(words, "plain")
    fits = np.where(stated[:, None], in_parts[codes], plain[codes]) | (codes < 0)
    middles = names.counts - names.family - 1
    initial = _flags(words, "initial")[codes[:, :2]] & (stated | (names.counts + middles * 2 <= 5))[:, None]
    initial[:, 1] &= middles == 1
    fits[:, :2] |= initial
    calm = (~_flags(words, "upper") & ~_flags(words, "lower"))[codes] | (codes < 0)
    calm[:, :2] |= initial
    one_case = (_alike(words, codes, "upper") | _alike(words, codes, "lower")) & (
        stated | ~initial.any(axis=1)
    )
    fine: Mask = fits.all(axis=1) & (calm.all(axis=1) | one_case)
    fine &= ~(initial.any(axis=1) & _flags(words, "uncased")[codes].any(axis=1))
    fine &= stated | ~_flags(words, "leads")[codes[:, 0]]
    last = codes[np.arange(len(codes)), names.counts - 1]
    fine &= stated | ~_flags(words, "patronymic")[last]
    fine &= ~stated | ((given <= 2) & (names.family <= 2) & (names.family > 0) & ~_repeated(names))
    return fine & ~_are_compound(names, fine & (middles > 0))


def _repeated(names: PlainNames) -> Mask:
    """Whether a given name is the family name, or a part of it."""
    ranks = np.append(
        np.unique([word.folded for word in names.words], return_inverse=True)[1].reshape(-1), -1
    )
    ranked = np.sort(np.where(names.codes < 0, -1 - np.arange(MOST_WORDS), ranks[names.codes]), axis=1)
    repeated: Mask = (ranked[:, 1:] == ranked[:, :-1]).any(axis=1)
    return repeated


def _are_compound(names: PlainNames, asked: Mask) -> Mask:
    """Whether the first two words are one given name (Juan Carlos)."""
    pairs = names.codes[asked, 0] * len(names.words) + names.codes[asked, 1]
    values, back = np.unique(pairs, return_inverse=True)
    told = [divmod(pair, len(names.words)) for pair in values.tolist()]
    folded = [f"{names.words[one].folded} {names.words[two].folded}" for one, two in told]
    found = np.zeros(len(asked), bool)
    found[asked] = np.array([pair in vocabulary.compound_given() for pair in folded], bool)[back.reshape(-1)]
    return found
