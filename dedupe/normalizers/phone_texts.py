"""The text of a phone field before it is parsed: cleaned, cut into numbers, repaired where that failed."""

import re

from dedupe.normalizers.text import clean

LONGEST_FIELD = 2000
USUAL = r"^\(?\+?[0-9()\-]+(?:[ .][0-9()\-]*[1-9()\-][0-9()\-]*)*$"
"""One number, nothing to clean: not several, not a spreadsheet's. The rest is looked at one by one."""
_CUT = re.compile(
    r"[;|\n\r\t]+|\s+/+\s+|,\s*|/(?=\s*[+(0])|\s(?=\+\d)|\s(?:or|and|oder|und|ou|et|o|y|e|или|и|&)\s",
    re.IGNORECASE,
)
_DIGIT = re.compile(r"\d")
_SCIENTIFIC = re.compile(r"\+?(\d)[.,]?(\d*)[eE]\+?(\d{1,2})")
_FLOAT = re.compile(r"(\+?\d{6,})\.0+")
_TRUNK = re.compile(r"\(0\)")
_LABEL = re.compile(r"[\s(\[,:;-]*(?!x\b|ext\b)[^\W\d_]{2,}[^\d]*$")
_PLAIN_DIGITS = re.compile(r"\d{8,15}")


def split_phones(text: str) -> list[str]:
    """The numbers of one field, each as written; cut only between two parts of seven digits or more."""
    if len(text) > LONGEST_FIELD or not _CUT.search(text):
        return [text]
    parts: list[str] = []
    start = 0
    for found in _CUT.finditer(text):
        if _long(text[start : found.start()]) and _long(text[found.end() :]):
            parts.append(text[start : found.start()].strip())
            start = found.end()
    return [*parts, text[start:].strip()]


def _long(text: str) -> bool:
    return len(_DIGIT.findall(text)) >= 7


def dialable(text: str) -> tuple[str, str | None]:
    """The text to parse, and the reason why it can't be one (a spreadsheet lost the digits, …)."""
    if len(text) > LONGEST_FIELD:
        return "", "too long"
    text = clean(text)
    if found := _FLOAT.fullmatch(text):
        return found[1], None
    found = _SCIENTIFIC.fullmatch(text)
    if not found:
        return text, None
    digits, places = found[1] + found[2], int(found[3]) + 1
    if not 7 <= places <= 17 or len(digits) > places:
        return text, "not a number"
    if len(digits.rstrip("0")) < places - 3:
        return text, "digits lost by a spreadsheet"
    return digits.ljust(places, "0"), None


def repairs(text: str) -> dict[str, str]:
    """Other readings, by the way of repair, of a text that is no valid number as it stands."""
    digits = re.sub(r"\D", "", text)
    found = {}
    if _TRUNK.search(text):
        found["trunk_zero_dropped"] = _TRUNK.sub("", text, count=1)
    if (cut := _LABEL.sub("", text)) != text and _long(cut):
        found["label_cut"] = cut
    if "+" in text:
        return found
    if digits.startswith("00"):
        found["prefix_read"] = f"+{digits[2:]}"
    elif digits.startswith("011"):
        found["prefix_read"] = f"+{digits[3:]}"
    elif _PLAIN_DIGITS.fullmatch(digits) and not digits.startswith("0"):
        found["plus_added"] = f"+{digits}"
        found["zero_restored"] = f"0{digits}"
    return found
