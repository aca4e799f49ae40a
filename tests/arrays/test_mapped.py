from pathlib import Path

import pyarrow as pa

from dedupe.arrays.mapped import mapped


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
