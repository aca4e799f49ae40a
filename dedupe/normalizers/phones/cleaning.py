"""Cleaning of a phone field before parsing: split into numbers, and repaired where parsing failed."""

import re
from bisect import bisect_left
from functools import cache
from typing import NamedTuple

import numpy as np

from dedupe.arrays.distinct_values import columns_of, combined, distinct
from dedupe.arrays.untyped import Array, pa, pc
from dedupe.normalizers.rules import alternatives, rules
from dedupe.normalizers.text import clean

LONGEST_FIELD = 2000  # characters (chosen)
_FEWEST, _MOST = 7, 15
"""Digits of a number that stands beside another; more than the most are two numbers."""
_LONGEST_USUAL = 18  # characters of a usually written number (chosen)
_USUAL = r"^\(?\+?[0-9()\-]+(?:[ .][0-9()\-]*[1-9()\-][0-9()\-]*)*$"
_BETWEEN = alternatives(rules("numbering_plans")["between"])
_EXTENSIONS = alternatives(rules("numbering_plans")["before_extensions"])
_CUT = re.compile(
    r"[;|\n\r\t、；，·•]+|(?<=\s)/+(?=\s)|,\s*|/(?=\s*[+(0])|/(?=\s*(?:\d[\s.\-]?){9})|\s(?=\+\d)|(?<=\d)(?=\+\d)"
    rf"|\s(?:{_BETWEEN})\s"
    r"|(?<=\d{9})\s+(?=\d{9})|(?<=\d)\s*(?=\(\d{3}\)\s?\d)"
    rf"|(?<=\d)\s+(?!(?:{_EXTENSIONS})\b)(?=[^\W\d_]{{1,12}}[.:]{{0,2}}\s*[+(\d])"
    r"|(?<=\))\s+(?=[+(\d])|(?<=\d[^\W\d_])\s+(?=[+(\d])|(?<=\d)\s+(?=\d{3}([.-])\d{3}\1\d{4}(?!\d))",
    re.IGNORECASE,
)
_NEXT = re.compile(r"(?<=\d)\s+(?=0[1-9]\d{1,4}[\s/.\-]+\d{3})")
_DIGIT = re.compile(r"\d")
_SHORT_FORM = re.compile(r"(.*?\d)((?:\s*/\s*-?\d{1,3})+)", re.DOTALL)
_NEXT_LINES = 9
"""How far the last digits of a short form may be ahead of those of the number before it."""
_SCIENTIFIC = re.compile(r"\+?(\d)[.,]?(\d*)[eE]\+?(\d{1,2})")
_FLOAT = re.compile(r"(\+?\d{6,})[.,]0+")
_WHATSAPP = re.compile(
    r"(?:https?://)?(?:wa\.me/|(?:api|web)\.whatsapp\.com/send/?\?phone=)(?:\+|%2B)?(\d{7,15})(?:[/?&#].*)?"
    r"|\+?(\d{7,15})(?::\d+)?@(?:s\.whatsapp\.net|c\.us)",
    re.IGNORECASE,
)
_TRUNK = re.compile(r"\(0\)")
_NUMBER = re.compile(r"\+?\(?\d(?:[\d\s().\-/\u2010-\u2015]*\d)?")
_BEFORE_EXTENSION = " ,;(-/"
_PLAIN_DIGITS = re.compile(r"\d{8,15}")


def unusual(texts: Array) -> Array:
    """Where a text isn't a single clean number; these are processed one by one."""
    usual = pc.match_substring_regex(texts, _USUAL)
    return pc.invert(pc.and_(usual, pc.less_equal(pc.binary_length(texts), _LONGEST_USUAL)))


def split_phones(text: str) -> list[str]:
    """The numbers of one field, each as written; cut only between two parts of seven digits or more.

    A short form is written out: `0171 2345678/9` is 0171 2345678 and 0171 2345679.
    """
    if len(text) > LONGEST_FIELD:
        return [text]
    if lines := _written_out(text):
        return lines
    digits = [found.start() for found in _DIGIT.finditer(text)]
    if len(digits) < 2 * _FEWEST:
        return [text]
    cuts = [*_CUT.finditer(text)]
    if not cuts and len(digits) > _MOST:
        cuts = [*_NEXT.finditer(text)]
    parts: list[str] = []
    start = before = 0
    for found in cuts:
        until = bisect_left(digits, found.start())
        if until - before >= _FEWEST and len(digits) - bisect_left(digits, found.end()) >= _FEWEST:
            parts.append(text[start : found.start()].strip())
            start, before = found.end(), bisect_left(digits, found.end())
    return [*parts, text[start:].strip()]


def _written_out(text: str) -> list[str]:
    """The numbers of a short form, if they differ in their last digits and are consecutive; else none."""
    found = _SHORT_FORM.fullmatch(text.strip())
    if not found or not _long(found[1]):
        return []
    lines = [found[1]]
    for tail in re.findall(r"\d+", found[2]):
        before = lines[-1][-len(tail) :]
        if not before.isdecimal() or not _may_follow(before, tail):
            return []
        lines.append(lines[-1][: -len(tail)] + tail)
    return lines


def _may_follow(before: str, tail: str) -> bool:
    """A slash before one digit parts no number; before more it may, unless they are the next lines'."""
    ahead = int(tail) - int(before)
    return ahead != 0 if len(tail) == 1 else 0 < ahead <= _NEXT_LINES


def _long(text: str) -> bool:
    return len(_DIGIT.findall(text)) >= _FEWEST


class Dialable(NamedTuple):
    """The text to parse; the reason why it can't be a number; the mark of a repair."""

    text: str
    reason: str | None = None
    mark: str | None = None


def dialable(text: str) -> Dialable:
    """The text to parse, with the notation of spreadsheets (`1.6502530000E+10`) and of WhatsApp converted."""
    if len(text) > LONGEST_FIELD:
        return Dialable("", "too long")
    text = clean(text)
    if found := _FLOAT.fullmatch(text):
        return Dialable(found[1], mark="spreadsheet")
    if found := _WHATSAPP.fullmatch(text):
        return Dialable(f"+{found[1] or found[2]}")
    found = _SCIENTIFIC.fullmatch(text)
    if not found:
        return Dialable(text)
    digits, places = found[1] + found[2], int(found[3]) + 1
    if not 7 <= places <= 17 or len(digits) > places:
        return Dialable(text, "not a number")
    if len(digits) < places - 1:  # one zero at the end may be left out, more are lost digits
        return Dialable(text, "digits lost by a spreadsheet")
    return Dialable(digits.ljust(places, "0"), mark="spreadsheet")


def dialable_parts(parts: Array) -> tuple[Array, Array, Array]:
    """`dialable` of each part, as columns."""
    odd = unusual(parts)
    texts, codes = distinct(parts.filter(odd))
    found = columns_of(
        dict.fromkeys(Dialable._fields, pa.string()), [dialable(text) for text in texts.to_pylist()]
    )
    place = np.full(len(parts), -1)
    place[odd.to_numpy(zero_copy_only=False)] = codes
    taken = found.take(pa.array(place, mask=place < 0))
    return (
        pc.if_else(odd, combined(taken["text"]), parts),
        combined(taken["reason"]),
        combined(taken["mark"]),
    )


def repairs(text: str) -> dict[str, str]:
    """Alternative texts, by kind of repair, for one that isn't a valid number."""
    digits = re.sub(r"\D", "", text)
    found = {}
    if _TRUNK.search(text):
        found["trunk_zero_dropped"] = _TRUNK.sub("", text, count=1)
    if extended := _extension().search(text):
        found["extension_read"] = f"{text[: extended.start()].rstrip(_BEFORE_EXTENSION)} ext. {extended[1]}"
    numbers = [number for number in _NUMBER.findall(text) if _long(number)]
    if len(numbers) == 1 and numbers[0] != text:
        found["label_cut"] = numbers[0]
    if text.startswith("+0") or "+" not in text:
        found |= _other_prefixes(digits)
    return found


def _other_prefixes(digits: str) -> dict[str, str]:
    if digits.startswith("00"):
        return {"prefix_read": f"+{digits.lstrip('0')}"}
    if digits.startswith("011"):
        return {"prefix_read": f"+{digits[3:]}"}
    if _PLAIN_DIGITS.fullmatch(digits) and not digits.startswith("0"):
        return {"plus_added": f"+{digits}", "zero_restored": f"0{digits}"}
    return {}


@cache
def _extension() -> re.Pattern[str]:
    words = sorted(map(re.escape, rules("numbering_plans")["extension_words"].split()), key=len, reverse=True)
    return re.compile(rf"(?:{'|'.join(words)})[.:\s]*(\d{{1,7}})\)?$", re.IGNORECASE)
