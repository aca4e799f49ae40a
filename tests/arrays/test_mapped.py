from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from dedupe.arrays.mapped import WORTH_ITS_OWN_FILE, aside, gathered, mapped, with_mapped_arrays
from dedupe.errors import ConfigurationError


def test_a_mapped_table_is_the_same_and_leaves_nothing_behind(tmp_path: Path) -> None:
    table = pa.table({"name": ["Ann", None, ""], "keys": [["a", "b"], [], None]})
    on_disk = mapped(table, tmp_path)
    assert not list(tmp_path.iterdir())
    assert on_disk.equals(table)


def test_a_mapped_table_takes_no_memory_of_arrows(tmp_path: Path) -> None:
    table = pa.table({"number": range(100_000)})
    before = pa.total_allocated_bytes()
    on_disk = mapped(table, tmp_path)
    assert pa.total_allocated_bytes() - before < on_disk.nbytes / 10


def test_tables_that_are_gathered_are_the_same_in_memory_and_on_disk(tmp_path: Path) -> None:
    parts = [pa.table({"name": [f"Ann {at}"] * 1000, "keys": [[str(at)]] * 1000}) for at in range(20)]
    whole = pa.concat_tables(parts)
    for on_disk_from in (1, parts[0].nbytes * 5, 1 << 30):
        assert gathered(iter(parts), whole.schema, on_disk_from, tmp_path).equals(whole)
    assert gathered(iter([]), whole.schema) == whole.slice(0, 0)
    assert not list(tmp_path.iterdir())


def test_tables_that_are_gathered_are_let_go_as_they_are_written(tmp_path: Path) -> None:
    def parts() -> Iterator[pa.Table]:
        for at in range(20):
            highest.append(pa.total_allocated_bytes() - before)
            yield pa.table({"number": pa.array(np.arange(100_000) + at)})

    before, highest = pa.total_allocated_bytes(), list[int]()
    found = gathered(parts(), pa.schema([("number", pa.int64())]), 3 * 800_000, tmp_path)
    assert len(found) == 2_000_000
    assert max(highest) <= 4 * 800_000


def test_a_folder_that_takes_no_file_is_named() -> None:
    numbers = np.arange(200_000)
    for write in (
        lambda: mapped(pa.table({"a": pa.array(numbers)}), NOWHERE),
        lambda: columns_aside(numbers, NOWHERE),
    ):
        with pytest.raises(ConfigurationError, match=r"TMPDIR\) takes no 1 MB: No such file"):
            write()


NOWHERE = Path("/nowhere/at/all")


def columns_aside(numbers: npt.NDArray[np.int64], folder: Path) -> "Columns":
    return with_mapped_arrays(Columns(3, Column(numbers, pa.array([""]))), folder)


@dataclass(frozen=True)
class Column:
    numbers: npt.NDArray[np.int64]
    texts: pa.StringArray


@dataclass(frozen=True)
class Columns:
    size: int
    column: Column


def test_the_arrays_of_a_dataclass_are_the_same_on_disk(tmp_path: Path) -> None:
    numbers, texts = np.arange(200_000), pa.array([f"é{number}" for number in range(200_000)])
    on_disk = with_mapped_arrays(Columns(3, Column(numbers, texts)), tmp_path)
    assert not list(tmp_path.iterdir())
    assert on_disk.size == 3
    assert on_disk.column.texts.equals(texts)
    assert (on_disk.column.numbers == numbers).all()
    on_disk.column.numbers[0] = 7  # of this process alone
    assert on_disk.column.numbers[0] == 7


@dataclass(frozen=True)
class Many:
    columns: tuple[()]
    first: Column
    second: Column
    numbers: npt.NDArray[np.int16]


def test_many_arrays_take_one_file(tmp_path: Path) -> None:
    def column(start: int) -> Column:
        numbers = np.arange(start, start + 200_001)
        return Column(numbers, pa.array([f"{number}é" for number in numbers.tolist()] + [None]))

    opened, value = len(list(OPEN.iterdir())), Many((), column(0), column(7), np.ones((600_001, 2), np.int16))
    on_disk = with_mapped_arrays(value, tmp_path)
    assert len(list(OPEN.iterdir())) == opened + 1
    for mine, theirs in ((on_disk.first, value.first), (on_disk.second, value.second)):
        assert (mine.numbers == theirs.numbers).all()
        assert mine.texts.equals(theirs.texts)
    assert (on_disk.numbers == value.numbers).all()


OPEN = Path("/proc/self/fd")


@dataclass(frozen=True)
class Words:
    words: npt.NDArray[np.object_]


def test_python_objects_stay_in_memory(tmp_path: Path) -> None:
    words = np.array([f"word {number}" for number in range(200_000)], dtype=object)
    assert with_mapped_arrays(Words(words), tmp_path).words.tolist() == words.tolist()


@pytest.mark.parametrize("rows", [3, WORTH_ITS_OWN_FILE // 8])
def test_an_array_that_is_put_aside_is_the_same(rows: int) -> None:
    numbers, texts = np.arange(rows), pa.array(np.arange(rows)).cast(pa.string())
    assert np.array_equal(aside(numbers), numbers)
    assert aside(texts).equals(texts)
    large = rows * 8 >= WORTH_ITS_OWN_FILE
    assert (aside(numbers) is not numbers) == large


def test_a_large_array_that_is_put_aside_takes_no_memory_of_arrows() -> None:
    texts = pa.array(["x" * 99] * (WORTH_ITS_OWN_FILE // 99))
    before = pa.total_allocated_bytes()
    kept = aside(texts)
    del texts
    assert pa.total_allocated_bytes() < before - WORTH_ITS_OWN_FILE // 2
    assert len(kept) == WORTH_ITS_OWN_FILE // 99
