"""Which names are plain, so that a batch can be split by the column.

A plain name has plain words only, up to four as a whole or two in each part. Where a rule on word order
may apply (East Asian family names, particles, patronymics), `names.order` decides.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dedupe.arrays.distinct_values import Rows, distinct
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.batch.plain_words import BatchWords, Word, word_of
from dedupe.normalizers.names.cleaning import GLUED
from dedupe.normalizers.names.columns import Mask, WrittenNames
from dedupe.normalizers.names.order import CJK, given_and_middle, ordered, written_together

MOST_WORDS = 4  # of a plain name (chosen)
_LEAST_RECASED = 4  # letters of a word in capitals that is recased (chosen)


@dataclass(frozen=True)
class PlainNames:
    """Plain names: their rows, texts, and words (codes into `words`, −1 after the last one).

    The first `firsts` words are the first name, the last `family` words the family name; middle names are
    between. `codes` are in this order, whatever the written order.
    """

    rows: Rows
    given: Array
    suffix: Array
    codes: npt.NDArray[np.int64]  # a column for each of up to four words
    counts: Rows
    firsts: Rows
    family: Rows
    words: BatchWords

    def take(self, places: Rows) -> "PlainNames":
        return PlainNames(
            self.rows[places],
            self.given.take(pa.array(places)),
            self.suffix.take(pa.array(places)),
            self.codes[places],
            self.counts[places],
            self.firsts[places],
            self.family[places],
            self.words,
        )

    def flags(self, name: str) -> Mask:
        """A flag of every word by position; false where there is none."""
        flags: Mask = self.words.flag(name)[self.codes]
        return flags

    def in_case(self, name: str, places: Mask | None = None) -> Mask:
        """Names whose words (at these positions) are all `upper` or `lower`, words without case aside."""
        asked = (self.codes >= 0) if places is None else places
        found = self.flags(name) & asked
        alike: Mask = np.all(found | self.flags("uncased") | ~asked, axis=1) & found.any(axis=1)
        return alike

    def in_one_case(self) -> Mask:
        """Names written in capitals only, or in small letters only."""
        return self.in_case("upper") | self.in_case("lower")

    def parts(self) -> tuple[Mask, Mask]:
        """Which places hold the first name, and which the family name."""
        at = np.arange(MOST_WORDS)
        begins = (self.counts - self.family)[:, None]
        return at < self.firsts[:, None], (at >= begins) & (self.codes >= 0)


def plain_names(names: WrittenNames) -> PlainNames:
    split = pc.split_pattern(names.whole, " ")
    counts = pc.list_value_length(split).to_numpy(zero_copy_only=False).astype(np.int64)
    rows = np.flatnonzero((counts >= 2) & (counts <= MOST_WORDS))
    texts, flat = distinct(pc.list_flatten(split.take(pa.array(rows))))
    words = BatchWords(texts)
    counts, stated = counts[rows], names.stated[rows]
    codes = np.full((len(rows), MOST_WORDS), -1)
    codes[np.arange(MOST_WORDS) < counts[:, None]] = flat
    given, suffix = (column.take(pa.array(rows)) for column in (names.given, names.suffix))
    found = PlainNames(rows, given, suffix, codes, counts, counts * 0 + 1, counts * 0 + 1, words)
    found.family[:] = np.where(stated > 0, counts - stated, np.where(_doubled(found), 2, 1))
    fine = _fit(found, stated > 0)
    fine &= (stated == 0) | _fit_in_parts(found, stated)
    compound = _are_compound(found, fine & (counts - found.family > 1))
    found.firsts[compound & (stated > 0)] = 2
    hard = fine & (stated == 0) & (compound | _order_matters(found))
    _put_in_order(found, np.flatnonzero(hard))
    return found.take(np.flatnonzero(fine & ~_small_particle_alone(found)))


def _small_particle_alone(names: PlainNames) -> Mask:
    """A particle in small letters as a first name or as the whole family name, to be capitalized as such."""
    small = names.flags("particle") & names.flags("lower")
    own, family = names.parts()
    alone: Mask = (small & own).any(axis=1) | ((small & family).any(axis=1) & (names.family == 1))
    return alone


def long_enough(names: PlainNames) -> Mask:
    """Names whose capitals are corrected where they are in one case only."""
    long = pc.utf8_length(names.words.texts).to_numpy(zero_copy_only=False)
    letters = np.append(long, 0)[names.codes].sum(axis=1)
    enough: Mask = letters >= _LEAST_RECASED
    return enough


def _doubled(names: PlainNames) -> Mask:
    """Whether two surnames stand at the end of three words or more."""
    iberian, every = names.flags("iberian"), np.arange(len(names.rows))
    doubled: Mask = iberian[every, names.counts - 1] & iberian[every, names.counts - 2] & (names.counts > 2)
    return doubled


def _fit(names: PlainNames, stated: Mask) -> Mask:
    """Names whose every word is subject to order rules at most, and whose capitals have no meaning."""
    plain, initial, particle = (names.flags(name) for name in ("plain", "initial", "particle"))
    at, every = np.arange(MOST_WORDS), np.arange(len(names.rows))
    plain = plain | (names.flags("leading") & (at == names.counts[:, None] - 1))
    upper, lower = names.flags("upper"), names.flags("lower")
    particle = particle & ~(lower & (at == 0))
    fits = (plain & ~(names.flags("asian") & ~stated[:, None])) | initial | particle | (names.codes < 0)
    calm = ~upper | initial
    one_case = names.in_one_case()
    joining = initial & names.flags("joins") & (lower | one_case[:, None])
    o = np.array([*(word.folded == "o" for word in names.words.every), False], bool)[names.codes]
    apart = o[:, :-1] & names.flags("irish")[:, 1:]  # O Meara
    unsure = names.flags("generation")[every, names.counts - 1]  # Ann Berg V
    unsure |= initial[every, names.counts - 2]  # Ann Berg R N
    last = initial[every, names.counts - 1] & unsure & (names.counts > 2)
    fine: Mask = fits.all(axis=1) & (calm.all(axis=1) | one_case) & plain.any(axis=1)
    fine &= ~(one_case & particle.any(axis=1)) & ~joining.any(axis=1)
    fine &= ~(one_case & _may_join_people(names))
    fine &= ~apart.any(axis=1) & ~last
    return fine


def _may_join_people(names: PlainNames) -> Mask:
    """Names in which a letter stands between given names, with a word behind: `PETER U. MARIA HUBER`."""
    couples, given = names.flags("couples"), names.flags("given")
    between: Mask = couples[:, 1:-2] & given[:, :-3] & given[:, 2:-1] & (names.codes[:, 3:] >= 0)
    return np.asarray(between.any(axis=1))


def _fit_in_parts(names: PlainNames, given: Rows) -> Mask:
    """Names in parts: two words at most in each, no particle but in the family name, nothing told twice."""
    at = np.arange(MOST_WORDS)
    own = (at < given[:, None]) & (names.codes >= 0)
    initial = names.flags("initial")
    fine: Mask = (given <= 2) & (names.family <= 2) & (names.family > 0)
    fine &= ~(names.flags("particle") & own).any(axis=1)
    fine &= ~(initial & ~own).any(axis=1) & ~(initial[:, 0] & initial[:, 1])
    unsure = names.flags("known")[:, 1] | names.flags("generation")[:, 0]  # Joseph Berg, B.; Ann Berg, V
    fine &= ~(initial[:, 0] & (given == 1) & (names.family == 2) & unsure)
    return fine & ~_repeated(names, own)


def _repeated(names: PlainNames, own: Mask) -> Mask:
    """Whether a given name is the family name, or a part of it."""
    ranks = np.append(
        np.unique([word.folded for word in names.words.every], return_inverse=True)[1].reshape(-1), -1
    )
    ranked = ranks[names.codes]
    repeated = np.zeros(len(ranked), bool)
    for one in range(2):
        for other in range(1, MOST_WORDS):
            repeated |= own[:, one] & ~own[:, other] & (ranked[:, one] == ranked[:, other])
    return repeated


def _are_compound(names: PlainNames, asked: Mask) -> Mask:
    """Whether the first two words are one given name (Juan Carlos)."""
    pairs = names.codes[asked, 0] * len(names.words.every) + names.codes[asked, 1]
    values, back = np.unique(pairs, return_inverse=True)
    codes = [divmod(pair, len(names.words.every)) for pair in values.tolist()]
    folded = [f"{names.words.every[one].folded} {names.words.every[two].folded}" for one, two in codes]
    found = np.zeros(len(asked), bool)
    found[asked] = np.array([pair in vocabulary.compound_given() for pair in folded], bool)[back.reshape(-1)]
    return found


def _order_matters(names: PlainNames) -> Mask:
    """Whether a rule other than "given name, middle names, family name" may apply."""
    every, middles = np.arange(len(names.rows)), names.counts - names.family - 1
    initial = names.flags("initial")
    odd: Mask = (
        initial[:, 2] | initial[:, 3] | (initial[:, 1] & (middles != 1)) | (initial[:, 0] & (middles > 1))
    )
    odd |= names.flags("patronymic")[every, names.counts - 1] | names.flags("leads")[:, 0]
    odd |= names.flags("particle").any(axis=1)
    return odd


def _put_in_order(names: PlainNames, places: Rows) -> None:
    """The words of these names in the order that `names.order` gives."""
    texts = names.words.texts.to_pylist()
    for place in places.tolist():
        codes = names.codes[place, : names.counts[place]].tolist()
        known = {texts[code]: code for code in codes}
        given, family = ordered([texts[code] for code in codes])
        first, middle = given_and_middle(given)
        parts = [first.split(), middle.split(), " ".join(family).split()]
        names.codes[place, : len(codes)] = [known[word] for part in parts for word in part]
        names.firsts[place], names.family[place] = len(parts[0]), len(parts[2])


@dataclass(frozen=True)
class LoneNames:
    """Names of one plain word: their rows, words, and whether each is a family name."""

    rows: Rows
    codes: Rows
    texts: Array
    is_family: Mask
    words: list[Word]
    together: Rows  # rows of family and given name in East Asian letters without a space


def lone_names(texts: Array, is_family: Mask) -> LoneNames:
    values, codes = distinct(texts)
    words = [word_of(text) for text in values.to_pylist()]
    known = list(zip(words, values.to_pylist(), strict=True))
    plain = np.array([word.plain and not (word.asian or GLUED.fullmatch(text)) for word, text in known], bool)
    together = np.array([word.plain and word.asian and _parts_together(text) for word, text in known], bool)
    rows = np.flatnonzero(plain[codes])
    return LoneNames(rows, codes[rows], values, is_family[rows], words, np.flatnonzero(together[codes]))


def _parts_together(text: str) -> bool:
    no_name = vocabulary.no_name_pattern().fullmatch(text)
    return CJK.fullmatch(text) is not None and not no_name and bool(written_together(text)[1])
