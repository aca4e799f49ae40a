"""Detection of an encoding: by a BOM, by validity as UTF-8 or UTF-16, else by the words in the text."""

from __future__ import annotations

import codecs
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from dedupe.errors import InputError
from dedupe.fetchers.files.encodings.candidates import readings, rivals
from dedupe.fetchers.files.encodings.evidence import (
    Blocks,
    WordSample,
    blocks_of,
    blocks_of_bytes,
    evidence_of,
)

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 64 * 1024
_CLOSE = 4.0  # nats: less than 50 to 1
_STRANGE = 6.0  # nats a byte: no words of a language that is known here cost as much
_ASKED = 2000  # words that charset-normalizer is shown
_USUAL = "cp1252"


@dataclass(frozen=True)
class Encoded:
    """`name` is Python's name of the encoding; `damaged` counts the bytes that UTF-8 could not hold, which
    are read as `foreign`; `rivals` are the encodings that are nearly as likely."""

    name: str
    damaged: int = 0
    foreign: str = _USUAL
    rivals: tuple[str, ...] = ()

    @property
    def is_clean_utf8(self) -> bool:
        return self.name in ("utf-8", "utf-8-sig") and self.damaged == 0


def encoding_of(path: Path, given: str | None = None) -> Encoded:
    """Detect the encoding of a file. Raises InputError when one is given that isn't known."""
    return _encoding(blocks_of(path), given)


def encoding_of_bytes(data: bytes, given: str | None = None) -> Encoded:
    return _encoding(blocks_of_bytes(data), given)


def encoding_notes(encoded: Encoded) -> Iterator[str]:
    """Notes for the report on the detected encoding."""
    if encoded.damaged:
        yield f"{encoded.damaged} bytes are not UTF-8 and were read as {_written(encoded.foreign)}"
    if encoded.rivals:
        others = " or ".join(encoded.rivals)
        yield (
            f"the encoding is a guess: {others} is nearly as likely; if names look wrong, tell which it is "
            "(--encoding, or options = { encoding = … } of a source)"
        )


def _written(name: str) -> str:
    return f"Windows-{name[2:]}" if name.startswith("cp125") else name


def _encoding(blocks: Blocks, given: str | None) -> Encoded:
    if given is not None:
        name = _known(given)
        utf8 = name in ("utf-8", "utf-8-sig")
        return Encoded(name, _utf8_damage(blocks())[0] if utf8 else 0)
    sample = next(blocks(), b"")[:_SAMPLE]
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return Encoded(name)
    if wide := _wide(sample) or _escaped(sample):
        return Encoded(wide)
    damaged, written = _utf8_damage(blocks())
    if damaged == 0:
        return Encoded("utf-8")
    mixed = damaged <= written
    return _guessed(evidence_of(blocks(), skip_utf8=mixed), damaged if mixed else 0)


def _guessed(evidence: WordSample, damaged: int) -> Encoded:
    """By the words; where they are no words in any encoding, charset-normalizer knows more encodings."""
    found = readings(evidence)
    name, close = found[0].encoding, tuple(rivals(found, _CLOSE))
    if found[0].cost > _STRANGE and (other := _by_library(evidence)) not in (None, name):
        name, close = str(other), (name,)
    if damaged:
        return Encoded("utf-8", damaged, name, close)
    return Encoded(name, rivals=close)


def _by_library(evidence: WordSample) -> str | None:
    best = from_bytes(b" ".join(evidence.words[:_ASKED])).best()
    return best.encoding if best else None


def is_known(name: str) -> bool:
    """Whether it is the name of an encoding of text."""
    try:
        b"aa".decode(name)
    except UnicodeError:
        return True
    except (LookupError, ValueError):
        return False
    return True


def _known(name: str) -> str:
    if not is_known(name):
        raise InputError(f"{name} is not an encoding that is known here")
    return codecs.lookup(name).name


def _wide(sample: bytes) -> str | None:
    """UTF-16 or UTF-32 without a BOM: other files hardly hold zero bytes, and the text is plausible in
    this one."""
    zeros = sample.count(0)
    if not zeros or (zeros < len(sample) // 4 and _plain(sample) > len(sample) * 0.85):
        return None
    for name, unit in (("utf-32-le", 4), ("utf-32-be", 4), ("utf-16-le", 2), ("utf-16-be", 2)):
        try:
            text = sample[: len(sample) // unit * unit].decode(name)
        except UnicodeDecodeError as error:
            if error.start < len(sample) - unit * 2:
                continue
            text = sample[: error.start].decode(name)
        if len(text) > 1 and _is_text(text):
            return name
    return None


def _plain(sample: bytes) -> int:
    """How many bytes are ASCII's letters, digits and signs."""
    return len(sample) - len(sample.translate(None, bytes([9, 10, 13, *range(32, 127)])))


def _is_text(text: str) -> bool:
    """Whether it is letters, digits and line ends of few scripts: UTF-16 in the wrong byte order hardly
    is."""
    odd = sum(unicodedata.category(letter) in ("Cc", "Cn", "Co", "Cs") for letter in text)
    breaks = sum(letter in "\r\n\t" for letter in text)
    plain = sum(" " <= letter < "\x7f" for letter in text)
    return odd - breaks <= len(text) // 50 and plain + breaks > len(text) // 20


def _escaped(sample: bytes) -> str | None:
    """ISO-2022-JP writes all in ASCII, between escapes."""
    if b"\x1b$" not in sample:
        return None
    try:
        sample.decode("iso2022_jp")
    except UnicodeDecodeError:
        return None
    return "iso2022_jp"


def _utf8_damage(blocks: Iterable[bytes]) -> tuple[int, int]:
    """How many bytes can't be UTF-8, and how many characters beyond ASCII are well written."""
    damaged = written = 0
    for block in blocks:
        if block.isascii():
            continue
        try:
            written += len(block) - len(block.decode("utf-8"))  # one for each of most letters
            continue
        except UnicodeDecodeError:
            text = block.decode("utf-8", "surrogateescape")
        bad = len(text) - len(text.encode("utf-8", "ignore").decode("utf-8"))
        damaged += bad
        written += len(text) - bad - len(text.encode("ascii", "ignore"))
        if damaged > 1000 and damaged > 10 * written:
            break  # it is another encoding, whatever follows
    return damaged, written
