"""Lists of ids as one text. It loads no Arrow: a lookup needs no more than this of `copying`."""

from collections.abc import Iterable
from typing import Any


def array_text(values: Iterable[Any]) -> str:
    """UUIDs or whole numbers as the text of an array, to be cast: drivers write long lists value by value."""
    return "{" + ",".join(map(str, values)) + "}"
