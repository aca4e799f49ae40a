"""The fast path for CSV: checks that the bytes are well formed by RFC 4180, then reads them with pyarrow
(which would accept more)."""

from __future__ import annotations

import re
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

from dedupe.arrays.untyped import pc
from dedupe.fetchers.files.csv.heads import Head

_QUOTE, _LF, _CR = 34, 10, 13
_BLOCK = 4 << 20
_BOM, _NULL = b"\xef\xbb\xbf", b"\\N"  # amid the file, and MySQL's null: not for pyarrow

Bytes = np.ndarray[Any, np.dtype[np.uint8]]


def table_of(data: pa.Buffer, head: Head) -> pa.Table | None:
    """The table of the text after the header; None when any of it isn't well formed."""
    if not len(data) or not is_strict(np.frombuffer(memoryview(data), np.uint8), head.delimiter):
        return None
    broken = False

    def mind(_row: object) -> Literal["skip", "error"]:
        nonlocal broken
        broken = True
        return "error"

    names = list(head.names)
    try:
        table = pacsv.read_csv(
            pa.BufferReader(data),  # type: ignore[arg-type]
            read_options=pacsv.ReadOptions(column_names=names, block_size=8 << 20),
            parse_options=pacsv.ParseOptions(
                delimiter=head.delimiter, newlines_in_values=True, invalid_row_handler=mind
            ),
            convert_options=pacsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid:
        return None
    return None if broken or table.num_columns != head.width else table


def is_strict(data: Bytes, delimiter: str) -> bool:
    """Whether each quote opens a cell, closes one or is doubled inside of one, lines end in one way, and
    neither a BOM nor MySQL's null stands in it.

    Every second quote closes. One that opens has a delimiter, a line end or a quote (the two are then one
    doubled) before it, one that closes has such behind it.
    """
    around = np.zeros(256, dtype=bool)
    around[[_QUOTE, _LF, _CR, ord(delimiter)]] = True
    opens, feeds, lone = True, False, False
    for start in range(0, len(data), _BLOCK):
        block = data[start : start + _BLOCK]
        quotes = np.flatnonzero(block == _QUOTE) + start
        opening, closing = quotes[not opens :: 2], quotes[opens::2]
        before, behind = opening[opening > 0] - 1, closing[closing + 1 < len(data)] + 1
        if not (around[data[before]].all() and around[data[behind]].all()):
            return False
        opens ^= len(quotes) % 2 == 1
        text = data[start : start + _BLOCK + len(_BOM)].tobytes()
        if _BOM in text or _NULL in text:
            return False
        lone = lone or text.count(b"\r") - text.endswith(b"\r") > text.count(b"\r\n")
        feeds = feeds or b"\n" in text
    return opens and not (lone and feeds)


def looking_like_rows(table: pa.Table, head: Head) -> int:
    """The number of cells with two or more lines that would be rows by themselves."""
    if head.width < 2:
        return 0
    sign = re.escape(head.delimiter)
    row = rf"\n(?:[^\n{sign}]*{sign}){{{head.width - 1}}}[^\n{sign}]*\r?\n"
    found = 0
    for column in table.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py():
            lines = pc.replace_substring(column, "\n", "\n\n")  # two matches need not share a line end
            found += pc.sum(pc.greater_equal(pc.count_substring_regex(lines, row), 2)).as_py() or 0
    return found
