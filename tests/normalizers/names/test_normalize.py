from typing import Any

import pyarrow as pa
import pytest

from dedupe.normalizers.names.batch.normalize import normalize_names
from dedupe.normalizers.names.normalize import normalize_name
from dedupe.normalizers.names.parts import parse_name
from tests.normalizers.given_contacts import contact, normalized
from tests.normalizers.names.name_cases import name_cases


def differences(cases: list[tuple[str, ...]]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Where the batch and one at a time disagree on anything."""
    table = normalize_names([pa.array(texts, pa.string()) for texts in zip(*cases, strict=True)])
    told = [
        {"row": row} | name._asdict() | {"keys": list(name.keys)}
        for row, fields in enumerate(cases)
        for name in normalize_name(*fields)
    ]
    return [(our, their) for our, their in zip(table.to_pylist(), told, strict=True) if our != their]


def test_a_batch_tells_what_is_told_one_at_a_time() -> None:
    assert differences(name_cases(8_000, seed=1)) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 5))
def test_a_batch_tells_what_is_told_one_at_a_time_over_hundreds_of_thousands_of_cases(seed: int) -> None:
    assert differences(name_cases(60_000, seed)) == []


@pytest.mark.parametrize(
    ("text", "given", "middle", "family"),
    [
        ("Ann Smith", "Ann", "", "Smith"),
        ("Smith, Ann B.", "Ann", "B", "Smith"),
        ("John Q. Public", "John", "Q.", "Public"),
        ("J.K. Rowling", "J.", "K.", "Rowling"),
        ("Jan van der Berg", "Jan", "", "van der Berg"),
        ("van der Berg, Jan", "Jan", "", "van der Berg"),
        ("María García López", "María", "", "García López"),
        ("Juan Carlos Pérez", "Juan Carlos", "", "Pérez"),
        ("José Ortega y Gasset", "José", "", "Ortega y Gasset"),
        ("Mohammed bin Salman", "Mohammed", "", "bin Salman"),
        ("Abdul Rahman Khan", "Abdul Rahman", "", "Khan"),
        ("Jean DUPONT", "Jean", "", "DUPONT"),
        ("DUPONT Jean", "Jean", "", "DUPONT"),
        ("Kim Jong Un", "Jong Un", "", "Kim"),
        ("Kim Smith", "Kim", "", "Smith"),
        ("张伟", "伟", "", "张"),
        ("佐藤 健", "健", "", "佐藤"),
        ("김민준", "민준", "", "김"),
        ("Ann (work)", "Ann", "", ""),
        ("Ann Smith - Acme", "Ann", "", "Smith"),
        ("Ann Smith | Acme Inc", "Ann", "", "Smith"),
        ("🌸 Ann Smith 🌸", "Ann", "", "Smith"),
        ("Mr Smith", "", "", "Smith"),
        ("Don Smith", "Don", "", "Smith"),
        ("Nguyễn Văn An", "An", "Văn", "Nguyễn"),
        ("An Van Nguyen", "An", "Van", "Nguyen"),
        ("Путин Владимир Владимирович", "Владимир", "Владимирович", "Путин"),
        ("Ivanova Anna Petrovna", "Anna", "Petrovna", "Ivanova"),
        ("John David Rabinovich", "John", "David", "Rabinovich"),
        ("Tanaka Yuki", "Yuki", "", "Tanaka"),
        ("Abe Lincoln", "Abe", "", "Lincoln"),
        ("王先生", "王", "", ""),
        ("محمد بن سلمان", "محمد", "", "بن سلمان"),
        ("Abdul Rahman", "Abdul Rahman", "", ""),
        ("Siti binti Tarudin", "Siti", "", "binti Tarudin"),
        ("Jan v.d. Berg", "Jan", "", "vd Berg"),
        ("Otto Graf Lambsdorff", "Otto", "", "Graf Lambsdorff"),
        ("Prof. Dr. h.c. Hans Müller", "Hans", "", "Müller"),
        ("Hans Müller, Dipl.-Ing.", "Hans", "", "Müller"),
        ("JRR Tolkien", "JRR", "", "Tolkien"),
        ("John and Mary Smith", "John and Mary", "", "Smith"),
        ("Ann Smith (she/her)", "Ann", "", "Smith"),
        ("Ann Smith, they/them", "Ann", "", "Smith"),
        ("VIP John Smith", "John", "", "Smith"),
        ("DO NOT USE John Smith", "John", "", "Smith"),
        ("John Smith 2", "John", "", "Smith"),
        ("John Smith copy", "John", "", "Smith"),
        ("'John Smith", "John", "", "Smith"),
        ("'t Hooft, Gerard", "Gerard", "", "'t Hooft"),
        ("John.Smith", "John", "", "Smith"),
        ("𝓐𝓷𝓷 Ｓｍｉｔｈ", "Ann", "", "Smith"),
        ("Mª Carmen García", "María", "Carmen", "García"),
        ("Ma. Teresa Santos", "Maria Teresa", "", "Santos"),
        ("Juan dela Cruz", "Juan", "", "dela Cruz"),
        ("Md. Rahim Uddin", "Md. Rahim", "", "Uddin"),
        ("Noor ul Huda", "Noor", "", "ul Huda"),
        ("Nagy Imre", "Imre", "", "Nagy"),
        ("Szabó-Nagy Éva", "Éva", "", "Szabó-Nagy"),
        ("Imre Nagy", "Imre", "", "Nagy"),
        ("Kowalska Anna", "Anna", "", "Kowalska"),
        ("Παπαδόπουλος Γεώργιος", "Γεώργιος", "", "Παπαδόπουλος"),
        ("Иванов И.И.", "И.", "И", "Иванов"),
        ("Trần Hưng Đạo", "Đạo", "Hưng", "Trần"),
        ("Xi Jinping", "Jinping", "", "Xi"),
        ("Beethoven, Ludwig van", "Ludwig", "", "van Beethoven"),
        ("Maarten 't Hart", "Maarten", "", "'t Hart"),
        ("Karl Freiherr von und zu Guttenberg", "Karl", "", "Freiherr von und zu Guttenberg"),
        ("J. de Vries-van den Berg", "J.", "", "de Vries-van den Berg"),
        ("Herr von Bismarck", "", "", "von Bismarck"),
        ("van der Berg", "", "", "van der Berg"),
        ("Prinz Ernst von Hannover", "Ernst", "", "von Hannover"),
        ("Familie Schmidt", "", "", "Schmidt"),
        ("Herr und Frau Schmidt", "", "", "Schmidt"),
        ("Mr and Mrs John Smith", "John", "", "Smith"),
        ("Prof.Dr.Hans Müller", "Hans", "", "Müller"),
        ("Ann-Marie O' Brien", "Ann-Marie", "", "O'Brien"),
        ("Sinéad Ní Chonchúir", "Sinéad", "", "Ní Chonchúir"),
        ("นางสาวสมหญิง รักดี", "สมหญิง", "", "รักดี"),
        ("John Smith, VP of Sales", "John", "", "Smith"),
        ("John Smith, Acme Inc.", "John", "", "Smith"),
        ("CEO John Smith", "John", "", "Smith"),
        ("Acme: John Smith", "John", "", "Smith"),
        ("John the plumber", "John", "", ""),
        ("John's iPhone", "John", "", ""),
        ("Anna Unknown", "Anna", "", ""),
        ("FNU Kumar", "Kumar", "", ""),
        ("Anna N/A", "Anna", "", ""),
        ("@anna", "anna", "", ""),
        ("Ann Smith <ann@x.org>", "Ann", "", "Smith"),
        ("z.Hd. Anna Müller", "Anna", "", "Müller"),
        ("Anna Müller i.A.", "Anna", "", "Müller"),
    ],
)
def test_a_name_is_taken_into_its_parts(text: str, given: str, middle: str, family: str) -> None:
    parts = parse_name(text)
    assert (parts.given, parts.middle, parts.family) == (given, middle, family)


@pytest.mark.parametrize(
    ("text", "suffix"),
    [("John Smith Jr.", "Jr"), ("Smith, John, Sr", "Sr"), ("John Smith III", "III"), ("John Smith, PhD", "")],
)
def test_a_suffix_that_tells_people_apart_is_kept(text: str, suffix: str) -> None:
    assert parse_name(text).suffix == suffix
    assert parse_name(text).family == "Smith"


@pytest.mark.parametrize(
    ("text", "nickname"),
    [('Robert "Bob" Smith', "Bob"), ("Robert (Bob) Smith", "Bob"), ("Robert Smith aka Bob", "Bob")],
)
def test_a_nickname_stands_apart(text: str, nickname: str) -> None:
    parts = parse_name(text)
    assert (parts.given, parts.family, parts.nickname) == ("Robert", "Smith", nickname)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Unknown", "placeholder"),
        ("Baby Boy", "placeholder"),
        ("Baby Girl", "placeholder"),
        ("Newborn", "placeholder"),
        ("Senor", "placeholder"),
        ("Current Resident", "placeholder"),
        ("Occupant", "placeholder"),
        ("Household of", "placeholder"),
        ("Household of John Smith", "placeholder"),
        ("The Smith Family", "placeholder"),
        ("Estate of John Smith", "placeholder"),
        ("Info Requested", "placeholder"),
        ("Visitor 12", "placeholder"),
        ("Caller +1 503-555-0199", "placeholder"),
        ("WhatsApp user", "placeholder"),
        ("+49 171 1234567", "a phone number"),
        ("ann@x.org", "an email"),
        ("Acme Trading GmbH", "a company"),
        ("???", "no letters"),
        ("null null", "placeholder"),
        ("First Last", "placeholder"),
        ("DO NOT CALL", "placeholder"),
        ("Do-Not-Contact", "placeholder"),
        ("bitte nicht anrufen", "placeholder"),
        ("Guest #a8f2", "placeholder"),
        ("misty-fog-512", "placeholder"),
        ("微信用户", "placeholder"),
        ("알 수 없음", "placeholder"),
        ("לא ידוע", "placeholder"),
        ("غير معروف", "placeholder"),
        ("Гость 17", "placeholder"),
        ("Walk-in", "placeholder"),
        ("Mobile", "placeholder"),
        ("Mr.", "placeholder"),
        ("123e4567-e89b-12d3-a456-426614174000", "placeholder"),
        ("Tel: 0171 1234567", "a phone number"),
        ("www.acme.com", "a web address"),
        ("Sales Team", "a role"),
        ("Info", "a role"),
        ("Acme Support Department", "a company"),
        ("Acme Trading, Inc.", "a company"),
        ("Deutsche Bank AG", "a company"),
        ("Praxis Dr. Müller", "a company"),
        ("Office Manager", "a role"),
        ("Scam Likely", "placeholder"),
        ("aaaa", "placeholder"),
        ("ann smith@gmail.com", "an email"),
        ("x" * 2_000, "too long"),
    ],
)
def test_what_is_no_name_is_rejected_with_the_reason(text: str, reason: str) -> None:
    [found] = normalized(contact(names=[text]))
    assert found["names"] == []
    assert [(item["field"], item["reason"]) for item in found["rejected"]] == [("name", reason)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Иван Щербаков", "Ivan Shcherbakov"),
        ("Łukasz Żak", "LUKASZ ZAK"),
        ("Jürgen Müller", "Jurgen Muller"),
        ("Seán O’Brien", "Sean O'Brien"),
        ("Γιώργος Παπάς", "Giorgos Papas"),
        ("Ευάγγελος Παπαδόπουλος", "Evangelos Papadopoulos"),
        ("Weiß, Anna", "Anna Weiss"),
    ],
)
def test_spellings_of_one_name_share_their_first_key(one: str, other: str) -> None:
    assert normalize_name(one)[0].keys[0] == normalize_name(other)[0].keys[0]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Jean DUPONT", "Jean Dupont"),
        ("DE LA TOUR Marie", "Marie de la Tour"),
        ("ann Smith", "Ann Smith"),
        ("JÜRGEN GROß", "Jürgen Groß"),
        ("İBRAHİM IŞIK", "İbrahim Işık"),
        ("JRR Tolkien", "JRR Tolkien"),
        ("Ann von schmidt", "Ann von Schmidt"),
    ],
)
def test_capitals_are_mended_part_by_part(text: str, value: str) -> None:
    assert normalize_name(text)[0].value == value


def test_nicknames_are_relations_not_classes() -> None:
    alex, alexander, alexandra = (
        {key for key in normalize_name(text)[0].keys if key.startswith("n:")}
        for text in ("Alex Novak", "Alexander Novak", "Alexandra Novak")
    )
    assert alex & alexander
    assert alex & alexandra
    assert not alexander & alexandra


def test_a_swapped_name_shares_the_sorted_key() -> None:
    assert normalize_name("Smith Ann")[0].keys[1] == normalize_name("Ann Smith")[0].keys[1]


def test_whole_and_parts_that_disagree_are_two_names() -> None:
    names = normalize_name(full="Robert Smith", given="Bob", family="Smith")
    assert [name.value for name in names] == ["Bob Smith", "Robert Smith"]


def test_a_name_split_oddly_between_whole_and_parts_is_put_together() -> None:
    [name] = normalize_name(full="John", family="Doe")
    assert (name.given_name, name.family_name) == ("John", "Doe")


def test_capitals_are_mended_and_the_given_name_is_kept() -> None:
    [name] = normalize_name("ANNA-LENA VAN DER BERG")
    assert (name.given, name.value) == ("ANNA-LENA VAN DER BERG", "Anna-Lena van der Berg")


def test_a_name_at_birth_is_a_name_of_its_own() -> None:
    assert [name.value for name in normalize_name("Mary Smith (née Jones)")] == ["Mary Smith", "Mary Jones"]


def test_a_word_for_nobody_is_a_family_name_beside_a_given_name() -> None:
    [guest] = normalize_name(given="Christopher", family="Guest")
    assert (guest.given_name, guest.family_name) == ("Christopher", "Guest")
    [null] = normalize_name(given="Ann", family="null")
    assert (null.given_name, null.family_name) == ("Ann", None)


def test_titles_degrees_and_tails_of_parts_stand_apart() -> None:
    [name] = normalize_name(given="Dr.", family="Smith, Jr, PhD")
    assert (name.given_name, name.family_name, name.prefix, name.suffix) == (None, "Smith", "Dr.", "Jr")
    [other] = normalize_name(given="Ann", family="Smith | Acme")
    assert other.family_name == "Smith"


@pytest.mark.parametrize(
    "text", ["Baby Girl Smith", "BABY BOY SMITH", "BabyBoy Smith", "Smith, Baby Boy", "Newborn Smith"]
)
def test_a_child_without_a_given_name_has_its_family_name(text: str) -> None:
    [name] = normalize_name(text)
    assert (name.given_name, name.family_name, name.first, name.last) == (None, "Smith", "", "smith")


def test_a_word_for_a_child_may_be_a_name() -> None:
    assert [normalize_name(text)[0].first for text in ("Boy William", "Baby Santos")] == ["boy", "baby"]
    assert normalize_name("Baby Boy John Smith")[0].first == "john"


@pytest.mark.parametrize(
    ("native", "latin"),
    [
        ("محمد علي", "Mohammed Ali"),
        ("יוסף כהן", "Yosef Cohen"),
        ("김민수", "Minsu Kim"),
        ("田中太郎", "Taro Tanaka"),
        ("สมชาย ใจดี", "Somchai Jaidee"),
        ("刘杰", "Jie Liu"),
        ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"),
        ("Владимир Щербаков", "Vladimir Shcherbakov"),
    ],
)
def test_a_name_in_its_own_script_is_the_name_in_latin(native: str, latin: str) -> None:
    [one], [other] = normalize_name(full=native), normalize_name(full=latin)
    assert (one.first, one.last) == (other.first, other.last)
    assert one.value != other.value
