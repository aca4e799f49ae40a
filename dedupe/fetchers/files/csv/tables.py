"""The result of reading a file of rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from dedupe.arrays.untyped import Array


class Quarantined(NamedTuple):
    """A row that can't be read: its line in the file, why, and the line as it stands (personal data)."""

    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class TextTable:
    """Every cell as text, columns under distinct names. `payloads`: each row as it stood in the file."""

    table: pa.Table
    quarantine: tuple[Quarantined, ...]
    notes: tuple[str, ...]
    payloads: Array | None = None


def distinct(names: Sequence[str]) -> list[str]:
    """Column names, the second of a name written `name (2)`; an empty one is named by its position."""
    seen: Counter[str] = Counter()
    made: list[str] = []
    for position, name in enumerate(names, start=1):
        clean = name.strip("\ufeff \t\r\n\u00a0") or f"column {position}"
        seen[clean] += 1
        while (unique := clean if seen[clean] == 1 else f"{clean} ({seen[clean]})") in made:
            seen[clean] += 1
        made.append(unique)
    return made
