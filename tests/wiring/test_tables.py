"""From Python: the same results whatever kind of table it is."""

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedupe
from dedupe.errors import InputError

ROWS: dict[str, list[str | None]] = {
    "record_id": ["1", "2", "3"],
    "name": ["Ann Lee", "Anne Lee", "Bo Ek"],
    "email": ["ann.lee@example.org", "ann.lee@example.org", "bo@example.net"],
    "mobile": ["+44 7911 123456", None, "n/a"],
}


def forms():
    table = pa.table(ROWS)
    return {
        "pyarrow": table,
        "pandas": pd.DataFrame(ROWS),
        "polars": pl.DataFrame(ROWS),
        "duckdb": duckdb.from_arrow(table),
    }


@pytest.mark.parametrize("kind", ["pyarrow", "pandas", "polars", "duckdb"])
def test_any_table_that_speaks_arrow_is_matched_row_for_row(kind) -> None:
    found = dedupe.match(forms()[kind], model="default").to_pydict()
    assert found == {"record_id": ["1", "2", "3"], "cluster_id": ["1", "1", "3"]}


def test_normalized_values_come_row_for_row_with_what_was_rejected() -> None:
    found = dedupe.normalize(pa.table(ROWS)).to_pydict()
    assert found["phones"] == ["+447911123456", "", ""]
    assert "n/a" in found["rejected"][2]


def test_two_rows_are_explained_without_a_table() -> None:
    same = dedupe.explain({"name": "Ann Lee", "email": "a@x.org"}, {"name": "Anne Lee", "email": "a@x.org"})
    other = dedupe.explain({"name": "Ann Lee", "email": "a@x.org"}, {"name": "Bo Ek", "email": "b@y.net"})
    assert same.probability > 0.5 > other.probability


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="Arrow"):
        dedupe.match(3)
