"""The protocol of an engine: the three operations that the pipeline needs from what runs its batches.

An engine moves rows and decides nothing about them. It runs the plain SQL of `matching/blocking` over Arrow
tables, maps pure functions over batches of pairs, and runs a pure function on each of several parts. Another
engine (Spark) needs only these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import pyarrow as pa

Part = TypeVar("Part")
Result = TypeVar("Result")
BatchFunction = Callable[[pa.Table], pa.Table]
"""A pure function of a batch of pairs that gives the same rows in the same order with more columns."""


class Engine(Protocol):
    """What runs the batches of a pipeline."""

    def query(self, sql: str, **tables: pa.Table) -> pa.Table:
        """The rows that one SQL statement gives over the tables named in it."""
        ...

    def map(self, function: BatchFunction, pairs: pa.Table) -> pa.Table:
        """`pairs` with the columns that `function` adds, batch by batch, in the order of `pairs`."""
        ...

    def each(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """The results of a pure function for each part, in the order of the parts."""
        ...
