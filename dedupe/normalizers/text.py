"""Text cleaned for people and folded for keys. Total and linear on any string."""

import re
import unicodedata
from functools import lru_cache

from anyascii import anyascii

LONGEST = 1000
"""Characters of a name, company or place; anything longer is not one."""

_SURROGATES = re.compile("[\ud800-\udfff]")
# Soft hyphen, zero-width and bidirectional marks, BOM, variation selectors, tags: nothing a person sees.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_SPACES = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")
_APOSTROPHES = re.compile("['’‘ʼʻ`´′ʹ]")
_NOT_WORD = re.compile("[^a-z0-9]+")
_PLAIN = re.compile("[a-z0-9]+(?: [a-z0-9]+)*")


def well_formed(text: str) -> str:
    """Lone surrogates, which UTF-8 and so Arrow can't hold, become U+FFFD."""
    return _SURROGATES.sub("\ufffd", text)


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
        folded = anyascii(unicodedata.normalize("NFKC", clean(text)).casefold()).lower()
    if _PLAIN.fullmatch(folded):
        return folded
    return _NOT_WORD.sub(" ", _APOSTROPHES.sub("", folded)).strip()
