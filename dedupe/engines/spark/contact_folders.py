"""Contacts from Parquet folders and tables into Spark, numbered as one machine numbers them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark import TaskContext
from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from dedupe.arrays.numpy_columns import integers
from dedupe.engines.engine import BatchFunction, Numbers
from dedupe.engines.spark.work_folder import WorkFolder
from dedupe.engines.spark.worker_functions import CONTACTS_AT_ONCE, Batches, gathered
from dedupe.errors import InputError
from dedupe.schemas import CONTACTS, GIVEN

READ = ("source", "external_id")
_LEFT_OUT = ("blocked", "preferences", "created_at", "changed_at", "custom")
"""Fields of GIVEN that no evidence comes of."""
GIVEN_HERE = pa.schema([field for field in GIVEN if field.name not in _LEFT_OUT])
_PART, _PLACE = "sorted_part", "sorted_place"
_TABLE = re.compile(r"\w+(\.\w+){0,2}")
REPEATED = (
    "record ids are missing or repeat within a source: every row needs one of its own (one machine names "
    "such rows by their places, which rows of many files don't have)"
)


@dataclass(frozen=True)
class GivenContacts:
    """GIVEN contacts in byte order of source and external id: the number of a contact is its place."""

    rows: DataFrame
    starts: tuple[int, ...]  # of each sorted part, the number of its first contact

    def normalized(self, normalize: BatchFunction) -> DataFrame:
        """CONTACTS, numbered; `normalize` works on some of them at a time."""
        starts = np.array(self.starts, dtype=np.int64)
        kept = pa.schema([field for field in CONTACTS if field.name not in (*_LEFT_OUT, "rejected")])

        def contacts(batches: Batches) -> Batches:
            for rows in gathered(batches, CONTACTS_AT_ONCE):
                numbers = np.sort(_numbers(rows, starts))
                table = normalize(_whole(rows))
                place = table.schema.get_field_index("contact")
                table = table.set_column(place, CONTACTS.field("contact"), pa.array(numbers))
                yield from table.select(kept.names).to_batches()

        return self.rows.mapInArrow(contacts, from_arrow_schema(kept))

    def ids(self) -> DataFrame:
        """contact, source, external_id."""
        starts = np.array(self.starts, dtype=np.int64)

        def numbered(batches: Batches) -> Batches:
            for rows in gathered(batches, CONTACTS_AT_ONCE):
                columns: list[Any] = [pa.array(_numbers(rows, starts)), *(rows.column(name) for name in READ)]
                yield from pa.table(columns, names=["contact", *READ]).to_batches()

        return self.rows.mapInArrow(numbered, "contact bigint, source string, external_id string")


def rows_of(spark: SparkSession, name: str) -> DataFrame:
    """The rows of a Parquet folder or file, or of a table that the session knows by name. Raises InputError
    where there is none."""
    try:
        if _TABLE.fullmatch(name) and spark.catalog.tableExists(name):
            return spark.table(name)
        return spark.read.parquet(name)
    except AnalysisException:
        raise InputError(f"{name}: there is no Parquet folder and no table of this name") from None


def no_rows(rows: DataFrame) -> pa.Table:
    """An empty Arrow table with the columns of the rows."""
    schema: pa.Schema = to_arrow_schema(rows.schema)
    return schema.empty_table()


def given_contacts(rows: DataFrame, read: BatchFunction, folder: WorkFolder) -> GivenContacts:
    """The rows as `read` understands them. `read` gives as many rows as it takes, of schema GIVEN. Raises
    InputError where two have one source and external id."""

    def understood(batches: Batches) -> Batches:
        for some in gathered(batches, CONTACTS_AT_ONCE):
            yield from read(some).select(GIVEN_HERE.names).to_batches()

    given = rows.mapInArrow(understood, from_arrow_schema(GIVEN_HERE))
    ordered = given.repartitionByRange(*READ).sortWithinPartitions(*READ)
    schema = GIVEN_HERE.append(pa.field(_PART, pa.int32())).append(pa.field(_PLACE, pa.int64()))
    placed = folder.kept(ordered.mapInArrow(_placed, from_arrow_schema(schema)), "given contacts")
    if placed.count() > placed.select(*READ).distinct().count():
        raise InputError(REPEATED)
    sizes = {row[_PART]: row["count"] for row in placed.groupBy(_PART).count().collect()}
    counts = [sizes.get(part, 0) for part in range(max(sizes, default=-1) + 1)]
    return GivenContacts(placed, tuple(np.concatenate([[0], np.cumsum(counts)]).astype(int).tolist()))


def _placed(batches: Batches) -> Batches:
    """Each row with its sorted part and its place there."""
    context = TaskContext.get()
    part, place = context.partitionId() if context else 0, 0
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        rows = rows.append_column(_PART, pa.array(np.full(len(rows), part, dtype=np.int32)))
        rows = rows.append_column(_PLACE, pa.array(np.arange(place, place + len(rows))))
        place += len(rows)
        yield from rows.to_batches()


def _numbers(rows: pa.Table, starts: Numbers) -> Numbers:
    return np.asarray(starts[integers(rows.column(_PART))] + integers(rows.column(_PLACE)))


def _whole(rows: pa.Table) -> pa.Table:
    """GIVEN, silent where no evidence comes of a field."""
    columns = [
        pa.nulls(len(rows), field.type) if field.name in _LEFT_OUT else rows.column(field.name)
        for field in GIVEN
    ]
    return pa.table(columns, schema=GIVEN)


def conventions_of(given: GivenContacts, learn: Callable[[pa.Table], object]) -> object:
    """What `learn` makes of a table of schema GIVEN that holds every distinct birth date and phone number of
    each source."""
    births = given.rows.select("source", "birth").distinct().toArrow()
    numbers = given.rows.select("source", f.explode("phones").alias("phone"))
    written = numbers.select("source", f.col("phone.given").alias("given")).distinct().toArrow()
    return learn(pa.concat_tables([_given(births), _given(_with_phones(written))]))


def _with_phones(written: pa.Table) -> pa.Table:
    """Phone numbers (source, given) as contacts that have one each."""
    given: Any = written.column("given").combine_chunks().cast(pa.string())
    fields: list[Any] = [given, pa.nulls(len(given), pa.string())]
    phones = pa.StructArray.from_arrays(fields, names=["given", "attested"])
    each: Any = pa.array(np.arange(len(given) + 1), pa.int32())
    of_each: Any = pa.ListArray.from_arrays(each, phones)
    columns: dict[str, Any] = {"source": written.column("source"), "phones": of_each}
    return pa.table(columns)


def _given(columns: pa.Table) -> pa.Table:
    arrays = [
        columns.column(field.name).cast(field.type)
        if field.name in columns.column_names
        else pa.nulls(len(columns), field.type)
        for field in GIVEN
    ]
    return pa.table(arrays, schema=GIVEN)
