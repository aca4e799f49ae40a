"""Words that no list has look like names by the letters that follow each other in names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedupe.name_lists.letters import likeness
from dedupe.name_lists.lists import given_names

NAMES = "thokozani bandile kanimozhi abdulsamed seonghyeon zenzile theodosis"
KEYS = "asdfg qwerty hjkl xjkw sdfghjk zxcvb"


def test_names_of_no_list_look_more_like_names_than_what_a_hand_on_the_keyboard_gives() -> None:
    names, keys = NAMES.split(), KEYS.split()
    assert [name for name in names if name in given_names()] == []
    assert min(likeness(names)) > max(likeness(keys))


@pytest.mark.parametrize(("name", "slip"), [("thokozani", "thokzoani"), ("bandile", "bnadile")])
def test_a_slip_looks_less_like_a_name_than_the_name(name: str, slip: str) -> None:
    one, other = likeness([name, slip])
    assert one > other


@given(st.lists(st.text(max_size=12), max_size=5))
def test_a_word_looks_the_same_whatever_stands_beside_it(words: list[str]) -> None:
    together = likeness(words).tolist()
    assert together == [likeness([word]).item() for word in words]
