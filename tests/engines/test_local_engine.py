import duckdb
import pyarrow as pa
import pytest

from dedupe.engines.local import LocalEngine
from dedupe.errors import ConfigurationError
from tests.matching.normalized_contacts import pairs


def doubled(batch: pa.Table) -> pa.Table:
    return batch.append_column("sum", pa.compute.add(batch["left"], batch["right"]))


def test_batches_come_back_in_the_order_of_the_pairs() -> None:
    rows = pairs(*[(i, i + 1) for i in range(1000)])
    whole, parts = LocalEngine().map(doubled, rows), LocalEngine(batch=7).map(doubled, rows)
    assert whole.equals(parts.combine_chunks())


def test_a_statement_sees_the_tables_it_names() -> None:
    found = LocalEngine(threads=1, memory_limit="200MB").query(
        "SELECT count(*) AS n FROM people", people=pairs((1, 2))
    )
    assert found.to_pylist() == [{"n": 1}]


def test_parts_come_back_in_their_order() -> None:
    assert LocalEngine(threads=3).each(len, ["a", "", "abc", "ab"]) == [1, 0, 3, 2]


def test_rows_that_wait_on_disk_are_the_same() -> None:
    rows, engine = pairs(*((number, number + 1) for number in range(5_000))), LocalEngine(on_disk_from=1)
    before = pa.total_allocated_bytes()
    kept = engine.keep(rows, "pairs")
    assert kept is not rows
    assert kept.equals(rows)
    assert pa.total_allocated_bytes() - before < rows.nbytes / 10


def test_too_little_memory_says_which_key_allows_more() -> None:
    many = pa.table({"x": range(300_000)})
    with pytest.raises(ConfigurationError, match=r"engine\.memory_limit: 1MB is too little"):
        LocalEngine(threads=1, memory_limit="1MB").query("SELECT x, count(*) AS n FROM t GROUP BY x", t=many)


@pytest.mark.parametrize("on_disk_from", [1, 1 << 28])
def test_a_statement_over_the_rows_of_each_value_gives_what_it_gives_over_all(on_disk_from: int) -> None:
    rows = pa.table({"rule": [2, 1, 2, 1, 5], "x": [1, 2, 3, 4, 5]})
    of_both = pa.concat_tables([rows, rows.slice(4)])
    found = LocalEngine(on_disk_from=on_disk_from).query_by(
        "rule",
        "SELECT l.x AS a, r.x AS b, n.y FROM few l JOIN others r ON l.rule = r.rule CROSS JOIN names n",
        few=of_both,
        others=pa.table({"rule": [2, 7], "x": [8, 9]}),
        names=pa.table({"y": [0]}),
    )
    assert found.sort_by("a").to_pylist() == [{"a": 1, "b": 8, "y": 0}, {"a": 3, "b": 8, "y": 0}]


def test_many_rows_of_a_result_are_on_disk_at_once() -> None:
    engine, before = LocalEngine(on_disk_from=1 << 20), pa.total_allocated_bytes()
    found = engine.query("SELECT l.x AS a, r.x AS b FROM t l CROSS JOIN t r", t=pa.table({"x": range(1000)}))
    assert len(found) == 1_000_000
    assert pa.total_allocated_bytes() - before < found.nbytes / 10


@pytest.mark.parametrize("on_disk_from", [1, 1 << 40])
@pytest.mark.parametrize(
    ("says", "kind"), [("Out of Memory Error", ConfigurationError), ("Something else", duckdb.Error)]
)
def test_what_fails_while_a_result_is_read_is_told_as_what_it_is(on_disk_from, says, kind) -> None:
    many = pa.table({"x": range(3_000_000)})
    sql = f"SELECT CASE WHEN x = 2900000 THEN error('{says}') ELSE x END AS x FROM t"
    with pytest.raises(kind, match="memory_limit" if kind is ConfigurationError else says):
        LocalEngine(threads=1, on_disk_from=on_disk_from).query(sql, t=many)
