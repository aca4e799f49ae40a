"""How phones and address books write a vCard's lines: folded, encoded, with pictures, one in the other."""

import base64
import quopri

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedupe.fetchers.files.read import FileRead, read_file, read_payloads
from dedupe.fetchers.files.vcards import read_card, split_cards
from dedupe.fetchers.files.vcards.content import unescaped
from dedupe.fetchers.given import given_table
from tests.fetchers.files.vcard_samples import card, folded, names, of, values

PHOTO = base64.b64encode(bytes(range(256)) * 3).decode()


@pytest.fixture
def read(tmp_path):
    def made(text: str | bytes, **options) -> FileRead:
        path = tmp_path / "people.vcf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path, **options)

    return made


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\r\r\n", "\n\n"])
@pytest.mark.parametrize("before", ["EMAIL:ann@example.com", "item1.EMAIL;TYPE=WORK:ann@example.com"])
def test_a_photo_is_glued_to_nothing(read, end, before):
    lines = folded(f"PHOTO;ENCODING=b;TYPE=JPEG:{PHOTO}").split("\r\n")
    found = read(card("FN:Ann Lee", before, *lines, "TEL:+15550100", end=end))
    row = found.given.to_pylist()[0]
    assert [one["given"] for one in row["emails"]] == ["ann@example.com"]
    assert [one["given"] for one in row["phones"]] == ["+15550100"]
    assert PHOTO[80:100] not in str(found.raw().to_pylist()) + str(row)


def test_a_photo_of_version_2_ends_at_a_blank_line():
    unfolded = [PHOTO[at : at + 60] for at in range(0, len(PHOTO), 60)]
    for indent in ("    ", "\t", ""):
        lines = [f"{indent}{piece}" for piece in unfolded]
        found = of("PHOTO;JPEG;ENCODING=BASE64:", *lines, "", "EMAIL:ann@example.com", version="2.1")
        assert values(found, "emails") == ["ann@example.com"]
        assert PHOTO[60:90] not in str(found)


def test_binary_of_any_name_is_dropped():
    found = of(
        folded(f"X-PICTURE;ENCODING=BASE64:{PHOTO}"),
        folded(f"X-CARD:data:image/png;base64,{PHOTO}"),
        folded(f"KEY;MEDIATYPE=application/pgp-keys:data:application/pgp-keys;base64,{PHOTO}"),
        "FN:Ann",
    )
    assert PHOTO[80:100] not in str(found)
    assert names(found) == [{"full": "Ann"}]


def test_a_broken_card_is_set_aside_without_its_photo(read):
    found = read(card("FN:Ann") + "BEGIN:VCARD\nFN:Bob\n" + folded(f"PHOTO;ENCODING=b:{PHOTO}"))
    assert [(one.line, one.reason) for one in found.quarantine] == [(5, "it has no END:VCARD")]
    assert "FN:Bob" in found.quarantine[0].text
    assert PHOTO[:40] not in found.quarantine[0].text


def test_a_photo_kept_by_an_earlier_reading_is_no_part_of_an_email():
    kept = "BEGIN:VCARD\nEMAIL:ann@example.com\n ccccdddd\nEND:VCARD"
    assert values(dict(read_card(kept)), "emails") == ["ann@example.com"]


QP = "ENCODING=QUOTED-PRINTABLE"


@pytest.mark.parametrize(
    ("lines", "note"),
    [
        ((f"NOTE;CHARSET=UTF-8;{QP}:M=C3=BCl=", "ler"), "Müller"),
        ((f"NOTE;{QP}:foobar foobar=", " barfoo"), "foobar foobar barfoo"),
        ((f"NOTE;CHARSET=UTF-8;{QP}:M=C3=", " =BCller"), "Müller"),
        ((f"NOTE;{QP}:one=0D=0A=", "TEL: two"), "one\r\nTEL: two"),
        ((f"NOTE;{QP}:abc=", "EMAIL:ann@example.com"), "abc"),
        (("NOTE:1+1=", "EMAIL:ann@example.com"), "1+1="),
        (("NOTE:about quoted-printable=", "EMAIL:ann@example.com"), "about quoted-printable="),
        ((f"NOTE;CHARSET=ISO-8859-1;{QP}:M=FCller",), "Müller"),
        ((f"NOTE;{QP}:M=FCller",), "Müller"),
        (("NOTE;QUOTED-PRINTABLE:50=25",), "50%"),
        (("NOTE;ENCODING=BASE64;CHARSET=UTF-8:TcO8bGxlcg==",), "Müller"),
    ],
)
def test_quoted_printable(lines, note):
    found = of(*lines, "TEL:+15550100", version="2.1")
    assert found["custom"]["note"] == note
    assert values(found, "phones") == ["+15550100"]


def test_a_semicolon_that_is_encoded_parts_nothing():
    (name,) = names(of(f"N;{QP}:Lee=3B Jr;Ann=\\;a", version="2.1"))
    assert name == {"family": "Lee; Jr", "given": "Ann=;a"}


def test_a_fold_may_stand_inside_a_character(read):
    line = "FN:Ann Müller-Łukasiewicz".encode()
    for at in range(4, len(line)):
        data = b"BEGIN:VCARD\r\n" + line[:at] + b"\r\n " + line[at:] + b"\r\nEND:VCARD\r\n"
        assert names(read(data).given.to_pylist()[0])[0]["full"] == "Ann Müller-Łukasiewicz"


def test_a_line_is_read_in_the_charset_that_it_tells(read):
    lines = [
        b"BEGIN:VCARD",
        b"VERSION:2.1",
        b"N;CHARSET=ISO-8859-1:M\xfcller;Ann",
        "ORG;CHARSET=UTF-8:Größe".encode(),
        b"TITLE;CHARSET=SHIFT_JIS:" + "部長".encode("shift_jis"),
        "NOTE;CHARSET=ISO-8859-1:schön".encode(),
        b"END:VCARD",
    ]
    row = read(b"\r\n".join(lines)).given.to_pylist()[0]
    assert (row["names"][0]["family"], row["company"], row["job_title"]) == ("Müller", "Größe", "部長")
    assert '"note":"schön"' in row["custom"]


def test_lines_of_several_encodings(read):
    found = read(card("FN:José Muñoz").encode() + card("FN:Ann Gonçalves").encode("cp1252"))
    assert [row["names"][0]["full"] for row in found.given.to_pylist()] == ["José Muñoz", "Ann Gonçalves"]
    assert any("not UTF-8" in note for note in found.notes)
    assert read(card("FN:山田").encode("iso2022_jp")).given["names"][0].as_py()[0]["full"] == "山田"
    assert read(card("FN:José").encode("utf-16")).given["names"][0].as_py()[0]["full"] == "José"


AGENT = ("AGENT:", "BEGIN:VCARD", "VERSION:2.1", "FN:Bob Help", "TEL:+15550199", "END:VCARD", "TEL:+15550100")


def test_an_agent_is_not_the_person(read):
    found = of("FN:Ann Lee", *AGENT, version="2.1")
    assert (names(found), values(found, "phones")) == ([{"full": "Ann Lee"}], ["+15550100"])
    inline = of("FN:Ann Lee", r"AGENT:BEGIN:VCARD\nFN:Bob Help\nTEL:+15550199\nEND:VCARD\n", "TEL:1")
    assert (names(inline), values(inline, "phones")) == ([{"full": "Ann Lee"}], ["1"])
    open_line = of("FN:Ann Lee", "AGENT:BEGIN:VCARD", "FN:Bob", "END:VCARD", "TEL:1", version="2.1")
    assert (names(open_line), values(open_line, "phones")) == ([{"full": "Ann Lee"}], ["1"])


def test_a_card_without_end_does_not_take_the_next_along(read):
    found = read("BEGIN:VCARD\nFN:Ann\n" + card("FN:Bob") + card("FN:Cy", *AGENT))
    assert [row["names"][0]["full"] for row in found.given.to_pylist()] == ["Bob", "Cy"]
    assert [one.line for one in found.quarantine] == [1]


# Two signs of Latin-1 in a row may be a letter that was encoded twice, which reading repairs.
LATIN_1 = "".join(map(chr, range(0x80, 0x100)))
texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0" + LATIN_1, exclude_categories=["Cc", "Cs"]),
    max_size=30,
)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_lines_are_read_from_the_file_and_from_store_alike(lines):
    data = b"BEGIN:VCARD\r\n" + b"\r\n".join(lines) + b"\r\nEND:VCARD\r\n"
    for one in split_cards(data).cards:
        stored = read_payloads([("s", "1", {"vcard": one.text})]).table
        stored.validate(full=True)
        assert stored.to_pylist() == given_table([("s", "1", read_card(one.text))]).to_pylist()


@settings(deadline=None)
@given(texts, texts)
def test_what_is_written_by_the_standard_is_read_back(family, given_name):
    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")

    line = f"N:{escaped(family)};{escaped(given_name)};;;".encode()
    pieces = [line[at : at + 20] for at in range(0, len(line), 20)]
    parts = {key: text.strip() for key, text in (("family", family), ("given", given_name)) if text.strip()}
    if not any(piece.startswith((b" ", b"\t")) for piece in pieces):
        assert names(of(b"\r\n ".join(pieces))) == ([parts] if parts else [])


@settings(deadline=None)
@given(st.text("aü;=\\ \t漢", max_size=60))
def test_quoted_printable_is_read_back(text):
    coded = quopri.encodestring(text.encode(), quotetabs=True).decode().rstrip("\n")
    found = of(*f"NOTE;CHARSET=UTF-8;{QP}:{coded}".split("\n"), version="2.1")
    assert found["custom"].get("note", "") == unescaped(text).strip()
