"""Bytes of a vCard file → its cards, each as unfolded lines of text.

Lines are unfolded as bytes: a fold may stand inside a character. What is dropped (pictures, sounds, keys) is
let go of while it is read, with all its lines, whatever stands between them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from dedupe.fetchers.files.vcards.encoded import charset_of, text_of_line

_DROPPED = frozenset({b"PHOTO", b"LOGO", b"SOUND", b"KEY", b"X-MS-CARDPICTURE", b"X-ABPHOTO", b"X-WAB-PHOTO"})
_TEXTS = frozenset({b"N", b"FN", b"ORG", b"TITLE", b"NOTE", b"ADR", b"LABEL", b"NICKNAME", b"ROLE", b"EMAIL"})
_PROPERTY = re.compile(rb"\s*(?:[\w-]+\.)?([A-Za-z][A-Za-z0-9-]*)\s*(?=[;:])")
_KNOWN = re.compile(
    rb"(?i)(?:[\w-]+\.)?(?:BEGIN|END|VERSION|FN|N|NICKNAME|PHOTO|BDAY|ADR|LABEL|TEL|EMAIL|MAILER|TZ|GEO|TITLE|ROLE"
    rb"|LOGO|AGENT|ORG|CATEGORIES|NOTE|PRODID|REV|SORT-STRING|SOUND|URL|UID|CLASS|KEY|KIND|GENDER|IMPP|LANG|MEMBER"
    rb"|RELATED|SOURCE|ANNIVERSARY|X-[\w-]+)[;:]"
)
_BINARY = re.compile(rb"(?i)[;=,](?:ENCODING=)?(?:B|BASE64)(?=[;,]|$)")
_PRINTABLE = re.compile(rb"(?i)[;=]QUOTED-PRINTABLE")
_READING = re.compile(rb"(?i)^[^:]*X-IRMC-N")  # a Japanese phone's reading of the name, and no sound
_BEGIN = re.compile(r"(?i)\s*BEGIN\s*:\s*VCARD\s*")
_END = re.compile(r"(?i)\s*END\s*:\s*VCARD\s*")
_AGENT = re.compile(r"(?i)(?:[\w-]+\.)?AGENT(?:;[^:]*)?:\s*(BEGIN\s*:\s*VCARD)?\s*")
_LONG = 50  # bytes; a line that is broken because it is full is longer


class CardText(NamedTuple):
    """A card, unfolded and without pictures; `number` is the line of its BEGIN."""

    number: int
    text: str
    whole: bool  # it has its END


class Cards(NamedTuple):
    """The cards of a file. `foreign`: lines that were not in `encoding`, and were read in `fallback`;
    `dropped`: property → how many lines of it are pictures, sounds or keys."""

    cards: tuple[CardText, ...]
    foreign: int
    dropped: Mapping[str, int]


def split_cards(data: bytes, encoding: str = "utf-8", fallback: str = "cp1252") -> Cards:
    """Each card of a file, the broken ones too. A line that tells its charset is read in that."""
    foreign = 0
    dropped: Counter[str] = Counter()

    def texts() -> Iterator[tuple[int, str]]:
        nonlocal foreign
        for number, line in logical_lines(data, dropped):
            text, strange = text_of_line(line, encoding, fallback)
            foreign += strange
            yield number, text

    cards = tuple(_cards(texts()))
    return Cards(cards, foreign, dropped)


def logical_lines(data: bytes, dropped: Counter[str] | None = None) -> Iterator[tuple[int, bytes]]:
    """Each unfolded line with the number of its first one, less those that are pictures, sounds or keys.

    `dropped` counts these by their property.
    """
    dropped = Counter() if dropped is None else dropped
    line: _Line | None = None
    for number, physical in enumerate(re.split(rb"\r\n|\n|\r", data), start=1):
        if not physical:  # CR CR LF, and the end of a picture in vCard 2.1
            continue
        if line is not None and line.takes(physical):
            continue
        if line is not None and not line.dropped:
            yield line.number, line.joined()
        line = _Line(number, physical)
        dropped.update([line.name] if line.dropped else [])
    if line is not None and not line.dropped:
        yield line.number, line.joined()


def undeclared(data: bytes) -> bytes:
    """The non-ASCII lines without a declared charset, from which the file's encoding is detected."""
    lines = (line for _, line in logical_lines(data))
    return b"\n".join(line for line in lines if not line.isascii() and charset_of(line) is None)


@dataclass
class _Line:
    """A logical line while its physical lines come in."""

    number: int
    first: bytes
    name: str = field(init=False)
    pieces: list[bytes] = field(init=False)
    last: bytes = field(init=False)

    def __post_init__(self) -> None:
        self.pieces, self.last = [self.first], self.first
        head = self.first.partition(b":")[0]
        found = _PROPERTY.match(self.first)
        name = found[1].upper() if found else b""
        self.name = name.decode("ascii")
        self.encoded = bool(_BINARY.search(head))
        binary = self.encoded and name not in _TEXTS
        data = b";base64," in self.first[len(head) : len(head) + 80]
        self.dropped = (name in _DROPPED and not _READING.match(self.first)) or binary or data

    def takes(self, physical: bytes) -> bool:
        """Whether the line belongs to this one; it is then joined to it."""
        if self._is_soft(physical):
            self.pieces[-1] = self.pieces[-1].rstrip(b" \t").removesuffix(b"=")
            self._join(physical[1:] if self._cuts_a_character(physical) else physical, physical)
        elif physical[:1] in (b" ", b"\t"):
            self._join(physical[1:], physical)
        elif (self.dropped or self.encoded) and not _PROPERTY.match(physical):
            self._join(physical, physical)
        else:
            return False
        return True

    def joined(self) -> bytes:
        return b"".join(self.pieces)

    def _join(self, piece: bytes, physical: bytes) -> None:
        self.last = physical
        if not self.dropped:
            self.pieces.append(piece)

    def _is_soft(self, following: bytes) -> bool:
        """Whether quoted-printable breaks here. A property may follow a `=` that only strayed there."""
        if self.dropped or not self.last.rstrip(b" \t").endswith(b"="):
            return False
        if not _PRINTABLE.search(self.joined().partition(b":")[0]):
            return False
        full = len(self.last) >= _LONG or self.last.rstrip(b" \t").upper().endswith((b"=0A=", b"=0D="))
        return full or not _KNOWN.match(following)

    def _cuts_a_character(self, following: bytes) -> bool:
        """A blank that stands inside of a UTF-8 character is a fold's, on top of the soft break."""
        inside = re.match(rb"[ \t]=[89AB][0-9A-F]", following, re.IGNORECASE)
        return bool(inside and re.search(rb"(?i)=[C-F][0-9A-F](=[89AB][0-9A-F])*$", self.pieces[-1]))


def _cards(lines: Iterator[tuple[int, str]]) -> Iterator[CardText]:
    """An agent's card inside of a card is part of it."""
    begun, depth, agent = 0, 0, False
    kept: list[str] = []
    for number, line in lines:
        if _BEGIN.fullmatch(line.strip("\ufeff")) and not (depth and agent):
            if depth:
                yield CardText(begun, "\n".join(kept), False)
            begun, depth, kept = number, 1, [line.strip("\ufeff")]
        elif depth:
            kept.append(line)
            opening = _AGENT.fullmatch(line)
            depth += bool(_BEGIN.fullmatch(line) or (opening and opening[1])) - bool(_END.fullmatch(line))
            agent = bool(opening and not opening[1])
            if not depth:
                yield CardText(begun, "\n".join(kept), True)
    if depth:
        yield CardText(begun, "\n".join(kept), False)
