"""Where batches run: the three things the house asks of an engine.

An engine moves rows; the core judges them. It runs the plain SQL of `matching/blocking.py` over Arrow
tables, maps pure functions over batches of pairs, and runs one on each of several parts. Another engine
(Spark) needs only these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import pyarrow as pa

Part = TypeVar("Part")
Result = TypeVar("Result")
BatchFunction = Callable[[pa.Table], pa.Table]
"""A pure function of a batch of pairs: the same rows in the same order, more columns."""


class Engine(Protocol):
    def query(self, sql: str, **tables: pa.Table) -> pa.Table:
        """The rows of one statement over the tables named in it."""
        ...

    def map(self, function: BatchFunction, pairs: pa.Table) -> pa.Table:
        """The judged batches of `pairs`, in the order of `pairs`."""
        ...

    def each(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """What a pure function makes of each part, in their order."""
        ...
