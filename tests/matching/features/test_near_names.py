"""Names a letter apart that no list has are told from slips by how they differ."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.matching.features.encoding import encode_one
from dedupe.matching.features.given_relations import are_two_names
from dedupe.matching.features.near_names import bits_for_two_names, difference
from dedupe.matching.features.word_similarity import words_of
from dedupe.name_lists.lists import given_names

TWO_NAMES = "rafeeq wafeeq|manjit sanjit|hartana martana|damini yamini|tim tom|paul paula|kemal kamal"
SLIPS = "bandile bnadile|thokozani thokzani|kanimozhi kanimozzhi|omotara omotsra|jonh john|ameliee amelime"
WORDS = st.text(alphabet="abcdeilmnorstu", min_size=2, max_size=7)


def two(one: str, other: str) -> bool:
    pool, ids = encode_one(pa.array([one, other]))
    return bool(are_two_names(words_of(pool), ids[:1], ids[1:]).item())


@pytest.mark.parametrize("names", TWO_NAMES.split("|"))
def test_names_that_differ_as_names_do_are_two(names: str) -> None:
    assert two(*names.split())


@pytest.mark.parametrize("names", SLIPS.split("|"))
def test_names_that_differ_as_slips_do_are_one(names: str) -> None:
    assert not two(*names.split())


def test_no_list_needs_to_have_them() -> None:
    assert not {"hartana", "martana", "damini", "yamini"} & set(given_names())


def test_spellings_of_one_name_are_one_whether_or_not_a_list_has_them() -> None:
    assert not two("thijmen", "tijmen")


@pytest.mark.parametrize(
    ("one", "other", "kind"),
    [
        ("jonh", "john", "exchanged"),
        ("anna", "ana", "doubled"),
        ("marai", "mari", "left out"),
        ("paul", "paula", "vowel behind"),
        ("sami", "samir", "last"),
        ("lena", "elena", "in front"),
        ("kara", "tara", "first"),
        ("kanim", "kamim", "beside on the keyboard"),
        ("mira", "mara", "vowels"),
        ("adebiyi", "adeniyi", "beside on the keyboard"),
        ("amoke", "amope", "other letters"),
        ("tim", "tim", ""),
        ("tim", "thomas", ""),
        ("abcd", "badc", ""),
    ],
)
def test_how_two_words_differ(one: str, other: str, kind: str) -> None:
    assert difference(one, other) == difference(other, one) == kind


@given(WORDS, WORDS)
def test_bits_do_not_depend_on_the_order(one: str, other: str) -> None:
    bits = bits_for_two_names([one, other], [other, one])
    assert bits[0] == bits[1]
    assert np.isinf(bits[0]) == (difference(one, other) == "")
