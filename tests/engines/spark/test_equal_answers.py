"""Spark's answer is that of one machine, to the bit."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest

from dedupe.engines.local import LocalEngine
from dedupe.matching.model.default import default_model
from dedupe.pipeline.record_linkage import MatchSettings, learn, match_prepared, prepare
from tests.matching.normalized_contacts import contact, contacts, pairs, unrelated_people

pytestmark = pytest.mark.spark


def town() -> pa.Table:
    """People known twice, an office with one line, an import that ran a hundred times, blank contacts,
    dates that stand for none, families."""
    people = unrelated_people(300)
    twice = [{**row, "emails": other["emails"]} for row, other in pairwise(people)]
    office = [{**row, "phones": contact(phone="+14155550100")["phones"]} for row in people[:120]]
    again = [contact("ann lee", email="ann@lee.org")] * 100
    staff = [{**row, "kind": "staff"} for row in people[:5]]
    blank = [contact()] * 70 + [contact(birth="1900-01-01")] * 40
    return contacts(*people, *twice[:150], *office, *again, *staff, *blank, *families())


def families() -> list[dict[str, Any]]:
    """Fathers and sons of one name at one mailbox and line, by what their names or birth dates say."""
    said: list[dict[str, Any]] = [
        {"suffix": suffix, "birth": birth}
        for suffix in ("sr", "jr", "ii", None)
        for birth in ("1950-06-07", "1980-02-03", "1900-01-01", None)
    ]
    return [
        contact(name, email=f"{name.split()[-1]}@home.net", phone=phone, **each)
        for name, phone in (("ann ray", "+14155550111"), ("bob orr", "+14155550122"))
        for each in said
    ]


NOTHING_IS_BROADCAST = 0


@pytest.mark.parametrize("broadcast_limit", [1 << 30, NOTHING_IS_BROADCAST])
def test_pairs_counts_model_weights_and_clusters_are_those_of_one_machine(
    spark: Any, spark_folder: Any, broadcast_limit: int
) -> None:
    from dedupe.engines.spark.engine import SparkEngine

    spark_engine = SparkEngine(spark, spark_folder, broadcast_limit)
    table, settings, start = town(), MatchSettings(staff=True), default_model()
    apart, together = pairs((0, 300), (2, 302)), pairs((5, 9), (9, 40))
    here, there = (prepare(table, settings, one) for one in (LocalEngine(), spark_engine))
    assert spark_engine.collect(there.pairs).equals(here.pairs)
    assert there.term_frequencies.to_table().equals(here.term_frequencies.to_table())
    assert there.report == here.report
    by_one = learn(here, start, settings, LocalEngine())
    by_spark = learn(there, start, settings, spark_engine)
    assert by_spark.model.to_json() == by_one.model.to_json()
    assert by_spark.report == by_one.report
    one = match_prepared(here, by_one.model, apart, together, LocalEngine())
    other = match_prepared(there, by_spark.model, apart, together, spark_engine)
    for part in ("scored", "links", "candidates", "clusters", "context"):
        assert getattr(other, part).equals(getattr(one, part)), part
    assert other.report == one.report


def test_no_row_of_a_table_is_lost_behind_an_empty_chunk(spark_engine: Any) -> None:
    chunks = [pairs((0, 1)), pairs(), pairs((2, 3), (4, 5))]
    found = spark_engine.collect(spark_engine.rows(pa.concat_tables(chunks)))
    assert found["left"].to_pylist() == [0, 2, 4]
