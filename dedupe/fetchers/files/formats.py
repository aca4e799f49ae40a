"""The format of a file by the end of its name; packed files are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from dedupe.errors import InputError

Format = Literal["csv", "jsonl", "vcard", "parquet"]

SUFFIXES: dict[str, Format] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "jsonl",
    ".vcf": "vcard",
    ".vcard": "vcard",
    ".parquet": "parquet",
    ".pq": "parquet",
}

_PACKED = (
    (b"PK\x03\x04", "it is a workbook or another packed file; save it as CSV (UTF-8), or unpack it"),
    (b"\xd0\xcf\x11\xe0", "it is a workbook of old Excel; save it as CSV (UTF-8)"),
    (b"\x1f\x8b", "it is compressed; unpack it first"),
)


def refuse_packed(path: Path) -> None:
    """Refuse a workbook or archive under another file's name: it has no readable header.

    Raises InputError with advice.
    """
    try:
        with path.open("rb") as file:
            begins = file.read(4)
    except OSError:  # reading it tells why
        return
    for sign, what in _PACKED:
        if begins.startswith(sign):
            raise InputError(f"{path}: {what}")


def format_of(path: Path) -> Format:
    """The format of a file. Raises InputError where the end of its name says none."""
    kind = SUFFIXES.get(path.suffix.lower())
    if kind is None:
        known = ", ".join(sorted(SUFFIXES))
        raise InputError(f"{path}: which format is it? Its name ends in none of {known}")
    return kind
