"""Our own limits on one contact, applied before storing and reading it (chosen).

They don't depend on what this machine's Python, Postgres or Arrow can take, which changes with each
release.
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
    """An empty list in place of a value that is nested too deeply to be parsed."""


def whole_number(text: str | None, most: int = 18) -> int | None:
    """The number that a text of ASCII digits stands for, None for anything else.

    `str.isdigit` accepts `²` and `int` does not; `int` accepts `1_0` and digits of other scripts.
    """
    if text is None or not (text.isascii() and text.isdigit()) or len(text) > most:
        return None
    return int(text)


def fault_of(payload: Any, text: str) -> str | None:
    """The reason why a payload, serialized as `text`, can't be stored as a contact; None where it can."""
    if is_too_deep(payload):
        return _TOO_DEEP
    return _TOO_LARGE if len(text) > LARGEST else None


def is_too_deep(value: Any) -> bool:
    """Whether the value is nested beyond our limit; without recursion, so that no depth breaks it."""
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
    """The value without what is nested beyond our limit; the same object where nothing is."""
    if levels == DEEPEST and not is_too_deep(value):
        return value
    if isinstance(value, dict):
        return {key: shallow(item, levels - 1) for key, item in value.items()} if levels else None
    if isinstance(value, list):
        return [shallow(item, levels - 1) for item in value] if levels else None
    return value


def fault_of_id(external_id: str | None) -> str | None:
    """The reason why nothing can be stored under an id; None where it can."""
    if external_id is None:
        return NO_ID
    if _UNSTORABLE.search(external_id):
        return _ID_UNSTORABLE
    if len(external_id) > LONGEST_ID or len(external_id.encode()) > LONGEST_ID:
        return _ID_TOO_LONG
    return None


def seen_as(external_id: str) -> str:
    """The form in which a walk stores an id it has seen: the id, or its hash where it can't be stored."""
    if fault_of_id(external_id) is None:
        return external_id
    return f"sha256:{hashlib.sha256(external_id.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _within(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
