"""Family names are one name with their article, particle or Mc apart or not."""

import pytest

from dedupe.normalizers.names.normalize import Name, normalize_name

APART = """
Omar al-Hassan|Omar Al Hassan|Omar Alhassan|OMAR ALHASSAN
Mona El-Masry|Mona El Masry|Mona Elmasry
Ana Dela Cruz|Ana Delacruz
Jan Vander Berg|Jan Vanderberg
"""
ANOTHER_NAME = "Alvarez Almeida Elgar Alfonso Ellison Delaney Vanderbilt Alexander"


def name(text: str) -> Name:
    (found,) = normalize_name(text)
    return found


@pytest.mark.parametrize("spellings", APART.strip().splitlines())
def test_an_article_or_particle_is_apart_however_it_is_written(spellings: str) -> None:
    assert len({name(text).last for text in spellings.split("|")}) == 1


@pytest.mark.parametrize("family", ANOTHER_NAME.split())
def test_what_only_begins_like_one_stays_as_it_is(family: str) -> None:
    assert name(f"Ann {family}").last == family.lower()


@pytest.mark.parametrize("spellings", ["Ann Mc Donald|Ann McDonald|Ann MacDonald", "Ann O'Brien|Ann O Brien"])
def test_their_keys_of_sounds_meet(spellings: str) -> None:
    sounds = [{key for key in name(text).keys if key.startswith("p:")} for text in spellings.split("|")]
    assert set.intersection(*sounds)


def test_what_people_see_stays_as_it_was_written() -> None:
    assert name("Omar Alhassan").family_name == "Alhassan"


def test_abd_its_article_and_the_name_behind_are_one_given_name() -> None:
    assert [name(text).first for text in ("Abd al-Rahman Khan", "Abd Al Rahman Khan")] == [
        "abd al rahman"
    ] * 2


@pytest.mark.parametrize("text", ["III, John Smith", "Smith, John III", "Smith III, John", "John Smith, III"])
def test_a_generation_may_stand_before_the_first_comma(text: str) -> None:
    found = name(text)
    assert (found.first, found.last, found.suffix) == ("john", "smith", "III")


def test_a_family_name_before_a_comma_is_no_generation() -> None:
    assert name("Vi, Thi Nguyen").last == "vi"
