"""Ids of contacts at their provider: which values can be one."""

from __future__ import annotations

from typing import Any

_EXACT = 2**53  # floats from here on stand for several whole numbers


def id_of(value: Any) -> str | None:
    """The id as text where the value is one: a text that isn't blank, or a whole number.

    `7`, `7.0` and `"7"` are one id, because some providers vary the form. A list or an object is none.
    Whether an id can be stored is another question.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**60 else None
    return value if isinstance(value, str) and value.strip() else None
