"""Which words of a name are plain: those to which no rule of `names.parts` applies."""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from dedupe.arrays.untyped import Array
from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.cleaning import ADDRESSED, THAI_TITLES, compatible
from dedupe.normalizers.names.columns import Mask
from dedupe.normalizers.names.family_spelling import is_written_together
from dedupe.normalizers.names.honorific_vocabulary import generations, titles
from dedupe.normalizers.names.nicknames import has_relations, is_given
from dedupe.normalizers.names.normalize import capitalized
from dedupe.normalizers.names.order import is_east_asian, is_patronymic
from dedupe.normalizers.names.post_nominals import is_mixed, unspoken
from dedupe.normalizers.text import clean, fold, is_upper

_LONGEST_WORD = 100  # characters of a plain word (chosen)


class Word(NamedTuple):
    """The properties of a word in a plain name."""

    plain: bool  # no rule touches it
    initial: bool  # a letter, perhaps with a dot
    particle: bool  # plain but that it is a particle of family names, or has one (Al-Shamsi)
    leading: bool  # plain as the last word of a name: a title where it stands before one (King)
    asian: bool  # Han, kana or Hangul: plain in parts only
    known: bool  # a known given name
    generation: bool  # a letter that may be a generation (V)
    irish: bool  # a family name behind O
    leads: bool  # might stand first as a family name (East Asian, Vietnamese)
    patronymic: bool
    iberian: bool
    upper: bool
    lower: bool
    uncased: bool  # in a script without capitals
    joins: bool  # a letter that stands between family names or people too (Ortega y Gasset)
    couples: bool  # a capital letter that stands between two people where all are capitals
    given: bool  # a usual given name of the world
    folded: str
    shown: str  # with its capitals mended


@lru_cache(maxsize=65536)
def word_of(text: str) -> Word:
    simple = text.isascii() and text.isalpha()
    folded, letters = text.lower() if simple else fold(text), text.removesuffix(".")
    asian = not simple and is_east_asian(text)
    pieces = folded.split()
    usual = simple or (clean(compatible(text)) == text and folded.replace(" ", "").isalpha())
    upper, lower = is_upper(text), text.islower()
    asked = vocabulary.special().intersection([folded])
    if len(pieces) > 1:
        asked |= vocabulary.special_pieces().intersection(pieces)
    particles = vocabulary.only_particles()
    leading = len(pieces) == 1 and asked <= vocabulary.only_leading()
    ordinary = (
        usual
        and len(text) < _LONGEST_WORD
        and (leading or asked <= particles)
        and not folded.startswith("test")
        and not (unspoken(text) or is_mixed(text))
        and (simple or _is_spelled(text))
        and (not ADDRESSED.search(text) if asian else min(len(text), len(folded)) > 1)
        and not text.startswith(THAI_TITLES)
        and len(set(folded)) > 1
        and not any(map(is_written_together, pieces))
    )
    return Word(
        plain=ordinary and not asked,
        particle=ordinary and bool(asked) and not leading,
        leading=ordinary and bool(asked) and leading,
        initial=usual
        and letters.isalpha()
        and len(letters) == 1 == len(folded)
        and text not in titles("as_written"),
        asian=asian,
        known=has_relations(folded),
        generation=len(folded) == 1 and folded in generations(),
        irish=folded in vocabulary.irish_surnames(),
        leads=vocabulary.leads(folded),
        patronymic=is_patronymic(folded),
        iberian=folded in vocabulary.iberian_surnames(),
        upper=upper,
        lower=lower,
        uncased=text.lower() == text.upper(),
        joins=len(letters) == 1
        and (folded in vocabulary.particles() or (lower and folded in vocabulary.every_couple())),
        couples=len(letters) == 1 and upper and folded in vocabulary.every_couple(),
        given=is_given(folded),
        folded=folded,
        shown=text if folded in particles and lower else capitalized(text) if upper or lower else text,
    )


class BatchWords:
    """The distinct words of a batch; code −1 is no word."""

    def __init__(self, texts: Array) -> None:
        self.texts = texts
        self.every = [word_of(text) for text in texts.to_pylist()]
        self._flags: dict[str, Mask] = {}

    def flag(self, name: str) -> Mask:
        """A flag by code; false for −1."""
        if name not in self._flags:
            self._flags[name] = np.array([*(getattr(word, name) for word in self.every), False], bool)
        return self._flags[name]


def _is_spelled(text: str) -> bool:
    """Letters and their marks only, but for one apostrophe or hyphen between letters."""
    parts = re.split("['’-]", text)
    marks = {unicodedata.category(char)[0] for part in parts for char in part}
    return len(parts) < 3 and marks <= {"L", "M"} and all(part[:1].isalpha() for part in parts)
