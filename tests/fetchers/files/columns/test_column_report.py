"""What a person is told of a reading: every column, what seems to be missed, and never a value."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.fetchers.files.read import read_file, read_payloads, read_table


@pytest.fixture
def read(tmp_path):
    def made(text: str, name: str = "people.csv", **options):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_file(path, **options)

    return made


def noted(found, begin: str) -> list[str]:
    return [note for note in found.notes if note.startswith(begin)]


def test_every_column_is_told_with_what_it_was_taken_for_or_why_not(read):
    found = read("id,Name,E-Mail,Fax,Hobby,\n1,Ann Ash,ann@example.org,+1 415 555 0109,chess,\n")
    assert noted(found, "read:") == ["read: record_id ← id; full_name ← Name; email ← E-Mail"]
    assert noted(found, "kept, not read:") == [
        "kept, not read: Fax (phones; a fax or another device), Hobby (text), column 6 (empty)"
    ]
    assert [one.field for one in found.readings] == ["record_id", "full_name", "email", None, None, None]


ROWS = "".join(
    f"{name};{name.lower()}@example.org;0{number}71 234567{number};{name} Birch;x\n"
    for number, name in enumerate(["Robert", "William", "Elizabeth", "Margaret"], start=1)
)


def test_a_column_that_seems_to_be_missed_is_warned_of_with_the_map_to_use(read):
    found = read("Rufname;Kontaktweg;Erreichbar;Wer;Notiz\n" + ROWS, mapping={"Notiz": "full_name"})
    warnings = noted(found, "warning:")
    assert [line.partition(" looks like ")[0] for line in warnings] == [
        "warning: Rufname",
        "warning: Kontaktweg",
        "warning: Erreichbar",
        "warning: Wer",
    ]
    fields = ("given_name", "email", "phone", "full_name")
    for line, field in zip(warnings, fields, strict=True):
        assert f"={field}' uses it" in line
    assert not any("@" in line or "Birch" in line for line in found.notes)


def test_what_was_put_aside_is_not_warned_of(read):
    found = read(
        "Name;Owner Email;Kontaktweg\nAnn;pat@example.org;ann@example.org\n", mapping={"Kontaktweg": "custom"}
    )
    assert noted(found, "warning:") == []


def test_keys_dates_and_cities_are_no_phones_and_no_names(read):
    rows = "".join(
        f"Ann Ash,{10**12 + n},2025-03-0{n},Springfield,192.0.2.{n},47.66140\n" for n in range(1, 9)
    )
    found = read("Name,Ref,When,Where,From,Lat\n" + rows)
    assert noted(found, "warning:") == []


def test_a_name_of_a_column_that_looks_like_a_value_is_not_told(read):
    found = read("name,ann@example.org\nBo,bo@example.org\n")
    assert not any("ann@" in note for note in found.notes)
    assert noted(found, "warning:") != []


@pytest.mark.parametrize(
    ("option", "name"), [({"mapping": {"a": "email"}}, "a.vcf"), ({"records": "a"}, "a.csv")]
)
def test_an_option_that_would_change_nothing_is_refused(read, option, name):
    text = "BEGIN:VCARD\nFN:Ann\nEND:VCARD\n" if name.endswith("vcf") else "name\nAnn\n"
    with pytest.raises(InputError, match=r"leave it out"):
        read(text, name=name, **option)


PERSON = {"name": "Ann Ash", "email": "ann@example.org"}


@pytest.mark.parametrize(
    ("document", "records", "people"),
    [
        ([PERSON, {"name": "Bo"}], None, 2),
        (PERSON, None, 1),
        ({"meta": {"n": 1}, "a": {"b": [PERSON]}}, None, 1),
        ({"meta": {"n": 1}, "a": [PERSON], "b": [PERSON, PERSON]}, "a", 1),
        ({"1": PERSON, "2": {"name": "Bo"}}, "values(@)", 2),
        ({"name": "Ash Ltd", "staff": [PERSON]}, "staff", 1),
        ({"name": "Ash Ltd", "staff": [PERSON]}, "@", 1),
    ],
)
def test_records_are_found_in_json(read, document, records, people):
    text = json.dumps(document, indent=2)
    assert read(text, name="a.json", records=records).given.num_rows == people


def test_which_of_several_lists_is_meant_is_asked(read):
    with pytest.raises(InputError, match=r"--records 'a', --records 'b\.c'"):
        read(json.dumps({"a": [PERSON], "b": {"c": [PERSON]}}), name="a.json")


@pytest.mark.parametrize("path", ["[[", "nowhere"])
def test_a_path_that_is_none_or_finds_nothing_is_refused(read, path):
    with pytest.raises(InputError, match="--records"):
        read(json.dumps({"a": [PERSON]}), name="a.json", records=path)


def test_answers_line_by_line_are_each_looked_into(read):
    lines = "\n".join(json.dumps({"page": n, "items": [{"name": f"Ann {n}"}]}) for n in range(3))
    assert read(lines, name="a.jsonl").given.num_rows == 3


def test_objects_over_many_lines_one_behind_the_other(read):
    text = json.dumps(PERSON, indent=1) + "\n" + json.dumps({"name": "Bo"}, indent=1)
    assert read(text, name="a.json").given.num_rows == 2


def test_several_values_in_a_cell_of_google_are_several_or_the_first(read):
    found = read(
        "Name,E-mail 1 - Value,Address 1 - Street,Address 1 - City,Address 1 - Postal Code,Country\n"
        "Ann,a@example.org ::: b@example.org,Elm 1 ::: Oak 2,Here ::: There,1 ::: 2,US ::: CA\n"
    )
    row = found.given.to_pylist()[0]
    assert [one["given"] for one in row["emails"]] == ["a@example.org", "b@example.org"]
    assert [row[part] for part in ("street", "city", "postcode", "country")] == ["Elm 1", "Here", "1", "US"]


def test_the_street_of_one_address_never_stands_in_the_city_of_another(read):
    found = read(
        "Name,Home Street,Home City,Work Street,Work City,Country\n"
        "Ann,,,Oak 2,There,US\nBo,Elm 1,,,There,US\n"
    )
    ann, bo = found.given.to_pylist()
    assert (ann["street"], ann["city"], ann["country"]) == ("Oak 2", "There", "US")
    assert (bo["street"], bo["city"]) == ("Elm 1", None)


def test_a_plain_column_completes_the_one_address_that_lacks_it(read):
    found = read(
        "Name,Home Street,Home City,Zip,Pays\nAnn,Elm 1,Here,62701,US\n", mapping={"Pays": "country"}
    )
    row = found.given.to_pylist()[0]
    assert [row[part] for part in ("street", "city", "postcode", "country")] == [
        "Elm 1",
        "Here",
        "62701",
        "US",
    ]


def test_rows_of_children_belong_to_the_row_above(read):
    found = read(
        "ID,First Name,Email ID (Email IDs),Is Primary (Email IDs),Number (Contact Numbers)\n"
        "C-1,Ann,ann@example.org,1,+14155550101\n,,ann@example.net,0,\n,,,,+14155550102\nC-2,Bo,bo@example.org,1,\n"
    )
    ann, bo = found.given.to_pylist()
    assert [one["given"] for one in ann["emails"]] == ["ann@example.org", "ann@example.net"]
    assert [one["given"] for one in ann["phones"]] == ["+14155550101", "+14155550102"]
    assert (bo["external_id"], len(bo["emails"])) == ("C-2", 1)
    assert any("2 rows told more" in note for note in found.notes)


def test_a_birth_date_in_three_columns_is_one(read):
    found = read("Name,Birth Year,Birth Month,Birth Day\nAnn,1980,5,4\nBo,,12,25\nCy,1990,,\nDi,,,\n")
    assert found.given["birth"].to_pylist() == ["1980-05-04", "--12-25", "1990", None]


def test_a_label_beside_says_whose_a_value_is(read):
    found = read(
        "Name,E-mail 1 - Label,E-mail 1 - Value,Phone 1 - Label,Phone 1 - Value\n"
        "Ann,Home,ann@example.org,Work Fax,+14155550109\nBo,Spouse,cy@example.org,Mobile,+14155550101\n"
    )
    ann, bo = found.given.to_pylist()
    assert [len(row[field] or []) for row in (ann, bo) for field in ("emails", "phones")] == [1, 0, 0, 1]


def test_objects_in_the_columns_of_a_table_are_read_as_in_json():
    table = pa.table(
        {"name": ["Ann"], "emails": [[{"address": "ann@example.org"}, {"address": "a@example.net"}]]}
    )
    found = read_table(table)
    assert [one["given"] for one in found.given["emails"][0].as_py()] == ["ann@example.org", "a@example.net"]


def test_where_records_were_found_is_told(read):
    found = read(json.dumps({"page": 1, "items": [PERSON]}), name="a.json")
    assert any("records at items" in note for note in found.notes)


def test_the_map_that_is_advised_where_nothing_is_known_works(read):
    text = "Wer;Kontaktweg\nAnn Ash;ann@example.org\n"
    with pytest.raises(InputError, match=r"--map 'Kontaktweg=email'"):
        read(text)
    assert read(text, mapping={"Kontaktweg": "email"}).given.num_rows == 1


def test_a_row_of_json_reads_alike_alone_and_among_others(read):
    rows = [{"Buyer name": "Ann Ash"}, {"name": "Bo Birch", "Buyer name": "Cy Cedar"}, {"name": "Di Dogwood"}]
    together = read("\n".join(map(json.dumps, rows)), name="a.jsonl").given["names"].to_pylist()
    alone = [read(json.dumps(row), name="b.json").given["names"][0].as_py() for row in rows]
    assert together == alone
    assert [name[0]["full"] for name in together] == ["Ann Ash", "Bo Birch", "Di Dogwood"]


plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from(["", "Ann", "a@example.org", "fax", "\ud800", "\0"])
)
keys = st.sampled_from(
    ["name", "email", "emails", "phones", "address", "city", "type", "value", "Buyer name", "a"]
)
objects = st.recursive(
    plain,
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(keys, inside, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(keys, objects, min_size=1, max_size=5), min_size=1, max_size=4))
def test_any_objects_are_read_or_refused_and_again_as_they_were(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("any") / "any.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    try:
        found = read_file(path)
    except InputError:
        return
    stored = [
        (row["source"], row["external_id"], json.loads(row["payload"])) for row in found.raw().to_pylist()
    ]
    assert read_payloads(stored).table.to_pylist() == found.given.to_pylist()


def named(found) -> list[tuple[str | None, str | None]]:
    return [(name["given"], name["family"]) for row in found.given.to_pylist() for name in row["names"]]


def test_guests_of_a_shop_have_the_names_that_the_bill_goes_to_and_others_their_own(read):
    found = read(
        "user_email,display_name,first_name,last_name,billing_first_name,billing_last_name,billing_email\n"
        ",,,,Hank,Holly,hank@example.org\n,,,,Marie,Holly,marie@example.org\n"
        "walt@example.org,,Walt,White,Sky,Grey,\n"
    )
    assert named(found) == [("Hank", "Holly"), ("Marie", "Holly"), ("Walt", "White")]
    assert any(
        "billing_first_name (given names; the name only where a row has no other)" in n for n in found.notes
    )
    stored = [
        (row["source"], row["external_id"], json.loads(row["payload"])) for row in found.raw().to_pylist()
    ]
    assert read_payloads(stored).table.equals(found.given)


def test_the_name_where_a_parcel_goes_is_never_the_row_s(read):
    found = read("email,first_name,shipping_first_name\nann@example.org,,Olga\n")
    assert named(found) == []


def test_a_name_made_for_showing_does_not_win_over_the_name(read):
    found = read(
        'Display Name,Name,Email\n"Ash Ltd, Ann Birch",Ann Birch,ann@example.org\nBo Elm,,b@example.org\n'
    )
    assert [row["names"][0]["full"] for row in found.given.to_pylist()] == ["Ann Birch", "Bo Elm"]


def test_numbers_of_the_tax_office_are_never_advised_as_phones(read):
    names = "TaxNumber,NIP,VAT,Tax ID,Steuernummer,CIF,SIRET,USt-IdNr.,VAT Number"
    found = read(f"Name,{names}\nAnn Ash" + ",012 345 6789" * 9 + "\n")
    assert not noted(found, "warning:")
    assert all(one.aside == "a tax or registration number" for one in found.readings[1:])


def test_words_of_germans_poles_and_french(read):
    found = read("Kunde;Festnetz;Miejscowość;CP\nAnn Ash;+49 30 901820;Ulm;89073\n")
    assert noted(found, "read:") == [
        "read: full_name ← Kunde; phone ← Festnetz; city ← Miejscowość; postcode ← CP"
    ]
    beside = read("Kunde;Name\nK 17;Ann Ash\n")
    assert noted(beside, "read:") == ["read: full_name ← Name"]


def test_json_is_not_advised_to_have_a_line_above_its_rows(read):
    with pytest.raises(InputError, match="they are a: tell what they mean with --map") as told:
        read('{"a":1}', "a.json")
    assert "line" not in str(told.value)


CARDS = """BEGIN:VCARD
VERSION:3.0
UID:1
FN:Ann Ash
N:Ash;Ann;;;
TEL;TYPE=CELL:+1 415 555 0101
TEL;TYPE=FAX:+1 415 555 0109
item1.EMAIL:ann@example.org
item1.X-ABLABEL:Work
X-SECOND-MAIL:a@example.net
X-HOBBY:chess
PHOTO;ENCODING=b:YWJjZGVm
 YWJjZGVm
TITLE:Smith
TITLE:Baker
ANN BIRCH 12345:call her
NOTE:
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Bo Birch
TEL:+1 415 555 0102
X-SECOND-MAIL:b@example.net
X-SPOUSE:cy@example.net
END:VCARD
"""


def test_every_property_of_cards_is_told_with_what_it_was_taken_for_or_why_not(read):
    found = read(CARDS, "people.vcf")
    assert noted(found, "read:") == [
        "read: record_id ← UID (1 line); full_name ← FN (2 lines), N (1 line); phone ← TEL (2 lines); "
        "email ← EMAIL (1 line); job_title ← TITLE (1 line)"
    ]
    assert noted(found, "kept, not read:") == [
        "kept, not read: TEL (1 line; phones; somebody else's, or a machine's), "
        "X-ABLABEL (1 line; text; a label, read with the line that it stands at), "
        "X-SECOND-MAIL (2 lines; emails), X-HOBBY (1 line; text), "
        "TITLE (1 line; text; a second one of its kind), lines that are no property (1 line; text), "
        "X-SPOUSE (1 line; emails; somebody else's, or a machine's), NOTE (1 line; empty), "
        "PHOTO (1 line; data; pictures, sounds and keys are not stored)"
    ]
    assert noted(found, "warning:") == [
        "warning: X-SECOND-MAIL looks like emails (2 of 2 lines) and is not used: a card says emails by EMAIL"
    ]
    assert not any("example" in note or "Birch" in note or "BIRCH" in note for note in found.notes)


def test_properties_stand_in_a_report_as_columns_do_with_their_lines(read):
    of_cards = [one.content() for one in read(CARDS, "people.vcf").readings]
    [of_column, *_] = [one.content() for one in read("name\nAnn\n").readings]
    assert all(one.keys() == {*of_column, "lines"} for one in of_cards)
    fax = next(one for one in of_cards if one["column"] == "TEL" and one["read_as"] is None)
    assert (fax["lines"], fax["looks_like"], fax["cells_filled"]) == (1, "phones", 1)


properties = st.sampled_from(
    ["FN", "N", "TEL", "EMAIL", "X-A", "NOTE", "URL", "BDAY", "ADR", "PHOTO", "TITLE"]
)
values = st.sampled_from(
    ["", "Ann Ash", "a@example.org", "+1 415 555 0101", ";;Elm 1;Here", "\udcff", "1980-01-02"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(properties, values), max_size=8), min_size=1, max_size=4))
def test_no_line_of_a_card_goes_untold(tmp_path_factory, cards):
    path = tmp_path_factory.mktemp("cards") / "any.vcf"
    text = "".join(
        f"BEGIN:VCARD\nUID:{number}\n" + "".join(f"{name}:{value}\n" for name, value in lines) + "END:VCARD\n"
        for number, lines in enumerate(cards)
    )
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    told = read_file(path).readings
    filled = {name for lines in cards for name, value in lines if value or name == "PHOTO"}
    empty = {name for lines in cards for name, _ in lines} - filled
    lines = sum(name in empty or bool(value) or name == "PHOTO" for card in cards for name, value in card)
    assert sum(one.lines or 0 for one in told) == lines + len(cards)
