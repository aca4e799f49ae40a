"""A JSON parser whose objects keep their source text, so that raw is stored as it was sent.

    body = parse_json(b'{"data": [{"id": 1, "id": 2, "size": 1.50}]}')
    body["data"][0]        {"id": 2, "size": 1.5}
    body["data"][0].text   '{"id": 1, "id": 2, "size": 1.50}'

Serialized again, an object would lose repeated keys, the spelling of numbers and white space. Only objects
near the top keep their text: those that can be a page, an answer or a contact.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from dedupe.fetchers.limits import MOST_DIGITS, Cut

_DEEPEST = 4  # levels of lists and objects looked into; a contact lies above
_BLANK = re.compile(r"[ \t\n\r]*")
_LONE = re.compile("[\ud800-\udfff]")
_BRACKETS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]', re.DOTALL)


class RawObject(dict[str, Any]):
    """An object of an answer, with its source text."""

    __slots__ = ("_end", "_start", "_whole")

    def __init__(self, content: dict[str, Any], whole: str | None, start: int, end: int) -> None:
        super().__init__(content)
        self._whole, self._start, self._end = whole, start, end

    @property
    def text(self) -> str | None:
        """The object as it was written, encodable as UTF-8; None where that is no standard JSON."""
        if self._whole is None:
            return None
        return _LONE.sub(_escape, self._whole[self._start : self._end])


RawObject.__name__ = "dict"  # JMESPath tells types by their names


def parse_json(body: bytes) -> Any:
    """Parse JSON whose numbers can be serialized again. Raises ValueError for anything else.

    A value nested too deeply for Python becomes a `Cut`; what stands beside it is parsed.
    """
    text = body.decode(json.detect_encoding(body), "surrogatepass")
    value, end = _Scan(text).value(_blank(text, 0), 0)
    if _blank(text, end) != len(text):
        raise ValueError("there is more behind the end")
    return value


def parse_stored(text: str) -> Any:
    """Parse a stored payload like `parse_json`; its objects don't keep their text."""
    try:
        return _STORED.decode(text)
    except RecursionError:
        return parse_json(text.encode())


class _Scan:
    """Parses objects near the top in Python and leaves everything below to the library."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._library = _decoder(self._constant).raw_decode
        self._odd = 0

    def value(self, at: int, depth: int) -> tuple[Any, int]:
        """The value that begins at `at`, and where it ends."""
        first = self._text[at : at + 1]
        if first == "[" and depth < _DEEPEST:
            return self._list(at, depth)
        if first != "{":
            return self._decode(at)
        odd = self._odd
        content, end = self._contact(at) if depth == _DEEPEST else self._object(at, depth)
        return RawObject(content, self._text if odd == self._odd else None, at, end), end

    def _contact(self, at: int) -> tuple[dict[str, Any], int]:
        """Parse an object by the library, or member by member where it is nested too deeply, so that the
        id isn't lost."""
        odd = self._odd
        try:
            return self._library(self._text, at)
        except RecursionError:
            self._odd = odd
            return self._object(at, _DEEPEST)

    def _decode(self, at: int) -> tuple[Any, int]:
        try:
            return self._library(self._text, at)
        except RecursionError:
            return Cut(), self._behind(at)

    def _behind(self, at: int) -> int:
        """Where the list or object that begins at `at` ends, by its brackets alone."""
        level = 0
        for found in _BRACKETS.finditer(self._text, at):
            if found[0] in "[{":
                level += 1
            elif found[0] in "]}":
                level -= 1
                if level == 0:
                    return found.end()
        raise ValueError("a bracket is missing")

    def _list(self, at: int, depth: int) -> tuple[list[Any], int]:
        items: list[Any] = []
        at = _blank(self._text, at + 1)
        if self._text[at : at + 1] == "]":
            return items, at + 1
        while True:
            # an object of a list may be a contact: what is in it is left to the library
            item, at = self.value(at, _DEEPEST if self._text[at : at + 1] == "{" else depth + 1)
            items.append(item)
            at = _blank(self._text, at)
            if self._text[at : at + 1] != ",":
                return items, self._expect("]", at)
            at = _blank(self._text, at + 1)

    def _object(self, at: int, depth: int) -> tuple[dict[str, Any], int]:
        content: dict[str, Any] = {}
        at = _blank(self._text, at + 1)
        if self._text[at : at + 1] == "}":
            return content, at + 1
        while True:
            if self._text[at : at + 1] != '"':
                raise ValueError("a key is missing")
            key, at = self._decode(at)
            at = _blank(self._text, self._expect(":", _blank(self._text, at)))
            content[key], at = self.value(at, depth + 1) if depth < _DEEPEST else self._decode(at)
            at = _blank(self._text, at)
            if self._text[at : at + 1] != ",":
                return content, self._expect("}", at)
            at = _blank(self._text, at + 1)

    def _expect(self, letter: str, at: int) -> int:
        if self._text[at : at + 1] != letter:
            raise ValueError(f"{letter} is missing")
        return at + 1

    def _constant(self, name: str) -> str:
        """NaN and Infinity, which Python reads and no standard knows."""
        self._odd += 1
        return name


def _decoder(constant: Callable[[str], str]) -> json.JSONDecoder:
    return json.JSONDecoder(parse_float=_number, parse_int=_integer, parse_constant=constant)


def _integer(text: str) -> int | str:
    return int(text) if len(text) <= MOST_DIGITS else text


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return found.end() if found else at


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


_STORED = _decoder(str)
