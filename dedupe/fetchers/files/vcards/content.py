"""Content lines: name, parameters, value; and the parts of a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dedupe.fetchers.files.encodings import repaired
from dedupe.fetchers.files.vcards.encoded import decoded

_MARKS = re.compile(r"\\(.)", re.DOTALL)


class ContentLine(NamedTuple):
    """One content line: its group, its name in capitals, its parameters (those without a name are types),
    and its value as written, after quoted-printable and base64 are decoded."""

    group: str
    name: str
    parameters: dict[str, str]
    value: str

    @property
    def types(self) -> frozenset[str]:
        """What its TYPE parameters say, in small letters."""
        words = re.split(r'[,"\s]+', self.parameters.get("TYPE", "").lower())
        return frozenset(filter(None, words))

    @property
    def text(self) -> str:
        """The whole value as one text."""
        return unescaped(self.value).strip()


def content_lines(card: str) -> Iterator[ContentLine]:
    """The lines of the card without those of embedded cards (agents)."""
    depth = 0
    for text in card.split("\n"):
        line = _line(text)
        if line is None or text[:1] in (" ", "\t"):
            continue
        mark = line.value.strip().upper() == "VCARD"
        depth -= mark and line.name == "END"
        if depth <= 1:
            yield line
        inline = line.name == "AGENT" and line.value.strip().upper() == "BEGIN:VCARD"
        depth += (mark and line.name == "BEGIN") or inline


def parts(value: str, sign: str = ";") -> list[str]:
    """The value cut at each unescaped `sign`; escapes are kept."""
    found, start, position = [], 0, 0
    while position < len(value):
        if value[position] == "\\":
            position += 1
        elif value[position] == sign:
            found.append(value[start:position])
            start = position + 1
        position += 1
    return [*found, value[start:]]


def unescaped(value: str) -> str:
    """The value without escapes; a backslash before any other character stays, as in a Windows path."""

    def plain(mark: re.Match[str]) -> str:
        sign = mark[1]
        if sign in "nN":
            return "\n"
        return sign if sign in ";,:\\" else mark[0]

    return _MARKS.sub(plain, value)


_GROUP = re.compile("[A-Za-z0-9_.-]*")  # RFC 6350, 3.3; with what phones write besides


def _line(text: str) -> ContentLine | None:
    head, value = _cut(text)
    if value is None:
        return None
    name, *parameters = parts(head)
    known: dict[str, str] = {}
    for parameter in parameters:
        key, equals, stated = parameter.partition("=")
        kind = key.strip().upper() if equals else "TYPE"
        stated = (stated if equals else key).strip().strip('"')
        known[kind] = ",".join(filter(None, (known.get(kind), stated)))
    group, _, name = name.rpartition(".")
    if not _GROUP.fullmatch(group.strip()):  # the rest of a note that was broken, with an address in it
        return None
    return ContentLine(
        group.strip().lower(), name.strip().upper(), known, repaired(_plain(name, value, known))
    )


def _plain(name: str, value: str, known: dict[str, str]) -> str:
    """Of a structured value each part is decoded for itself: a semicolon that is encoded parts nothing."""
    if name.strip().upper() not in ("N", "ADR", "ORG") or ";" not in value:
        return decoded(value, known)
    made = []
    for part in parts(value):
        plain = decoded(part, known)
        made.append(part if plain == part else "\\;".join(parts(plain)))
    return ";".join(made)


def _cut(line: str) -> tuple[str, str | None]:
    """At the first colon that isn't inside a quoted parameter; at the first at all if a quote stays open."""
    quoted = False
    for position, letter in enumerate(line):
        if letter == '"':
            quoted = not quoted
        elif letter == ":" and not quoted:
            return line[:position], line[position + 1 :]
    head, colon, value = line.partition(":")
    return head, value if colon else None
