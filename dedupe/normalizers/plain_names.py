"""Which names are plain, so that a batch can be taken apart by columns.

A word is plain when no rule of `name_parts` touches it; each distinct word is looked at once. A plain name is
one of such words, up to four as a whole or two in each part; what commonly stands around it (`Last, First`,
Jr, emoji, a company in brackets, a phone number for the whole) is understood here too.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dedupe.normalizers import name_words as vocabulary
from dedupe.normalizers.arrow import Array, pa, pc
from dedupe.normalizers.columns import Rows, distinct
from dedupe.normalizers.name_orders import is_east_asian, is_patronymic
from dedupe.normalizers.name_texts import ADDRESSED, GLUED, THAI_TITLES, compatible
from dedupe.normalizers.names import FIELDS, capitalized
from dedupe.normalizers.text import LONGEST, clean, fold, is_upper

Mask = npt.NDArray[np.bool_]
MOST_WORDS = 4
_LONGEST_WORD = 100
_FULL, _GIVEN, _FAMILY = (FIELDS.index(name) for name in ("full", "given", "family"))
_EMOJI = r"[ \x{1F300}-\x{1FAFF}\x{2600}-\x{2767}\x{2794}-\x{27BF}\x{FE0F}\x{200D}]+"
_AROUND = rf"^{_EMOJI}|{_EMOJI}$"
_BRACKETS = r" \([^()\[\]{}（）【】\"“”„«»‟'‘’@]*\)$"
PHONE = r"^[+(]?[0-9][0-9 ().+/x*#\-]{4,}$"
_COMMA = r"^(?P<last>[^ ,]+(?: [^ ,]+)?), (?P<first>[^ ,]+(?: [^ ,]+)?[^ ,.])$"
_SUFFIX = r"^(?P<name>[^ ]+ .*[^ ,]) (?P<suffix>Jr|Sr|II|III|IV)(?:\.)?$"


class Word(NamedTuple):
    """What a word is in a plain name."""

    plain: bool  # no rule touches it
    initial: bool  # a letter, perhaps with a dot: plain in the middle
    asian: bool  # Han, kana or Hangul: plain in parts only
    leads: bool  # might stand first as a family name (East Asian, Vietnamese)
    patronymic: bool
    iberian: bool
    upper: bool
    lower: bool
    uncased: bool  # in a script without capitals
    folded: str
    shown: str  # with its capitals mended


@lru_cache(maxsize=65536)
def word_of(text: str) -> Word:
    simple = text.isascii() and text.isalpha()
    folded, letters = text.lower() if simple else fold(text), text.removesuffix(".")
    asian = not simple and is_east_asian(text)
    pieces = folded.split()
    usual = simple or (clean(compatible(text)) == text and folded.replace(" ", "").isalpha())
    one_case = is_upper(text) or text.islower()
    special = folded.startswith("test") or not vocabulary.special().isdisjoint([folded, *pieces])
    return Word(
        plain=usual
        and len(text) < _LONGEST_WORD
        and not special
        and (simple or _is_spelled(text))
        and (not ADDRESSED.search(text) if asian else min(len(text), len(folded)) > 1)
        and not text.startswith(THAI_TITLES)
        and len(set(folded)) > 1,
        initial=usual and letters.isalpha() and len(letters) == 1 == len(folded),
        asian=asian,
        leads=vocabulary.leads(folded),
        patronymic=is_patronymic(folded),
        iberian=folded in vocabulary.iberian_surnames(),
        upper=is_upper(text),
        lower=text.islower(),
        uncased=text.lower() == text.upper(),
        folded=folded,
        shown=capitalized(text) if one_case else text,
    )


def _is_spelled(text: str) -> bool:
    """Letters and their marks only, but for one apostrophe or hyphen between letters."""
    parts = re.split("['’-]", text)
    marks = {unicodedata.category(char)[0] for part in parts for char in part}
    return len(parts) < 3 and marks <= {"L", "M"} and all(part[:1].isalpha() for part in parts)


@dataclass(frozen=True)
class Written:
    """Names as written: `whole` in the order given, middle, family name ("" where that isn't known)."""

    whole: Array
    given: Array  # what to show as given
    suffix: Array  # as shown; null where there is none
    stated: Rows  # how many words are given names, where the parts tell; else 0


def written(fields: Sequence[Array]) -> Written:
    """One text, or given and family name with a whole that agrees with them."""
    full, given, family = fields[_FULL], fields[_GIVEN], fields[_FAMILY]
    others = [column for index, column in enumerate(fields) if index not in (_FULL, _GIVEN, _FAMILY)]
    bare = _every(
        [pc.less_equal(pc.utf8_length(full), LONGEST), *(pc.equal(column, "") for column in others)]
    )
    no_given, no_family = pc.equal(given, ""), pc.equal(family, "")
    both = pc.invert(pc.or_(no_given, no_family))
    trimmed = _trimmed(full)
    joined = pc.binary_join_element_wise(given, family, " ")
    in_parts = pc.and_(both, _agreed(trimmed, given, family, joined))
    part = pc.if_else(no_given, family, given)
    one_text = pc.and_(
        pc.invert(both), _any([pc.equal(text, "") for text in (part, full)] + [pc.equal(part, full)])
    )
    text, first_words = _in_order(pc.if_else(pc.equal(part, ""), trimmed, part))
    whole = pc.if_else(one_text, text, pc.if_else(in_parts, joined, ""))
    found = pc.extract_regex(whole, _SUFFIX)
    named = pc.is_valid(found)
    words = pc.add(pc.count_substring(given, " "), 1).to_numpy(zero_copy_only=False)
    stated = np.where(in_parts.to_numpy(zero_copy_only=False), words, first_words)
    whole = pc.if_else(named, pc.struct_field(found, "name"), whole)
    shown = pc.if_else(pc.equal(full, ""), pc.if_else(both, joined, part), full)
    return Written(pc.if_else(bare, whole, ""), shown, pc.struct_field(found, "suffix"), stated)


def _trimmed(full: Array) -> Array:
    """Without white space and emoji around it, and without a bracket behind it."""
    return pc.replace_substring_regex(pc.replace_substring_regex(full, _AROUND, ""), _BRACKETS, "")


def _agreed(trimmed: Array, given: Array, family: Array, joined: Array) -> Array:
    """Whether the whole tells nothing that the parts don't."""
    turned = pc.binary_join_element_wise(family, given, " ")
    listed = pc.binary_join_element_wise(family, given, ", ")
    suffixed = pc.match_substring_regex(joined, _SUFFIX)
    turned, listed = (pc.if_else(suffixed, joined, text) for text in (turned, listed))
    same = _any([pc.equal(trimmed, text) for text in (joined, turned, listed)])
    return pc.or_(same, pc.or_(pc.equal(trimmed, ""), pc.match_substring_regex(trimmed, PHONE)))


def _in_order(text: Array) -> tuple[Array, Rows]:
    """`Last, First` turned round, and how many words are the given names there; 0 for the others."""
    found = pc.extract_regex(text, _COMMA)
    turned = pc.is_valid(found)
    first, last = pc.struct_field(found, "first"), pc.struct_field(found, "last")
    words = pc.fill_null(pc.add(pc.count_substring(first, " "), 1), 0).to_numpy(zero_copy_only=False)
    counts: Rows = words.astype(np.int64)
    return pc.if_else(turned, pc.binary_join_element_wise(first, last, " "), text), counts


def _any(masks: Sequence[Array]) -> Array:
    found = masks[0]
    for mask in masks[1:]:
        found = pc.or_(found, mask)
    return found


def _every(masks: Sequence[Array]) -> Array:
    found = masks[0]
    for mask in masks[1:]:
        found = pc.and_(found, mask)
    return found


def alone(fields: Sequence[Array]) -> tuple[Array, Mask]:
    """What is the only text of a name ("" where there is another), and whether it is a family name."""
    full, given, family = fields[_FULL], fields[_GIVEN], fields[_FAMILY]
    others = [column for index, column in enumerate(fields) if index not in (_FULL, _GIVEN, _FAMILY)]
    no_given, no_family = pc.equal(given, ""), pc.equal(family, "")
    bare = _every([pc.or_(no_given, no_family), *(pc.equal(column, "") for column in others)])
    part = pc.if_else(no_given, family, given)
    text = pc.if_else(pc.equal(part, ""), full, part)
    agreed = pc.or_(pc.equal(full, ""), pc.equal(full, text))
    is_family: Mask = pc.invert(no_family).to_numpy(zero_copy_only=False)
    one_word = pc.invert(pc.match_substring(text, " "))
    return pc.if_else(_every([bare, agreed, one_word]), text, ""), is_family


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
