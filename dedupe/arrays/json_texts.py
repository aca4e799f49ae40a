"""Columns as JSON text, value by value the very text that Python's `json` makes, without an object for a row.

json_texts(column)          each value of a column of any type that flows here; null is `null`
json_objects(columns)       an object a row, of the columns that are there in it
escaped(texts)              texts as they stand between the quotes of a JSON string
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.hashing import bytes_of
from dedupe.arrays.joining import joined
from dedupe.arrays.untyped import Array, DataType, pa, pc

_ESCAPED = (("\\", "\\\\"), ('"', '\\"'))
_CONTROL = r"[\x00-\x1f]"
_NO_ASCII = r"[^\x20-\x7e]"
_SPACE, _DELETE = 0x20, 0x7F


@dataclass(frozen=True)
class JsonStyle:
    """How JSON is spelled; with `ascii` every other letter is an escape."""

    ascii: bool = False
    comma: str = ","
    colon: str = ":"


COMPACT = JsonStyle()
ASCII = JsonStyle(ascii=True)
PLAIN = JsonStyle(ascii=True, comma=", ", colon=": ")
"""As `json.dumps` spells by itself."""


def json_texts(column: Array, style: JsonStyle = COMPACT) -> Array:
    """Each value as JSON; an object's keys in the order of its fields, nulls in it included.

    Raises TypeError for a type that has no one spelling, floats among them.
    """
    return pc.fill_null(_spoken(combined(column), style), "null")


def json_objects(columns: Mapping[str, Array], style: JsonStyle = COMPACT) -> Array:
    """An object a row; `columns` hold JSON, and a key is left out of the rows in which its column is null."""
    pieces = [pc.binary_join_element_wise(_key(name, style), each, "") for name, each in columns.items()]
    return pc.binary_join_element_wise("{", joined(pieces, style.comma), "}", "")


def quoted(texts: Array, style: JsonStyle = COMPACT) -> Array:
    """Each text as a JSON string; null stays null."""
    return pc.binary_join_element_wise('"', escaped(texts, style), '"', "")


def escaped(texts: Array, style: JsonStyle = COMPACT) -> Array:
    """Texts as they stand between the quotes of a JSON string; null stays null."""
    texts = combined(texts).cast(pa.string())
    raw, _ = bytes_of(texts)
    made = texts
    for plain, escape in _ESCAPED:
        if (raw == ord(plain)).any():
            made = pc.replace_substring(made, plain, escape)
    if (raw < _SPACE).any() or (style.ascii and (raw >= _DELETE).any()):
        odd = pc.fill_null(pc.match_substring_regex(texts, _NO_ASCII if style.ascii else _CONTROL), False)
        made = pc.replace_with_mask(made, odd, _by_json(texts.filter(odd), style))
    return made


def _by_json(texts: Array, style: JsonStyle) -> Array:
    encoded = texts.dictionary_encode()
    spelled = [json.dumps(text, ensure_ascii=style.ascii)[1:-1] for text in encoded.dictionary.to_pylist()]
    return pa.array(spelled, pa.string()).take(encoded.indices)


def _spoken(column: Array, style: JsonStyle) -> Array:
    """Each value as JSON, null for null."""
    kind: DataType = column.type
    if column.null_count == len(column):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return quoted(column, style)
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
        return column.cast(pa.string())
    if pa.types.is_timestamp(kind):
        return _moments(column)
    if pa.types.is_list(kind):
        return _lists(column, style)
    if pa.types.is_struct(kind):
        return _structs(column, style)
    raise TypeError(f"{kind} has no one spelling in JSON")


def _moments(column: Array) -> Array:
    """As `datetime.isoformat` of UTC: without a fraction where it is a whole second."""
    naive = column.cast(pa.timestamp("us", "UTC")).cast(pa.timestamp("us"))
    text = pc.replace_substring(naive.cast(pa.string()), " ", "T")
    return pc.binary_join_element_wise('"', pc.replace_substring_regex(text, r"\.0+$", ""), '+00:00"', "")


def _lists(column: Array, style: JsonStyle) -> Array:
    items = json_texts(column.flatten(), style)
    texts = pc.binary_join(lists_like(column, items), style.comma)
    texts = pc.binary_join_element_wise("[", texts, "]", "")
    return pc.if_else(pc.is_valid(column), texts, pa.scalar(None, pa.string()))


def lists_like(column: Array, items: Array) -> Array:
    """Lists of these items, of the lengths that the lists of `column` have; an empty one for null."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), items)


def _structs(column: Array, style: JsonStyle) -> Array:
    pieces: list[Array | str] = []
    for index in range(column.type.num_fields):
        before = "{" if index == 0 else style.comma
        pieces += [before + _key(column.type.field(index).name, style)]
        pieces += [json_texts(pc.struct_field(column, index), style)]
    texts = pc.binary_join_element_wise(*pieces, "}", "")
    return pc.if_else(pc.is_valid(column), texts, pa.scalar(None, pa.string()))


def _key(name: str, style: JsonStyle) -> str:
    return json.dumps(name, ensure_ascii=style.ascii) + style.colon
