"""Tables as files for other programs, written part by part: CSV or Parquet, by the suffix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from dedupe.arrays.formulas import as_text
from dedupe.cli.outputs import replaced_by_force, whole
from dedupe.errors import InputError

SUFFIXES = (".csv", ".parquet")
Write = Callable[[pa.Table], None]


def new_file(path: Path, force: bool) -> Path:
    """The path, where such a table may be written. Raises InputError for another suffix, and for a file that
    is there unless `force`."""
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"{path}: name it *.csv or *.parquet, as it is to be written")
    return replaced_by_force(path, force)


@contextmanager
def writing(path: Path, schema: pa.Schema) -> Iterator[Write]:
    """What writes tables of the schema, one after the other; the file is there once all of it is."""
    with whole(path) as place:
        if path.suffix.lower() == ".parquet":
            with pq.ParquetWriter(str(place), schema, compression="zstd") as parquet:
                yield parquet.write_table
            return
        plain = _as_csv(schema.empty_table()).schema
        options = pacsv.WriteOptions(quoting_style="needed")
        with pacsv.CSVWriter(str(place), plain, write_options=options) as csv:
            yield lambda rows: csv.write_table(_as_csv(rows))


def _as_csv(rows: pa.Table) -> pa.Table:
    """The rows with lists joined by `;`, times in ISO 8601, and no cell that a spreadsheet would take for a
    formula."""
    return pa.table([_cells(column) for column in rows.columns], names=rows.schema.names)


def _cells(column: Any) -> Any:
    kind = column.type
    if pa.types.is_list(kind):
        return as_text(pc.binary_join(column, pa.scalar(";", kind.value_type)))
    if pa.types.is_timestamp(kind):
        return pc.strftime(column, "%Y-%m-%dT%H:%M:%SZ")
    return as_text(column) if pa.types.is_large_string(kind) else column
