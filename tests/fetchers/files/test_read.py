import contextlib
import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.fetchers.files.columns.contacts import given_columns, json_objects
from dedupe.fetchers.files.columns.interpretation import Understood
from dedupe.fetchers.files.read import FileRead, read_file, read_payloads
from dedupe.schemas import GIVEN


@pytest.fixture
def read(tmp_path):
    def made(text: str | bytes, name: str = "people.csv", **options) -> FileRead:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        found = read_file(path, **options)
        found.given.validate(full=True)
        assert found.given.schema == GIVEN
        return found

    return made


def emails(found: FileRead) -> list[list[str]]:
    return [[one["given"] for one in row or []] for row in found.given["emails"].to_pylist()]


def full_names(found: FileRead) -> list[str | None]:
    return [row[0]["full"] if row else None for row in found.given["names"].to_pylist()]


def test_the_usual_spellings_are_understood(read):
    found = read("ID,First Name,surname,E-Mail,Mobile,zip,DOB\n7,Ann,Lee,a@x.org,+1 555,123,1/2/1990\n")
    row = found.given.to_pylist()[0]
    assert (row["external_id"], row["names"][0]["given"], row["names"][0]["family"]) == ("7", "Ann", "Lee")
    assert (row["postcode"], row["birth"]) == ("123", "1/2/1990")
    assert row["phones"][0]["given"] == "+1 555"


def test_a_mapping_goes_before_the_spellings(read):
    found = read("id,who,ref\n1,Ann,A-7\n", mapping={"who": "full_name", "ref": "identifier:erp"})
    assert full_names(found) == ["Ann"]
    assert found.given["identifiers"][0].as_py()[0]["namespace"] == "erp"


def test_several_values_in_a_cell_are_split(read):
    found = read("name,email,email 2,identifier\nAnn,a@x.org; b@x.org,c@x.org,erp:1;vat:2;3\n")
    assert emails(found) == [["a@x.org", "b@x.org", "c@x.org"]]
    ids = [(one["namespace"], one["given"]) for one in found.given["identifiers"][0].as_py()]
    assert ids == [("erp", "1"), ("vat", "2"), ("identifier", "3")]


def test_the_source_column_goes_before_the_source_given(read):
    found = read("id,name,source\n1,Ann,crm\n2,Bob,\n", source="import")
    assert found.given["source"].to_pylist() == ["crm", "import"]


def test_other_columns_are_custom_and_within_reach(read):
    found = read("id,name,truth_id\n1,Ann,p1\n2,Bob,\n")
    assert found.column("truth_id").to_pylist() == ["p1", ""]
    assert found.given["custom"].to_pylist() == ['{"truth_id":"p1"}', None]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252", "cp1251"])
def test_encodings_are_found(read, encoding):
    name = "Юрий Гагарин Звёздный" if encoding == "cp1251" else "José Müller Çelik"
    rows = "".join(f"{number};{name};Straße\n" for number in range(40)) if encoding != "cp1251" else ""
    rows = rows or "".join(f"{number};{name} улица Ленина;x\n" for number in range(40))
    found = read(f"id;name;ort\n{rows}".encode(encoding))
    assert found.given.num_rows == 40
    assert (full_names(found)[0] or "").startswith(name)


def test_a_foreign_byte_in_a_utf8_file_costs_no_row(read):
    found = read("id,name\n1,José\n2,Müller\n".encode() + b"3,Jos\xe9\n")
    assert full_names(found) == ["José", "Müller", "José"]
    assert any("Windows-1252" in note for note in found.notes)


def test_broken_rows_are_quarantined_with_their_line(read):
    text = 'id,name,email\n1,Ann,a@x\n2,too,many,cells\n3,few\n4,"open,x\n5,"two\nlines",b@x\n6,Zoe,z@x,\n'
    found = read(text)
    assert [(one.line, one.text.partition(",")[0]) for one in found.quarantine] == [(3, "2"), (5, "4")]
    assert found.given["external_id"].to_pylist() == ["1", "3", "5", "6"]
    assert full_names(found) == ["Ann", "few", "two\nlines", "Zoe"]


def test_no_header_is_a_clear_error(read):
    with pytest.raises(InputError, match=r"people\.csv: no header") as error:
        read("1,Ann Lee,a@x.org\n2,Bob,b@x.org\n")
    assert "a@x.org" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "text"), [("a.csv", ""), ("a.csv", "\n\n"), ("a.jsonl", "x\n"), ("a.vcf", "x")]
)
def test_a_file_without_contacts_names_itself(read, name, text):
    with pytest.raises(InputError, match=name):
        read(text, name=name)


def test_a_missing_file_names_itself(tmp_path):
    with pytest.raises(InputError, match=r"gone\.csv"):
        read_file(tmp_path / "gone.csv")


def test_duplicate_record_ids_are_kept_apart_and_said(read):
    found = read("id,name\n1,Ann\n1,Ann\n1,Bob\n2,Cy\n")
    assert found.given["external_id"].to_pylist() == ["1", "1#2", "2"]
    assert full_names(found) == ["Ann", "Bob", "Cy"]
    assert sum("record id" in note or "same id" in note for note in found.notes) == 2


def test_rows_without_an_id_are_named_by_content_for_imports(read):
    first = read("name\nAnn\nBob\n", ids="content").given["external_id"].to_pylist()
    again = read("name\nBob\nAnn\n", ids="content").given["external_id"].to_pylist()
    assert sorted(first) == sorted(again)
    assert read("name\nAnn\n").given["external_id"].to_pylist() == ["row:1"]


def test_nul_is_replaced_and_said(read):
    found = read("id,name\n1,A\0n\n")
    assert full_names(found) == ["A�n"]
    assert found.cleaned[0].field == "name"


def test_json_lines(read):
    lines = ['{"id":1,"name":"Ann","emails":["a@x","b@x"],"extra":{"k":[1]}}', "broken", "[1]", '{"id":"2"}']
    found = read("\n".join(lines), name="people.jsonl")
    assert emails(found) == [["a@x", "b@x"], []]
    assert [one.line for one in found.quarantine] == [2, 3]
    assert json.loads(found.given["custom"][0].as_py()) == {"extra": '{"k":[1]}'}


def test_parquet(tmp_path):
    path = tmp_path / "people.parquet"
    columns: dict[str, list[Any]] = {
        "id": [1, 2],
        "name": ["Ann", None],
        "phones": [["1", "2"], None],
        "city": ["a", ""],
    }
    pq.write_table(pa.table(columns), path)
    found = read_file(path)
    assert found.given["external_id"].to_pylist() == ["1", "2"]
    assert [len(row or []) for row in found.given["phones"].to_pylist()] == [2, 0]


CARDS = """BEGIN:VCARD
VERSION:4.0
UID:u-1
FN:Jo Do\\, Jr
N:Do;Jo;M;;Jr
item1.EMAIL;TYPE=work:jo@x.org
EMAIL:jo2@x.org
TEL;VALUE=uri;TYPE="voice,home":tel:+33-01-23-45-67
PHOTO;ENCODING=b;TYPE=JPEG:AAAA
 BBBB
ADR;TYPE=home:;;12 Main St;Town;State;12345;Land
BDAY:--0412
END:VCARD
BEGIN:VCARD
VERSION:2.1
N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCl=
ler;Ann
TEL;CELL:+1 555
END:VCARD
BEGIN:VCARD
FN:Lost
"""


def test_vcards(read):
    found = read(CARDS, name="people.vcf")
    first, second = found.given.to_pylist()
    assert first["external_id"] == "u-1"
    assert first["names"][0]["full"] == "Jo Do, Jr"
    assert [one["given"] for one in first["emails"]] == ["jo@x.org", "jo2@x.org"]
    assert [one["given"] for one in first["phones"]] == ["+33-01-23-45-67"]
    assert (first["street"], first["city"], first["birth"]) == ("12 Main St", "Town", "--04-12")
    assert second["names"][0]["family"] == "Müller"
    assert "AAAA" not in found.raw()["payload"][0].as_py()
    assert [one.line for one in found.quarantine] == [20]


def test_google_and_outlook_are_recognized(read):
    google = read("Name,E-mail 1 - Value,Phone 1 - Value\nAnn,a@x ::: b@x,1\n")
    assert emails(google) == [["a@x", "b@x"]]
    assert any("Google" in note for note in google.notes)
    outlook = read(
        "Title,First Name,Last Name,E-mail Address,E-mail 2 Address,Business Phone\nDr,A,B,a@x,b@x,1\n"
    )
    assert outlook.given["names"][0].as_py()[0]["prefix"] == "Dr"
    assert emails(outlook) == [["a@x", "b@x"]]


def test_stored_payloads_read_as_the_file_did(read):
    for name, text in (("a.csv", "id,name,email,x\n1,Ann,a@x;b@x,y\n2,,,\n"), ("a.vcf", CARDS)):
        found = read(text, name=name)
        rows = [
            (row["source"], row["external_id"], json.loads(row["payload"])) for row in found.raw().to_pylist()
        ]
        assert read_payloads(rows).table.to_pylist() == found.given.to_pylist()


cells = st.text(alphabet=st.characters(codec="utf-8"), max_size=12)


@given(st.lists(st.fixed_dictionaries({"a": cells, 'k"\\': cells}), min_size=1, max_size=5))
def test_columns_become_the_json_that_rows_would(rows):
    table = pa.Table.from_pylist(rows, schema=pa.schema([("a", pa.string()), ('k"\\', pa.string())]))
    assert [json.loads(str(text)) for text in json_objects(table).to_pylist()] == rows


@given(st.lists(st.tuples(cells, cells, cells), max_size=6))
def test_any_cells_become_given_contacts(rows):
    names = ["full_name", "email", "identifier"]
    table = pa.table(
        {name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)}
    )
    keys = pa.array([str(at) for at in range(len(rows))], pa.string())
    made = given_columns(table, Understood({name: name for name in names}), "s", keys)
    made.validate(full=True)
    assert made.num_rows == len(rows)


@settings(deadline=None)  # the first file that isn't UTF-8 has the words of all languages read
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path_factory, data):
    path: Path = tmp_path_factory.mktemp("any") / "any.csv"
    path.write_bytes(b"id,name,email\n" + data)
    with contextlib.suppress(InputError):  # zeros make it look like UTF-16, whose header then is none
        read_file(path).given.validate(full=True)


def test_objects_that_differ_where_no_column_looks_are_each_kept(tmp_path):
    """Of a list of addresses the first is read; the second is as much of what was sent."""
    path = tmp_path / "people.jsonl"
    rows = [
        '{"id": 1, "name": "Ann", "addresses": [{"city": "Ulm"}, {"city": "Bern"}]}',
        '{"id": 1, "name": "Ann", "addresses": [{"city": "Ulm"}, {"city": "Rome"}]}',
        '{"id": 1, "name": "Ann", "addresses": [{"city": "Ulm"}, {"city": "Bern"}]}',
        '{"name": "Bo", "addresses": [{"city": "Ulm"}, {"city": "Bern"}]}',
        '{"name": "Bo", "addresses": [{"city": "Ulm"}, {"city": "Rome"}]}',
    ]
    path.write_text("\n".join(rows), encoding="utf-8")
    found = read_file(path, ids="content")
    assert [row["payload"] for row in found.raw().to_pylist()] == [rows[0], rows[1], rows[3], rows[4]]
    assert found.given["external_id"].to_pylist()[:2] == ["1", "1#2"]
    assert any("1 rows repeat another row" in note for note in found.notes)
