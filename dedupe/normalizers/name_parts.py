"""One name as written, taken into its parts. Total and linear on any text."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from dedupe.normalizers import name_words as vocabulary
from dedupe.normalizers.text import LONGEST, clean, fold

_CJK = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff\uac00-\ud7af\u3040-\u30ff々]+")


def is_east_asian(text: str) -> bool:
    """Whether there are Han characters, kana or Hangul in it: the family name stands first there."""
    return _CJK.search(text) is not None


class Parts(NamedTuple):
    """The parts of one name as written; `reason` is set and the rest empty where it is no name."""

    given: str = ""
    middle: str = ""
    family: str = ""
    prefix: str = ""
    suffix: str = ""
    nickname: str = ""
    reason: str | None = None

    def shown(self) -> str:
        words = [self.given, self.middle, self.family]
        if is_east_asian(self.given) and is_east_asian(self.family):
            words = [self.family, self.given, self.middle]
        return " ".join(word for word in [*words, self.suffix] if word)


_LETTER = re.compile(r"[^\W\d_]")
_EMAIL = re.compile(r"\S@\S+\.\S")
_PHONE = re.compile(r"[+(]?\d[\d\s().+/x*#-]{4,}")
_NICKNAME = re.compile(r"""["“”„«»‟]([^"“”„«»‟]{1,40})["“”„«»‟]|(?<=\s)['‘’]([^'‘’]{1,40})['‘’](?=\s|$)""")
_BRACKETED = re.compile(r"[(\[{（【]([^()\[\]{}（）【】]*)[)\]}）】]?")
GLUED = re.compile(r"([A-Z][a-z]{2,})([A-Z][a-z]+)")
_GLUE = frozenset({"mac", "fitz", "van", "vander", "von", "del", "della", "dela", "san", "saint"})
_TAIL = re.compile(r"\s+[-–—|@•·:~/\\]+\s*|\s*[|•@]\s*|\s[-–—]+(?=\S)|\s+(?:c/o|via|from|at|bei|chez)\s+")
_INITIALS = re.compile(r"(?<=\b[^\W\d_]\.)(?=[^\W\d_])")
_SYLLABLES = re.compile(
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh|kk|tt)?(?:[aeiou]|ae|ai|ao|an|ang|ei|en|eng|er|eo|eon|eong|eun|eu|ia|ian|iang|iao|ie|in|ing"
    r"|iong|iu|yeo|yeon|yeong|yu|yun|yung|yo|ya|ong|oo|oon|ou|oung|un|ung|ua|uan|uang|ue|uai|ui|uo|am|im|om|um|ak|ok|uk|ik|il|ul|ol|al|ee|ye|ya))+"
)


@lru_cache(maxsize=16384)
def parse_name(text: str) -> Parts:
    """The parts of a name given as a whole."""
    if len(text) > LONGEST:
        return Parts(reason="too long")
    plain = clean(text)
    if reason := no_name(plain):
        return Parts(reason=reason)
    plain, nickname = _take_nickname(_INITIALS.sub(" ", plain))
    plain = _without_tail(_undecorated(plain))
    if reason := no_name(plain) or _company(plain):
        return Parts(reason=reason)
    plain = _unglued(plain)
    parts = _from_commas([part.strip() for part in plain.split(",") if part.strip()])
    if not (parts.given or parts.family):
        return Parts(reason="no name left")
    return parts._replace(nickname=nickname)


def no_name(text: str) -> str | None:
    """Why a cleaned text is no name, or None."""
    if not text:
        return "empty"
    if _EMAIL.search(text):
        return "an email"
    if _PHONE.fullmatch(text):
        return "a phone number"
    if not _LETTER.search(text):
        return "no letters"
    folded = fold(text)
    if folded in vocabulary.no_names() or vocabulary.no_name_pattern().fullmatch(text):
        return "placeholder"
    return None


def _company(text: str) -> str | None:
    words = fold(text).split()
    return "a company" if len(words) > 1 and words[-1] in vocabulary.company_ends() else None


def _take_nickname(text: str) -> tuple[str, str]:
    """The name without its nickname in quotes (or in brackets between two words), and that nickname."""
    found = _NICKNAME.search(text)
    if found and found.span() != (0, len(text)):
        nickname = (found[1] or found[2]).strip(" .,")
        return f"{text[: found.start()]} {text[found.end() :]}".strip(), nickname
    found = _BRACKETED.search(text)
    between = found and text[: found.start()].strip() and text[found.end() :].strip(" ,")
    if found and between and _LETTER.search(found[1]) and fold(found[1]) not in vocabulary.tails():
        return f"{text[: found.start()]} {text[found.end() :]}", found[1].strip()
    return text, ""


def _undecorated(text: str) -> str:
    """Without brackets, quotes, emoji and other decoration."""
    text = _BRACKETED.sub(lambda found: " " if text[: found.start()].strip() else f" {found[1]} ", text)
    if not text.isascii():
        text = "".join(char if _belongs(char) else " " for char in text)
    return " ".join(re.sub(r'["“”„«»‟*_#=<>^~!?;{}\[\]()%$€£+\\]+', " ", text).split())


def _belongs(char: str) -> bool:
    return unicodedata.category(char)[0] in "LMNZP" or char in "·`´"


def _without_tail(text: str) -> str:
    """Without what says where somebody belongs: `Ann - Acme`, `Ann | work`, `Ann mobile`."""
    pieces = [piece for piece in _TAIL.split(text) if _LETTER.search(piece)]
    if len(pieces) > 1:
        text = next((piece for piece in pieces if not (no_name(piece) or _company(piece))), pieces[0])
    words = text.split()
    while len(words) > 1 and fold(words[-1]) in vocabulary.tails():
        words.pop()
    return " ".join(words).strip(" -–—.:/&") if words else text


def _unglued(text: str) -> str:
    """`AnnSmith` as `Ann Smith`, but MacDonald and DeLuca as they are."""
    found = GLUED.fullmatch(text)
    return f"{found[1]} {found[2]}" if found and found[1].lower() not in _GLUE else text


def _from_commas(pieces: Sequence[str]) -> Parts:
    """`Last, First Middle`, `First Last, Jr`, `First Last, PhD`."""
    kept, suffix = list(pieces), ""
    while len(kept) > 1 and (tail := _only_tail(kept[-1])) is not None:
        kept.pop()
        suffix = tail or suffix
    if not kept:
        return Parts()
    if len(kept) == 1 or fold(kept[1].split()[-1]) in vocabulary.company_ends():
        parts = _from_words(_words(kept[0]))
    else:
        parts = _last_first(kept[0], kept[1])
    return parts._replace(suffix=parts.suffix or suffix)


def _only_tail(piece: str) -> str | None:
    """The suffix shown ("" for degrees) if the piece is made of suffixes and degrees only."""
    suffix = ""
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
    given, middle = _given_middle(words)
    return Parts(given, middle, " ".join(family), prefix or own_prefix, suffix or family_suffix)


def _words(text: str) -> list[str]:
    return [word for word in text.split() if _LETTER.search(word) or (word.isdigit() and len(word) < 3)]


def _take_prefix(words: list[str], left: int) -> tuple[str, list[str]]:
    """Titles at the start, leaving `left` words at least."""
    taken: list[str] = []
    rest = list(words)
    while len(rest) > max(left, 1):
        folded = fold(rest[0]).replace(" ", "")
        sure = folded in vocabulary.sure_prefixes() or (folded in vocabulary.prefixes() and len(rest) > 2)
        if not sure:
            break
        taken.append(rest.pop(0))
    return " ".join(taken), rest


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
    if len(words) == 1 and _CJK.fullmatch(words[0]):
        return _written_together(words[0])
    prefix, words = _take_prefix(words, 1)
    suffix, words = _take_suffix(words, 1)
    if len(words) == 1 and prefix:
        return Parts(family=words[0], prefix=prefix, suffix=suffix)
    if len(words) < 2:
        return Parts(given=" ".join(words), prefix=prefix, suffix=suffix)
    given, family = _ordered(words)
    first, middle = _given_middle(given)
    return Parts(first, middle, " ".join(family), prefix, suffix)


def _written_together(word: str) -> Parts:
    """Han or Hangul without a space: the family name stands first."""
    single, several = vocabulary.written_surnames()
    hangul = "\uac00" <= word[0] <= "\ud7af"
    if 1 < len(word) <= 5:
        for length in (3, 2):
            if len(word) > length and word[:length] in several:
                return Parts(given=word[length:], family=word[:length])
        if len(word) <= 4 and (hangul or word[0] in single):
            return Parts(given=word[1:], family=word[0])
        if len(word) == 4:
            return Parts(given=word[2:], family=word[:2])
    return Parts(given=word)


def _ordered(words: list[str]) -> tuple[list[str], list[str]]:
    """Given names and family names."""
    loud = [word.isupper() and sum(map(str.isalpha, word)) > 1 for word in words]
    if any(loud) and not all(loud):
        if loud[0] and not any(loud[loud.index(False) :]):
            return words[loud.index(False) :], words[: loud.index(False)]
        if (
            loud[-1]
            and not any(loud[: loud.index(True)])
            and all(loud[loud.index(True) :])
            and loud.index(True)
        ):
            return words[: loud.index(True)], words[loud.index(True) :]
    folded = [fold(word) for word in words]
    if _CJK.fullmatch(words[0]) or _family_first(folded):
        return [" ".join(words[1:])], words[:1]
    start = _family_start(folded)
    return words[:start], words[start:]


def _family_first(folded: list[str]) -> bool:
    """A romanized Chinese or Korean name in its own order."""
    surnames = vocabulary.family_first()
    if folded[0] not in surnames or folded[-1] in surnames or len(folded) > 3:
        return False
    rest = [syllable for word in folded[1:] for syllable in word.split()]
    return all(len(part) > 1 and _SYLLABLES.fullmatch(part) for part in rest)


def _family_start(folded: list[str]) -> int:
    """Where the family name begins: particles and double surnames belong to it; one given name stays."""
    start = len(folded) - 1
    if start > 2 and folded[start - 1] in vocabulary.joining():
        start -= 2
    start = _with_particles(folded, start)
    surnames = vocabulary.iberian_surnames()
    if start > 1 and folded[-1] in surnames and folded[start - 1] in surnames:
        start = _with_particles(folded, start - 1)
    return start


def _with_particles(folded: list[str], start: int) -> int:
    while start > 1 and folded[start - 1] in vocabulary.particles() and not _initial(folded, start - 1):
        start -= 1
    return start


def _initial(folded: list[str], index: int) -> bool:
    """`Mary E Smith`: a lone letter in the middle is an initial, except between two surnames."""
    return len(folded[index]) == 1 and not (folded[index] in vocabulary.joining() and index > 1)


def _given_middle(words: list[str]) -> tuple[str, str]:
    """The first given name (two words where they are one name, as Juan Carlos) and the others."""
    folded = [fold(word) for word in words]
    compounds = vocabulary.compound_given()
    length = next((n for n in (3, 2) if n <= len(words) and " ".join(folded[:n]) in compounds), 1)
    if len(words) > 1 and folded[0] in vocabulary.binding():
        length = 2
    return " ".join(words[:length]), " ".join(words[length:])


def in_parts(given: str, middle: str, family: str, full: str) -> Parts:
    """The parts of a name given in parts, mixed up as they may be: a whole name in one, a placeholder."""
    first, last = _usable(given), _usable(family)
    if first and last and fold(first) != fold(last):
        return _structured(first, _usable(middle), last)
    alone = first or last
    if not alone:
        return (
            parse_name(full)
            if full.strip()
            else Parts(reason=no_name(clean(given or family)) or "no letters")
        )
    whole = _usable(full)
    if whole and fold(alone) not in fold(whole):
        return _structured(first or whole, _usable(middle), last or whole)
    parsed = parse_name(whole or alone)
    if last and not first and parsed.given and not parsed.family:
        return parsed._replace(given="", family=parsed.given)
    return parsed


def _usable(text: str) -> str:
    cleaned = clean(text[: LONGEST + 1])
    return "" if len(cleaned) > LONGEST or no_name(cleaned) else cleaned


def _structured(given: str, middle: str, family: str) -> Parts:
    given, nickname = _take_nickname(_INITIALS.sub(" ", given))
    given, middle, family = _undecorated(given), _undecorated(middle), _undecorated(family)
    family_words = _words(family.replace(",", " "))
    suffix, family_words = _take_suffix(family_words, 1)
    family = " ".join(family_words)
    prefix, words = _take_prefix(_words(given.replace(",", " ")), 1)
    if len(words) > 1 and fold(words[-1]) == fold(family):
        words.pop()
    first, more = _given_middle(words)
    return Parts(first, " ".join(word for word in (more, middle) if word), family, prefix, suffix, nickname)
