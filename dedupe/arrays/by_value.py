"""Rows of a table by the value of a whole-number column, without a copy of batches that hold one value."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


def values_of(table: pa.Table, column: str) -> set[int]:
    """The values of the column; none where the table hasn't got it."""
    if column not in table.column_names:
        return set()
    return {int(value) for chunk in table.column(column).chunks for value in np.unique(chunk.to_numpy())}


def rows_of(table: pa.Table, column: str, value: int) -> pa.Table:
    """The rows with this value; all rows where the table hasn't got the column."""
    if column not in table.column_names:
        return table
    found = (_with_value(batch, column, value) for batch in table.to_batches())
    return pa.Table.from_batches([batch for batch in found if len(batch)], table.schema)


def _with_value(batch: pa.RecordBatch, column: str, value: int) -> pa.RecordBatch:
    kept = batch.column(column).to_numpy() == value
    if kept.all():
        return batch
    return batch.filter(pa.array(kept)) if kept.any() else batch.slice(0, 0)
