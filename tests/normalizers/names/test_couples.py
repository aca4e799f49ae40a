"""Several people in one name: none of their given names is evidence, the family name they share is."""

import pytest
from hypothesis import given as drawn
from hypothesis import strategies

from dedupe.normalizers.names.normalize import Name, normalize_name
from dedupe.normalizers.text import fold
from tests.normalizers.given_contacts import contact, normalized


def parts(name: Name) -> tuple[str | None, str | None, str | None, str | None]:
    """What people see, and what is compared."""
    return name.given_name, name.family_name, name.first, name.last


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Peter u. Maria Huber", "Peter u. Maria", "Huber"),
        ("Peter u Maria Huber", "Peter u Maria", "Huber"),
        ("Peter und Maria Huber", "Peter und Maria", "Huber"),
        ("PETER UND MARIA HUBER", "Peter und Maria", "Huber"),
        ("peter & maria huber", "Peter & Maria", "Huber"),
        ("Peter + Maria Huber", "Peter & Maria", "Huber"),
        ("Peter/Maria Huber", "Peter & Maria", "Huber"),
        ("Peter / Maria Huber", "Peter & Maria", "Huber"),
        ("Peter&Maria Huber", "Peter & Maria", "Huber"),
        ("Huber, Peter u. Maria", "Peter u. Maria", "Huber"),
        ("Peter Huber & Maria Huber", "Peter & Maria", "Huber"),
        ("Peter Huber & Maria", "Peter & Maria", "Huber"),
        ("Herr Peter und Frau Maria Huber", "Peter und Maria", "Huber"),
        ("Mr. and Mrs. John and Jane Smith", "John and Jane", "Smith"),
        ("Ronald T. & Karen P. Lindsay", "Ronald T. & Karen P.", "Lindsay"),
        ("James T. or Carol R. Clements", "James T. or Carol R.", "Clements"),
        ("Juan y María Pérez", "Juan y María", "Pérez"),
        ("João e Maria da Silva", "João e Maria", "da Silva"),
        ("Jan en Marie de Vries", "Jan en Marie", "de Vries"),
        ("Иван и Мария Петровы", "Иван и Мария", "Петровы"),
        ("John and Jane Aznar y Lopez", "John and Jane", "Aznar y Lopez"),
        ("Don & Mary Smith", "Don & Mary", "Smith"),
        ("Peter & Anna & Tom Huber", "Peter & Anna & Tom", "Huber"),
        ("PETER U. MARIA HUBER", "Peter u. Maria", "Huber"),
        ("peter u. maria huber", "Peter u. Maria", "Huber"),
        ("Peter u.Maria Huber", "Peter u. Maria", "Huber"),
        ("Marco e Giulia Rossi", "Marco e Giulia", "Rossi"),
        ("MARCO E GIULIA ROSSI", "Marco e Giulia", "Rossi"),
        ("Marco&Giulia Rossi", "Marco & Giulia", "Rossi"),
        ("Luca/Giulia Rossi", "Luca & Giulia", "Rossi"),
        ("Sean and Aoife Byrne", "Sean and Aoife", "Byrne"),
        ("JUAN Y MARIA PEREZ", "Juan y Maria", "Perez"),
        ("Peter, Maria und Kind Huber", "Peter & Maria und Kind", "Huber"),
        ("Tom, Dick and Harry Jones", "Tom & Dick and Harry", "Jones"),
    ],
)
def test_only_the_family_name_of_several_people_is_compared(text: str, given: str, family: str) -> None:
    [name] = normalize_name(text)
    assert parts(name) == (given, family, "", fold(family))
    assert [key[:2] for key in name.keys] == [fold(family)[:2], "t:"]
    assert name.value == f"{given} {family}"


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Tio Hardiman & Brunell Donald", "Tio Hardiman & Brunell Donald", None),
        ("Peter and Maria", "Peter and Maria", None),
        ("Marks & Spencer", "Marks & Spencer", None),
        ("Herr Meier und Frau Schmidt", None, "Meier und Schmidt"),
        ("Dr. Gomes & Dr. Lui", None, "Gomes & Lui"),
    ],
)
def test_people_without_a_name_in_common_are_shown_and_not_compared(
    text: str, given: str | None, family: str | None
) -> None:
    [name] = normalize_name(text)
    assert parts(name) == (given, family, "", "")
    assert name.keys == ()


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("José Ortega y Gasset", "jose", "ortega y gasset"),
        ("Santiago Ramón y Cajal", "santiago", "ramon y cajal"),
        ("Karl Freiherr von und zu Guttenberg", "karl", "freiherr von und zu guttenberg"),
        ("John e Smith", "john", "smith"),
        ("John e Smith III", "john", "smith"),
        ("Mary E Scott Smith", "mary", "smith"),
        ("mary e. scott smith", "mary", "smith"),
        ("Metin And", "metin", "and"),
        ("Peter &", "peter", ""),
        ("Mr and Mrs Smith", "", "smith"),
        ("Mr and Mrs John Smith", "john", "smith"),
        ("Ann Smith / Acme", "ann", "smith"),
        ("Ann Smith (she/her)", "ann", "smith"),
        ("Daniel Or Levi", "daniel", "levi"),
        ("MARY E. SCOTT SMITH", "mary", "smith"),
        ("Ana e Silva Costa", "ana", "silva costa"),
        ("Ernst&Young", "ernst young", ""),
    ],
)
def test_one_person_stays_one(text: str, first: str, last: str) -> None:
    assert [(name.first, name.last) for name in normalize_name(text)] == [(first, last)]


@pytest.mark.parametrize("given", ["Peter u. Maria", "Peter & Maria", "Peter/Maria", "Peter + Maria"])
def test_people_in_the_given_name_alone_are_several_too(given: str) -> None:
    [name] = normalize_name(given=given, family="Huber")
    assert (name.family_name, name.first, name.last) == ("Huber", "", "huber")


def test_a_person_told_in_parts_stays_one_beside_a_whole_that_tells_two() -> None:
    names = normalize_name(full="Peter & Maria Huber", given="Peter", family="Huber")
    assert [(name.first, name.last) for name in names] == [("peter", "huber"), ("", "huber")]


def test_a_contact_keeps_the_name_of_people_who_share_none() -> None:
    [found] = normalized(contact(names=["Dr. Gomes & Dr. Lui"]))
    assert [(name["value"], name["keys"]) for name in found["names"]] == [("Gomes & Lui", [])]
    assert found["rejected"] == []


_GIVEN = strategies.sampled_from(["Peter", "Maria", "Ann", "Robert", "Karl", "Mary"])
_SIGN = strategies.sampled_from(
    [" & ", " und ", " and ", " u. ", " + ", "/", " / ", " et ", " y ", " e ", "&"]
)


@drawn(_GIVEN, _SIGN, _GIVEN, strategies.sampled_from(["Huber", "van der Berg", "García López"]))
def test_whatever_the_sign_all_agree(one: str, sign: str, other: str, family: str) -> None:
    told = [
        normalize_name(f"{one}{sign}{other} {family}"),
        normalize_name(f"{family}, {one}{sign}{other}"),
        normalize_name(given=f"{one}{sign}{other}", family=family),
    ]
    assert {(name.first, name.last, name.keys) for names in told for name in names} == {
        ("", told[0][0].last, told[0][0].keys)
    }
    assert told[0][0].value == normalize_name(str(told[0][0].value))[0].value
