"""A large file is read in pieces, and reads as it would in one."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from dedupe.fetchers.files.columns.rows import given_rows
from dedupe.fetchers.files.text_tables import read_parquet

COLUMNS = ("name", "phone", "phone label", "email", "company", "postcode", "born", "note")
CELLS = st.one_of(
    st.none(), st.sampled_from(["", "Ann Lee", "a@x.org;b@x.org", "fax", "+1 415 555 0100", "1"])
)


@given(st.lists(st.tuples(*[CELLS] * len(COLUMNS)), min_size=1, max_size=12), st.integers(1, 5))
def test_rows_read_in_pieces_are_those_read_at_once(rows: list[tuple[str | None, ...]], at_once: int) -> None:
    columns = zip(*rows, strict=True)
    table = pa.table(
        {name: pa.array(cells, pa.string()) for name, cells in zip(COLUMNS, columns, strict=True)}
    )
    sources, keys = pa.array(["crm"] * len(rows)), pa.array([str(row) for row in range(len(rows))])
    whole = given_rows(table, None, sources, keys)
    assert given_rows(table, None, sources, keys, at_once).equals(whole)


def test_a_parquet_file_of_many_rows_reads_as_it_would_at_once(tmp_path: Path) -> None:
    people = pa.table({"id": [1, 2, 3, 4, 5], "name": ["Ann", None, "Bo", "Cy", ""]})
    pq.write_table(people, tmp_path / "people.parquet", row_group_size=2)
    in_pieces = read_parquet(tmp_path / "people.parquet", at_once=2)
    assert in_pieces.table.equals(read_parquet(tmp_path / "people.parquet").table)


def test_objects_in_a_parquet_file_of_many_rows_are_read_by_all_their_keys(tmp_path: Path) -> None:
    people = pa.table({"id": [1, 2, 3], "name": [{"given": "Ann"}, {"family": "Lee"}, None]})
    pq.write_table(people, tmp_path / "people.parquet", row_group_size=1)
    in_pieces = read_parquet(tmp_path / "people.parquet", at_once=1)
    assert in_pieces.table.equals(read_parquet(tmp_path / "people.parquet").table)
