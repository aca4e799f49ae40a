"""Clusters and pairs out of Spark as Parquet folders, contacts named by their record ids."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as f

from dedupe.arrays.numpy_columns import integers
from dedupe.arrays.units import BIT
from dedupe.engines.spark.worker_functions import ROWS_AT_ONCE, Batches, gathered
from dedupe.matching.model.match_model import MatchModel


def record_ids(ids: DataFrame) -> DataFrame:
    """contact, record_id of contacts (contact, source, external_id): `source:id` where several sources use
    the same ids."""
    distinct = ids.select("external_id").distinct().count() == ids.count()
    named = f.col("external_id") if distinct else f.concat_ws(":", "source", "external_id")
    return ids.select("contact", named.alias("record_id"))


def clusters_by_id(clusters: DataFrame, ids: DataFrame) -> DataFrame:
    """record_id, cluster_id; a cluster is named by its smallest record id, in byte order."""
    members = clusters.join(ids, "contact")
    names = members.groupBy("cluster").agg(f.min("record_id").alias("cluster_id"))
    return members.join(names, "cluster").select("record_id", "cluster_id")


def pairs_by_id(scored: DataFrame, ids: DataFrame, model: MatchModel) -> DataFrame:
    """left_id, right_id, probability, weight (bits) of scored pairs."""
    rows = scored.select("left", "right", "weight")
    for side in ("left", "right"):
        rows = rows.join(
            ids.select(f.col("contact").alias(side), f.col("record_id").alias(f"{side}_id")), side
        )

    def told(batches: Batches) -> Batches:
        for some in gathered(batches, ROWS_AT_ONCE):
            weight = integers(some.column("weight")).astype(np.int32)
            columns: dict[str, Any] = {
                "left_id": some.column("left_id"),
                "right_id": some.column("right_id"),
                "probability": pa.array(np.round(model.calibration.probability(weight), 6)),
                "weight": pa.array(np.round(weight / BIT, 3)),
            }
            yield from pa.table(columns).to_batches()

    return rows.mapInArrow(told, "left_id string, right_id string, probability double, weight double")
