"""Which code and data a result follows from: what other code made is made anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable

_LIBRARIES = ("numpy", "pyarrow", "scipy", "rapidfuzz", "duckdb", "jellyfish")
_CODE = (".py", ".toml", ".txt", ".csv", ".json")


@cache
def code_hash() -> str:
    """A hash of our code and data, and of the libraries that results follow from."""
    hashed = hashlib.sha256()
    for library in _LIBRARIES:
        hashed.update(f"{library} {version(library)}\n".encode())
    for path in _sources(files("dedupe")):
        hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for path in sorted(folder.iterdir(), key=lambda path: path.name):
        if path.is_dir():
            yield from _sources(path)
        elif path.name.endswith(_CODE):
            yield path
