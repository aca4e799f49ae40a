"""A file of vCards: its encoding, its cards."""

from __future__ import annotations

from pathlib import Path

from dedupe.fetchers.files.encodings import encoding_notes, encoding_of_bytes
from dedupe.fetchers.files.vcards.lines import Cards, split_cards, undeclared

_ESCAPED = "iso2022_jp"  # all ASCII, and yet no text


def read_cards(path: Path, encoding: str | None = None) -> tuple[Cards, list[str]]:
    """The cards of the file, and how it was read. Lines that tell their charset are read in that."""
    data = path.read_bytes()
    encoded = encoding_of_bytes(data, encoding)
    if encoded.name.startswith(("utf-16", "utf-32")):
        data, name = data.decode(encoded.name, "replace").encode("utf-8", "replace"), "utf-8"
    elif encoded.name == _ESCAPED:
        name = _ESCAPED
    else:  # only the lines that don't tell their charset speak for the file's
        encoded = encoding_of_bytes(undeclared(data), encoding)
        name = encoded.name
    fallback = encoded.foreign if name.startswith("utf-8") else name
    first = name if encoding or name == _ESCAPED else "utf-8"  # which fits nothing else
    found = split_cards(data.removeprefix(b"\xef\xbb\xbf"), first, fallback)
    notes = [f"encoding {encoded.name}, format vCard", *encoding_notes(encoded)]
    return found, notes
