"""Where batches run: the two things the house asks of an engine.

An engine moves rows; the core judges them. It runs the plain SQL of `matching/blocking.py` over Arrow
tables and maps pure functions over batches of pairs. Another engine (Spark) needs only these two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pyarrow as pa

Judge = Callable[[pa.Table], pa.Table]
"""A pure function of a batch of pairs: the same rows in the same order, more columns."""


class Engine(Protocol):
    def query(self, sql: str, **tables: pa.Table) -> pa.Table:
        """The rows of one statement over the tables named in it."""
        ...

    def map(self, judge: Judge, pairs: pa.Table) -> pa.Table:
        """The judged batches of `pairs`, in the order of `pairs`."""
        ...
