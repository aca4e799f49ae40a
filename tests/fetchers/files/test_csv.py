"""CSV as people have it: strict parsing wins, and what it refuses costs its own row."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.fetchers.files.csv import TextTable, read_csv
from dedupe.fetchers.files.encodings import encoding_of

HEADER = ["id", "name", "email"]


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    path: Path = tmp_path_factory.mktemp("csv") / "people.csv"

    def made(text: str | bytes, mapped: tuple[str, ...] = ()) -> TextTable:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_csv(path, encoding_of(path), mapped)

    return made


def rows(found: TextTable) -> list[list[str]]:
    return [list(row.values()) for row in found.table.to_pylist()]


def said(found: TextTable, words: str) -> bool:
    return any(words in note for note in found.notes)


letters = st.characters(codec="utf-8", exclude_characters="\ufeff\0\x1a", exclude_categories=["Cs"])
signs = st.sampled_from([*'",;\t|\\\n\r ', "\r\n", "'", "é", "x"])
cells = st.lists(letters | signs, max_size=8).map("".join)
tables = st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=6)
dialects = st.fixed_dictionaries(
    {
        "delimiter": st.sampled_from(",;\t|"),
        "quoting": st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
        "lineterminator": st.sampled_from(["\n", "\r\n"]),
    }
)


def is_certain_row(row: tuple[str, ...]) -> bool:
    """Rows that say nothing are no rows, and a footer or a repeated header isn't told from a row like it."""
    return len([cell for cell in row if cell.strip(" \t\r\n\x1a\0")]) == len(row) and not row[0].startswith(
        "\\N"
    )


@settings(deadline=None)
@given(tables, dialects)
def test_any_table_that_csv_writes_is_read_back_equal(read, table, dialect):
    unread = "\r" if dialect["lineterminator"] == "\n" and not dialect["quoting"] else "\n\r"  # by csv itself
    table = [row for row in table if is_certain_row(row) and unread not in "".join(row)]
    file = io.StringIO(newline="")
    csv.writer(file, **dialect).writerows([HEADER, *table])
    found = read(file.getvalue())
    assert (rows(found), found.quarantine) == ([list(row) for row in table], ())


plain = st.text("abcäö ,'-", min_size=1, max_size=6).filter(str.strip)
spoiled = st.sampled_from(
    [
        '7,"never closed,x',
        '7,"Bob" the builder,x@example.org',
        "7,a,b,c,d",
        'x"y,"z" q,"',
        '"',
        '7,"a"b"c",x,y',
    ]
)


@settings(deadline=None)
@given(st.lists(st.tuples(plain, plain), min_size=2, max_size=8), st.data(), spoiled, st.booleans())
def test_a_damaged_row_costs_itself_alone(read, people, data, row, quoted):
    table = [[str(number), name, f"{email}\nsecond, line"] for number, (name, email) in enumerate(people)]
    file = io.StringIO(newline="")
    writer = csv.writer(file, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL)
    at = data.draw(st.integers(0, len(table)))
    writer.writerows([HEADER, *table[:at]])
    file.write(row + "\r\n")
    writer.writerows(table[at:])
    found = read(file.getvalue())
    assert [one for one in rows(found) if one in table] == table
    assert len(rows(found)) + len(found.quarantine) == len(table) + 1


@settings(deadline=None)
@given(st.lists(st.text('ab",\n\r\\ ', max_size=12), max_size=6))
def test_every_line_becomes_a_row_or_is_set_aside(read, lines):
    text = "id,name,email\n" + "\n".join(lines) + "\n"
    found = read(text)
    kept = "".join("".join(row) for row in rows(found)) + "".join(one.text for one in found.quarantine)
    for letter in "ab":
        assert kept.count(letter) == text.removeprefix("id,name,email\n").count(letter)


def test_a_quoted_address_of_several_lines_is_one_cell(read):
    found = read(
        'name,street,email\nAnn,"1 Main St\nSpringfield, IL, USA\nEarth",ann@example.org\nBob,"x,y\n",b@x\n'
    )
    assert rows(found)[0] == ["Ann", "1 Main St\nSpringfield, IL, USA\nEarth", "ann@example.org"]
    assert not found.quarantine


def test_a_bad_row_elsewhere_costs_no_long_cell(read):
    long = "\n".join(f"line {number}, of, many" for number in range(90))
    found = read(f'id,name,note\n1,Ann,"{long}"\n2,"Bob,x\n3,Cy,z\n')
    assert [row[0] for row in rows(found)] == ["1", "3"]
    assert rows(found)[0][2] == long
    assert [(one.line, one.reason) for one in found.quarantine] == [
        (92, "a quote is opened and never closed")
    ]


def test_a_cell_that_holds_rows_is_told(read):
    text = 'id,name,city\n1,"Ann,x\n2,Bob,y\n3,Cy,z\n4,Di",x\n'
    assert len(rows(read(text))) == 1
    assert said(read(text), "was a quote never closed?")
    assert said(read(text + "5,short\n"), "was a quote never closed?")


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        ('1,"Bob "the Builder" Lee",x', ["1", 'Bob "the Builder" Lee', "x"]),
        ('1,"Bob" Lee,x', ["1", '"Bob" Lee', "x"]),
        ('1,5" pipe,x', ["1", '5" pipe', "x"]),
        ('1,"say ""hi""",x', ["1", 'say "hi"', "x"]),
        ('1, "Lee, Bob", x', ["1", "Lee, Bob", "x"]),
        ('1,"12\\" TV, black",x', ["1", '12" TV, black', "x"]),
        ("1,Bob", ["1", "Bob", ""]),
        ("1", ["1", "", ""]),
        ("1,Bob,x,,", ["1", "Bob", "x"]),
    ],
)
def test_damage_that_leaves_no_doubt_is_mended(read, row, cells):
    found = read(f"id,name,note\n0,Ann,y\n{row}\n2,Zoe,z\n")
    assert rows(found) == [["0", "Ann", "y"], cells, ["2", "Zoe", "z"]]
    assert not found.quarantine


@pytest.mark.parametrize("row", ['1,"Lee, Bob"x', "1,a,b,c", '1,"a" b,c,d'])
def test_damage_that_leaves_doubt_is_set_aside(read, row):
    found = read(f"id,name,note\n0,Ann,y\n{row}\n2,Zoe,z\n")
    assert [one[0] for one in rows(found)] == ["0", "2"]
    assert [(one.line, one.text) for one in found.quarantine] == [(3, row)]


def test_a_cell_torn_by_a_quote_within_stays_with_its_row(read):
    found = read('id,name,note\n1,"He said "hi"\nand left",x\n2,"a\nb",y\n')
    assert rows(found) == [["1", 'He said "hi"\nand left', "x"], ["2", "a\nb", "y"]]


def test_the_last_row_takes_its_torn_lines_along(read):
    found = read('id,name,note\n1,Ann,x\n2,"Bob\n12 Main St\nSpringfield')
    assert rows(found) == [["1", "Ann", "x"]]
    assert [one.line for one in found.quarantine] == [3]


def test_an_export_of_mysql(read):
    text = "id\tname\tnote\n1\tAnn\\\nLee\ttab\\\there\n2\tBob\t\\N\n3\tC\\\\y\tz\n"
    assert rows(read(text)) == [["1", "Ann\nLee", "tab\there"], ["2", "Bob", ""], ["3", "C\\y", "z"]]
    quoted = 'id,name,note\n1,"Ann \\"Annie\\" Lee","x, y"\n2,"Bob",\\N\n'
    assert rows(read(quoted)) == [["1", 'Ann "Annie" Lee', "x, y"], ["2", "Bob", ""]]


def test_a_backslash_that_escapes_nothing_is_a_backslash(read):
    assert rows(read('id,name,note\n1,"C:\\",x\n2,a\\b,y\n'))[0] == ["1", "C:\\", "x"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\r\r\n", "\n\r\n"])
def test_line_ends(read, end):
    assert rows(read(end.join(["id,name,email", "1,Ann,a", "2,Bob,b", ""]))) == [
        ["1", "Ann", "a"],
        ["2", "Bob", "b"],
    ]


def test_line_ends_of_several_kinds(read):
    found = read('id,name,email\r\n1,Ann,a\n2,"B\r\nob",b\r\n3,Cy,c\r4,Di,d\n5,E\rve,e\n')
    assert [row[1] for row in rows(found)] == ["Ann", "B\r\nob", "Cy", "Di", "E\rve"]


def test_delimiters(read):
    assert rows(read("id;name;amount\n1;Ann;1,50\n2;Bob;2,75\n")) == [
        ["1", "Ann", "1,50"],
        ["2", "Bob", "2,75"],
    ]
    assert rows(read("id|name|note\n1|Ann|a,b\n")) == [["1", "Ann", "a,b"]]
    assert rows(read("Name, Vorname;E-Mail\nBerg, Ann;a@example.org\n")) == [["Berg, Ann", "a@example.org"]]
    assert rows(read("sep=;\r\nname;email\r\nAnn,Lee;x\r\n")) == [["Ann,Lee", "x"]]
    assert rows(read('\ufeff"sep=\t"\nname\temail\nAnn\tx\n')) == [["Ann", "x"]]


def test_files_that_were_joined(read):
    one = "\ufeffid,name,email\n1,Ann,a\n"
    found = read(one + one.replace("1,Ann", "2,Bob"))
    assert rows(found) == [["1", "Ann", "a"], ["2", "Bob", "a"]]
    assert said(found, "repeats the header")
    glued = read(one.rstrip("\n") + one + "3,Cy,c\n")
    assert [row[0] for row in rows(glued)] == ["1", "1", "3"]
    plain = "id,name\n1,Ann\nid,name\n2,Bob\n"
    assert rows(read(plain)) == [["1", "Ann"], ["2", "Bob"]]


def test_nul_bytes_stay_in_their_cell(read):
    assert rows(read('id,name\n1,A\0n\n2,"B\0b"x"\n'))[0] == ["1", "A\0n"]


LINKEDIN = """Notes:
"When exporting your connection data, you may notice that some of the email addresses are missing. You
will only see email addresses for connections who have allowed it, on https://www.example.com/help."

First Name,Last Name,URL,Email Address,Company,Position,Connected On
Ann,Lee,https://www.example.com/in/ann,ann@example.org,Acme,Boss,01 Jan 2024
"""


@pytest.mark.parametrize(
    "above",
    [
        "Contacts of Acme\nExported 2024-01-02\n\n",
        'Report "open contacts,,,\n,,,\n',
        "Contacts,,,,,,\n",
        "\n\n",
        "Company\n",
    ],
)
def test_the_header_is_found_behind_what_stands_above(read, above):
    found = read(f"{above}First Name,Last Name,Email,Phone\nAnn,Lee,a@example.org,1\n")
    assert found.table.column_names == ["First Name", "Last Name", "Email", "Phone"]
    assert rows(found) == [["Ann", "Lee", "a@example.org", "1"]]


def test_the_connections_of_linkedin(read):
    found = read(LINKEDIN)
    assert rows(found)[0][:2] == ["Ann", "Lee"]
    assert said(found, "the header is line 5; 4 lines above it were passed over")


def test_the_first_line_is_the_header_where_none_is_known(read):
    found = read("Alpha,Beta,Gamma\nx,email,y\n1,2,3\n")
    assert found.table.column_names == ["Alpha", "Beta", "Gamma"]
    assert read("Report\nAlpha,Beta\n1,2\n", mapped=("Alpha",)).table.column_names == ["Alpha", "Beta"]


@pytest.mark.parametrize(
    "below",
    [
        "Total: 2\n",
        "Total: 2,,\n",
        "\nExported on 2024-01-02 by ann\n",
        "2 records\n",
        '"Monday, Nov 30, 2026 07:10:00 AM GMT - Accrual Basis",,\n',
        "Anzahl;2\n".replace(";", ","),
    ],
)
def test_a_footer_is_no_contact(read, below):
    found = read("name,email,city\nAnn,a@example.org,x\nTotal,b@example.org,y\n" + below)
    assert [row[0] for row in rows(found)] == ["Ann", "Total"]
    assert said(found, "footer")
    assert not said(found, "shorter")
    assert not found.quarantine


@pytest.mark.parametrize("last", ["Total Energies,+49 30 901820", "Page,+15550100", "Stand By", "Ann Lee,12"])
def test_a_contact_at_the_end_is_no_footer(read, last):
    assert len(rows(read(f"name,phone,city\nAnn,1,x\n{last}\n"))) == 2


def test_a_footer_of_one_column(read):
    assert rows(read("name\nAnn\nTotal Energies 24\nTotal: 2\n")) == [["Ann"], ["Total Energies 24"]]


def test_what_stands_alone_below_the_table_is_set_aside(read):
    found = read("name,email,city\nAnn,a@example.org,x\n\nFor internal use\n")
    assert rows(found) == [["Ann", "a@example.org", "x"]]
    assert [(one.line, one.text) for one in found.quarantine] == [(4, "For internal use")]


def test_short_rows_at_the_end_are_rows(read):
    assert [row[0] for row in rows(read("name,email,city\nAnn,a,x\nBob\nCy\n"))] == ["Ann", "Bob", "Cy"]


def test_a_blank_file_is_refused(read):
    with pytest.raises(InputError, match="empty"):
        read("\n \n")


def test_a_header_alone_is_a_table_without_rows(read):
    assert read("name,email\n").table.num_rows == 0
    assert read("name,email").table.column_names == ["name", "email"]


REPORT = """Attendee Report,
Report Generated:,"Nov 30, 2026 07:10 AM"
Host Details,
Attended,User Name (Original Name),Email,Join Time
Yes,Pat Host,pat@example.org,09:00
Attendee Details,
Attended,User Name (Original Name),First Name,Last Name,Email,Phone,Join Time
Yes,Ann Ash,Ann,Ash,ann@example.org,,09:01
Yes,Bo Elm,Bo,Elm,bo@example.org,,09:02
"""


def test_tables_one_below_the_other_are_not_mixed_and_nothing_of_them_is_lost(read):
    found = read(REPORT)
    assert [row[1] for row in rows(found)] == ["Pat Host"]
    assert [one.line for one in found.quarantine] == [6, 7, 8, 9]
    assert "title" in found.quarantine[0].reason
    assert all("several tables" in one.reason and "line 7" in one.reason for one in found.quarantine[1:])


def test_tables_of_one_width_are_not_mixed(read):
    found = read(
        "Name,Email,City\nAnn,a@example.org,Ulm\nGuests,,\nEmail,Last Name,Phone\nb@example.org,Elm,1\n"
    )
    assert rows(found) == [["Ann", "a@example.org", "Ulm"]]
    assert [one.line for one in found.quarantine] == [3, 4, 5]


@pytest.mark.parametrize("again", ["Name,E-Mail,City", "name,email,city", "Name,Email,City"])
def test_the_header_once_more_is_no_person_and_what_is_below_it_is_read(read, again):
    found = read(f"Name,Email,City\nAnn,a@example.org,Ulm\n{again}\nBo,b@example.org,Bonn\n")
    assert [row[0] for row in rows(found)] == ["Ann", "Bo"]
    assert said(found, "1 row repeats the header")
    assert not found.quarantine


def test_people_whose_cells_are_words_of_headers_are_rows(read):
    below = "Mobile Ash,Email,Phone\nAd,First,Berlin\nNom,phone,x@example.org\n"
    assert len(rows(read("name,preferred,or\n" + below))) == 3


@pytest.mark.parametrize("odd", ["", 'x,"y"z,\n'])
def test_rows_of_empty_cells_are_counted_and_no_contacts(read, odd):
    found = read("name,email,city\nAnn,a@example.org,x\n,,\n , ,\nBo,b@example.org,y\n,,z\n" + odd)
    assert [row[0] for row in rows(found)][:3] == ["Ann", "Bo", ""]
    assert said(found, "2 rows have nothing in any cell")
