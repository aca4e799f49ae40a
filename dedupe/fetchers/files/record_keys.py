"""The key of each row of a file: its record id, its position or its content."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import pyarrow as pa

from dedupe.arrays.hashing import all_distinct
from dedupe.arrays.untyped import Array, pc
from dedupe.fetchers.files.columns.contacts import json_objects

Ids = Literal["row", "content"]


def key_column(table: pa.Table, fields: Mapping[str, str], wanted: str) -> Array | None:
    column = next((column for column, to in fields.items() if to == wanted), None)
    if column is None:
        return None
    cells = pc.utf8_trim_whitespace(table.column(column).combine_chunks())
    return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)


def keys_of(table: pa.Table, fields: Mapping[str, str], ids: Ids) -> Array:
    keys = key_column(table, fields, "record_id")
    if keys is not None and keys.null_count == 0:
        return keys
    if ids == "row":
        spare = pa.array([f"row:{number}" for number in range(1, table.num_rows + 1)], pa.string())
    else:
        contents = json_objects(table).to_pylist()
        spare = pa.array(["content:" + digest(content or "") for content in contents], pa.string())
    return spare if keys is None else pc.coalesce(keys, spare)


def digest(content: str) -> str:
    return hashlib.sha256(content.encode()).hexdigest()[:24]


def distinct_keys(
    contents: Callable[[], Sequence[str]], sources: Array, keys: Array, notes: list[str]
) -> tuple[Array | None, Array]:
    """The rows to keep (None for all), and for each a key that is unique in its source.

    Identical rows are kept once. Different rows with one key are all kept, as `key#2` and so on.
    `contents`: the whole content of each row.
    """
    if all_distinct(keys):
        return None, keys
    seen: dict[tuple[str, str], list[str]] = {}
    kept, named, same, other = [], [], 0, 0
    rows = zip(sources.to_pylist(), keys.to_pylist(), contents(), strict=True)
    for position, (source, key, content) in enumerate(rows):
        before = seen.setdefault((source, key), [])
        if content in before:
            same += 1
            continue
        before.append(content)
        other += len(before) > 1
        kept.append(position)
        named.append(key if len(before) == 1 else f"{key}#{len(before)}")
    if same:
        notes.append(f"{same} rows repeat another row of the same id word for word and were left out")
    if other:
        notes.append(f"{other} rows have a record id that another row has; they were kept under id#2, id#3 …")
    return pa.array(kept, pa.int64()), pa.array(named, pa.string())


def contents_of(table: pa.Table, payloads: Array | None) -> list[str]:
    """The whole content of each row as text: columns don't hold everything of a nested object."""
    contents = json_objects(table) if payloads is None else payloads
    return [content or "" for content in contents.to_pylist()]


def free_key(taken: Mapping[str, str], key: str) -> str:
    number = 1
    while (name := key if number == 1 else f"{key}#{number}") in taken:
        number += 1
    return name
