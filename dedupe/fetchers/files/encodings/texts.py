"""The text of bytes in an encoding that was found."""

from __future__ import annotations

import codecs
from functools import cache
from pathlib import Path

from dedupe.fetchers.files.encodings.detection import Encoded


def text_of_file(path: Path, encoded: Encoded) -> str:
    """The whole text."""
    return text_of(path.read_bytes(), encoded)


def text_of(data: bytes, encoded: Encoded) -> str:
    """The text of bytes. Bytes that aren't valid UTF-8 are decoded in the encoding that they most likely
    come from."""
    if encoded.name in ("utf-8", "utf-8-sig"):
        return data.decode(encoded.name, errors=_foreign_bytes(encoded.foreign))
    return data.decode(encoded.name, errors="replace")


@cache
def _foreign_bytes(encoding: str) -> str:
    """The name of an error handler that reads them in that encoding."""
    name = f"foreign_{encoding}"

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        end = error.end
        while end < len(error.object) and error.object[end] > 0x7F and not _begins(error.object[end:]):
            end += 1
        broken = error.object[error.start : end]
        return broken.decode(encoding, errors="ignore") or broken.decode("latin-1"), end

    codecs.register_error(name, handle)
    return name


def _begins(data: bytes) -> bool:
    """Whether a well-written character stands here."""
    for size in (2, 3, 4):
        try:
            return bool(data[:size].decode("utf-8"))
        except UnicodeDecodeError:
            continue
    return False
