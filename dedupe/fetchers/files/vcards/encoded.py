"""The encoding of a line: its charset, quoted-printable and base64."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re
from collections.abc import Mapping

_FIT_ALL = frozenset({"iso8859-1", "iso8859-15", "cp1252", "ascii"})
_CHARSET = re.compile(rb'(?i);\s*CHARSET\s*=\s*"?([\w.:-]+)')


def charset_of(line: bytes) -> str | None:
    """The charset that the line declares, None where it is unknown."""
    found = _CHARSET.search(line.partition(b":")[0])
    return known_charset(found[1].decode("ascii", "replace")) if found else None


def known_charset(name: str) -> str | None:
    """Python's name of a charset; None for one that is unknown or none of text."""
    name = name.strip().strip('"')
    try:
        b"aa".decode(name)
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        return None


def text_of_line(line: bytes, encoding: str, fallback: str) -> tuple[str, bool]:
    """The line as text, and whether it was in neither its own charset nor `encoding`."""
    if line.isascii() and b"\x1b" not in line:
        return line.decode("ascii"), False
    charset = charset_of(line)
    text = _by_first(line, *(_in_order(charset) if charset else ()), encoding)
    return (line.decode(fallback, "replace"), True) if text is None else (text, False)


def decoded(value: str, parameters: Mapping[str, str]) -> str:
    """The value without its transfer encoding."""
    encodings = ",".join(text for name, text in parameters.items() if name in ("ENCODING", "TYPE")).upper()
    if "QUOTED-PRINTABLE" in encodings:
        return _text(quopri.decodestring(value.encode("utf-8", "replace")), parameters)
    if {"B", "BASE64"} & set(encodings.split(",")):
        try:
            return _text(base64.b64decode(re.sub(r"\s", "", value), validate=True), parameters)
        except (binascii.Error, ValueError):
            return value
    return value


def _text(data: bytes, parameters: Mapping[str, str]) -> str:
    charset = known_charset(parameters.get("CHARSET", "utf-8")) or "utf-8"
    text = _by_first(data, *_in_order(charset), "utf-8", "cp1252")
    return data.decode("latin-1") if text is None else text


def _in_order(charset: str) -> tuple[str, ...]:
    """The encodings to try: UTF-8 before a Latin charset, which fits any bytes and is often declared by
    mistake."""
    return ("utf-8", charset) if charset in _FIT_ALL else (charset,)


def _by_first(data: bytes, *names: str) -> str | None:
    for name in names:
        try:
            return data.decode(name)
        except UnicodeDecodeError:
            continue
    return None
