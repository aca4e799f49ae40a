"""Which encoding a file is in, and its text."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from charset_normalizer import from_bytes

from dedupe.errors import InputError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 256 * 1024


@dataclass(frozen=True)
class Encoded:
    """`name` is Python's name of the encoding; `damaged` counts the bytes that UTF-8 could not hold."""

    name: str
    damaged: int = 0

    @property
    def is_clean_utf8(self) -> bool:
        return self.name in ("utf-8", "utf-8-sig") and self.damaged == 0


def encoding_of(path: Path, given: str | None = None) -> Encoded:
    """By its BOM, by being UTF-8 (a few foreign bytes allowed), else by what its bytes look like."""
    if given is not None:
        return Encoded(_known(given))
    with path.open("rb") as file:
        sample = file.read(_SAMPLE)
    for bom, name in _BOMS:
        if sample.startswith(bom):
            return Encoded(name)
    if wide := _wide(sample):
        return Encoded(wide)
    damaged, foreign = _utf8_damage(path)
    if damaged == 0 or damaged <= foreign:
        return Encoded("utf-8", damaged)
    return Encoded(_guessed(_telling(path)))


def _guessed(data: bytes) -> str:
    """Windows-1252 unless another is likelier: a few accents fit its neighbours just as well."""
    guesses = from_bytes(data)
    best = guesses.best()
    usual = next((guess for guess in guesses if guess.encoding == "cp1252"), None)
    if best is None or (usual and (usual.chaos, -usual.coherence) <= (best.chaos, -best.coherence)):
        return "cp1252"
    return best.encoding


def text_of_file(path: Path, encoded: Encoded) -> str:
    """The whole text. Foreign bytes in a UTF-8 file are read as Windows-1252, their usual origin."""
    data = path.read_bytes()
    if encoded.name.startswith("utf-8"):
        return data.decode(encoded.name, errors="foreign_bytes")
    return data.decode(encoded.name, errors="replace")


def _foreign_bytes(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    broken = error.object[error.start : error.end]
    return broken.decode("cp1252", errors="ignore") or broken.decode("latin-1"), error.end


codecs.register_error("foreign_bytes", _foreign_bytes)


def _known(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError:
        raise InputError(f"{name} is not an encoding that is known here") from None


def _wide(sample: bytes) -> str | None:
    """UTF-16 without a BOM: every other byte of plain text is zero."""
    if len(sample) < 4 or sample.count(0) < len(sample) * 0.3:
        return None
    return "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be"


def _utf8_damage(path: Path) -> tuple[int, int]:
    """How many bytes can't be UTF-8, and how many characters beyond ASCII are well written."""
    if _is_utf8(path):
        return 0, 0
    damaged = foreign = 0
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    with path.open("rb") as file:
        while True:
            block = file.read(1 << 20)
            text = decoder.decode(block, final=not block)
            if not text.isascii():
                bad = sum("\udc80" <= letter <= "\udcff" for letter in text)
                damaged += bad
                foreign += sum(letter > "\x7f" for letter in text) - bad
            if not block:
                return damaged, foreign


def _is_utf8(path: Path) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _telling(path: Path) -> bytes:
    """The lines that hold bytes beyond ASCII (with the first), as much as a guess needs."""
    kept, size = [], 0
    with path.open("rb") as file:
        for number, line in enumerate(file):
            if number == 0 or not line.isascii():
                kept.append(line)
                size += len(line)
            if size > _SAMPLE:
                break
    return b"".join(kept)
