"""Pairs of several tables as one, and those within components, of which oversized ones are broken."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from dedupe.clustering.oversized_components import LARGEST
from dedupe.engines.engine import PartWork
from dedupe.engines.spark import worker_functions as at_workers
from dedupe.engines.spark.worker_functions import TABLE


def broken(rows: DataFrame, label: DataFrame, parts: PartWork, names: tuple[str, ...]) -> DataFrame:
    """The labels of components with those of oversized ones in parts."""
    large = label.groupBy("label").count().where(f.col("count") > LARGEST).select("label")
    oversized = inside(rows, label).join(large, "label", "left_semi")
    parted = oversized.groupBy("label").applyInArrow(
        at_workers.of_large_components(parts, names), "contact bigint, label bigint"
    )
    return label.join(large, "label", "left_anti").select("contact", "label").union(parted)


def in_one(tables: Mapping[str, DataFrame]) -> DataFrame:
    """Tables of pairs as one, with the place of the table of each row."""
    return reduce(DataFrame.unionByName, map(_of_table, range(len(tables)), tables.values()))


def _of_table(place: int, pairs: DataFrame) -> DataFrame:
    weight = f.col("weight") if "weight" in pairs.columns else f.lit(0)
    return pairs.select(
        f.lit(place).cast("tinyint").alias(TABLE), "left", "right", weight.cast("int").alias("weight")
    )


def inside(rows: DataFrame, label: DataFrame) -> DataFrame:
    """The pairs of which both contacts have one label, with it and what is known of it."""
    right = label.selectExpr("contact AS right", "label AS right_label")
    return (
        rows.join(label.withColumnRenamed("contact", "left"), "left")
        .join(right, "right")
        .where("label = right_label")
        .drop("right_label")
    )
