"""Repair of text that was encoded as UTF-8, decoded as Windows-1252 and encoded again: `JoÃ£o` for `João`.

Only certain cases are repaired: all non-ASCII letters of the text are the bytes of well-formed UTF-8, and
the sequence as it stands (`Ã` before a sign such as `£`) occurs in no language.
"""

from __future__ import annotations

import re

import pyarrow as pa

from dedupe.arrays.untyped import Array, pc

_CONTINUED = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u0080-\u00bf"  # how bytes 80 to BF read
_NO_TEXT = (
    "ƒ†‡ˆ‰˜\u0080-\u00a9\u00aa\u00ac\u00ad\u00af-\u00b6\u00b8-\u00ba\u00bc-\u00bf"  # stands behind no capital
)
_NO_SPACE = _NO_TEXT.replace("\u0080-\u00a9", "\u0080-\u009f\u00a1-\u00a9")
"""The same but for a no-break space: à and two of them are text."""
TWICE = f"[\u00c2-\u00f4][{_CONTINUED}]"
_CERTAIN = re.compile(
    rf"[ÂÃ](?![’”])[€‚ƒ„…†‡ˆ‰‹‘“•–—˜™›\u0080-\u00bf]"  # Latin
    rf"|[ÄÅÎÏÐÑ×ØÙÚÛ][{_NO_TEXT}]"  # Latin, Greek, Cyrillic, Hebrew, Arabic
    rf"|â€[{_CONTINUED}]|ðŸ[{_CONTINUED}]{{2}}"  # punctuation, emoji
    rf"|[à-ï](?:[{_NO_SPACE}][{_CONTINUED}]|[{_CONTINUED}][{_NO_SPACE}])"  # all that takes three bytes
)
_ROUNDS = 3  # what was encoded three times is known as well


def repaired(text: str) -> str:
    """The original text; the given one where the damage isn't certain."""
    for _ in range(_ROUNDS):
        if text.isascii() or not _CERTAIN.search(text):
            return text
        meant = _once_less(text)
        if meant is None:
            return text
        text = meant
    return text


def repaired_table(table: pa.Table) -> tuple[pa.Table, list[str]]:
    """The table with its texts repaired, and the columns in which any was."""
    changed = []
    for position, name in enumerate(table.column_names):
        column = _repaired_column(table.column(position))
        if column is not None:
            changed.append(name)
            table = table.set_column(position, name, column)
    return table, changed


def _repaired_column(column: Array) -> Array | None:
    """The column repaired; None where nothing in it is."""
    foreign = pc.fill_null(pc.invert(pc.string_is_ascii(column)), False)
    if not pc.any(foreign).as_py():
        return None
    before = column.filter(foreign)
    if not pc.any(pc.match_substring_regex(before, TWICE)).as_py():
        return None
    texts = before.to_pylist()
    after = [repaired(text) for text in texts]
    if after == texts:
        return None
    return pc.replace_with_mask(_flat(column), _flat(foreign), pa.array(after, pa.string()))


def _flat(column: Array) -> Array:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column


def _once_less(text: str) -> str | None:
    try:
        return _bytes(text).decode("utf-8")
    except UnicodeError:
        return None


def _bytes(text: str) -> bytes:
    """As Windows-1252; the five bytes that it leaves undefined stand as they are in Latin-1."""
    try:
        return text.encode("cp1252")
    except UnicodeEncodeError:
        return b"".join(
            letter.encode("latin-1" if "\x80" <= letter <= "\x9f" else "cp1252") for letter in text
        )
