"""The words of a file by which its encoding is detected: those with bytes beyond ASCII, and a sample of
the others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

# Bytes below 0x30 and 0x3A to 0x3F are never part of a character of several bytes; letters may be.
_WORD = re.compile(rb"[^\x00-\x2f\x3a-\x3f]*[\x80-\xff][^\x00-\x2f\x3a-\x3f]*")
_ASCII_WORD = re.compile(rb"(?<![\w.@\x80-\xff-])[A-Za-z][a-z]{2,15}(?![\w.@\x80-\xff-])")
_BLOCK = 1 << 20
_OF_A_BLOCK, _ASCII_OF_A_BLOCK = 400, 150  # so many of each: the whole file speaks, at a bounded price
_LONGEST = 40  # bytes of a word (chosen)

Blocks = Callable[[], Iterator[bytes]]


class WordSample(NamedTuple):
    """Distinct words, in the order of the file."""

    words: tuple[bytes, ...]
    ascii_words: tuple[str, ...]


def evidence_of(blocks: Iterable[bytes], skip_utf8: bool = False) -> WordSample:
    """The sample of words, from the whole file. `skip_utf8`: leave out words that are valid UTF-8."""
    words: dict[bytes, None] = {}
    plain: dict[bytes, None] = {}
    for block in blocks:
        found = (match[0] for match in _WORD.finditer(block))
        words |= dict.fromkeys(islice((w for w in found if not (skip_utf8 and _is_utf8(w))), _OF_A_BLOCK))
        if len(plain) < 10 * _ASCII_OF_A_BLOCK:
            plain |= dict.fromkeys(
                islice((match[0] for match in _ASCII_WORD.finditer(block)), _ASCII_OF_A_BLOCK)
            )
    return WordSample(tuple(word[:_LONGEST] for word in words), tuple(word.decode("ascii") for word in plain))


def blocks_of(path: Path) -> Blocks:
    """The file in blocks of whole lines, as far as lines are no longer than a block."""

    def blocks() -> Iterator[bytes]:
        rest = b""
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                block = rest + block
                cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1 or len(block)
                yield block[:cut]
                rest = block[cut:]
        if rest:
            yield rest

    return blocks


def blocks_of_bytes(data: bytes) -> Blocks:
    return lambda: iter((data,) if data else ())


def _is_utf8(word: bytes) -> bool:
    try:
        word.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
