"""The encoding of a file is known by the words that it makes, from all of the file."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.encodings import names_of, one_file
from dedupe.errors import InputError
from dedupe.fetchers.files.encodings import (
    Encoded,
    encoding_notes,
    encoding_of,
    encoding_of_bytes,
    repaired,
    text_of,
    text_of_file,
)
from dedupe.fetchers.files.read import read_file, read_payloads


def read(data: bytes) -> str:
    return text_of(data, encoding_of_bytes(data))


ENGLISH = "".join(f"{number};Ann Lee;ann{number}@example.org;London\r\n" for number in range(29))


@pytest.mark.parametrize(
    "name", ["João Gonçalves", "Åsa Sjöberg", "José Muñoz", "Zoë Müller", "Crème Brûlée"]
)
def test_one_accent_in_thirty_rows_is_windows_1252(name):
    text = f"id;name;email;city\r\n{ENGLISH}30;{name};j@example.org;Porto\r\n"
    assert encoding_of_bytes(text.encode("cp1252")).name == "cp1252"


def test_the_only_accent_may_stand_at_the_end_of_a_large_file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_bytes((ENGLISH * 2000 + "1;João Gonçalves;j@example.org;Porto\r\n").encode("cp1252"))
    assert "João Gonçalves" in text_of_file(path, encoding_of(path))


@pytest.mark.parametrize(
    ("language", "encoding"),
    [
        ("German", "cp1252"),
        ("Swedish", "cp1252"),
        ("Portuguese", "mac_roman"),
        ("French", "cp850"),
        ("Polish", "cp1250"),
        ("Czech", "iso8859-2"),
        ("Hungarian", "cp1250"),
        ("Turkish", "cp1254"),
        ("Lithuanian", "cp1257"),
        ("Greek", "cp1253"),
        ("Hebrew", "cp1255"),
        ("Arabic", "cp1256"),
        ("Russian", "cp1251"),
        ("Russian", "koi8_r"),
        ("Russian", "cp866"),
        ("Ukrainian", "cp1251"),
        ("Japanese", "cp932"),
        ("Japanese", "euc_jp"),
        ("Chinese", "gb18030"),
        ("Taiwanese", "big5"),
        ("Korean", "cp949"),
        ("Thai", "cp874"),
    ],
)
def test_thirty_names_tell_their_encoding(language, encoding):
    text = one_file(names_of(language), 30, 30, random.Random(7))
    data = text.encode(encoding, "ignore")
    assert read(data) == data.decode(encoding)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("name", ["Ann Lee", "山田 太郎", "Юрий Звёздный"])
def test_wide_encodings_with_and_without_a_bom(encoding, name):
    text = f"id,name,email\n1,{name},ann@example.org\n"
    assert read(text.encode(encoding)).lstrip("\ufeff") == text


def test_a_japanese_mail_program_escapes():
    text = "name,email\n山田,ann@example.org\n"
    assert read(text.encode("iso2022_jp")) == text


def test_where_two_are_close_it_is_said():
    unsure = encoding_of_bytes("id;name\r\n1;Kadă\r\n".encode("cp1250"))
    assert unsure.rivals
    (note,) = encoding_notes(unsure)
    assert "--encoding" in note
    assert unsure.rivals[0] in note
    sure = encoding_of_bytes(one_file(names_of("German"), 30, 30, random.Random(1)).encode("cp1252"))
    assert (sure.rivals, list(encoding_notes(sure))) == ((), [])


def test_foreign_bytes_in_utf8_are_read_in_their_own_encoding():
    utf8 = "1;Łukasz Wiśniewski\n2;Paweł Dąbrowski\n3;Małgorzata Zając\n" * 3
    data = utf8.encode() + "4;Mirosław Jabłoński;Żółć\n".encode("cp1250")
    found = encoding_of_bytes(data)
    assert (found.name, found.foreign) == ("utf-8", "cp1250")
    assert text_of(data, found).endswith("4;Mirosław Jabłoński;Żółć\n")


def test_an_encoding_that_is_told_is_taken():
    assert encoding_of_bytes(b"\xe9", "latin-1") == Encoded("iso8859-1")
    assert encoding_of_bytes(b"a\xe9", "UTF-8").damaged == 1
    with pytest.raises(InputError, match="hex"):
        encoding_of_bytes(b"", "hex")


@pytest.mark.parametrize(
    "text",
    [
        "João",
        "MUÑOZ",
        "Müller",
        "Łódź",
        "Γιώργος",
        "Юрий",
        "שלום",
        "محمد",
        "山田",
        "Ann – “A’s”",
        "€ 5",
        "😀",
    ],
)
def test_text_that_was_encoded_twice_is_repaired(text):
    once = text.encode().decode("latin-1") if any(b in text.encode() for b in b"\x81\x8d\x8f\x90\x9d") else ""
    twice = once or text.encode().decode("cp1252")
    assert repaired(twice) == text
    assert repaired(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "JOSÉ’S",
        "IRMÃ – MAÇÃ",
        "SÃO PAULO",
        "Ängström Å–Ö",
        "ESPAÑ®",
        "RÅ’S",
        "«PEÑ»",
        "Â",
        "Ã¶ und ß",
        "naïve €",
    ],
)
def test_what_may_be_meant_so_is_left(text):
    assert repaired(text) == text


@settings(deadline=None)
@given(st.text())
def test_repairing_is_total_and_done_once(text):
    assert repaired(repaired(text)) == repaired(text)


@settings(deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_have_an_encoding(data):
    assert isinstance(read(data), str)


def test_names_encoded_twice_are_told_and_raw_is_kept(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("id,name\n1,JoÃ£o GonÃ§alves\n2,José\n", encoding="utf-8")
    found = read_file(path)
    named = [row["names"][0]["full"] for row in found.given.to_pylist()]
    assert named == ["João Gonçalves", "José"]
    assert any("UTF-8 twice" in note for note in found.notes)
    raw = found.raw().to_pylist()
    assert "JoÃ£o" in raw[0]["payload"]
    stored = read_payloads([("people", "1", {"id": "1", "name": "JoÃ£o GonÃ§alves"})]).table
    assert stored["names"][0].as_py() == found.given["names"][0].as_py()


def test_a_file_of_values_is_not_told_to_map_its_columns(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("1,Ann,a@example.org\n")
    with pytest.raises(InputError, match="no header") as error:
        read_file(path)
    assert "--map" not in str(error.value)
    path.write_text("alpha,beta\nAnn,x\n")
    with pytest.raises(InputError, match="--map"):
        read_file(path)
    assert read_file(path, mapping={"alpha": "full_name"}).given.num_rows == 1


def test_a_letter_before_two_no_break_spaces_was_not_encoded_twice() -> None:
    """The same bytes are a mark of Samaritan, of which nobody's name is made."""
    assert repaired("à\u00a0\u00a0") == "à\u00a0\u00a0"
    assert repaired("JoÃ£o") == "João"
