import pytest

from dedupe.name_lists.lists import family_names, given_names, is_given_name
from dedupe.normalizers.text import fold
from tools.name_lists import Bearers, lines, shares

OF_TEN_CULTURES = {
    "american": "james mary karen grace ruth michael",
    "arabic": "omar hassan fatima layla khalid mohammed",
    "chinese": "wei li jie ming fang jing",
    "french": "jean luc camille chantal thierry manon",
    "german": "juergen jurgen heike moritz tanja uwe",
    "indian": "priya rahul deepak lakshmi sunita arjun",
    "irish": "aoife sean niamh cormac siobhan padraig",
    "italian": "marco luca giulia francesca paolo chiara",
    "nigerian": "ngozi chinedu oluwaseun amina ifeoma emeka",
    "spanish": "juan carmen javier lucia paco mercedes",
}


@pytest.mark.parametrize("culture", OF_TEN_CULTURES)
def test_given_names_of_every_culture_are_known(culture: str) -> None:
    assert [name for name in OF_TEN_CULTURES[culture].split() if name not in given_names()] == []


def test_typing_slips_are_rarer_than_the_names_that_they_are_slips_of() -> None:
    listed = given_names()
    for slip, name in (("jhon", "john"), ("micheal", "michael"), ("daneil", "daniel"), ("jonh", "john")):
        assert slip not in listed or listed[slip].bits > listed[name].bits + 2


def test_a_name_is_as_usual_as_where_it_is_most_usual() -> None:
    assert given_names()["aoife"].bits < 12
    assert given_names()["tanja"].bits < 15


def test_sexes_are_told_where_all_countries_agree() -> None:
    assert (given_names()["paul"].sex, given_names()["paula"].sex) == ("m", "f")
    assert given_names()["andrea"].sex == "u"


def test_family_names_of_several_cultures_are_known() -> None:
    assert [name for name in ("garcia", "wang", "ivanov", "kim", "sato") if name not in family_names()] == []


def test_every_listed_name_is_folded_and_of_one_word() -> None:
    for name in [*given_names(), *family_names()]:
        assert name == fold(name)
        assert " " not in name


def test_a_text_is_a_given_name_where_all_its_words_are() -> None:
    assert is_given_name("mary ann")
    assert is_given_name("luca")
    assert not is_given_name("mary xqz")
    assert not is_given_name("")


def test_lists_keep_the_greatest_share_of_all_places_and_the_sex_of_nearly_all_bearers() -> None:
    counted = [
        Bearers("a", "ann", "f", 10),
        Bearers("a", "bob", "m", 90),
        Bearers("b", "ann", "f", 50),
        Bearers("b", "kim", "f", 25),
        Bearers("b", "kim", "m", 25),
    ]
    assert lines("given", shares(counted)) == ["0 m bob", "1 f ann", "1 u kim"]
