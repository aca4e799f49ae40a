"""From Python: the same results whatever kind of table it is."""

import doctest
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import dedupe
from dedupe.arrays.units import BIT
from dedupe.config import Settings
from dedupe.errors import InputError
from dedupe.simulators.population.export import batches, write_csv
from dedupe.simulators.population.population import population
from dedupe.wiring.files import FileOptions, match_file

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


def test_a_budget_of_nothing_links_nobody() -> None:
    found = dedupe.match(pa.table(ROWS), model="default", max_wrong_merges=0)
    assert found["cluster_id"].to_pylist() == ["1", "2", "3"]


def test_a_budget_that_is_no_share_is_refused() -> None:
    with pytest.raises(InputError, match="from 0 to 1"):
        dedupe.match(pa.table(ROWS), max_wrong_merges=5)


def test_normalized_values_come_row_for_row_with_what_was_rejected() -> None:
    found = dedupe.normalize(pa.table(ROWS)).to_pydict()
    assert found["phones"] == ["+447911123456", "", ""]
    assert "n/a" in found["rejected"][2]


def test_two_rows_are_explained_without_a_table() -> None:
    same = dedupe.explain({"name": "Ann Lee", "email": "a@x.org"}, {"name": "Anne Lee", "email": "a@x.org"})
    other = dedupe.explain({"name": "Ann Lee", "email": "a@x.org"}, {"name": "Bo Ek", "email": "b@y.net"})
    assert same.probability > 0.5 > other.probability


def test_two_rows_among_their_table_are_read_by_its_conventions() -> None:
    dates = [f"12/{day}/1980" for day in range(13, 31)]
    table = pa.table({"name": [f"Ann Lee{day}" for day in range(len(dates))], "birth_date": dates})
    left, right = (
        {"name": "Ann Lee", "birth_date": "3/4/1980"},
        {"name": "Ann Lee", "birth_date": "1980-03-04"},
    )
    explained = dedupe.explain(left, right, among=table, model="default")
    assert {step.fact: step.level for step in explained.steps}["birth"] == "same"


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(InputError, match="Arrow"):
        dedupe.match(3)


PAGE = Path(__file__).parents[2] / "docs" / "python.md"


def test_the_examples_of_the_page_run_as_printed() -> None:
    flags = doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL
    found = doctest.testfile(str(PAGE), module_relative=False, optionflags=flags)
    assert found.attempted > 15
    assert found.failed == 0


def test_importing_the_package_imports_nothing_else() -> None:
    heavy = "{'pandas', 'polars', 'pyarrow', 'duckdb', 'numpy', 'altair'}"
    check = f"import sys, dedupe; sys.exit(bool({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0


@pytest.fixture
def town(tmp_path) -> tuple[Path, pa.Table]:
    people = population(120, seed=4)
    path = tmp_path / "town.csv"
    write_csv(people, path)
    return path, pa.Table.from_batches(batches(people))


@pytest.mark.parametrize("model", ["auto", "default"])
def test_a_table_is_matched_as_the_file_of_the_same_rows_is(town, model) -> None:
    path, table = town
    found = match_file(path, FileOptions(region="US"), model, Settings()).clusters()
    assert dedupe.match(table, model=model, region="US").equals(found)


def test_two_rows_among_their_table_weigh_as_in_its_pairs(town) -> None:
    path, table = town
    pair = match_file(path, FileOptions(region="US"), "auto", Settings()).pairs().to_pylist()[0]
    row_of = {row["record_id"]: row for row in table.to_pylist()}
    left, right = (row_of[pair[side]] for side in ("left_id", "right_id"))
    explained = dedupe.explain(left, right, among=table, region="US")
    assert round(explained.weight / BIT, 3) == pair["weight"]
    assert round(explained.probability, 6) == pair["probability"]


def test_rows_of_a_data_frame_are_explained_with_their_gaps() -> None:
    rows: list[Any] = pd.DataFrame(ROWS).to_dict("records")
    assert dedupe.explain(rows[0], rows[1]).probability > 0.5


def test_a_column_of_text_and_numbers_is_refused_with_advice() -> None:
    frame = pd.DataFrame({"name": ["Ann Lee", "Bo Ek"], "phone": ["+44 7911 123456", 4915123456789]})
    with pytest.raises(InputError, match="all text"):
        dedupe.match(frame)
    with pytest.raises(InputError, match="all text"):
        dedupe.explain({"phone": "1"}, {"phone": 1})
