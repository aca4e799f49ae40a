"""What stands around a name is no part of it: titles, generations, post-nominal letters."""

import pytest
from hypothesis import given as drawn
from hypothesis import settings, strategies

from dedupe.normalizers.names import honorific_vocabulary as vocabulary
from dedupe.normalizers.names import vocabulary as name_words
from dedupe.normalizers.names.normalize import normalize_name
from dedupe.normalizers.names.parts import parse_name
from tests.normalizers.given_contacts import contact, normalized

LETTERS = """
M.D.|MD|R.N.|RN|D.D.S.|M.B.A.|MBA|Ph.D.|Ph. D.|PhD|Esq.|J.D.|CPA|C.P.A.|CFP®|AIA|CISM|CISSP
LEED AP|RN, BSN|MSN, APRN, FNP-BC|LCSW-R|Psy.D.|Ed.D.|MSEd|B.Sc.|BSc (Hons)|PharmD|Pharm.D.
OTR/L|MS, CCC-SLP|PA-C|M.D., Ph.D.|MD PhD|MD/PhD|QC|OBE|USMC (Ret.)|Dipl.-Ing.|B.Eng.|CSc.
MBA, PMP|Prof. Dr.|Dr.|Attorney at Law|Realtor|Ph.D. Candidate|LUTC|XQZ|G.R.I.|Zorb, CFP
LUTC, Zorb, CFP
"""
TITLES = """
Mr.|Dr.|Prof. Dr.|The Rev.|Rt. Rev.|Msgr.|Mayor|Deputy Mayor|State Senator|U.S. Senator|Rep.
Lt. Col.|Lt.Gov.|Maj. Gen.|1st Lt.|Wing Commander|Chief Judge|The Rt Hon|His Excellency|H.E.
Herr Prof. Dr.|Frau Dr. med. dent.|Dr.-Ing.|Univ.-Prof. Dr.|Priv.-Doz. Dr.|Mme|Maître|Docteur
Sra. Dña.|Lic.|Dra.|Sig.ra|Dott.ssa|Avv.|Exmo. Sr.|Eng.|prof. dr hab.|dr n. med.|mgr inż.|MUDr.
doc. Ing.|drs.|Prof. mr.|Jhr.|Sayın|Doç. Dr.|Sheikh|Alhaji|Tan Sri|Datuk Seri|Smt.|Pandit|Domnul
г-н|д-р
"""


def options(text: str) -> list[str]:
    return [one for line in text.split("\n") for one in line.split("|") if one]


def trailing_titles(text: str) -> tuple[str, str, str]:
    parts = parse_name(text)
    return parts.given, parts.middle, parts.family


@pytest.mark.parametrize("letters", options(LETTERS))
def test_letters_of_honour_behind_a_comma_leave_the_name_as_it_is(letters: str) -> None:
    for text in (f"Tobias Renner, {letters}", f"Tobias Renner, Jr., {letters}", f"Renner, Tobias, {letters}"):
        assert trailing_titles(text) == ("Tobias", "", "Renner")


@pytest.mark.parametrize(
    "text",
    [
        "Ines Marlow M.D.",
        "Ines Marlow MD",
        "ines marlow md",
        "INES MARLOW PHD",
        "Ines Marlow Esq.",
        "Ines Marlow RN BSN",
        "Ines Marlow QC MP",
        "Ines Marlow M.B.A.",
        "Ines Marlow B.Eng.",
        "Ines Marlow attorney at law",
        "Marlow, Ines MD",
        "Marlow, Ines M.D.",
        "Marlow, MD, Ines",
        "Marlow, BSN, RN, Ines",
        "Ines Marlow, M.D., Cardiology",
        "Ines Marlow, Sales Manager",
        "Ines Marlow, trustee",
    ],
)
def test_letters_and_callings_are_no_part_of_the_name_wherever_they_stand(text: str) -> None:
    ines, _, marlow = (part.casefold() for part in trailing_titles(text))
    assert (ines, marlow) == ("ines", "marlow")


@pytest.mark.parametrize(
    ("text", "given", "middle", "family"),
    [
        ("Berg, A. B.", "A.", "B", "Berg"),
        ("Smith, J.P.", "J.", "P", "Smith"),
        ("Smith, JP", "JP", "", "Smith"),
        ("Nguyen, Le", "Le", "", "Nguyen"),
        ("Li, MA", "MA", "", "Li"),
        ("Ma, Li", "Li", "", "Ma"),
        ("LI, MA", "MA", "", "LI"),
        ("Do, An", "An", "", "Do"),
        ("BERG, BO", "BO", "", "BERG"),
        ("Smith, Ed", "Ed", "", "Smith"),
        ("García López, A. B.", "A.", "B", "García López"),
        ("van der Berg, A.B.", "A.", "B", "van der Berg"),
        ("Velasquez y Garcia, J.R.", "J.", "R", "Velasquez y Garcia"),
        ("Doe, John V.", "John", "V", "Doe"),
        ("Anna Cima", "Anna", "", "Cima"),
        ("Kelechi Mba", "Kelechi", "", "Mba"),
        ("Rahim Md", "Rahim", "", "Md"),
        ("Amartya Sen", "Amartya", "", "Sen"),
        ("Pere Calders", "Pere", "", "Calders"),
        ("Patricia A March", "Patricia", "A", "March"),
        ("Daniel M Herr", "Daniel", "M", "Herr"),
        ("张军", "军", "", "张"),
        ("Zhang Jun", "Jun", "", "Zhang"),
        ("King Olivia", "King", "", "Olivia"),
        ("Prince Mensah", "Prince", "", "Mensah"),
        ("Justice Ames", "Justice", "", "Ames"),
        ("Phil Nat Jones", "Phil", "Nat", "Jones"),
        ("Jur van den Berg", "Jur", "", "van den Berg"),
        ("Tan Wei Ming", "Wei Ming", "", "Tan"),
    ],
)
def test_names_that_look_like_letters_or_titles_stay_names(
    text: str, given: str, middle: str, family: str
) -> None:
    assert trailing_titles(text) == (given, middle, family)


@pytest.mark.parametrize("title", options(TITLES))
def test_titles_before_a_name_are_titles_in_every_order(title: str) -> None:
    for text in (f"{title} Tobias Renner", f"Renner, {title} Tobias", f"{title} Renner, Tobias"):
        parts = parse_name(text)
        if parts.prefix:
            assert (parts.given, parts.middle, parts.family) == ("Tobias", "", "Renner")
        else:  # a title that is a name too (Mayor, Pandit) stays beside a lone one
            assert title.split()[-1].casefold().rstrip(".") in vocabulary.titles("names_too")
            assert text != f"{title} Tobias Renner"


@pytest.mark.parametrize(
    ("text", "given", "family", "title"),
    [
        ("berg mrs, ann", "ann", "berg", "mrs"),
        ("ann mrs, berg", "ann", "berg", "mrs"),
        ("Berg Ann Mrs", "Ann", "Berg", "Mrs"),
        ("Tobias Renner, Mr.", "Tobias", "Renner", "Mr"),
        ("Renner, Dr.", "", "Renner", "Dr"),
        ("Sir Tobias", "Tobias", "", "Sir"),
        ("Father Martin", "Martin", "", "Father"),
        ("Father Okonkwo", "", "Okonkwo", "Father"),
        ("Mrs. Van Truong", "Van", "Truong", "Mrs."),
    ],
)
def test_a_title_beside_one_name_tells_which_it_is(text: str, given: str, family: str, title: str) -> None:
    parts = parse_name(text)
    assert (parts.given, parts.family, parts.prefix) == (given, family, title)


@pytest.mark.parametrize(
    ("text", "generation"),
    [
        ("Hans Renner jun.", "Jr"),
        ("Hans Renner sen", "Sr"),
        ("Jan Novotný ml.", "Jr"),
        ("Jan Novotný, st.", "Sr"),
        ("ifj. Nagy Imre", "Jr"),
        ("id. Nagy Imre", "Sr"),
        ("Émile Dufour fils", "Jr"),
        ("Émile Dufour père", "Sr"),
        ("Paulo Teixeira Filho", "Filho"),
        ("Paulo Teixeira Neto", "Neto"),
        ("Paulo Teixeira Júnior", "Jr"),
        ("Hans Renner d. J.", "Jr"),
        ("Hans Renner, der Ältere", "Sr"),
        ("Warren Holt VI", "VI"),
        ("WARREN HOLT VIII", "VIII"),
        ("Holt Jr., Warren", "Jr"),
        ("Holt, Jr., Warren", "Jr"),
        ("Holt, Jr. Warren", "Jr"),
        ("Holt, Warren, III, CPA", "III"),
        ("Warren B. III Holt", "III"),
        ("Warren (Jr.) Holt", "Jr"),
        ("Edward Dale Senior II", "II"),
        ("Morris II Holt", "II"),
        ("II Morris Holt", "II"),
        ("Morris 3rd Holt", "III"),
        ("Morris Sr. Holt", "Sr"),
        ("Morris IV Holt", "IV"),
        ("Morris Holt the Second", "II"),
        ("Sr. Juan Holt", ""),
        ("Ii Naosuke Holt", ""),
        ("Nguyen Vi Holt", ""),
        ("Morris V Holt", ""),
        ("Iwan I.I.", ""),
        ("Holt, J.R.", ""),
    ],
)
def test_generations_are_told_in_every_language_and_place(text: str, generation: str) -> None:
    parts = parse_name(text)
    assert parts.suffix == generation
    assert parts.family


@pytest.mark.parametrize(
    ("given", "middle", "family", "generation"),
    [
        ("Morris", "II", "Holt", "II"),
        ("Morris", "Jr.", "Holt", "Jr"),
        ("Morris", "", "Jr. Holt", "Jr"),
        ("Jr. Morris", "", "Holt", "Jr"),
        ("Morris", "V", "Holt", None),
        ("Nguyen", "Vi", "Holt", None),
        ("NGUYEN", "VI", "HOLT", None),
    ],
)
def test_generations_are_told_in_every_part_of_a_name(
    given: str, middle: str, family: str, generation: str | None
) -> None:
    [name] = normalize_name(given=given, middle=middle, family=family)
    assert (name.suffix, name.last) == (generation, "holt")


def test_a_suffix_and_letters_given_apart_tell_the_generation_alone() -> None:
    [name] = normalize_name(given="Warren", family="Holt", suffix="Jr., M.D.")
    assert (name.suffix, name.family_name) == ("Jr", "Holt")
    [other] = normalize_name(given="Warren", family="Holt, M.D.", suffix="Ph. D.")
    assert (other.suffix, other.family_name) == (None, "Holt")


@pytest.mark.parametrize(
    ("text", "family"),
    [("Hache, MD", "Hache"), ("Hache PhD", "Hache"), ("García López, M.D.", "García López")],
)
def test_a_lone_name_with_letters_behind_it_is_a_family_name(text: str, family: str) -> None:
    assert trailing_titles(text) == ("", "", family)
    assert trailing_titles("Ann, RN") == ("Ann", "", "")


@pytest.mark.parametrize(
    "text",
    ["ACME Trading", "Blue Harbor Group", "Grace Lutheran Church", "Marlow Paving Co.", "Renner & Sons"],
)
def test_the_name_of_an_organisation_is_kept_with_the_reason(text: str) -> None:
    [found] = normalized(contact(names=[text]))
    assert found["names"] == []
    assert [(item["given"], item["reason"]) for item in found["rejected"]] == [(text, "a company")]
    assert normalize_name(given="ACME", family="Trading")[0].reason == "a company"
    assert normalize_name(given="Charlotte", family="Bank")[0].family_name == "Bank"


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Nan", "Nan", ""),
        ("Nan Smith", "Nan", "Smith"),
        ("Ann Null", "Ann", "Null"),
        ("ANN NULL", "ANN", "NULL"),
        ("Ann null", "Ann", ""),
        ("Ann Test", "Ann", "Test"),
        ("Ann Testa", "Ann", "Testa"),
        ("Ann None", "Ann", ""),
    ],
)
def test_placeholders_are_whole_words_as_programs_write_them(text: str, given: str, family: str) -> None:
    assert trailing_titles(text) == (given, "", family)


def test_a_family_name_that_programs_write_for_nothing_counts_where_it_is_written_as_the_given_name() -> None:
    families = [normalize_name(given=given, family=family)[0].family_name for given, family in NULLS]
    assert families == ["Null", None, "Null", None, "Test"]


NULLS = [("Ann", "Null"), ("Ann", "null"), ("ANN", "NULL"), ("Ann", "NULL"), ("Ann", "Test")]


@pytest.mark.parametrize(
    ("text", "nickname"),
    [
        ("Robert Holt (Bob)", "Bob"),
        ("Holt, Michael (Louie)", "Louie"),
        ("Martin ''Marty'' Holt", "Marty"),
        ("(O. J.) Orlando Holt", "O. J."),
        ('"Rick" Holt', "Rick"),
        ("Ann Holt (Charlotte)", ""),
        ("Ann Holt (work)", ""),
    ],
)
def test_a_bracket_or_quotes_hold_a_nickname_where_it_is_one(text: str, nickname: str) -> None:
    parts = parse_name(text)
    assert (parts.family, parts.nickname) == ("Holt", nickname)


@pytest.mark.parametrize(
    ("text", "given", "middle", "family"),
    [
        ("Brines Mark R", "Mark", "R", "Brines"),
        ("Mary Ann B", "Mary Ann", "", "B"),
        ("Caroline E, Savage", "Caroline", "E", "Savage"),
        ("Joseph Marlow, B", "Joseph", "B", "Marlow"),
        ("Penny von Bergen Wessels", "Penny", "", "von Bergen Wessels"),
        ("Patrick O Meara", "Patrick", "", "O Meara"),
        ("Mary O Smith", "Mary", "O", "Smith"),
        ('"Novák Dlouhý", Jan', "Jan", "", "Novák Dlouhý"),
    ],
)
def test_initials_and_particles_tell_the_order(text: str, given: str, middle: str, family: str) -> None:
    assert trailing_titles(text) == (given, middle, family)


GIVEN = strategies.sampled_from(["Tobias", "Ines", "Farid", "Greta", "Oskar", "Ruth"])
FAMILY = strategies.sampled_from(["Renner", "Marlow", "Osmani", "Lindqvist", "Wendt", "Adeyemi"])
SURE = strategies.sampled_from(sorted(vocabulary.sure_post_nominals()))


@settings(max_examples=200, deadline=None)
@drawn(GIVEN, FAMILY, strategies.lists(SURE, min_size=1, max_size=4), strategies.booleans())
def test_however_many_letters_a_name_stays_itself(
    first: str, last: str, letters: list[str], dotted: bool
) -> None:
    marks = [".".join(word.upper()) + "." if dotted else word.upper() for word in letters]
    own = normalize_name(f"{first} {last}")[0].keys
    assert normalize_name(f"{first} {last}, {', '.join(marks)}")[0].keys == own
    assert normalize_name(f"{first} {last} {' '.join(marks)}")[0].keys == own
    assert normalize_name(f"{last}, {first} {' '.join(marks)}")[0].keys == own


def test_every_phrase_has_a_word_that_keeps_it_from_the_batch_of_plain_names() -> None:
    several = vocabulary.title_phrases() | vocabulary.post_nominal_phrases() | name_words.company_phrases()
    several |= frozenset(vocabulary.generation_phrases())
    spoken = [phrase.split() for phrase in several if any(len(word) > 1 for word in phrase.split())]
    assert [words for words in spoken if name_words.special().isdisjoint(words)] == []
