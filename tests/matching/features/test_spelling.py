import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.features.given_words import given_words
from dedupe.matching.features.spelling import spelling

SPELLINGS = """
catherine katherine|sara sarah|jon john jonh jhon|steven stephen|erik eric|marc mark|bryan brian
phillip philip filip|ann anne|hanna hannah|sofia sophia|christina kristina|teresa theresa
micheal michael|stacey stacy|tomas thomas
viktor victor|rafael raphael|nikolay nikolai|yasmin jasmin|josef joseph|matthew mathew
"""
TWO_NAMES = "tim tom|maria marie|mark mary|jan jane|jan jon|lea lee|luca lucia|emily emilia|daniel daniela"


@pytest.mark.parametrize("names", SPELLINGS.replace("\n", "|").strip("|").split("|"))
def test_spellings_of_one_name_are_spelled_alike(names: str) -> None:
    assert len({spelling(name) for name in names.split()}) == 1


@pytest.mark.parametrize("names", TWO_NAMES.split("|"))
def test_two_names_are_not(names: str) -> None:
    assert len({spelling(name) for name in names.split()}) == 2


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz ", max_size=20))
def test_any_word_has_a_spelling(word: str) -> None:
    assert spelling(word) == spelling(word.replace(" ", ""))


def test_names_of_a_woman_and_a_man_are_no_spellings_of_one() -> None:
    words = given_words(["denis", "denise", "philip", "phillip", "xqzwk"])
    pairs = [(0, 1), (2, 3), (4, 4)]
    told = [words.are_spellings(*map(_ids, pair)).item() for pair in pairs]
    assert told == [False, True, False]
    assert words.are_of_two_sexes(_ids(0), _ids(1)).item()


def _ids(number: int) -> npt.NDArray[np.int32]:
    return np.array([number], dtype=np.int32)
