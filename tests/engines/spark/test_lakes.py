"""`match --engine spark`: Parquet folders in and out, and what can't be read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dedupe.cli.main import main
from dedupe.config import Settings
from dedupe.errors import ConfigurationError, InputError
from dedupe.wiring.files import AUTO, DEFAULT, FileOptions, match_file
from dedupe.wiring.lakes import Lake, match_lake

pytestmark = pytest.mark.spark


def rows(start: int, count: int) -> dict[str, list[str]]:
    """Every person twice, under ids of several scripts."""
    numbers = range(start, start + count)
    return {
        "record_id": [f"{'éz日'[number % 3]}{number}" for number in numbers],
        "full_name": [
            f"Anna{'abcdefghij'[number // 2 % 10]} Lindq{'uvwxyz'[number // 2 % 6]}ist" for number in numbers
        ],
        "email": [f"anna{number // 2}@lindq.org" for number in numbers],
        "phone": [f"+1 415 555 {number // 2 % 10000:04}" for number in numbers],
    }


def written(folder: Path, *parts: dict[str, list[Any]]) -> Path:
    folder.mkdir(parents=True)
    for number, part in enumerate(parts):
        pq.write_table(pa.table(part), folder / f"part-{number}.parquet")
    return folder


def lake(folder: Path, output: Path, **more: Any) -> Lake:
    return Lake(str(folder), str(output), master=None, work=str(output.parent), **more)


def by_id(table: pa.Table) -> list[Any]:
    return sorted(zip(*table.to_pydict().values(), strict=True))


def test_a_folder_gives_the_clusters_and_pairs_of_one_file(spark: Any, tmp_path: Path) -> None:
    folder = written(tmp_path / "in" / "people", rows(100, 60), rows(0, 100))
    whole = tmp_path / "people.parquet"
    pq.write_table(pq.read_table(folder), whole)
    outputs = tmp_path / "clusters", tmp_path / "pairs"
    found = match_lake(lake(folder, outputs[0], pairs=str(outputs[1])), FileOptions(), AUTO, Settings())
    expected = match_file(whole, FileOptions(), AUTO, Settings())
    assert by_id(pq.read_table(outputs[0])) == by_id(expected.clusters())
    assert by_id(pq.read_table(outputs[1])) == by_id(expected.pairs())
    assert (found.records, found.people, found.links) == (
        160,
        expected.people(),
        len(expected.matching.links),
    )
    assert not list(tmp_path.glob("contact-dedupe-*"))


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([rows(0, 5), rows(4, 5)], "record ids are missing or repeat"),
        ([{**rows(0, 5), "record_id": ["a", "a", "b", "c", "d"]}], "record ids are missing or repeat"),
        ([{**rows(0, 3), "record_id": ["a", None, "b"]}], "record ids are missing or repeat"),
        ([{"email": ["a@x.org"]}], "no column holds record ids"),
        ([{"record_id": ["a"], "colour": ["red"]}], "no column name of the table is known"),
        ([rows(0, 3), {**rows(5, 3), "phone": [[1], [2], [3]]}], "another type in one of the Parquet files"),
    ],
)
def test_a_folder_that_cant_be_matched_is_told_and_leaves_nothing(
    spark: Any, tmp_path: Path, parts: list[dict[str, list[Any]]], said: str
) -> None:
    folder = written(tmp_path / "people", *parts)
    with pytest.raises(InputError, match=said):
        match_lake(lake(folder, tmp_path / "out"), FileOptions(), DEFAULT, Settings())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people"]


def test_an_output_that_is_there_and_an_input_that_isnt_are_told(spark: Any, tmp_path: Path) -> None:
    folder = written(tmp_path / "people", rows(0, 3))
    with pytest.raises(InputError, match="there already"):
        match_lake(lake(folder, folder), FileOptions(), DEFAULT, Settings())
    with pytest.raises(InputError, match="no Parquet folder and no table"):
        match_lake(lake(tmp_path / "nowhere", tmp_path / "out"), FileOptions(), DEFAULT, Settings())


def test_a_table_is_known_by_its_name(spark: Any, tmp_path: Path) -> None:
    from dedupe.engines.spark.contact_folders import rows_of

    spark.read.parquet(str(written(tmp_path / "people", rows(0, 4)))).createOrReplaceTempView("people_here")
    assert rows_of(spark, "people_here").count() == 4


def test_without_java_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from dedupe.engines.spark.session import session

    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigurationError, match="apt install openjdk"), session("local[1]", {}):
        pass


def test_a_master_that_doesnt_answer_is_named() -> None:
    from dedupe.engines.spark.session import session

    with pytest.raises(ConfigurationError, match="is a master running"), session("spark://127.0.0.1:9", {}):
        pass


@pytest.mark.parametrize("missing", ["pandas", "grpc", "grpc_status", "zstandard"])
def test_spark_connect_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    from dedupe.engines.spark.session import session

    there = {"pandas", "grpc", "grpc_status", "zstandard"} - {missing}
    monkeypatch.setattr("importlib.util.find_spec", there.__contains__)
    with pytest.raises(ConfigurationError, match=r"pyspark\[connect\]"), session("sc://127.0.0.1:9", {}):
        pass


def test_another_pyspark_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyspark

    from dedupe.engines.spark.session import session

    monkeypatch.setattr(pyspark, "__version__", "3.5.1")
    with pytest.raises(ConfigurationError, match=r"4\.x is needed"), session("local[1]", {}):
        pass


def test_workers_of_another_release_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from dedupe.engines.spark import worker_functions

    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(worker_functions, "__version__", "0.0.7")
        work = worker_functions.of_batches(lambda rows: rows)  # as the driver makes it
    with pytest.raises(ConfigurationError, match=r"and here is 0\.0\.7: install the same"):
        list(work(iter([])))


def test_the_command_says_each_stage_and_what_it_found(
    spark: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = written(tmp_path / "people", rows(0, 40))
    asked = [
        "match",
        str(folder),
        "--output",
        str(tmp_path / "out"),
        "--engine",
        "spark",
        "--model",
        "default",
    ]
    monkeypatch.setattr("sys.argv", ["dedupe", *asked, "--work-folder", str(tmp_path)])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capfd.readouterr().err
    assert ended.value.code == 0
    assert "scored pairs" in said
    assert "40 records, 20 people" in said
