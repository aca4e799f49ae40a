"""One name as written, taken into its parts. Total and linear on any text."""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

from dedupe.normalizers import name_words as vocabulary
from dedupe.normalizers.name_orders import (
    CJK,
    given_and_middle,
    is_east_asian,
    ordered,
    written_together,
)
from dedupe.normalizers.name_texts import (
    LETTER,
    cleaned,
    no_name,
    nobody,
    spelled_out,
    take_birth_name,
    take_nickname,
    undecorated,
    unglued,
    without_address,
    without_tail,
)
from dedupe.normalizers.text import LONGEST, fold


class Parts(NamedTuple):
    """The parts of one name as written; `reason` is set and the rest empty where it is no name."""

    given: str = ""
    middle: str = ""
    family: str = ""
    prefix: str = ""
    suffix: str = ""
    nickname: str = ""
    birth_name: str = ""
    reason: str | None = None

    def shown(self) -> str:
        words = [self.given, self.middle, self.family]
        if is_east_asian(self.given) and is_east_asian(self.family):
            words = [self.family, self.given, self.middle]
        return " ".join(word for word in [*words, self.suffix] if word)


@lru_cache(maxsize=16384)
def parse_name(text: str) -> Parts:
    """The parts of a name given as a whole."""
    if len(text) > LONGEST:
        return Parts(reason="too long")
    plain = cleaned(text)
    if len(plain) > LONGEST:  # one character may stand for eighteen
        return Parts(reason="too long")
    plain = written = without_address(plain)
    if reason := no_name(written):
        return Parts(reason=reason)
    plain, birth_name = take_birth_name(plain)
    plain, nickname = take_nickname(spelled_out(plain))
    plain = without_tail(undecorated(plain))
    if reason := (None if plain == written else no_name(plain)) or nobody(plain):
        return Parts(reason="no name left" if reason == "empty" else reason)
    plain = unglued(plain)
    parts = _from_commas([part.strip() for part in plain.split(",") if part.strip()])
    if not (parts.given or parts.family):
        return Parts(reason="no name left")
    return parts._replace(nickname=nickname, birth_name=birth_name)


def _from_commas(pieces: Sequence[str]) -> Parts:
    """`Last, First Middle`, `First Last, Jr`, `First Last, PhD`."""
    kept, suffix = list(pieces), ""
    while len(kept) > 1 and (tail := _only_tail(kept[-1])) is not None:
        kept.pop()
        suffix = tail or suffix
    if not kept:
        return Parts()
    words = kept[1].split() if len(kept) > 1 else []
    if not words or fold(words[-1]) in vocabulary.company_ends():
        parts = _from_words(_words(kept[0]))
    else:
        parts = _last_first(kept[0], kept[1])
    return parts._replace(suffix=parts.suffix or suffix)


def _only_tail(piece: str) -> str | None:
    """The suffix shown ("" for others) if the piece is made of suffixes and degrees only, or is a job."""
    suffix = ""
    folded_words = fold(piece).split()
    if folded_words and not vocabulary.jobs().isdisjoint([folded_words[0], folded_words[-1]]):
        return suffix
    for word in piece.split():
        folded = fold(word).replace(" ", "")
        if folded in vocabulary.suffixes():
            suffix = vocabulary.suffixes()[folded]
        elif folded not in vocabulary.credentials():
            return None
    return suffix


def _last_first(last: str, first: str) -> Parts:
    words, family = _words(first), _words(last)
    prefix, words = _take_prefix(words, 0)
    own_prefix, family = _take_prefix(family, 0)
    suffix, words = _take_suffix(words, 1)
    family_suffix, family = _take_suffix(family, 1)
    while len(words) > 1 and len(words[-1]) > 1 and _is_low_particle(words[-1]):  # Beethoven, Ludwig van
        family.insert(0, words.pop())
    given, middle = given_and_middle(words)
    return Parts(given, middle, " ".join(family), prefix or own_prefix, suffix or family_suffix)


def _words(text: str) -> list[str]:
    """The words with a letter in them, and a number before them (50 Cent)."""
    words = [w for w in text.split() if LETTER.search(w) or w == "&" or (w.isdigit() and len(w) < 3)]
    while len(words) > 1 and words[-1].isdigit():
        words.pop()
    return words


def _take_prefix(words: list[str], left: int) -> tuple[str, list[str]]:
    """Titles at the start, leaving `left` words at least."""
    taken: list[str] = []
    rest = list(words)
    while len(rest) > max(left, 1):
        folded = fold(rest[0]).replace(" ", "")
        sure = folded in vocabulary.sure_prefixes() or (folded in vocabulary.prefixes() and len(rest) > 2)
        if not sure and not (taken and _joins_titles(rest, left)):
            break
        taken.append(rest.pop(0))
    return " ".join(word for word in taken if fold(word) not in vocabulary.couples_of_titles()), rest


def _joins_titles(words: list[str], left: int) -> bool:
    """`Mr and Mrs Smith`."""
    joined = len(words) > left + 1 and fold(words[0]) in vocabulary.couples_of_titles()
    return joined and fold(words[1]).replace(" ", "") in vocabulary.prefixes()


def _is_low_particle(word: str) -> bool:
    return word.islower() and fold(word) in vocabulary.particles()


def _is_family_alone(words: list[str], prefix: str) -> bool:
    """`von Bismarck`, `Mr. Van der Berg`."""
    particles = vocabulary.particles()
    low = _is_low_particle(words[0]) and any(map(str.istitle, words[1:]))
    return low or (bool(prefix) and len(words) > 2 and {fold(word) for word in words[:2]} <= particles)


def _take_suffix(words: list[str], left: int) -> tuple[str, list[str]]:
    """A suffix that tells people apart, and degrees, at the end; leaving `left` words at least."""
    rest, suffix = list(words), ""
    while len(rest) > left:
        folded = fold(rest[-1]).replace(" ", "")
        if folded in vocabulary.suffixes() and _is_suffix(rest[-1], folded, len(rest)):
            suffix = vocabulary.suffixes()[folded]
        elif not (folded in vocabulary.credentials() and _is_degree(rest[-1], len(rest))):
            break
        rest.pop()
    return suffix, rest


def _is_suffix(word: str, folded: str, count: int) -> bool:
    if folded in {"filho", "neto", "junior", "senior", "v"}:
        return count > 2 and (folded != "v" or word == "V")
    return count > 1


def _is_degree(word: str, count: int) -> bool:
    letters = [char for char in word if char.isalpha()]
    dotted = len(letters) > 2 or "." in word.strip(".") or word == "MD"
    return count > 2 and dotted and any(char.isupper() for char in letters[1:])


def _from_words(words: list[str]) -> Parts:
    words = _without_other(words)
    if len(words) == 1 and CJK.fullmatch(words[0]):
        lone_given, lone_family = written_together(words[0])
        return Parts(given=lone_given, family=lone_family)
    prefix, words = _take_prefix(words, 1)
    suffix, words = _take_suffix(words, 1)
    if len(words) == 1 and prefix:
        return Parts(family=words[0], prefix=prefix, suffix=suffix)
    if len(words) < 2:
        return Parts(given=" ".join(words), prefix=prefix, suffix=suffix)
    if _is_family_alone(words, prefix):
        return Parts(family=" ".join(words), prefix=prefix, suffix=suffix)
    given, family = ordered(words)
    first, middle = given_and_middle(given)
    return Parts(first, middle, " ".join(family), prefix, suffix)


def _without_other(words: list[str]) -> list[str]:
    """`John and Mary Smith` as `John Smith`: one contact, one name."""
    for place, word in enumerate(words):
        named = 0 < place < len(words) - 2 and fold(words[place - 1]) not in _no_first_of_couple()
        if named and (word == "&" or fold(word) in vocabulary.couples()):
            return [*words[:place], *words[place + 2 :]]
    return [word for word in words if word != "&"]


@cache
def _no_first_of_couple() -> frozenset[str]:
    return vocabulary.prefixes() | vocabulary.particles()  # Mr and Mrs Smith, von und zu Guttenberg


def in_parts(given: str, middle: str, family: str, full: str) -> Parts:
    """The parts of a name given in parts, mixed up as they may be: a whole name in one, a placeholder."""
    first, last = _usable(given), _usable(family, bool(_usable(given)))
    if first and last and fold(first) != fold(last):
        return _structured(first, _usable(middle), last)
    alone = first or last
    if not alone:
        return (
            parse_name(full)
            if full.strip()
            else Parts(reason=no_name(cleaned((given or family)[:LONGEST])) or "no letters")
        )
    whole = _usable(full)
    if whole and fold(alone) not in fold(whole):
        return _structured(first or whole, _usable(middle), last or whole)
    parsed = parse_name(whole or alone)
    if last and not first and parsed.given and not parsed.family:
        return parsed._replace(given="", family=parsed.given)
    return parsed


def _usable(text: str, named: bool = False) -> str:
    """The text if it may be a name; `named`: it is a family name beside a given name."""
    plain = cleaned(text[: LONGEST + 1])
    if len(plain) > LONGEST:
        return ""
    surname = named and fold(plain) in vocabulary.surnames_too()
    return plain if surname or not no_name(plain) else ""


def _structured(given: str, middle: str, family: str) -> Parts:
    given, nickname = take_nickname(spelled_out(given))
    family, birth_name = take_birth_name(family)
    given, middle, family = undecorated(given), undecorated(middle), without_tail(undecorated(family))
    family_words, suffix = _family_words(family)
    family = " ".join(family_words)
    prefix, words = _take_prefix(_words(given.replace(",", " ")), 1)
    if len(words) == 1 and not prefix and fold(words[0]) in vocabulary.sure_prefixes():
        prefix, words = words[0], []
    if len(words) > 1 and fold(words[-1]) == fold(family):
        words.pop()
    first, more = given_and_middle(words)
    middle = " ".join(word for word in (more, middle) if word)
    return Parts(first, middle, family, prefix, suffix, nickname, birth_name)


def _family_words(family: str) -> tuple[list[str], str]:
    """`Smith, Jr, PhD` as the words of the family name and the suffix."""
    first, *more = [piece for piece in family.split(",") if piece.strip()] or [""]
    told = [(piece, _only_tail(piece)) for piece in more]
    suffix, words = _take_suffix(_words(" ".join([first, *(p for p, tail in told if tail is None)])), 1)
    return words, suffix or next((tail for _, tail in told if tail), "")
