"""Tables and arrays on disk, mapped into memory: the system takes their memory back where it is short."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from io import BufferedRandom
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.ipc

from dedupe.errors import ConfigurationError

Value = TypeVar("Value")
WORTH_A_FILE_OF_ALL = 1 << 28
"""Bytes of tables that wait on disk: the normalized contacts of some 250,000 (chosen)."""
WORTH_A_FILE = 1 << 20
"""Bytes of an array that are worth a place on disk (chosen)."""
WORTH_ITS_OWN_FILE = 1 << 25
"""Bytes of one array that are worth a file of their own: eight of four million rows (chosen)."""
_ALIGNED = 64
"""Bytes to whose multiples arrays begin, as in Arrow's own files."""


def mapped(table: pa.Table, folder: Path | None = None) -> pa.Table:
    """The same table, written to a file of its own in FOLDER (None: the system's for temporary files).

    The file has no name any more once this returns, and goes with the table. Raises ConfigurationError where
    it can't be written.
    """
    return mapped_batches(table.schema, table.to_batches(), table.nbytes, folder)


def mapped_batches(
    schema: pa.Schema, batches: Iterable[pa.RecordBatch], size: int, folder: Path | None = None
) -> pa.Table:
    """As `mapped`, of batches that are made one after the other, of so many bytes or more."""
    with (
        room_for(size),
        NamedTemporaryFile(prefix="contact-dedupe-", suffix=".arrow", dir=folder) as file,
    ):
        with pa.ipc.new_file(file.name, schema) as writer:
            for batch in batches:
                writer.write_batch(batch)
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()


def gathered(
    tables: Iterable[pa.Table],
    schema: pa.Schema,
    on_disk_from: int = WORTH_A_FILE_OF_ALL,
    folder: Path | None = None,
) -> pa.Table:
    """All of these tables as one. Once they take so many bytes they wait on disk as in `mapped`, each written
    as it comes."""
    held, size, coming = [schema.empty_table()], 0, iter(tables)
    for one in coming:
        held.append(one)
        size += one.nbytes
        if size >= on_disk_from:
            batches = (batch for table in chain(_let_go(held), coming) for batch in table.to_batches())
            return mapped_batches(schema, batches, size, folder)
    return pa.concat_tables(held)


def _let_go(held: list[pa.Table]) -> Iterator[pa.Table]:
    """Each of them, without a reference to it that lasts."""
    held.reverse()
    while held:
        yield held.pop()


def with_mapped_arrays(value: Value, folder: Path | None = None) -> Value:
    """The same dataclass with its large arrays, NumPy's and Arrow's, those of its dataclasses too, on disk as
    in `mapped`, all in one file: a process may open a thousand, where nobody allowed it more. Python objects
    stay in memory. What is written to such an array stays in memory, too."""
    large = list(_large_arrays(value))
    return _with(value, iter(_mapped_arrays(large, folder))) if large else value


def aside(array: Value, folder: Path | None = None) -> Value:
    """The same array, NumPy's or Arrow's; a very large one on disk as in `mapped`."""
    large: Any = array
    kept: Value = _mapped_arrays([large], folder)[0] if large.nbytes >= WORTH_ITS_OWN_FILE else array
    return kept


def _large_arrays(value: Any) -> Iterator[Any]:
    for field in fields(value):
        held = getattr(value, field.name)
        if is_dataclass(held):
            yield from _large_arrays(held)
        elif _worth_a_file(held):
            yield held


def _with(value: Any, arrays: Iterator[Any]) -> Any:
    """The same dataclass with these arrays in place of its large ones."""
    changed = {}
    for field in fields(value):
        held = getattr(value, field.name)
        if is_dataclass(held):
            changed[field.name] = _with(held, arrays)
        elif _worth_a_file(held):
            changed[field.name] = next(arrays)
    return replace(value, **changed)


def _worth_a_file(held: Any) -> bool:
    if isinstance(held, np.ndarray):
        return bool(held.nbytes >= WORTH_A_FILE and not held.dtype.hasobject)
    return isinstance(held, pa.Array) and bool(held.nbytes >= WORTH_A_FILE)


def _mapped_arrays(arrays: Sequence[Any], folder: Path | None) -> list[Any]:
    size = sum(array.nbytes for array in arrays)
    with room_for(size), TemporaryFile(prefix="contact-dedupe-", dir=folder) as file:
        starts = [_written(array, file) for array in arrays]
        file.flush()
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    return [_read(array, pages, start) for array, start in zip(arrays, starts, strict=True)]


def _written(array: Any, file: BufferedRandom) -> int:
    """Where the array begins in the file that it is written to."""
    start = file.seek(-(-file.tell() // _ALIGNED) * _ALIGNED)
    if isinstance(array, np.ndarray):
        array.tofile(file)
        file.seek(start + array.nbytes)
    else:
        batch = pa.record_batch([array], ["values"])
        with pa.ipc.new_stream(pa.PythonFile(file, "w"), batch.schema) as writer:
            writer.write_batch(batch)
    return start


def _read(array: Any, pages: mmap.mmap, start: int) -> Any:
    if isinstance(array, np.ndarray):
        return np.frombuffer(pages, array.dtype, array.size, start).reshape(array.shape)
    batch = pa.ipc.open_stream(pa.py_buffer(pages)[start:]).read_next_batch()
    return batch.column(0)


@contextmanager
def room_for(size: int) -> Iterator[None]:
    """Raises ConfigurationError where so many bytes can't be written to a temporary file."""
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"the folder for temporary files (TMPDIR) takes no {size >> 20:,} MB: {error.strerror or error}"
        ) from None
