"""Splitting of one written name into its parts. Total and linear on any text."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from dedupe.normalizers.names import vocabulary
from dedupe.normalizers.names.cleaning import (
    LETTER,
    behind_unnamed,
    cleaned,
    initials_apart,
    is_company_in_parts,
    no_name,
    nobody,
    spelled_out,
    take_birth_name,
    take_nickname,
    undecorated,
    unglued,
    without_address,
    without_tail,
    written_alike,
)
from dedupe.normalizers.names.commas import given_first, parted, tail_of
from dedupe.normalizers.names.couples import given_of_people, in_a_row, people_of, signs_apart
from dedupe.normalizers.names.honorific_vocabulary import sure_titles
from dedupe.normalizers.names.honorifics import (
    TrailingTitles,
    generation_alone,
    take_behind,
    take_generation_before,
    take_generation_within,
)
from dedupe.normalizers.names.nicknames import has_relations, is_given
from dedupe.normalizers.names.order import CJK, given_and_middle, is_east_asian, ordered, written_together
from dedupe.normalizers.names.titles import is_clerical, names_given, take_titles
from dedupe.normalizers.text import LONGEST, fold


class NameParts(NamedTuple):
    """The parts of one name as written; where it is no name, `reason` is set and the rest empty."""

    given: str = ""
    middle: str = ""
    family: str = ""
    prefix: str = ""
    suffix: str = ""
    nickname: str = ""
    birth_name: str = ""
    reason: str | None = None
    several: bool = False  # people: whose given name it is can't be told

    def shown(self) -> str:
        words = [self.given, self.middle, self.family]
        if is_east_asian(self.given) and is_east_asian(self.family):
            words = [self.family, self.given, self.middle]
        return " ".join(word for word in [*words, self.suffix] if word)


@lru_cache(maxsize=16384)
def parse_name(text: str) -> NameParts:
    """The parts of a name given as a whole."""
    if len(text) > LONGEST:
        return NameParts(reason="too long")
    plain = cleaned(text)
    if len(plain) > LONGEST:  # one character may stand for eighteen
        return NameParts(reason="too long")
    plain = written = without_address(plain)
    if reason := no_name(written):
        return NameParts(reason=reason)
    plain, birth_name = take_birth_name(plain)
    plain, nickname = take_nickname(spelled_out(signs_apart(plain)))
    plain = without_tail(undecorated(plain))
    if reason := (None if plain == written else no_name(plain)) or nobody(plain):
        return NameParts(reason="no name left" if reason == "empty" else reason)
    named = behind_unnamed(plain)
    if named and (" " not in named or not is_given(fold(named.split()[0]))):
        return NameParts(family=named.strip(" ,"), birth_name=birth_name)
    plain = unglued(named or plain)
    parts = _from_commas([part.strip() for part in plain.split(",") if part.strip()])
    if not (parts.given or parts.family):
        return NameParts(reason="no name left")
    turned = nickname and parts.given and not (parts.family or parts.several)
    if turned and written.find(nickname) < written.find(parts.given):
        parts = parts._replace(given=nickname, family=parts.given)  # "Rick" Edmonds
    found = nickname or birth_name
    return parts._replace(nickname=nickname, birth_name=birth_name) if found else parts


def _from_commas(pieces: Sequence[str]) -> NameParts:
    """`Last, First Middle`, `First Last, Jr`, `First Last, PhD`."""
    if people := in_a_row(pieces):
        pieces = [people]
    found = parted(pieces)
    parts = (
        _from_words(found.whole) if found.whole else _last_first(found.last, found.first, found.generation)
    )
    if parts.several:
        return parts
    if not (found.letters or found.title or found.generation):
        return parts
    if found.letters and not parts.family:
        parts = _as_family(parts)
    if found.title and parts.given and not parts.family:
        parts = parts._replace(given="", family=parts.given)
    return parts._replace(prefix=parts.prefix or found.title, suffix=parts.suffix or found.generation)


def _as_family(parts: NameParts) -> NameParts:
    """A lone name with letters behind it is a family name (Hache, MD), unless it is known as a given name."""
    lone = parts.given if not (parts.middle or has_relations(fold(parts.given))) else ""
    return parts._replace(given="", family=lone) if lone else parts


def _last_first(last: str, first: str, known: str) -> NameParts:
    if fold(first) in vocabulary.unnamed():  # Smith, Baby Girl
        first = ""
    prefix, given_words = take_titles(_tokens(first), 0, apart=True)
    own_prefix, family = take_titles(_tokens(last), 0, apart=True)
    if several := given_of_people(given_words):
        family = _apart(take_behind(family, 1).rest)
        return NameParts(several, family=" ".join(family), prefix=prefix or own_prefix, several=True)
    generation, given_words = take_generation_before(given_words)
    behind = take_behind(given_words, len(family), known)
    of_family = take_behind(family, len(behind.rest))
    words, family = _apart(behind.rest), _apart(of_family.rest)
    if of_family.title and given_first(family, words):
        words, family = family, words
    while len(words) > 1 and len(words[-1]) > 1 and _is_low_particle(words[-1]):  # Beethoven, Ludwig van
        family.insert(0, words.pop())
    title = prefix or own_prefix or behind.title or of_family.title
    suffix = behind.generation or of_family.generation or generation
    given, middle = given_and_middle(words)
    return NameParts(given, middle, " ".join(family), title, suffix)


def _tokens(text: str) -> list[str]:
    """The words with a letter in them, and a number before them (50 Cent)."""
    words = [w for w in text.split() if LETTER.search(w) or w == "&" or (w.isdigit() and len(w) < 3)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return words


def _apart(words: Sequence[str]) -> list[str]:
    """`J.R.` as two words."""
    return [piece for word in words for piece in initials_apart(word).split()]


def _words(text: str) -> list[str]:
    return _apart(_tokens(text))


def _is_low_particle(word: str) -> bool:
    return word.islower() and fold(word) in vocabulary.particles()


def _is_family_alone(words: list[str], prefix: str) -> bool:
    """`von Bismarck`, `Mr. Van der Berg`."""
    particles = vocabulary.particles()
    low = _is_low_particle(words[0]) and any(map(str.istitle, words[1:]))
    return low or (bool(prefix) and len(words) > 2 and {fold(word) for word in words[:2]} <= particles)


def _from_words(text: str) -> NameParts:
    words = _tokens(text)
    if people := people_of(words):
        return NameParts(people.given, family=people.family, prefix=people.prefix, several=True)
    words = [word for word in words if word != "&"]
    if len(words) == 1 and CJK.fullmatch(words[0]):
        lone_given, lone_family = written_together(words[0])
        return NameParts(given=lone_given, family=lone_family)
    before, words = take_generation_before(words)
    prefix, words = take_titles(words, 1)
    behind = take_behind(words)
    within, words = take_generation_within(behind.rest)
    prefix, suffix = prefix or behind.title, behind.generation or before or within
    words = _apart(words)
    if len(words) == 1:
        return _lone(words[0], prefix, suffix, behind.letters)
    if len(words) < 2:
        return NameParts(given=" ".join(words), prefix=prefix, suffix=suffix)
    if _is_family_alone(words, prefix):
        return NameParts(family=" ".join(words), prefix=prefix, suffix=suffix)
    if behind.title and given_first(words[1:], words[:1]):  # Berg Ann Mrs
        words = words[::-1]
    given, family = ordered(words)
    first, middle = given_and_middle(given)
    return NameParts(first, middle, " ".join(family), prefix, suffix)


def _lone(word: str, prefix: str, suffix: str, letters: bool) -> NameParts:
    """A family name behind a title (Mr Smith, but Sir Gerald, Father John)."""
    alone = NameParts(given=word, prefix=prefix, suffix=suffix)
    if prefix and not names_given(prefix) and not (is_clerical(prefix) and has_relations(fold(word))):
        return NameParts(family=word, prefix=prefix, suffix=suffix)
    return _as_family(alone) if letters else alone


def in_parts(given: str, middle: str, family: str, full: str) -> NameParts:
    """The parts of a name given in parts, correcting usual mix-ups: a whole name in one field, a
    placeholder."""
    if generation := generation_alone(middle, [given, family]):
        parts = in_parts(given, "", family, full)
        return parts._replace(suffix=parts.suffix or generation) if parts.reason is None else parts
    first = _usable(given)
    last = _usable(family, first)
    if last and first and is_company_in_parts(first, last):
        return NameParts(reason="a company")
    if first and last and fold(first) != fold(last):
        return _structured(first, _usable(middle), last)
    alone = first or last
    if not alone:
        return (
            parse_name(full)
            if full.strip()
            else NameParts(reason=no_name(cleaned((given or family)[:LONGEST])) or "no letters")
        )
    whole = _usable(full)
    if whole and fold(alone) not in fold(whole):
        return _structured(first or whole, _usable(middle), last or whole)
    parsed = parse_name(whole or alone)
    if last and not first and parsed.given and not parsed.family:
        return parsed._replace(given="", family=parsed.given)
    return parsed


def _usable(text: str, given: str = "") -> str:
    """The text if it may be a name; a family name beside a given name may be more."""
    plain = cleaned(text[: LONGEST + 1])
    if len(plain) > LONGEST:
        return ""
    folded = fold(plain)
    surname = bool(given) and (
        folded in vocabulary.surnames_too()
        or (folded in vocabulary.surnames_in_case() and written_alike(given, plain))
    )
    return plain if surname or not no_name(plain) else ""


def _structured(given: str, middle: str, family: str) -> NameParts:
    given, nickname = take_nickname(spelled_out(signs_apart(given)))
    family, birth_name = take_birth_name(family)
    given, middle, family = undecorated(given), undecorated(middle), without_tail(undecorated(family))
    family_end = _family_words(family)
    family = " ".join(_apart(family_end.rest))
    prefix, words = take_titles(_tokens(given.replace(",", " ")), 1)
    if several := given_of_people(words):
        return NameParts(several, "", family, prefix or family_end.title, birth_name=birth_name, several=True)
    before, words = take_generation_before(words)
    behind = take_behind(words, len(family_end.rest))
    words = _apart(behind.rest)
    if len(words) == 1 and not prefix and fold(words[0]) in sure_titles():
        prefix, words = words[0], []
    if len(words) > 1 and fold(words[-1]) == fold(family):
        words.pop()
    first, more = given_and_middle(words)
    middle = " ".join(word for word in (more, middle) if word)
    prefix = prefix or family_end.title or behind.title
    suffix = family_end.generation or behind.generation or before
    return NameParts(first, middle, family, prefix, suffix, nickname, birth_name)


def _family_words(family: str) -> TrailingTitles:
    """`Smith, Jr, PhD` as the words of the family name and the suffix."""
    first, *more = [piece.strip() for piece in family.split(",") if piece.strip()] or [""]
    tails = [(piece, tail_of(piece, ["", first])) for piece in more]
    names = " ".join([first, *(piece for piece, tail in tails if tail is None)])
    before, words = take_generation_before(_tokens(names))
    found = take_behind(words, named=1)
    generation = (
        found.generation
        or before
        or next((tail.generation for _, tail in tails if tail and tail.generation), "")
    )
    return found._replace(generation=generation)
