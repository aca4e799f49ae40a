"""What vCards say, as phones and address books say it."""

import pytest

from dedupe.errors import InputError
from dedupe.fetchers.files.read import FileRead, read_file
from dedupe.model import Kind
from tests.fetchers.files.vcard_samples import card, names, of, values


@pytest.fixture
def read(tmp_path):
    def made(text: str | bytes, **options) -> FileRead:
        path = tmp_path / "people.vcf"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_file(path, **options)

    return made


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


@pytest.mark.parametrize(
    "rest",
    [
        "max.moss@firm.org: he no longer works for ACME",
        "bo.ray@x.email:bo@x.org",
        "see x.y, z.tel:+1 415 555 0100",
    ],
)
def test_the_rest_of_a_note_that_was_broken_is_nobodys_property(rest):
    found = of("FN:Kim Fox", "NOTE:Met him at the fair, his new one is", rest)
    assert (found.get("emails"), found.get("phones"), found.get("company")) == ([], [], None)


def test_a_property_in_a_group_is_read():
    assert values(of("FN:Kim Fox", "item1.EMAIL:kim@x.org"), "emails") == ["kim@x.org"]
