"""vCards as phones and address books write them."""

import base64
import quopri
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.errors import InputError
from dedupe.fetchers.files import FileRead, read_file, read_payloads
from dedupe.fetchers.given import given_table
from dedupe.fetchers.vcards import read_card, split_cards
from dedupe.fetchers.vcards.content import unescaped
from dedupe.model import Kind

PHOTO = base64.b64encode(bytes(range(256)) * 3).decode()


def folded(text: str, width: int = 70) -> str:
    """A line as RFC 6350 folds it."""
    return "\r\n ".join(text[at : at + width] for at in range(0, len(text), width))


def card(*lines: str, version: str = "3.0", end: str = "\r\n") -> str:
    return end.join(["BEGIN:VCARD", f"VERSION:{version}", *lines, "END:VCARD", ""])


@pytest.fixture
def read(tmp_path):
    def made(text: str | bytes, **options) -> FileRead:
        path = tmp_path / "people.vcf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path, **options)

    return made


def of(*lines: str | bytes, version: str = "3.0") -> dict[str, Any]:
    """The contact of a card of these lines."""
    data = b"\r\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    head, end = f"BEGIN:VCARD\r\nVERSION:{version}\r\n".encode(), b"\r\nEND:VCARD\r\n"
    (found,) = split_cards(head + data + end).cards
    assert found.whole
    return dict(read_card(found.text))


def values(contact: dict[str, Any], of_what: str) -> list[str]:
    return [one["given"] for one in contact[of_what]]


def names(contact: dict[str, Any]) -> list[dict[str, str]]:
    return [{key: part for key, part in name.items() if key != "attested"} for name in contact["names"]]


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
    assert read(card("FN:José").encode("utf-16")).given["names"][0].as_py()[0]["full"] == "José"


def test_a_second_name_in_another_language_is_kept():
    found = of(
        "N;ALTID=1;LANGUAGE=ja:山田;太郎;;;",
        "N;ALTID=1;LANGUAGE=en:Yamada;Taro;;;",
        "FN;ALTID=1;LANGUAGE=en:Taro Yamada",
        "FN;ALTID=1;LANGUAGE=ja:山田太郎",
        "FN;ALTID=1;LANGUAGE=ru:Таро Ямада",
        version="4.0",
    )
    assert names(found) == [
        {"full": "山田太郎", "family": "山田", "given": "太郎"},
        {"full": "Taro Yamada", "family": "Yamada", "given": "Taro"},
        {"full": "Таро Ямада"},
    ]


def test_readings_are_names_where_the_name_needs_one():
    japanese = of("N:山田;太郎", "X-PHONETIC-LAST-NAME:やまだ", "X-PHONETIC-FIRST-NAME:たろう")
    assert {"family": "やまだ", "given": "たろう"} in names(japanese)
    assert {"family": "ヤマダ", "given": "タロウ"} in names(
        of("N:山田;太郎", "SOUND;X-IRMC-N:ヤマダ;タロウ;;;")
    )
    assert len(of("N:Nguyen;Ann", "X-PHONETIC-LAST-NAME:Win")["names"]) == 1


def test_commas_part_names_unless_they_are_escaped():
    (name, *nicks) = names(
        of("N:Lee\\, Sr;Ann;Philip,Paul;Dr.,Prof.;Jr.,M.D.", "NICKNAME:Annie\\, the Great,Ann")
    )
    assert name == {
        "family": "Lee, Sr",
        "given": "Ann",
        "middle": "Philip Paul",
        "prefix": "Dr. Prof.",
        "suffix": "Jr., M.D.",
    }
    assert nicks == [{"nickname": "Annie, the Great"}, {"nickname": "Ann"}]
    assert names(of("N:Lee, Sr;Ann", version="2.1")) == [{"family": "Lee, Sr", "given": "Ann"}]
    assert names(of(r"N:a\\;b\;c")) == [{"family": "a\\", "given": "b;c"}]


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


@pytest.mark.parametrize(
    "line",
    [
        "TEL;TYPE=FAX:+15550199",
        "TEL;WORK;FAX:+15550199",
        "TEL;TYPE=HOME;TYPE=FAX:+15550199",
        'TEL;VALUE=uri;TYPE="work,fax":tel:+15550199',
        "TEL;TYPE=PAGER:+15550199",
        "TEL;TYPE=X-ASSISTANT:+15550199",
        "X-ASSISTANT-PHONE:+15550199",
        "X-EVOLUTION-ASSISTANT:Bob",
        "item1.TEL:+15550199\r\nitem1.X-ABLabel:_$!<Assistant>!$_",
        "item1.TEL:+15550199\r\nitem1.X-ABLabel:_$!<WorkFAX>!$_",
        "item1.TEL:+15550199\r\nitem1.X-ABLabel:Sekretärin",
        "item1.EMAIL:bob@example.org\r\nitem1.X-ABLABEL:_$!<Spouse>!$_",
    ],
)
def test_what_reaches_somebody_else_or_a_machine_is_kept_aside(line):
    found = of("FN:Ann", line, "TEL;TYPE=CELL:+15550100", "EMAIL:ann@example.org")
    assert (values(found, "phones"), values(found, "emails")) == (["+15550100"], ["ann@example.org"])
    assert any(kept in str(found["custom"]) for kept in ("+15550199", "Bob", "bob@example.org"))


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("TEL;VALUE=uri:tel:+1-418-555-0154;ext=102", "+1-418-555-0154 ext. 102"),
        ("TEL;VALUE=uri:tel:555-0154;phone-context=+1-418", "+1-418-555-0154"),
        ("TEL:tel:+14185550154", "+14185550154"),
        ("TEL;TYPE=VOICE,FAX:+1 418 555 0154", "+1 418 555 0154"),
        ("item2.TEL;type=pref:+1 418 555 0154", "+1 418 555 0154"),
        ("TEL;CELL;PREF:+1 418 555 0154", "+1 418 555 0154"),
    ],
)
def test_phones(line, number):
    assert values(of(line), "phones") == [number]


def test_emails():
    found = of("EMAIL:mailto:ann@example.org?subject=Hi", "EMAIL;INTERNET:a2@example.org", "EMAIL: ")
    assert values(found, "emails") == ["ann@example.org", "a2@example.org"]


@pytest.mark.parametrize(
    ("lines", "kind"),
    [
        (["KIND:individual"], Kind.PERSON),
        (["KIND:group"], Kind.GROUP),
        (["KIND:org"], Kind.GROUP),
        (["KIND:location"], Kind.GROUP),
        (["KIND:Device"], Kind.GROUP),
        (["X-ADDRESSBOOKSERVER-KIND:group"], Kind.GROUP),
        (["N:;;;;", "FN:Acme", "X-ABShowAs:COMPANY"], Kind.GROUP),
        (["N:Lee;Ann", "FN:Acme", "X-ABShowAs:COMPANY"], Kind.PERSON),
    ],
)
def test_what_is_no_person(lines, kind):
    assert of(*lines)["kind"] == kind


@pytest.mark.parametrize(
    ("line", "birth"),
    [
        ("BDAY:1604-03-11", "--03-11"),
        ("BDAY;X-APPLE-OMIT-YEAR=1604;VALUE=date:1604-03-11", "--03-11"),
        ("BDAY;X-APPLE-OMIT-YEAR=1904:1904-03-11", "--03-11"),
        ("BDAY:--0412", "--04-12"),
        ("BDAY:--04-12", "--04-12"),
        ("BDAY:19960415", "1996-04-15"),
        ("BDAY:1953-10-15T23:10:00Z", "1953-10-15"),
        ("BDAY:1996", "1996"),
        ("BDAY;VALUE=text:circa 1980", "circa 1980"),
    ],
)
def test_birthdays(line, birth):
    assert of(line)["birth"] == birth


@pytest.mark.parametrize(
    ("line", "namespace", "given"),
    [
        ("X-SOCIALPROFILE;type=twitter:https://twitter.com/annlee", "twitter", "https://twitter.com/annlee"),
        ("X-SOCIALPROFILE;type=facebook;x-user=ann.lee:x-apple:ann.lee", "facebook", "ann.lee"),
        ("X-SOCIALPROFILE;TYPE=HOME;TYPE=linkedin;x-user=ann:x-apple:ann", "linkedin", "ann"),
        ("SOCIALPROFILE;SERVICE-TYPE=Mastodon;USERNAME=ann:https://m.example/@ann", "mastodon", "ann"),
        ("item1.URL:https://www.linkedin.com/in/annlee", "linkedin", "https://www.linkedin.com/in/annlee"),
        ("URL:https://de.linkedin.com/in/annlee", "linkedin", "https://de.linkedin.com/in/annlee"),
        ("IMPP;X-SERVICE-TYPE=Skype:skype:ann.lee", "skype", "ann.lee"),
        ("IMPP:xmpp:ann@example.org", "xmpp", "ann@example.org"),
        ("X-SKYPE-USERNAME:ann.lee", "skype", "ann.lee"),
    ],
)
def test_accounts(line, namespace, given):
    (found,) = of(line)["identifiers"]
    assert (found["namespace"], found["given"]) == (namespace, given)


def test_a_website_is_nobodys_account():
    found = of("URL:https://www.example.org/team", "URL:https://example.net")
    assert found["identifiers"] == []
    assert found["custom"]["url"] == ["https://www.example.org/team", "https://example.net"]


def test_a_mapping_is_refused(read):
    with pytest.raises(InputError, match="--map"):
        read(card("FN:Ann"), mapping={"FN": "full_name"})


def test_cards_that_repeat_are_told(read):
    assert "1 cards repeat another one word for word and were left out" in read(card("FN:Ann") * 2).notes


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\0", exclude_categories=["Cc", "Cs"]), max_size=30
)


@given(st.lists(st.binary(max_size=40), max_size=8))
def test_any_lines_are_read_from_the_file_and_from_store_alike(lines):
    data = b"BEGIN:VCARD\r\n" + b"\r\n".join(lines) + b"\r\nEND:VCARD\r\n"
    for one in split_cards(data).cards:
        stored = read_payloads([("s", "1", {"vcard": one.text})]).table
        stored.validate(full=True)
        assert stored.to_pylist() == given_table([("s", "1", read_card(one.text))]).to_pylist()


@given(texts, texts)
def test_what_is_written_by_the_standard_is_read_back(family, given_name):
    def escaped(text: str) -> str:
        return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")

    line = f"N:{escaped(family)};{escaped(given_name)};;;".encode()
    pieces = [line[at : at + 20] for at in range(0, len(line), 20)]
    parts = {key: text.strip() for key, text in (("family", family), ("given", given_name)) if text.strip()}
    if not any(piece.startswith((b" ", b"\t")) for piece in pieces):
        assert names(of(b"\r\n ".join(pieces))) == ([parts] if parts else [])


@given(st.text("aü;=\\ \t漢", max_size=60))
def test_quoted_printable_is_read_back(text):
    coded = quopri.encodestring(text.encode(), quotetabs=True).decode().rstrip("\n")
    found = of(*f"NOTE;CHARSET=UTF-8;{QP}:{coded}".split("\n"), version="2.1")
    assert found["custom"].get("note", "") == unescaped(text).strip()
