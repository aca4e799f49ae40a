"""What can be a contact's id at its provider."""

from __future__ import annotations

from typing import Any

from dedupe.fetchers.given import clean_text

MOST_BYTES = 1000  # an index of Postgres holds no row much longer than twice that
_EXACT = 2**53  # floats from here on stand for several whole numbers


def id_of(value: Any) -> str | None:
    """The id as text, where the value is one: a text that isn't blank, or a whole number.

    `7`, `7.0` and `"7"` are one id: some providers write it now so, now so. A list or an object is none, nor
    is a text that could not be kept as it is: cut or cleaned, two ids might become one.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < _EXACT else None
    if isinstance(value, int):
        return str(value) if abs(value) < 10**60 else None
    if not isinstance(value, str) or not value.strip() or clean_text(value) != value:
        return None
    return value if len(value.encode()) <= MOST_BYTES else None
