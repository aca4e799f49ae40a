"""Text cleaned for people and folded for keys. Total and linear on any string."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

from dedupe.normalizers.rules import rules

LONGEST = 1000
"""Characters of a name, company or place; anything longer is not one."""

# Soft hyphen, zero-width and bidirectional marks, BOM, variation selectors, tags: nothing a person sees.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_APOSTROPHES = re.compile("['’‘ʼʻ`´′ʹ]")
_NOT_WORD = re.compile("[^a-z0-9]+")
# Greek letters that are written otherwise together (ISO 843, ELOT 743); the accent may be on the second.
_GREEK_PAIRS = re.compile("ο[υύ]|([αεη])[υύ]([θκξπσςτφχψ]|$|\\s)?|γ([γξχ])|\\bμπ")
_SPELLINGS = {
    unicodedata.normalize("NFKC", word): spelling
    for table in rules("spellings").values()
    if isinstance(table, dict)
    for word, spelling in table.items()
    if word != "pairs"
}
# The letters of Arabic names that one leaves out for the other, as `wikidata` has them.
_ARABIC_LETTERS = str.maketrans("أإآٱىیکة", "ااااييكه")
_PAIRS: list[str] = rules("spellings")["wikidata"]["pairs"].split()
_ARABIC_SPELLINGS = dict(zip(_PAIRS[::2], _PAIRS[1::2], strict=True))
_FIRST_SPELLED = min(_SPELLINGS)[0]
_PLAIN = re.compile("[a-z0-9]+(?: [a-z0-9]+)*")


def clean(text: str) -> str:
    """NFC, nothing invisible, control characters and white space as single spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", _INVISIBLE.sub("", text))
    return _SPACES.sub(" ", text).strip()


@lru_cache(maxsize=65536)
def fold(text: str) -> str:
    """Lower-case Latin letters, digits and single spaces, whatever the script; "" if nothing is left."""
    if text.isascii():
        folded = text.lower()
    else:
        known = _usually_spelled(unicodedata.normalize("NFKC", clean(text)).casefold())
        folded = anyascii(_greek(known)).lower()
    if _PLAIN.fullmatch(folded):
        return folded
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", folded)).strip()


def in_latin(text: str) -> str | None:
    """How a text in other letters than Latin ones is read in those; None where it has none."""
    if all(one.isascii() or "LATIN" in unicodedata.name(one, "") or not one.isalpha() for one in text):
        return None
    read = " ".join(anyascii(_greek(_usually_spelled(clean(text)))).split())
    return " ".join(word[:1].upper() + word[1:] for word in read.split(" ")) or None


def is_upper(text: str) -> bool:
    """Whether all its letters are capitals; ß has none in everyday writing."""
    return text.replace("ß", "").isupper()


def _usually_spelled(text: str) -> str:
    """With names whose letters don't tell it as they are usually spelled in Latin."""
    if max(text, default="") < _FIRST_SPELLED:
        return text
    return " ".join(_SPELLINGS.get(word) or _arabic(word) for word in text.split(" "))


def _arabic(word: str) -> str:
    return _ARABIC_SPELLINGS.get(word.translate(_ARABIC_LETTERS), word)


def _greek(text: str) -> str:
    return _GREEK_PAIRS.sub(_greek_pair, text) if max(text, default="") >= "\u0370" else text


def _greek_pair(found: re.Match[str]) -> str:
    vowel, behind, nasal = found.groups()
    if vowel:
        return f"{vowel}{'v' if behind is None else 'f'}{behind or ''}"
    return f"n{nasal.replace('γ', 'g')}" if nasal else ("ou" if found[0][0] == "ο" else "b")
