"""Where in raw text an email or a phone number may stand, however a provider writes it.

raw_patterns(emails, phones) -> regular expressions, the same to Postgres and to `re`, or None

They find too much and never too little: what they find is still to be read and normalized, what they don't
find needn't be. To read all raw of a database takes more than ten times as long.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from functools import cache
from itertools import groupby
from typing import NamedTuple

from dedupe.normalizers.rules import rules

_KEYPAD = {
    digit: digit + letters
    for digit, letters in zip(
        "0123456789", ("", "", "abc", "def", "ghi", "jkl", "mno", "pqrs", "tuv", "wxyz"), strict=True
    )
}
_LAST = 6  # digits: no numbering plan has changed those, and a short form (`345678/79`) shows most of them
_ESCAPE = r"\\u[0-9a-f]{4}|\\[^u]"
_NOTHING = rf"(?:[^a-z0-9\\]|{_ESCAPE})*"


class RawPatterns(NamedTuple):
    """A JSON text may hold one of the values where `written` is found in it, whatever the case, or `strange`,
    or `escaped`, whatever the case."""

    written: str
    strange: str  # another character that is read as a letter or digit of ASCII
    escaped: str  # such a character, or one of ASCII, as an escape of JSON (`\\u0041`)


def raw_patterns(emails: Iterable[str], phones: Iterable[str]) -> RawPatterns | None:
    """What finds every JSON text in which one of these normalized values may stand; None where only reading
    tells."""
    found = [*(_email(one) for one in emails), *(_phone(one) for one in phones)]
    some = [one for one in found if one]
    if not found or len(some) < len(found):
        return None
    return RawPatterns("|".join(dict.fromkeys(some)), *_strange())


def _email(value: str) -> str | None:
    """By its local part: signs between its letters come and go, a tag is behind it, domains have aliases."""
    local = value.rpartition("@")[0]
    letters = re.sub("[^a-z0-9]", "", local.lower())
    if not local.isascii() or not letters:
        return None
    dots = "|".join(sorted({*re.findall("[a-z]+", rules("emails")["dot_spelled"])}))
    return rf"(?:[^a-z0-9\\]|{_ESCAPE}|{dots})*".join(letters)


def _phone(value: str) -> str | None:
    """By its last digits, or the letters on their keys; in short forms by those before."""
    digits = re.sub("[^0-9]", "", value)
    if len(digits) <= _LAST:
        return None
    last = digits[-_LAST:]
    found = [_dialled(last)]
    if last.endswith("0"):  # a spreadsheet may have left it out (1.20255501E+10)
        found.append(_dialled(digits[-_LAST - 1 : -1]))
    shorts = (_dialled(last[:-few]) + (_NOTHING + "[0-9]") * few + "[^a-z0-9]*/" for few in (1, 2, 3))
    return "|".join([*found, *shorts])


def _dialled(digits: str) -> str:
    return _NOTHING.join(f"[{_KEYPAD[digit]}]" for digit in digits)


@cache
def _strange() -> tuple[str, str]:
    points = [point for point in range(0x80, 0x110000) if _may_be_ascii(chr(point))]
    written = "".join(f"{chr(first)}-{chr(last)}" for first, last in _ranges(points))
    blocks = {f"00{block}" for block in range(3, 8)}
    blocks |= {f"{point:04x}"[:3] for point in points if point < 0x10000}
    high = {f"{0xD800 + ((point - 0x10000) >> 10):04x}" for point in points if point >= 0x10000}
    return f"[{written}]", rf"\\u(?:(?:{'|'.join(sorted(blocks))})[0-9a-f]|{'|'.join(sorted(high))})"


def _may_be_ascii(character: str) -> bool:
    if unicodedata.category(character) in ("Cn", "Co", "Cs"):
        return False
    forms = {unicodedata.normalize("NFKC", each) for each in (character, character.lower())}
    return unicodedata.decimal(character, None) is not None or any(
        each.isascii() and each.isalnum() for form in forms for each in form
    )


def _ranges(points: Collection[int]) -> Iterator[tuple[int, int]]:
    for _, run in groupby(enumerate(points), lambda one: one[1] - one[0]):
        places = [point for _, point in run]
        yield places[0], places[-1]
