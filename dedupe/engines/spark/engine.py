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
from dedupe.engines.spark.joined_frequencies import JoinedFrequencies
from dedupe.engines.spark.pairs_of_components import broken, in_one, inside
from dedupe.engines.spark.shared_frequencies import SharedFrequencies, by_contact, shared, size_of
from dedupe.engines.spark.work_folder import WorkFolder
from dedupe.engines.spark.worker_functions import BUCKET, LEFT_VALUE, RIGHT_VALUE, TABLE
from dedupe.matching.asked_terms import ASKED_TERMS_SQL, asked_terms, terms
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
    """An engine on a Spark session; `folder` takes what is made once. Term frequencies of more bytes than
    `broadcast_limit` are joined to contacts rather than sent to every node."""

    def __init__(self, spark: SparkSession, folder: WorkFolder, broadcast_limit: int = 2 << 30) -> None:
        self.spark, self.folder, self._limit = spark, folder, broadcast_limit
        self._shared: SharedFrequencies | JoinedFrequencies | None = None
        self._joined: tuple[SparkEvidence, DataFrame] | None = None

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

    def share(self, term_frequencies: TermFrequencies) -> SharedFrequencies | JoinedFrequencies:
        """Work looks at those that were shared last."""
        known = self._shared
        if known is None or known.value is not term_frequencies:
            self._joined = None
            if size_of(term_frequencies) > self._limit:
                known = JoinedFrequencies(term_frequencies)
            else:
                known = shared(self.spark, term_frequencies, self.folder.here)
            self._shared = known
        return known

    def rows(self, table: pa.Table) -> DataFrame:
        schema = from_arrow_schema(table.schema)
        if not len(table):
            return self.spark.createDataFrame([], schema)
        # Spark takes an empty batch for the end, and leaves out all that come behind it.
        some = [batch for batch in table.to_batches() if len(batch)]
        return self.spark.createDataFrame(pa.Table.from_batches(some), schema)

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
        for name in rows:
            sql = re.sub(rf"\b(FROM|JOIN) {name}\b", rf"\1 {{{name}}}", sql)
        return self.spark.sql(sql, **rows)

    def query_by(self, column: str, sql: str, **rows: DataFrame) -> DataFrame:
        """As `query`: Spark shuffles to partitions as it is."""
        del column
        return self.query(sql, **rows)

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
        within = inside(rows, label).select(BUCKET, TABLE, "left", "right", "weight")
        members = label.select(f.col(BUCKET).alias(OF_BUCKET), "contact")
        resolve = at_workers.of_components(work, evidence.staff, names)
        told = work(_nobody(), at_workers.tables_of(_empty(rows), names), in_turn)
        found = self._with_evidence(evidence, within, members, resolve, told)
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
        contacts = self._with_counts(evidence).join(members, "contact")
        grouped = rows.groupBy(BUCKET).cogroup(contacts.groupBy(OF_BUCKET))
        return grouped.applyInArrow(function, from_arrow_schema(told.schema))

    def _with_counts(self, evidence: SparkEvidence) -> DataFrame:
        """The contacts, each with its own term frequencies where these are joined."""
        if not isinstance(self._shared, JoinedFrequencies):
            return evidence.contacts
        if self._joined is None or self._joined[0] is not evidence:
            asked, counted = self.over(evidence, _asked_terms), self.rows(terms(self._shared.value))
            mine = by_contact(self.query(ASKED_TERMS_SQL, asked=asked, terms=counted))
            self._joined = evidence, self.folder.kept(mine, "term frequencies")
        return evidence.contacts.join(self._joined[1], "contact", "left")

    def _mapped(
        self, rows: DataFrame, function: Callable[[at_workers.Batches], at_workers.Batches], told: pa.Table
    ) -> DataFrame:
        return rows.mapInArrow(function, from_arrow_schema(told.schema))


def _contents(features: Features, _contacts: Numbers, _each: Each) -> pa.Table:
    return contents(features)


def _asked_terms(features: Features, _contacts: Numbers, _each: Each) -> pa.Table:
    return asked_terms(features)


def _distinct(ends: list[DataFrame]) -> DataFrame:
    return reduce(DataFrame.union, ends).distinct()


def _empty(rows: DataFrame) -> pa.Table:
    schema: pa.Schema = to_arrow_schema(rows.schema)
    return schema.empty_table()


def _none() -> Numbers:
    return np.zeros(0, dtype=np.int64)


def _nobody() -> Features:
    return build_features(schemas.CONTACTS.empty_table())
