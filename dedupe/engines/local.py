"""The local engine: DuckDB for joins, which spill to disk when memory is short, and threads for batches."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from dedupe.arrays.by_value import rows_of, values_of
from dedupe.arrays.mapped import mapped, mapped_batches
from dedupe.arrays.memory import give_memory_back
from dedupe.arrays.numpy_columns import integers, pairs_of
from dedupe.engines.engine import (
    BatchFunction,
    ComponentWork,
    ContactWork,
    PairWork,
    Part,
    PartWork,
    Result,
    ValueWork,
)
from dedupe.errors import ConfigurationError
from dedupe.matching.blocking.coded_pairs import pairs_table
from dedupe.matching.blocking.exact_duplicates import contents
from dedupe.matching.features.build import Features
from dedupe.matching.features.in_blocks import features_of
from dedupe.matching.term_frequencies import TermFrequencies

BATCH = 1 << 18
"""Pairs in a batch, which bounds the memory of a thread (chosen)."""
ON_DISK_FROM = 1 << 28
"""Bytes of rows that are kept on disk: those of about 1.5 million contacts, as decision 128 has it."""
_MANY = 1 << 22
_MANY_CONTACTS = 1_000_000
"""Rows and contacts after which free memory is given back, which takes hundredths of a second (chosen)."""
_BATCHES = 32
"""Batches whose results are in memory at once (chosen)."""
_ROWS = 1 << 20
"""Rows of a result that are taken at once (chosen)."""
_WORTH_A_THREAD = 1 << 16
"""Pairs that are worth a batch of their own (chosen)."""


@dataclass(frozen=True)
class AtHand:
    """Term frequencies of this very process."""

    value: TermFrequencies


class LocalEngine:
    """An engine on this machine: all features in one memory, all rows as Arrow tables.

    `memory_limit` as DuckDB writes it ("2GB") and `threads`, for joins and batches alike, default to the
    machine's. `spill` is the folder for what doesn't fit into memory; rows of `on_disk_from` bytes wait on
    disk until they are asked for.
    """

    def __init__(
        self,
        threads: int | None = None,
        memory_limit: str | None = None,
        spill: Path | None = None,
        batch: int = BATCH,
        on_disk_from: int = ON_DISK_FROM,
    ) -> None:
        self._threads, self._batch, self._on_disk_from = threads, batch, on_disk_from
        self._config: dict[str, str | bool | int | float | list[str]] = {"preserve_insertion_order": "false"}
        if threads:
            self._config["threads"] = threads
        if memory_limit:
            self._config["memory_limit"] = memory_limit
        if spill:
            self._config["temp_directory"] = str(spill)

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        """Without tables: opening one for each statement takes longer than most statements do."""
        return duckdb.connect(config=self._config)

    def evidence(self, contacts: pa.Table, staff: bool) -> Features:
        return features_of(contacts, staff)

    def read(self, parts: int, part: Callable[[int], pa.Table]) -> None:
        """Nothing: all contacts are at hand."""
        del parts, part

    def taken_over(self, contacts: pa.Table, staff: bool) -> Features:
        return self.evidence(contacts, staff)

    def size(self, evidence: Features) -> int:
        return evidence.size

    def contents(self, evidence: Features) -> pa.Table:
        return self.keep(contents(evidence), "contents")

    def whole(
        self, evidence: Features, at_once: Callable[[Features], Result], in_parts: Callable[[], Result]
    ) -> Result:
        del in_parts  # for engines of several memories
        found = at_once(evidence)
        if evidence.size >= _MANY_CONTACTS:
            give_memory_back()
        return found

    def share(self, term_frequencies: TermFrequencies) -> AtHand:
        return AtHand(term_frequencies)

    def rows(self, table: pa.Table) -> pa.Table:
        return table

    def collect(self, rows: pa.Table) -> pa.Table:
        return rows

    def count(self, rows: pa.Table) -> int:
        return len(rows)

    def keep(self, rows: pa.Table, name: str) -> pa.Table:
        """The same rows; many of them wait on disk. Raises ConfigurationError where there is no room."""
        del name  # all tables are kept
        return rows if rows.nbytes < self._on_disk_from else mapped(rows)

    def both(self, some: pa.Table, others: pa.Table) -> pa.Table:
        return pa.concat_tables([some, others])

    def query(self, sql: str, **rows: pa.Table) -> pa.Table:
        """The rows that one SQL statement gives over the tables named in it. Raises ConfigurationError where
        memory or the spill folder is too small."""
        try:
            with self._database.cursor() as connection:
                for name, table in rows.items():
                    connection.register(name, table)
                return _tidied(self._taken(connection.sql(sql).to_arrow_reader(_ROWS)))
        except duckdb.OutOfMemoryException:
            limit = self._config.get("memory_limit", "the machine's")
            raise ConfigurationError(
                f"engine.memory_limit: {limit} is too little for this, or there is no room to spill to: "
                "allow more, or free some of the folder for temporary files (TMPDIR)"
            ) from None

    def _taken(self, told: pa.RecordBatchReader) -> pa.Table:
        """The rows of a result as they come: many go to disk at once, so that memory holds none of them."""
        batches, size, rest = [], 0, _batches(told)
        for batch in rest:
            batches.append(batch)
            size += batch.nbytes
            if size >= self._on_disk_from:
                return mapped_batches(told.schema, chain(batches, rest), size)
        return pa.Table.from_batches(batches, told.schema)

    def query_by(self, column: str, sql: str, **rows: pa.Table) -> pa.Table:
        """As `query`: of many rows those of one value after the other, so that a join holds no more."""
        if sum(table.nbytes for table in rows.values()) < self._on_disk_from:
            return self.query(sql, **rows)
        values = sorted({value for table in rows.values() for value in values_of(table, column)})
        here = ({name: rows_of(table, column, value) for name, table in rows.items()} for value in values)
        found = [self._on_disk(self.query(sql, **tables)) for tables in here]
        return pa.concat_tables(found) if found else self.query(sql, **rows)

    def pairs(self, joined: pa.Table) -> pa.Table:
        return _tidied(pairs_table(joined))

    def map(self, function: BatchFunction, rows: pa.Table) -> pa.Table:
        """What `function` makes of the rows, in their order."""
        return self._in_batches(function, rows, self._batch)

    def over(self, evidence: Features, work: ContactWork, among: pa.Table | None = None) -> pa.Table:
        if among is None:
            return _tidied(work(evidence, np.arange(evidence.size, dtype=np.int64), self.each))
        return _tidied(work(evidence, integers(among.column("contact")), self.each))

    def beside(self, pairs: pa.Table, values: pa.Table, work: ValueWork) -> pa.Table:
        value = integers(values.column(1))

        def with_values(batch: pa.Table) -> pa.Table:
            left, right = pairs_of(batch)
            return work(batch, value[left], value[right])

        return self.map(with_values, pairs)

    def judge(self, evidence: Features, pairs: pa.Table, work: PairWork) -> pa.Table:
        """What `work` tells of the pairs, in their order."""
        batch = min(self._batch, max(_WORTH_A_THREAD, -(-len(pairs) // self._cores)))
        return self._in_batches(lambda some: work(evidence, some), pairs, batch)

    def within(
        self, evidence: Features, tables: Mapping[str, pa.Table], work: ComponentWork, parts: PartWork
    ) -> pa.Table:
        del parts  # work breaks what is too large by itself
        return work(evidence, tables, self.each)

    def each(self, work: Callable[[Part], Result], parts: Sequence[Part]) -> list[Result]:
        """The results of a pure function for each part, in the order of the parts."""
        if len(parts) < 2:
            return [work(part) for part in parts]
        with ThreadPoolExecutor(self._cores) as pool:
            return list(pool.map(work, parts))

    @property
    def _cores(self) -> int:
        return self._threads or os.cpu_count() or 1

    def _in_batches(self, function: BatchFunction, rows: pa.Table, batch: int) -> pa.Table:
        """The results of so many rows each; many of them go to disk before the next are made."""
        starts = range(0, max(len(rows), 1), batch)
        groups = [starts[at : at + _BATCHES] for at in range(0, len(starts), _BATCHES)]
        found = []
        for group in groups:
            some = pa.concat_tables(self.each(function, [rows.slice(start, batch) for start in group]))
            found.append(some if len(groups) == 1 else self._on_disk(some))
        return pa.concat_tables(found)

    def _on_disk(self, rows: pa.Table) -> pa.Table:
        return mapped(rows) if rows.nbytes >= self._on_disk_from >> 4 else rows


def _batches(told: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
    """Of a result that is made while it is read; Arrow says whatever then happens in DuckDB as an OSError."""
    try:
        yield from told
    except OSError as error:
        kind = duckdb.OutOfMemoryException if "Out of Memory" in str(error) else duckdb.Error
        raise kind(str(error)) from None


def _tidied(rows: pa.Table) -> pa.Table:
    """The same rows, without what lay about while many were made."""
    if len(rows) >= _MANY:
        give_memory_back()
    return rows
