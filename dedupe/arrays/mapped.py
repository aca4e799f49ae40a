"""Tables and arrays on disk, mapped into memory: the system takes their memory back where it is short."""

from __future__ import annotations

import mmap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from itertools import chain
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.ipc

from dedupe.errors import ConfigurationError

Value = TypeVar("Value")
WORTH_A_FILE_OF_ALL = 1 << 28
"""Bytes of tables that wait on disk: the normalized contacts of some 250,000 (chosen)."""
WORTH_A_FILE = 1 << 20
"""Bytes of an array that are worth a file of their own (chosen)."""


def mapped(table: pa.Table, folder: Path | None = None) -> pa.Table:
    """The same table, written to a file of its own in FOLDER (None: the system's for temporary files).

    The file has no name any more once this returns, and goes with the table. Raises ConfigurationError where
    it can't be written.
    """
    return _written([table], table.schema, table.nbytes, folder)


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
            return _written(chain(_let_go(held), coming), schema, size, folder)
    return pa.concat_tables(held)


def _let_go(held: list[pa.Table]) -> Iterator[pa.Table]:
    """Each of them, without a reference to it that lasts."""
    held.reverse()
    while held:
        yield held.pop()


def _written(tables: Iterable[pa.Table], schema: pa.Schema, size: int, folder: Path | None) -> pa.Table:
    with (
        _room_for(size),
        NamedTemporaryFile(prefix="contact-dedupe-", suffix=".arrow", dir=folder) as file,
    ):
        with pa.ipc.new_file(file.name, schema) as writer:
            for one in tables:
                writer.write_table(one)
        return pa.ipc.open_file(pa.memory_map(file.name)).read_all()


def with_mapped_arrays(value: Value, folder: Path | None = None) -> Value:
    """The same dataclass with its large arrays, NumPy's and Arrow's, those of its dataclasses too, on disk as
    in `mapped`; Python objects stay in memory. What is written to such an array stays in memory, too."""
    changed = {}
    for field in fields(value):  # type: ignore[arg-type]
        held: Any = getattr(value, field.name)
        if is_dataclass(held):
            changed[field.name] = with_mapped_arrays(held, folder)
        elif isinstance(held, np.ndarray | pa.Array) and _worth_a_file(held):
            changed[field.name] = _mapped_array(held, folder)
    return replace(value, **changed)  # type: ignore[type-var]


def _worth_a_file(array: Any) -> bool:
    objects = isinstance(array, np.ndarray) and array.dtype.hasobject
    return bool(array.nbytes >= WORTH_A_FILE and not objects)


def _mapped_array(array: Any, folder: Path | None) -> Any:
    if isinstance(array, pa.Array):
        return mapped(pa.table({"values": array}), folder).column("values").combine_chunks()
    return _mapped_numbers(np.ascontiguousarray(array), folder)


def _mapped_numbers(array: npt.NDArray[Any], folder: Path | None) -> npt.NDArray[Any]:
    with _room_for(array.nbytes), TemporaryFile(prefix="contact-dedupe-", dir=folder) as file:
        array.tofile(file)
        file.flush()
        pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    return np.frombuffer(pages, array.dtype).reshape(array.shape)


@contextmanager
def _room_for(size: int) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ConfigurationError(
            f"the folder for temporary files (TMPDIR) takes no {size >> 20:,} MB: {error.strerror or error}"
        ) from None
