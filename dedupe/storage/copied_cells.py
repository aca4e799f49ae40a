"""Cells of COPY for types that Arrow doesn't write as Postgres reads them: bytes and arrays, by columns."""

from __future__ import annotations

import numpy as np

from dedupe.arrays.distinct_values import combined
from dedupe.arrays.hashing import bytes_of
from dedupe.arrays.json_texts import lists_like
from dedupe.arrays.untyped import Array, pa, pc

_DIGITS = np.frombuffer(b"0123456789abcdef", np.uint8)
_VALUES = np.zeros(256, np.uint8)
_VALUES[_DIGITS] = np.arange(16)


def bytea_texts(values: Array) -> Array:
    """`\\x` and the hexadecimal digits of each value; null stays null."""
    values, large = combined(values).cast(pa.large_binary()), pa.large_string()
    data, offsets = bytes_of(values)
    digits = np.empty(2 * len(data), np.uint8)
    digits[0::2], digits[1::2] = _DIGITS[data >> 4], _DIGITS[data & 15]
    buffers = [None, pa.py_buffer(offsets * 2), pa.py_buffer(digits)]
    texts = pa.Array.from_buffers(pa.large_string(), len(values), buffers)
    texts = pc.binary_join_element_wise(pa.scalar("\\x", large), texts, pa.scalar("", large))
    return pc.if_else(pc.is_valid(values), texts, pa.scalar(None, pa.large_string()))


def bytes_of_digits(texts: Array) -> Array:
    """The bytes that hexadecimal digits stand for; null stays null."""
    texts = combined(texts)
    data, offsets = bytes_of(texts)
    values = _VALUES[data[0::2]] << 4 | _VALUES[data[1::2]]
    buffers = [None, pa.py_buffer(offsets // 2), pa.py_buffer(values)]
    found = pa.Array.from_buffers(pa.large_binary(), len(texts), buffers)
    return pc.if_else(pc.is_valid(texts), found, pa.scalar(None, pa.large_binary()))


def array_texts(lists: Array) -> Array:
    """Each list of scalars as a Postgres array literal; null stays null."""
    lists = combined(lists)
    elements = lists.flatten()
    texts = elements.cast(pa.string())
    for plain, escape in (("\\", "\\\\"), ('"', '\\"')):
        texts = pc.replace_substring(texts, plain, escape)
    texts = pc.fill_null(pc.binary_join_element_wise('"', texts, '"', ""), "NULL")
    literals = pc.binary_join_element_wise("{", pc.binary_join(lists_like(lists, texts), ","), "}", "")
    return pc.if_else(pc.is_valid(lists), literals, pa.scalar(None, pa.string()))
