"""Decoding of a body in small pieces, so that its size is checked before it is in memory.

httpx decodes a whole piece at once: eight kilobytes, compressed twice, can become over a gigabyte.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence

ACCEPTED = "gzip, deflate"
"""What is asked for. Whatever else a provider names is taken for the plain body, as browsers and httpx do."""

_PIECE = 64 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_WINDOWS = {"gzip": zlib.MAX_WBITS | 16, "x-gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_MOST_LAYERS = 3  # of content encodings one over another (chosen)


class NotDecoded(ValueError):
    """The body is damaged or truncated."""


class TooLarge(ValueError):
    """The body is larger than allowed, in one of its encodings."""


def decoded(raw: Iterable[bytes], encodings: Sequence[str], most: int) -> Iterator[bytes]:
    """Yield the plain body in small pieces. `encodings` as in Content-Encoding, in the order they were
    applied. Raises TooLarge when any layer is over `most` bytes, NotDecoded when the body is damaged."""
    layers = [encoding for name in encodings if (encoding := name.strip().lower()) in _WINDOWS]
    if len(layers) > _MOST_LAYERS:
        raise NotDecoded("it is compressed over and over")
    pieces = _measured(raw, most)
    for encoding in reversed(layers):
        pieces = _measured(_inflated(pieces, encoding), most)
    return pieces


def _measured(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    size = 0
    for piece in pieces:
        size += len(piece)
        if size > most:
            raise TooLarge
        yield piece


def _inflated(pieces: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    stream, begun = zlib.decompressobj(_WINDOWS[encoding]), False
    for piece in pieces:
        if not begun and piece and encoding == "deflate" and not _has_zlib_header(piece):
            stream = zlib.decompressobj(-zlib.MAX_WBITS)  # some servers send it bare
        begun, left = begun or bool(piece), piece
        while left or not stream.eof:
            if stream.eof:  # what follows a member is another one, or padding
                if encoding == "deflate" or not left.startswith(_GZIP_MAGIC):
                    break
                stream = zlib.decompressobj(_WINDOWS[encoding])
            out = _taken(stream, left)
            if out:
                yield out
            left = stream.unused_data if stream.eof else stream.unconsumed_tail
            if not out and not left:
                break
    if begun and not stream.eof:
        raise NotDecoded("it ends too early")


def _taken(stream: zlib._Decompress, piece: bytes) -> bytes:
    try:
        return stream.decompress(piece, _PIECE)
    except zlib.error:
        raise NotDecoded("it is damaged") from None


def _has_zlib_header(piece: bytes) -> bool:
    return piece[0] & 15 == 8 and (len(piece) < 2 or (piece[0] << 8 | piece[1]) % 31 == 0)
