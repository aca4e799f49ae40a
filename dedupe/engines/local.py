"""The local engine: DuckDB for joins, which spill to disk when memory is short, and threads for batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import duckdb
import pyarrow as pa

from dedupe.engines.engine import BatchFunction, Part, Result
from dedupe.errors import ConfigurationError

BATCH = 1 << 18
"""Pairs in a batch, which bounds the memory of a thread (chosen)."""


class LocalEngine:
    """An engine on this machine.

    `memory_limit` as DuckDB writes it ("2GB") and `threads`, for joins and batches alike, default to the
    machine's. `spill` is the folder for what doesn't fit into memory.
    """

    def __init__(
        self,
        threads: int | None = None,
        memory_limit: str | None = None,
        spill: Path | None = None,
        batch: int = BATCH,
    ) -> None:
        self._threads, self._batch = threads, batch
        self._config: dict[str, str | bool | int | float | list[str]] = {"preserve_insertion_order": "false"}
        if threads:
            self._config["threads"] = threads
        if memory_limit:
            self._config["memory_limit"] = memory_limit
        if spill:
            self._config["temp_directory"] = str(spill)

    def query(self, sql: str, **tables: pa.Table) -> pa.Table:
        """The rows that one SQL statement gives over the tables named in it. Raises ConfigurationError where
        memory or the spill folder is too small."""
        try:
            with duckdb.connect(config=self._config) as connection:
                for name, table in tables.items():
                    connection.register(name, table)
                rows: pa.Table = connection.sql(sql).to_arrow_table()
                return rows
        except duckdb.OutOfMemoryException:
            limit = self._config.get("memory_limit", "the machine's")
            raise ConfigurationError(
                f"engine.memory_limit: {limit} is too little for this, or there is no room to spill to: "
                "allow more, or free some of the folder for temporary files (TMPDIR)"
            ) from None

    def map(self, function: BatchFunction, pairs: pa.Table) -> pa.Table:
        starts = range(0, max(len(pairs), 1), self._batch)
        return pa.concat_tables(self.each(function, [pairs.slice(start, self._batch) for start in starts]))

    def each(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        if len(parts) < 2:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(self._threads or os.cpu_count()) as pool:
            return list(pool.map(work, parts))
