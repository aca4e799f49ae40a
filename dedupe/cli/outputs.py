"""Output files of commands: written whole or not at all, and never over an input."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from dedupe.errors import InputError


def written(path: Path, *others: Path | None) -> Path:
    """The path, checked before the work starts. Raises InputError if it can't be written.

    `others` are files that it must not replace: inputs and other outputs.
    """
    for other in others:
        if other is not None and _one_file(path, other):
            raise InputError(f"{path}: named twice: it would be written over; choose another file")
    try:
        if path.exists():
            with path.open("ab"):
                return path
        with tempfile.TemporaryFile(dir=path.parent):
            return path
    except OSError as error:
        raise _refused(path, error) from None


def replaced_by_force(path: Path, force: bool) -> Path:
    """The path. Raises InputError for a file that is there unless `force`."""
    if path.exists() and not force:
        raise InputError(f"{path}: is there already; --force writes over it")
    return path


@contextmanager
def whole(path: Path, mode: int | None = None) -> Iterator[Path]:
    """A temporary file beside `path` that replaces it once complete; `mode`: its permissions, if not those of
    the file that is there or the usual ones.

    An existing file stays if the work is interrupted or the disk is full. A device is written directly.
    """
    if path.exists() and not path.is_file():
        with _named_errors(path):
            yield path
        return
    with _named_errors(path):
        path = path.resolve()  # a link stays one
        number, name = tempfile.mkstemp(prefix=f".{path.name[:100]}.", suffix=".part", dir=path.parent)
        os.close(number)
    beside = Path(name)
    try:
        with _named_errors(path):
            yield beside
            beside.chmod(_usual_mode(path) if mode is None else mode)
            beside.replace(path)
    finally:
        with suppress(FileNotFoundError):
            beside.unlink()


@contextmanager
def private(path: Path) -> Iterator[Path]:
    """As `whole`, for its owner's eyes alone, whatever is there already and whatever the umask."""
    with whole(path, 0o600) as place:
        yield place


def write_csv(rows: pa.Table, path: Path) -> None:
    """A table as CSV in UTF-8, quoted where needed."""
    with whole(path) as place:
        pyarrow.csv.write_csv(rows, place, pyarrow.csv.WriteOptions(quoting_style="needed"))


def write_json(content: Any, path: Path) -> None:
    write_text(json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n", path)


def write_text(text: str, path: Path) -> None:
    with whole(path) as place:
        place.write_text(text, encoding="utf-8")


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from None


def _refused(path: Path, error: OSError) -> InputError:
    why = os.strerror(error.errno) if error.errno else type(error).__name__
    return InputError(f"{path}: can't be written: {why}")


def _one_file(path: Path, other: Path) -> bool:
    if path.exists() and other.exists():
        return path.is_file() and path.samefile(other)
    return path.resolve() == other.resolve()


def _usual_mode(path: Path) -> int:
    return path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask()


def _umask() -> int:
    """The process's umask; it can only be read by setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask
