"""Work on many rows at once; of rows that bring a bug to light leave out those, and only those.

for made in halving(rows, work, failed): …      what `work` makes of all rows but those told to `failed`
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from dedupe.errors import OF_ALL

Row = TypeVar("Row")
Made = TypeVar("Made")


def halving(
    rows: Sequence[Row], work: Callable[[Sequence[Row]], Made], failed: Callable[[Row, Exception], None]
) -> Iterator[Made]:
    """All at once; where that fails, each half by itself, down to the single rows at fault.

    `work` must be a pure function of each row. What is no single row's (memory, the database) rises.
    """
    waiting = [rows] if rows else []
    while waiting:
        part = waiting.pop()
        try:
            made = work(part)
        except OF_ALL:
            raise
        except Exception as error:  # noqa: BLE001  told by `failed`, which counts it
            if len(part) == 1:
                failed(part[0], error)
            else:
                middle = len(part) // 2
                waiting += [part[middle:], part[:middle]]
            continue
        yield made
