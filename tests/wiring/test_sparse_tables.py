"""Tables with gaps, as nearly every export is one: every row stays itself, wherever its cells are empty."""

import json
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import dedupe
from dedupe.config import Settings
from dedupe.fetchers.files.read import read_file, read_payloads, read_table
from dedupe.fetchers.healthcheck import checkup
from dedupe.fetchers.settings import SourceSettings
from dedupe.normalizers.contacts import NormalizeSettings
from dedupe.pipeline.importing import import_file
from dedupe.wiring.files import FileOptions, match_file, normalize_file
from tests.pipeline.collecting_house import live

COLUMNS = ("name", "street", "street 2", "email", "whim", "fancy", "")
FULL = ("Ann Lee", "Elm Row 1", "Flat 2", "ann@example.org", "x", "y", "z")
EVERY_GAP = [
    [text if there else "" for text, there in zip(FULL, pattern, strict=True)]
    for pattern in product([True, False], repeat=len(COLUMNS))
    if any(pattern)
]


@pytest.fixture
def sparse(tmp_path):
    path = tmp_path / "sparse.csv"
    rows = [",".join(cells) for cells in (COLUMNS, *EVERY_GAP)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_every_pattern_of_gaps_is_normalized_and_matched(sparse):
    assert normalize_file(sparse, FileOptions(), Settings()).outputs().num_rows == len(EVERY_GAP)
    assert match_file(sparse, FileOptions(), "default", Settings()).clusters().num_rows == len(EVERY_GAP)


def test_every_pattern_of_gaps_is_imported_and_read_again_as_it_was(database, sparse):
    (report,) = import_file(database, sparse, NormalizeSettings())
    assert (report.new, report.read, report.quarantined) == (len(EVERY_GAP), len(EVERY_GAP), 0)
    assert len(live(database, "sparse")) == len(EVERY_GAP)


def test_doctor_finds_nothing_wrong_with_gaps(sparse):
    assert checkup(SourceSettings("gaps", "file", path=sparse)).works


def test_the_same_table_from_python(sparse):
    table = read_file(sparse).columns
    assert dedupe.match(table, model="default").num_rows == len(EVERY_GAP)
    assert dedupe.normalize(table).num_rows == len(EVERY_GAP)


def test_the_two_contacts_of_one_crash_are_two_again(tmp_path):
    path = tmp_path / "ann.csv"
    path.write_text("name,a,b\nAnn,,\nBo,x,\n", encoding="utf-8")
    assert read_file(path).given["custom"].to_pylist() == [None, '{"a":"x"}']


def test_objects_with_keys_of_their_own_are_rows(tmp_path):
    path = tmp_path / "people.json"
    path.write_text(json.dumps([{"name": "Ann", "a": 1}, {"name": "Bo", "b": 2}, {"name": "Cy"}]))
    assert read_file(path).given["custom"].to_pylist() == ['{"a":"1"}', '{"b":"2"}', None]


def test_a_list_with_a_null_keeps_its_other_values():
    table = pa.table({"name": ["Ann"], "emails": pa.array([["ann@example.org", None]])})
    assert [one["given"] for one in read_table(table).given["emails"][0].as_py()] == ["ann@example.org"]


cell = st.none() | st.sampled_from(["", " ", "x"]) | st.text(max_size=4)
headers = st.sampled_from(["email", "street", "city", "phone", "identifier", "given_name", "a", "b", "c"])


@settings(max_examples=40, deadline=None)
@given(st.data(), st.lists(headers, unique=True, max_size=6), st.integers(0, 5))
def test_any_sparse_table_is_read_row_for_row_and_again(data, names, rows):
    column = st.lists(cell, min_size=rows, max_size=rows)
    table = pa.table({name: pa.array(data.draw(column), pa.string()) for name in ("name", *names)})
    found = read_table(table)
    assert found.given.num_rows == rows
    stored = [
        (row["source"], row["external_id"], json.loads(row["payload"])) for row in found.raw().to_pylist()
    ]
    assert read_payloads(stored).table.to_pylist() == found.given.to_pylist()
    assert dedupe.normalize(table).num_rows == rows
