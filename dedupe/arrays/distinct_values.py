"""Arrow columns taken apart into distinct values, so that each is worked on once, and put together again."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from dedupe.arrays.untyped import Array, DataType, Struct, Table, pa, pc

Rows = npt.NDArray[np.int64]


def combined(column: Array) -> Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


class Ordered:
    """Some rows of a table in another order; a column is reordered when it is asked for, as one array.

    `start`: the number of rows of the whole table before these. Arrow makes one array of a whole column in
    chunks before it takes rows of it, which costs its memory and fails at 2 GB of text; so rows are taken
    chunk by chunk.
    """

    def __init__(self, table: Table, order: Array, start: int = 0) -> None:
        self._table, self._order, self.start = table, order, start
        self._ways: dict[tuple[int, ...], _Way] = {}

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, name: str) -> Array:
        column = self._table[name]
        if column.num_chunks < 2 or not len(self):
            return combined(column.take(self._order))
        sizes = tuple(map(len, column.chunks))
        if sizes not in self._ways:
            self._ways[sizes] = _way(self._order.to_numpy().astype(np.int64), sizes)
        within, back = self._ways[sizes]
        return pa.concat_arrays([column.chunk(at).take(rows) for at, rows in within]).take(back)


_Way: TypeAlias = tuple[list[tuple[int, Array]], Array]


def _way(rows: Rows, sizes: tuple[int, ...]) -> _Way:
    """The rows of each chunk that are taken, and the places to which all of them go back."""
    order = np.argsort(rows, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)])
    bounds = np.searchsorted(rows[order], starts)
    within = [
        (at, pa.array(rows[order[begin:end]] - start))
        for at, (start, begin, end) in enumerate(zip(starts[:-1], bounds[:-1], bounds[1:], strict=True))
        if end > begin
    ]
    back = np.empty(len(rows), dtype=np.int64)
    back[order] = np.arange(len(rows))
    return within, pa.array(back)


def explode(column: Array) -> tuple[Rows, Array]:
    """A list column as (row of each element, elements), without null elements."""
    lists = combined(column)
    rows = pc.list_parent_indices(lists).to_numpy(zero_copy_only=False).astype(np.int64)
    elements = pc.list_flatten(lists)
    if elements.null_count:
        present = pc.is_valid(elements)
        rows = rows[present.to_numpy(zero_copy_only=False)]
        elements = elements.filter(present)
    return rows, elements


def regroup(rows: Rows, elements: Array, count: int) -> Array:
    """A list column of `count` rows from elements and their ascending rows: the inverse of `explode`."""
    offsets = np.searchsorted(rows, np.arange(count + 1)).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), elements)


def struct(kind: Struct, columns: Mapping[str, Array]) -> Array:
    """A struct column of type `kind` from its fields by name."""
    fields = [kind.field(index) for index in range(kind.num_fields)]
    return pa.StructArray.from_arrays([columns[field.name] for field in fields], fields=fields)


def distinct(values: Array) -> tuple[Array, Rows]:
    """The distinct values (null counts as ""), and the position of each row's value in them."""
    encoded = pc.fill_null(values.cast(pa.string()), "").dictionary_encode()
    return encoded.dictionary, encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)


def distinct_rows(*codes: Rows) -> tuple[Rows, Rows]:
    """The distinct combinations of non-negative codes: (a row of each, the position of each row's
    combination)."""
    mixed = codes[0]
    for more in codes[1:]:
        mixed = mixed * (int(more.max(initial=0)) + 1) + more
    _, first, back = np.unique(mixed, return_index=True, return_inverse=True)
    return first.astype(np.int64), back.reshape(-1).astype(np.int64)


def columns_of(kinds: Mapping[str, DataType], records: Sequence[tuple[object, ...]]) -> Table:
    """Records as a table with one column for each entry of `kinds`."""
    turned: Iterable[Iterable[object]] = zip(*records, strict=True) if records else [[] for _ in kinds]
    arrays = [pa.array(list(values), kind) for values, kind in zip(turned, kinds.values(), strict=True)]
    return pa.table(arrays, names=list(kinds))


def lists_of(columns: Sequence[Array]) -> Array:
    """One list column from several text columns, without nulls."""
    valid = np.stack([pc.is_valid(column).to_numpy(zero_copy_only=False) for column in columns], axis=1)
    count = len(columns[0])
    places = np.arange(len(columns)) * count + np.arange(count)[:, None]
    offsets = np.concatenate([[0], np.cumsum(valid.sum(axis=1))]).astype(np.int32)
    texts = pa.concat_arrays([column.cast(pa.string()) for column in columns])
    return pa.ListArray.from_arrays(pa.array(offsets), texts.take(pa.array(places[valid])))


def text_where(mask: npt.NDArray[np.bool_], text: str) -> Array:
    """The text where the mask is true, null elsewhere."""
    return pa.array([text]).take(pa.array(np.zeros(len(mask), np.int64), mask=~mask))
