"""The engine on Apache Spark: the same rows as on one machine, to the bit, from any number of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as f
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_schema

from dedupe import schemas
from dedupe.clustering.oversized_components import LARGEST
from dedupe.engines.engine import (
    JOINING,
    BatchFunction,
    ComponentWork,
    ContactWork,
    Each,
    Numbers,
    PairWork,
    PartWork,
    Result,
    ValueWork,
    in_turn,
)
from dedupe.engines.spark import worker_functions as at_workers
from dedupe.engines.spark.components import components
from dedupe.engines.spark.shared_frequencies import SharedFrequencies, shared
from dedupe.engines.spark.work_folder import WorkFolder
from dedupe.engines.spark.worker_functions import BUCKET, LEFT_VALUE, RIGHT_VALUE, TABLE
from dedupe.matching.blocking.exact_duplicates import contents
from dedupe.matching.features.build import Features, build_features
from dedupe.matching.term_frequencies import TermFrequencies

EVIDENCE = (
    "contact", "source", "kind", "names", "emails", "phones", "identifiers", "company", "job_title_key",
    "place", "birth",
)  # fmt: skip
"""The columns of CONTACTS that features are built of."""
READ_SCHEMA = pa.schema([schemas.CONTACTS.field(name) for name in EVIDENCE]).append(
    pa.field("id", pa.string())
)
"""What is kept of contacts that workers read; `id` is of the source contact."""
PAIRS_IN_BUCKET = 50_000
"""Pairs that are judged together: they and the features of their contacts, about a kilobyte each, are in the
memory of one Python process (chosen)."""
CONTACTS_IN_BUCKET = 20_000
"""Contacts of components that are resolved together (chosen)."""
OF_BUCKET = "of_bucket"
_ORDERS = (("left", "right"), ("contact",))


@dataclass(frozen=True)
class SparkEvidence:
    """What Spark holds of contacts: `EVIDENCE`, and what each says (`exact_duplicates.CONTENTS`)."""

    contacts: DataFrame
    contents: DataFrame
    size: int
    staff: bool


class SparkEngine:
    """An engine on a Spark session; `folder` takes what is made once."""

    def __init__(self, spark: SparkSession, folder: WorkFolder) -> None:
        self.spark, self.folder = spark, folder
        self._shared: dict[int, SharedFrequencies] = {}
        self._views = 0

    def evidence(self, contacts: pa.Table, staff: bool) -> SparkEvidence:
        return self.taken_over(self.rows(contacts.select(EVIDENCE)), staff)

    def read(self, parts: int, part: Callable[[int], pa.Table]) -> DataFrame:
        """As `BatchEngine.read`: `READ_SCHEMA`, by a task for each part."""
        numbers = self.spark.range(0, parts, 1, max(parts, 1))
        schema = from_arrow_schema(READ_SCHEMA)
        return self.folder.kept(
            numbers.mapInArrow(at_workers.of_parts(part, READ_SCHEMA.names), schema), "live contacts"
        )

    def taken_over(self, contacts: DataFrame, staff: bool) -> SparkEvidence:
        kept = self.folder.kept(contacts.select(*EVIDENCE), "contacts")
        said = self._mapped(
            kept, at_workers.of_contacts(_contents, staff), _contents(_nobody(), _none(), in_turn)
        )
        return SparkEvidence(kept, self.folder.kept(said, "contents"), kept.count(), staff)

    def size(self, evidence: SparkEvidence) -> int:
        return evidence.size

    def contents(self, evidence: SparkEvidence) -> DataFrame:
        return evidence.contents

    def whole(
        self, evidence: SparkEvidence, at_once: Callable[[Features], Result], in_parts: Callable[[], Result]
    ) -> Result:
        del evidence, at_once  # no memory holds the features of all contacts
        return in_parts()

    def share(self, term_frequencies: TermFrequencies) -> SharedFrequencies:
        known = self._shared.get(id(term_frequencies))
        if known is None or known.value is not term_frequencies:
            known = shared(self.spark, term_frequencies, self.folder.here)
            self._shared[id(term_frequencies)] = known
        return known

    def rows(self, table: pa.Table) -> DataFrame:
        schema = from_arrow_schema(table.schema)
        if not len(table):
            return self.spark.createDataFrame([], schema)
        return self.spark.createDataFrame(table, schema)

    def collect(self, rows: DataFrame) -> pa.Table:
        table: pa.Table = rows.toArrow()
        for order in _ORDERS:
            if set(order) <= set(table.column_names):
                return table.sort_by([(name, "ascending") for name in order])
        return table

    def count(self, rows: DataFrame) -> int:
        return int(rows.count())

    def keep(self, rows: DataFrame, name: str) -> DataFrame:
        return self.folder.kept(rows, name)

    def both(self, some: DataFrame, others: DataFrame) -> DataFrame:
        return some.unionByName(others)

    def query(self, sql: str, **rows: DataFrame) -> DataFrame:
        self._views += 1
        for name, table in rows.items():
            view = f"{name}_{self._views}"
            table.createOrReplaceTempView(view)
            sql = re.sub(rf"\b(FROM|JOIN) {name}\b", rf"\1 {view}", sql)
        found = self.spark.sql(sql)
        for name in rows:
            self.spark.catalog.dropTempView(f"{name}_{self._views}")
        return found

    def pairs(self, joined: DataFrame) -> DataFrame:
        bits = f.bit_or(f.expr("shiftleft(CAST(1 AS BIGINT), CAST(rule AS INT))"))
        once = joined.groupBy(f.col("a").alias("left"), f.col("b").alias("right")).agg(bits.alias("rules"))
        return self.folder.kept(once, "pairs")

    def map(self, function: BatchFunction, rows: DataFrame) -> DataFrame:
        return self._mapped(rows, at_workers.of_batches(function), function(_empty(rows)))

    def over(self, evidence: SparkEvidence, work: ContactWork, among: DataFrame | None = None) -> DataFrame:
        contacts = evidence.contacts
        if among is not None:
            contacts = contacts.join(among.select("contact").distinct(), "contact", "left_semi")
        told = work(_nobody(), _none(), in_turn)
        return self._mapped(contacts, at_workers.of_contacts(work, evidence.staff), told)

    def beside(self, pairs: DataFrame, values: DataFrame, work: ValueWork) -> DataFrame:
        number, value = values.columns[:2]
        beside = pairs
        for side, name in (("left", LEFT_VALUE), ("right", RIGHT_VALUE)):
            of_side = values.select(f.col(number).alias(side), f.col(value).alias(name))
            beside = beside.join(of_side, side)
        beside = beside.select(*pairs.columns, LEFT_VALUE, RIGHT_VALUE)
        return self._mapped(beside, at_workers.of_values(work), work(_empty(pairs), _none(), _none()))

    def judge(self, evidence: SparkEvidence, pairs: DataFrame, work: PairWork) -> DataFrame:
        by_value = "value" in pairs.columns
        buckets = -(-max(pairs.count(), 1) // PAIRS_IN_BUCKET)
        # By the right one: the left of many pairs may be the first of a million exact duplicates.
        key = f.pmod(f.xxhash64("value" if by_value else "right"), f.lit(buckets))
        rows = pairs.withColumn(BUCKET, key.cast("int"))
        ends = ["contact"] if by_value else ["left", "right"]
        members = _distinct(
            [rows.select(f.col(BUCKET).alias(OF_BUCKET), f.col(end).alias("contact")) for end in ends]
        )
        told = work(_nobody(), _empty(pairs))
        return self._with_evidence(evidence, rows, members, at_workers.of_pairs(work, evidence.staff), told)

    def within(
        self,
        evidence: SparkEvidence,
        tables: Mapping[str, DataFrame],
        work: ComponentWork,
        parts: PartWork,
    ) -> DataFrame:
        names = tuple(tables)
        rows = self.folder.kept(in_one(tables), "pairs to cluster")
        joining = [place for place, name in enumerate(names) if name in JOINING]
        label = components(rows.where(f.col(TABLE).isin(joining)), self.folder)
        label = self.folder.kept(broken(rows, label, parts, names), "components")
        buckets = -(-max(label.count(), 1) // CONTACTS_IN_BUCKET)
        label = label.withColumn(BUCKET, f.pmod(f.xxhash64("label"), f.lit(buckets)).cast("int"))
        inside = _inside(rows, label).select(BUCKET, TABLE, "left", "right", "weight")
        members = label.select(f.col(BUCKET).alias(OF_BUCKET), "contact")
        resolve = at_workers.of_components(work, evidence.staff, names)
        told = work(_nobody(), at_workers.tables_of(_empty(rows), names), in_turn)
        found = self._with_evidence(evidence, inside, members, resolve, told)
        alone = evidence.contents.select("contact").join(found, "contact", "left")
        clusters = alone.selectExpr("contact", "coalesce(cluster, contact) AS cluster")
        return self.folder.kept(clusters, "clusters")

    def _with_evidence(
        self,
        evidence: SparkEvidence,
        rows: DataFrame,
        members: DataFrame,
        function: Callable[[pa.Table, pa.Table], pa.Table],
        told: pa.Table,
    ) -> DataFrame:
        """What a function tells of the rows of each bucket and the evidence of its members."""
        contacts = evidence.contacts.join(members, "contact")
        grouped = rows.groupBy(BUCKET).cogroup(contacts.groupBy(OF_BUCKET))
        return grouped.applyInArrow(function, from_arrow_schema(told.schema))

    def _mapped(
        self, rows: DataFrame, function: Callable[[at_workers.Batches], at_workers.Batches], told: pa.Table
    ) -> DataFrame:
        return rows.mapInArrow(function, from_arrow_schema(told.schema))


def broken(rows: DataFrame, label: DataFrame, parts: PartWork, names: tuple[str, ...]) -> DataFrame:
    """The labels of components with those of oversized ones in parts."""
    large = label.groupBy("label").count().where(f.col("count") > LARGEST).select("label")
    oversized = _inside(rows, label).join(large, "label", "left_semi")
    parted = oversized.groupBy("label").applyInArrow(
        at_workers.of_large_components(parts, names), "contact bigint, label bigint"
    )
    return label.join(large, "label", "left_anti").select("contact", "label").union(parted)


def _contents(features: Features, _contacts: Numbers, _each: Each) -> pa.Table:
    return contents(features)


def _distinct(ends: list[DataFrame]) -> DataFrame:
    return reduce(DataFrame.union, ends).distinct()


def in_one(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Tables of pairs as one, with the place of the table of each row."""
    return reduce(DataFrame.unionByName, map(_of_table, range(len(tables)), tables.values()))


def _of_table(place: int, pairs: DataFrame) -> DataFrame:
    weight = f.col("weight") if "weight" in pairs.columns else f.lit(0)
    return pairs.select(
        f.lit(place).cast("tinyint").alias(TABLE), "left", "right", weight.cast("int").alias("weight")
    )


def _inside(rows: DataFrame, label: DataFrame) -> DataFrame:
    """The pairs of which both contacts have one label, with it and what is known of it."""
    right = label.selectExpr("contact AS right", "label AS right_label")
    return (
        rows.join(label.withColumnRenamed("contact", "left"), "left")
        .join(right, "right")
        .where("label = right_label")
        .drop("right_label")
    )


def _empty(rows: DataFrame) -> pa.Table:
    schema: pa.Schema = to_arrow_schema(rows.schema)
    return schema.empty_table()


def _none() -> Numbers:
    return np.zeros(0, dtype=np.int64)


def _nobody() -> Features:
    return build_features(schemas.CONTACTS.empty_table())
