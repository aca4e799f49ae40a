from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from dedupe.clustering import clusters
from dedupe.resolution.clusters import component_parts

pytestmark = pytest.mark.spark


def test_components_of_chains_stars_and_random_graphs_are_those_of_one_machine(
    spark_engine: Any, spark_folder: Any
) -> None:
    from dedupe.engines.spark.components import components

    rng = np.random.default_rng(3)
    chain = np.arange(40)
    left = np.concatenate([chain, np.full(30, 300), rng.integers(400, 600, 120)])
    right = np.concatenate([chain + 1, np.arange(270, 300), rng.integers(400, 600, 120)])
    table = pa.table({"left": pa.array(left), "right": pa.array(right)})
    found = spark_engine.collect(components(spark_engine.rows(table), spark_folder))
    label = clusters.components(600, left, right)
    told = dict(zip(found["contact"].to_pylist(), found["label"].to_pylist(), strict=True))
    touched = set(left.tolist()) | set(right.tolist())
    loops = {one for one, other in zip(left.tolist(), right.tolist(), strict=True) if one == other}
    assert told == {number: label[number] for number in touched if number in told}
    assert touched - set(told) <= loops


def test_a_giant_component_is_broken_as_on_one_machine(spark_engine: Any, spark_folder: Any) -> None:
    from pyspark.sql import functions as f

    from dedupe.matching.model.default import default_model
    from dedupe.resolution.clusters import DecidedPairs

    model, chain = default_model(), np.arange(999)
    weight = model.link + (chain * 37) % 101
    columns: dict[str, Any] = {
        "left": pa.array(chain),
        "right": pa.array(chain + 1),
        "weight": pa.array(weight, pa.int32()),
    }
    scored, none = pa.table(columns), pa.table(columns).slice(0, 0)
    expected = component_parts(1000, scored, DecidedPairs(none, none))

    def parted(contacts: int, tables: Any) -> Any:
        decided = DecidedPairs(tables["apart"], tables["together"])
        return component_parts(contacts, tables["scored"], decided)

    from dedupe.engines.spark.pairs_of_components import broken, in_one

    tables = {"scored": scored, "apart": none, "together": none}
    rows = in_one({name: spark_engine.rows(table) for name, table in tables.items()})
    label = spark_engine.rows(pa.table({"contact": pa.array(np.arange(1000))})).withColumn(
        "label", f.lit(0).cast("long")
    )
    found = spark_engine.collect(broken(rows, label, parted, tuple(tables)))
    assert found["label"].to_pylist() == expected.tolist()
