"""Our own limits of what one contact may be; the guard before storage and reading knows nothing else.

They don't depend on what this machine's Python, Postgres or Arrow can take: that changes with each release.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

DEEPEST = 64  # lists and objects within each other; Python alone gives up somewhere between 300 and 100,000
LARGEST = 4 * 1024 * 1024  # characters of a contact's JSON
LONGEST_ID = 1000  # bytes in UTF-8; an entry of a Postgres index holds 2704
MOST_DIGITS = 300  # of a whole number: more fit into no float, and Python refuses 4300
EARLIEST_YEAR, LATEST_YEAR = 1900, 2199  # of a moment at which a record was made or changed

NO_ID = "it shows no id"
_TOO_DEEP = f"it is nested more than {DEEPEST} levels deep"
_TOO_LARGE = f"it is larger than {LARGEST // 1024 // 1024} MB"
_ID_TOO_LONG = f"its id is longer than {LONGEST_ID} bytes"
_ID_UNSTORABLE = "its id holds NUL or half a letter (a lone surrogate), which Postgres can't store"
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Cut(list[Any]):
    """What a value became that is nested too deeply to be parsed: an empty list."""


def whole_number(text: str | None, most: int = 18) -> int | None:
    """The number that the ASCII digits of a text write, None for anything else.

    `str.isdigit` takes `²` for a digit and `int` does not; `int` takes `1_0` and other scripts' digits.
    """
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > most:
        return None
    return int(text)


def fault_of(payload: Any, text: str) -> str | None:
    """Why a payload, written as `text`, can't be a contact's here."""
    if is_too_deep(payload):
        return _TOO_DEEP
    return _TOO_LARGE if len(text) > LARGEST else None


def is_too_deep(value: Any) -> bool:
    """Level by level, without recursion: nothing that was parsed is too deep for it."""
    level = [value]
    for _ in range(DEEPEST):
        inner = [item for one in level for item in _within(one) if isinstance(item, dict | list)]
        if any(isinstance(item, Cut) for item in inner):
            return True
        if not inner:
            return isinstance(value, Cut)
        level = inner
    return True


def shallow(value: Any, levels: int = DEEPEST) -> Any:
    """The same without what lies deeper than our limit; itself where nothing does."""
    if levels == DEEPEST and not is_too_deep(value):
        return value
    if isinstance(value, dict):
        return {key: shallow(item, levels - 1) for key, item in value.items()} if levels else None
    if isinstance(value, list):
        return [shallow(item, levels - 1) for item in value] if levels else None
    return value


def fault_of_id(external_id: str | None) -> str | None:
    """Why nothing can be stored under an id."""
    if external_id is None:
        return NO_ID
    if _UNSTORABLE.search(external_id):
        return _ID_UNSTORABLE
    if len(external_id) > LONGEST_ID or len(external_id.encode()) > LONGEST_ID:
        return _ID_TOO_LONG
    return None


def seen_as(external_id: str) -> str:
    """What is written down of an id that a walk saw: itself, or its hash where it can't be stored."""
    if fault_of_id(external_id) is None:
        return external_id
    return f"sha256:{hashlib.sha256(external_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _within(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
